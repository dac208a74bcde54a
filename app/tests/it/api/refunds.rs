//! Money goes back by request of a machine: once for each key, and never more than there is.

use super::{Answered, machine, sold};
use crate::support::stripe::stripe_app;
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{OrdersRead, OrdersRefund, OrdersWrite};

#[tokio::test]
async fn by_amount_by_line_and_all_that_is_left() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRefund, OrdersRead]).await;
        let order = robot.get(&format!("/api/orders/{number}")).await.body["data"].clone();
        let plane = order["items"][0]["id"].as_str().unwrap();

        let some =
            robot.refund(&number, "a", &json!({ "amount": "3.50", "cause": "goodwill", "reason": "Late" })).await;
        assert_eq!((some.status, some.header("idempotent-replayed")), (201, ""), "{}", some.body);
        let data = &some.body["data"];
        assert_eq!(
            (&data["amount"], &data["currency"], &data["status"]),
            (&json!("3.50"), &json!("GBP"), &json!("succeeded"))
        );
        assert_eq!((&data["by"], &data["reason"]), (&json!("Warehouse robot"), &json!("Goodwill: Late")));
        assert_eq!(data["paymentId"], order["payments"][0]["id"]);

        let lines = json!({ "lines": [{ "item": plane, "quantity": 1, "restock": true }] });
        let piece = robot.refund(order["id"].as_str().unwrap(), "b", &lines).await;
        assert_eq!(piece.body["data"]["amount"], "35.00", "{}", piece.body);
        assert_eq!(piece.body["data"]["lines"][0]["item"], plane);
        assert_eq!(app.count("select sum(reserved_quantity) from order_items").await, 2, "one of three is free again");

        for (body, field) in [
            (json!({ "amount": "40.01" }), "amount"),
            (json!({ "amount": 0 }), "amount"),
            (json!({ "amount": -1 }), "amount"),
            (json!({}), "amount"),
            (json!({ "lines": [{ "item": plane, "quantity": 2 }] }), "lines.0.quantity"),
            (json!({ "lines": [{ "item": "x", "quantity": 1 }] }), "lines.0.item"),
            (json!({ "delivery": "1" }), "delivery"),
            (json!({ "amount": "1", "cause": "spite" }), "cause"),
            (json!({ "amount": "1", "reason": "a\u{0}b" }), "reason"),
        ] {
            let refused = robot.refund(&number, "c", &body).await;
            assert_eq!(refused.status, 400, "{body}");
            assert!(!refused.fault(field).is_empty(), "{body}");
        }
        let overtaken = robot.refund(&number, "d", &json!({ "what": "all", "expectedLeft": "78.50" })).await;
        assert_eq!(overtaken.status, 409);
        assert!(overtaken.body["message"].as_str().unwrap().contains("£40.00 is left"), "{}", overtaken.body);
        let rest = robot.refund(&number, "e", &json!({ "what": "all", "restock": true })).await;
        assert_eq!(rest.body["data"]["amount"], "40.00");
        assert_eq!(app.stripe.statement().charges[0].amount_refunded, 78_50);
        let who: Vec<(String, String)> =
            sqlx::query_as("select distinct actor_type, actor_name from audit_logs where action = 'order.refund'")
                .fetch_all(&app.db)
                .await
                .unwrap();
        assert_eq!(who, [("api_client".to_owned(), "Warehouse robot".to_owned())]);
    })
    .await;
}

/// Fails without `who.may` in `orders::find`: 404 for what is not there, and then 201 where `request_refund` does not
/// ask either.
#[tokio::test]
async fn only_with_the_scope() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let other = machine(app, &[OrdersRead, OrdersWrite]).await;
        for order in [number.as_str(), "IM-404"] {
            assert_eq!(other.refund(order, "a", &json!({ "what": "all" })).await.status, 403);
        }
        assert_eq!(app.count("select count(*) from refunds").await, 0);
    })
    .await;
}

/// Fails without the look-up of the key in `refunds::write`: the database's own rule lets one through and the others
/// are errors.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_twenty_times_at_once_is_one() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRefund]).await;
        let body = json!({ "amount": "10.00", "reason": "Dented" });
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (robot, number, body) = (robot.clone(), number.clone(), body.clone());
            racing.spawn(async move { robot.refund(&number, "one", &body).await });
        }
        let answers = racing.join_all().await;
        // a busy machine may say so, and is asked again
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 503)));
        let done: Vec<&Answered> = answers.iter().filter(|answer| answer.status == 201).collect();
        let last = robot.refund(&number, "one", &body).await;
        assert_eq!((last.status, last.header("idempotent-replayed")), (201, "true"));
        assert!(done.iter().all(|answer| answer.body["data"]["id"] == last.body["data"]["id"]));
        assert!(done.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count() <= 1);
        assert_eq!(app.count("select count(*) from refunds").await, 1);
        assert_eq!(app.stripe.statement().refunds.len(), 1);

        for other in
            [json!({ "amount": "10.01", "reason": "Dented" }), json!({ "amount": "10.00" }), json!({ "what": "all" })]
        {
            assert_eq!(robot.refund(&number, "one", &other).await.status, 422);
        }
        // a key is its machine's own: another one's is another refund
        let second = machine(app, &[OrdersRefund]).await;
        let own = second.refund(&number, "one", &body).await;
        assert_eq!((own.status, own.header("idempotent-replayed")), (201, ""));
        assert_eq!(app.stripe.statement().refunds.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_order() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRefund]).await;
        let other = app.order_of(&app.product("Vice").await, 1).await;
        let body = json!({ "amount": "1" });
        assert_eq!(robot.refund(&number, "a", &body).await.status, 201);
        assert_eq!(robot.refund(&other.number, "a", &body).await.status, 422);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_asked_for() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRefund]).await;
        let path = format!("/api/orders/{number}/refund");
        let send = async |keys: &[&str]| {
            let mut request = robot.request(Method::POST, &path).json(&json!({ "amount": "1" }));
            for key in keys {
                request = request.header("idempotency-key", *key);
            }
            Answered::from(request).await
        };
        let long = "x".repeat(256);
        for keys in [&[][..], &[""], &["a b"], &["a", "a"], &[&long]] {
            let refused = send(keys).await;
            assert_eq!(refused.status, 400, "{keys:?}");
            assert!(!refused.fault("Idempotency-Key").is_empty());
        }
        assert_eq!(app.count("select count(*) from refunds").await, 0);
        let all: &Value = &send(&[&long[1..]]).await.body;
        assert_eq!(all["status"], "success");
    })
    .await;
}
