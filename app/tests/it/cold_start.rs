//! What the port answers before the shop is open: while tables change and while the sample is written.

use crate::process::{Place, Running, TIMEOUT, with_tls};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use shop::testing::TestShop;
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The program, serving the database of a test.
async fn serving(place: &Place, theirs: &TestShop, arguments: &[&str]) -> Running {
    let mut program = place.program(arguments);
    program.env("DATABASE_URL", theirs.options().await.to_url_lossy().as_str());
    Running::of(program, place)
}

/// Loads the front page until it says this.
async fn page_that_says(shop: &Running, words: &str) -> String {
    let end = Instant::now() + TIMEOUT;
    loop {
        if let Ok(answer) = reqwest::get(format!("{}/", shop.root)).await {
            let (status, page) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{page}\n{}", shop.said());
            if page.contains(words) {
                return page;
            }
        }
        assert!(Instant::now() < end, "it never says {words:?}\n{}", shop.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// One request on a connection that stays open, and its answer.
async fn asked_on(line: &mut TcpStream, path: &str) -> String {
    line.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        assert!(line.read_buf(&mut bytes).await.unwrap() > 0, "the connection was closed");
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            // or it comes in chunks, and an empty one is the last
            if length.map_or(body.ends_with("\r\n0\r\n\r\n"), |length| body.len() == length) {
                return text.into_owned();
            }
        }
    }
}

/// Fails when the port is answered only once all is done, when a part of the notice wants the database, and when a
/// connection that was shown it does not come into the shop.
#[tokio::test]
async fn while_tables_change_the_port_asks_for_patience_and_then_is_the_shop() {
    with_tls();
    let theirs = TestShop::open().await;
    let mut other = PgConnection::connect_with(&theirs.options().await).await.unwrap();
    // migrating begins with a look into this table
    sqlx::raw_sql("begin; lock table _sqlx_migrations in access exclusive mode").execute(&mut other).await.unwrap();
    let place = Place::new("notice");
    let mut shop = serving(&place, &theirs, &["serve"]).await;

    let page = page_that_says(&shop, "Setting up the tables").await;
    for part in ["Back in a moment", "<meta http-equiv=\"refresh\" content=\"3\">", "<progress"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("sample"), "{page}");
    let client = Client::new();
    let get = async |path: &str| client.get(format!("{}{path}", shop.root)).send().await.unwrap();
    let answer = get("/products/claw-hammer?colour=red").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((header(&answer, "retry-after"), header(&answer, "cache-control")), ("3", "no-store"));
    assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'; script-src 'nonce-"));
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    let style = page.split('"').find(|part| part.ends_with("/app.css")).unwrap();
    assert_eq!(get(style).await.status(), StatusCode::OK, "it has its looks");

    let sent = client.post(format!("{}/do/ironmonger/storefront/cart/add", shop.root)).body("quantity=1");
    let answer = sent.send().await.unwrap();
    assert_eq!((answer.status(), header(&answer, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "3"));
    let page = answer.text().await.unwrap();
    assert!(page.contains("What you sent was not taken") && !page.contains("http-equiv"), "{page}");

    for (path, method) in [("/api/products", "GET"), ("/api/v1/cart", "GET"), ("/api/stripe/webhook", "POST")] {
        let request = client.request(method.parse().unwrap(), format!("{}{path}", shop.root));
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status(), header(&answer, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "3"), "{path}");
        let said: Value = answer.json().await.unwrap();
        assert_eq!((&said["code"], &said["path"]), (&"unavailable".into(), &path.into()), "{said}");
        assert_eq!((&said["status"], &said["statusCode"]), (&"error".into(), &503.into()), "{said}");
    }
    for path in ["/health/live", "/api/health/live", "/api/v1/health/live"] {
        assert_eq!(get(path).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["/health", "/health/ready", "/api/health"] {
        let answer = get(path).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let said: Value = answer.json().await.unwrap();
        assert_eq!((&said["status"], &said["database"]), (&"unavailable".into(), &"is being prepared".into()));
    }

    let mut line = TcpStream::connect(shop.root.trim_start_matches("http://")).await.unwrap();
    assert!(asked_on(&mut line, "/").await.starts_with("HTTP/1.1 503"));
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    let end = Instant::now() + TIMEOUT;
    while !asked_on(&mut line, "/health/ready").await.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < end, "not ready\n{}", shop.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(asked_on(&mut line, "/").await.contains("<title>My shop</title>"), "it is the shop's page");
    assert!(shop.page("/").await.contains("<title>My shop</title>"));

    assert!(shop.signal("TERM").success(), "{}", shop.said());
    other.close().await.unwrap();
    theirs.finish().await;
}

#[tokio::test]
async fn the_sample_is_told_of_step_by_step() {
    with_tls();
    let theirs = TestShop::open().await;
    let place = Place::new("sample");
    let shop = serving(&place, &theirs, &["serve", "--sample"]).await;
    let page = page_that_says(&shop, "Drawing pictures").await;
    assert!(page.contains("The shop is being prepared") && page.contains("sample goods"), "{page}");
    let bar = page.split_once("<progress").unwrap().1.split_once('>').unwrap().0;
    let number = |name: &str| bar.split_once(&format!("{name}=\""))?.1.split('"').next()?.parse::<u32>().ok();
    let (done, all) = (number("value").unwrap(), number("max").unwrap());
    assert!(done <= all && all > 50, "{bar}");
    assert!(page.contains(&format!("{done} of {all}")), "{page}");
    drop(shop);
    theirs.finish().await;
}

#[tokio::test]
async fn what_cannot_be_prepared_ends_the_program_and_is_named() {
    let theirs = TestShop::open().await;
    theirs.product("Claw hammer").await;
    let place = Place::new("refused");
    let mut program = place.program(&["serve", "--sample"]);
    let ended = program.env("DATABASE_URL", theirs.options().await.to_url_lossy().as_str()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("already holds products"), "{said}");
    theirs.finish().await;
}
