//! How much may be sent, with its length said beforehand and without.

use super::{Answered, Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use shop::accounts::Permission::{CatalogWrite, OrdersRefund};
use shop::testing::TestShop;
use shop::testing::pictures::png;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a body in pieces, without saying how long it is, until it is answered or `bytes` are sent.
async fn in_chunks(app: &TestApp, key: &str, path: &str, kind: &str, opening: &str, bytes: usize) -> (u16, Value) {
    let host = app.root.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\nContent-Type: {kind}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{opening}\r\n",
        opening.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let (mut from, mut to) = socket.into_split();
    let send = async move {
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        for _ in 0..bytes / 0x10000 {
            // refused: nobody reads on
            if to.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
        let _ = to.write_all(b"0\r\n\r\n").await;
        to
    };
    let read = async move {
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while let Ok(n @ 1..) = from.read(&mut piece).await {
            answer.extend_from_slice(&piece[..n]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    let (_open, answer) = tokio::join!(send, read);
    let status = answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {answer}")))
}

fn is_too_large(status: u16, body: &Value) {
    assert_eq!((status, body["error"].as_str()), (413, Some("PayloadTooLarge")), "{body}");
}

#[tokio::test]
async fn json_ends_at_a_megabyte() {
    app(async |app| {
        let key = key(app, &[OrdersRefund]).await;
        let path = "/api/orders/x/refund";
        let machine = Machine::at(&app.root, &key);
        let request = machine.request(Method::POST, path).header("idempotency-key", "a");
        let long = Answered::from(request.json(&serde_json::json!({ "reason": "x".repeat(1 << 20) }))).await;
        is_too_large(long.status, &long.body);
        let path = "/api/stripe/create-payment-intent";
        let (status, body) = in_chunks(app, &key, path, "application/json", "{\"key\":\"", 3 << 20).await;
        is_too_large(status, &body);
        let (status, _) = in_chunks(app, &key, path, "application/json", "{\"key\":\"", 512 << 10).await;
        assert_eq!(status, 400, "half of it is only no JSON");
    })
    .await;
}

#[tokio::test]
async fn uploads_end_where_the_configuration_says() {
    let vars = &[("UPLOAD_LIMIT_MB", "2")];
    let app = TestApp::start_with(TestShop::open().await, vars).await;
    let key = key(&app, &[CatalogWrite]).await;
    let machine = Machine::at(&app.root, &key);
    let part = |bytes: Vec<u8>| Part::bytes(bytes).file_name("a.png");
    let two = Form::new().part("files", part(png(9, 9))).part("files", part(vec![0; 1 << 20]));
    let fits = Answered::from(machine.request(Method::POST, "/api/upload/products").multipart(two)).await;
    assert_eq!(fits.status, 201, "more than JSON may be: {}", fits.body);
    let form = Form::new().part("files", part(vec![0; 3 << 20]));
    let large = Answered::from(machine.request(Method::POST, "/api/upload/products").multipart(form)).await;
    is_too_large(large.status, &large.body);
    assert_eq!(large.body["message"], "The request is too large (at most 2 MB)");

    let kind = "multipart/form-data; boundary=x";
    let opening = "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.png\"\r\n\r\n";
    let (status, body) = in_chunks(&app, &key, "/api/upload/products", kind, opening, 4 << 20).await;
    is_too_large(status, &body);
    let (status, body) = in_chunks(&app, &key, "/api/upload/single", kind, opening, 22 << 20).await;
    is_too_large(status, &body);
    app.finish().await;
}
