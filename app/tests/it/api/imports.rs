//! Imports over HTTP: sent as a body or in a form, read in the background, and told of.

use super::{Answered, Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use shop::accounts::Permission::{CatalogRead, CatalogWrite, InventoryWrite};
use shop::worker;

const HERE: &str = "/api/imports";
const CSV: &str = "Handle,Title,Variant Price,Variant Inventory Qty,Published\n\
                   nail,Nail,1,5,true\nscrew,Screw,ten,5,true\nbolt,Bolt,3,,true\n";

async fn writer(app: &TestApp) -> Machine {
    Machine::at(&app.root, &key(app, &[CatalogWrite]).await)
}

fn file(csv: &str) -> Form {
    Form::new().part("file", Part::bytes(csv.as_bytes().to_vec()).file_name("goods.csv"))
}

async fn send_form(who: &Machine, form: Form) -> Answered {
    Answered::from(who.request(Method::POST, HERE).multipart(form)).await
}

async fn send_as(who: &Machine, query: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answered {
    let request = who.request(Method::POST, &format!("{HERE}{query}"));
    Answered::from(request.header("content-type", kind).body(body.into())).await
}

#[tokio::test]
async fn a_file_is_taken_and_told_of_when_it_was_read() {
    app(async |app| {
        let robot = writer(app).await;
        // the options before the file, behind it, or in the address
        let before = Form::new().text("untrackedStock", "7");
        let part = Part::bytes(CSV.as_bytes().to_vec()).file_name("goods.csv");
        let sent = send_form(&robot, before.part("file", part)).await;
        assert_eq!((sent.status, sent.body["statusCode"].as_i64()), (202, Some(202)), "{}", sent.body);
        let data = &sent.body["data"];
        let at = format!("{HERE}/{}", data["id"].as_str().unwrap());
        assert_eq!(sent.header("location"), at);
        assert_eq!((&data["status"], &data["fileName"]), (&json!("waiting"), &json!("goods.csv")));
        assert_eq!((&data["sentBy"], &data["untrackedStock"]), (&json!("Warehouse robot"), &json!("7")));
        assert_eq!((&data["bytes"], &data["report"]), (&json!(CSV.len()), &json!(null)));

        worker::run_pending(&app.shop).await.unwrap();
        let told = robot.get(&at).await.body["data"].clone();
        assert_eq!((&told["status"], &told["rowsRead"]), (&json!("done"), &json!(3)), "{told}");
        let report = &told["report"];
        assert_eq!((&report["created"], &report["failures"], &report["assumed"]), (&json!(2), &json!(1), &json!(1)));
        assert_eq!(report["failed"][0]["line"], 3);
        assert!(told["startedAt"].is_string() && told["finishedAt"].is_string(), "{told}");
        assert_eq!(
            app.count(
                "select on_hand::bigint from stock_levels l join variants v on v.id = variant_id where sku = 'BOLT'"
            )
            .await,
            7
        );
        let actors: Vec<(String, String)> = sqlx::query_as(
            "select distinct actor_type, actor_name from audit_logs where action in ('import.start', 'product.create')",
        )
        .fetch_all(&app.db)
        .await
        .unwrap();
        assert_eq!(actors, [("api_client".into(), "Warehouse robot".into())], "in the name of the key");

        let behind = send_form(&robot, file(CSV).text("untrackedStock", "9").text("encoding", "utf-8")).await;
        assert_eq!(behind.body["data"]["untrackedStock"], "9", "{}", behind.body);
        let plain = send_as(&robot, "?untrackedStock=7&fileName=night.csv", "text/csv; charset=UTF-8", CSV).await;
        let data = &plain.body["data"];
        assert_eq!((plain.status, &data["fileName"], &data["encoding"]), (202, &json!("night.csv"), &json!("utf-8")));
        worker::run_pending(&app.shop).await.unwrap();
        assert_eq!(robot.get(plain.header("location")).await.body["data"]["report"]["unchanged"], 2);

        let list = robot.get(HERE).await.body;
        assert_eq!((&list["pagination"]["total"], &list["data"][0]["fileName"]), (&json!(3), &json!("night.csv")));
        assert_eq!((&list["data"][2]["created"], &list["data"][2]["failures"]), (&json!(2), &json!(1)));
        let found = async |query: &str| {
            let rows = robot.get(&format!("{HERE}?{query}")).await.body["data"].clone();
            rows.as_array().unwrap().len()
        };
        assert_eq!(found("search=night&status=done").await, 1);
        assert_eq!(found("status=failed").await, 0);
        assert_eq!(found("limit=2&page=2").await, 1);
        let oldest = robot.get(&format!("{HERE}?sort=createdAt:asc&limit=1")).await;
        assert_eq!(oldest.body["data"][0]["id"], told["id"]);
        // what was read is not kept
        assert_eq!(app.count("select count(*) from import_parts").await, 0);
    })
    .await;
}

/// Fails where the charset of the body is read past.
#[tokio::test]
async fn the_body_says_how_it_is_written() {
    app(async |app| {
        let robot = writer(app).await;
        // “Гвоздь” in Windows-1251
        let body = [&b"Handle,Title,Variant Price\nnail,"[..], b"\xc3\xe2\xee\xe7\xe4\xfc,1\n"].concat();
        let sent = send_as(&robot, "?untrackedStock=1", "text/csv;charset=\"Windows-1251\"", body).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        worker::run_pending(&app.shop).await.unwrap();
        let name: String = sqlx::query_scalar("select name from products").fetch_one(&app.db).await.unwrap();
        assert_eq!(name, "Гвоздь");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_leaves_nothing() {
    app(async |app| {
        let robot = writer(app).await;
        let refused = |answer: Answered, status: u16, code: &str| {
            assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{}", answer.body);
            answer
        };
        for kind in ["application/json", "text/html", "text/csvx", "application/octet-stream"] {
            refused(send_as(&robot, "", kind, "{}").await, 415, "unsupported_media_type");
        }
        refused(Answered::from(robot.request(Method::POST, HERE)).await, 415, "unsupported_media_type");
        let invalid = "validation_failed";
        let empty = refused(send_as(&robot, "", "text/csv", "").await, 400, invalid);
        assert_eq!(empty.fault("file"), "has nothing in it");
        refused(send_form(&robot, file("")).await, 400, invalid).fault("file");
        let none = refused(send_form(&robot, Form::new().text("encoding", "")).await, 400, invalid);
        assert_eq!(none.fault("file"), "is required");
        let twice = file(CSV).part("file", Part::bytes(CSV.as_bytes().to_vec()).file_name("b.csv"));
        assert_eq!(refused(send_form(&robot, twice).await, 400, invalid).fault("file"), "can be one only");
        refused(send_form(&robot, file(CSV).text("untrackedStock", "many")).await, 400, invalid)
            .fault("untrackedStock");
        refused(send_as(&robot, "?untrackedStock=-1", "text/csv", CSV).await, 400, invalid).fault("untrackedStock");
        refused(send_as(&robot, "?encoding=klingon", "text/csv", CSV).await, 400, invalid).fault("encoding");
        refused(send_as(&robot, "", "text/csv; charset=klingon", CSV).await, 400, invalid).fault("encoding");
        refused(send_form(&robot, file(CSV).text("stock", "5")).await, 400, "unknown_field").fault("stock");
        refused(send_as(&robot, "?stock=5", "text/csv", CSV).await, 400, "unknown_parameter").fault("stock");
        refused(send_as(&robot, "", "multipart/form-data; boundary=x", "--x\r\nnothing").await, 400, "bad_request");
        for (query, field) in
            [("status=sending", "status"), ("sort=name", "sort"), ("limit=0", "limit"), ("page=x", "page")]
        {
            refused(robot.get(&format!("{HERE}?{query}")).await, 400, invalid).fault(field);
        }
        assert_eq!(app.count("select count(*) from imports").await, 0, "nothing is left behind");

        // no product file at all: that is found out when it is read
        let other = send_as(&robot, "", "text/csv", "Name,Price\nNail,1\n").await;
        worker::run_pending(&app.shop).await.unwrap();
        let told = robot.get(other.header("location")).await.body["data"].clone();
        assert_eq!((&told["status"], &told["report"]), (&json!("failed"), &json!(null)));
        assert!(told["problem"].as_str().unwrap().contains("is not a product CSV"), "{told}");

        for nowhere in ["nothing", "0190b5a0-7c1e-7000-8000-000000000001", "%00"] {
            let answer = refused(robot.get(&format!("{HERE}/{nowhere}")).await, 404, "not_found");
            assert_eq!(answer.body["message"], "No such import");
        }
        // who may not write the catalogue
        let reader = Machine::at(&app.root, &key(app, &[CatalogRead, InventoryWrite]).await);
        refused(send_as(&reader, "", "text/csv", CSV).await, 403, "forbidden");
        refused(reader.get(HERE).await, 403, "forbidden");
        refused(reader.get(other.header("location")).await, 403, "forbidden");
    })
    .await;
}

/// Fails without `imports_once`, and where a key is not looked at.
#[tokio::test]
async fn under_a_key_a_file_is_read_once() {
    app(async |app| {
        let robot = writer(app).await;
        let send = async |key: &str, query: &str, csv: &str| {
            let request = robot.request(Method::POST, &format!("{HERE}{query}")).header("idempotency-key", key);
            Answered::from(request.header("content-type", "text/csv").body(csv.to_owned())).await
        };
        // larger than what is kept of other requests in memory
        let mut large = "Handle,Title,Variant Price,Body (HTML)\n".to_owned();
        for n in 0..40 {
            large.push_str(&format!("nail-{n},Nail {n},1,{}\n", "x".repeat(40_000)));
        }
        let (one, two, three) = tokio::join!(send("a", "", &large), send("a", "", &large), send("a", "", &large));
        let id = one.body["data"]["id"].clone();
        for answer in [&one, &two, &three] {
            assert_eq!((answer.status, &answer.body["data"]["id"]), (202, &id), "{}", answer.body);
        }
        let again = send("a", "", &large).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
        assert_eq!((again.header("location"), &again.body["data"]["id"]), (one.header("location"), &id));
        assert_eq!(app.count("select count(*) from imports").await, 1);
        assert_eq!(app.count("select count(*) from graphile_worker.jobs where task_identifier = 'shop'").await, 1);
        // another file, other options, another name
        for (query, csv) in [("", CSV), ("?untrackedStock=5", &large), ("?fileName=b.csv", &large)] {
            let other = send("a", query, csv).await;
            assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency_key_reused")), "{}", other.body);
        }
        assert_eq!(send("b", "", &large).await.status, 202);
        assert!(send("with space", "", CSV).await.fault("Idempotency-Key").len() > 5);
        // the key is the sender's own
        let other = writer(app).await;
        let request =
            other.request(Method::POST, HERE).header("idempotency-key", "a").header("content-type", "text/csv");
        let theirs = Answered::from(request.body(large.clone())).await;
        assert!(theirs.status == 202 && theirs.body["data"]["id"] != id, "{}", theirs.body);
        assert_eq!(app.count("select count(*) from imports").await, 3);
    })
    .await;
}

/// Fails where the address takes no more than a form or a document.
#[tokio::test]
async fn a_file_may_be_large_and_has_an_end() {
    app(async |app| {
        let robot = writer(app).await;
        let announced = robot.request(Method::POST, HERE).header("content-type", "text/csv");
        let pieces = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1 << 20]));
        let body = reqwest::Body::wrap_stream(futures::StreamExt::take(pieces, 102));
        let answer = announced.body(body).send().await;
        // whoever still sends may not hear the answer
        if let Ok(answer) = answer {
            assert!([400, 413].contains(&answer.status().as_u16()), "{}", answer.status());
        }
        assert_eq!(app.count("select count(*) from imports").await, 0);
        assert_eq!(app.count("select count(*) from import_parts").await, 0);
    })
    .await;
}
