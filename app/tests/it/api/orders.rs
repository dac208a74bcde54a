//! Orders and payments, for machines that may see them.

use super::{Machine, key, machine, sold};
use crate::support::app;
use crate::support::stripe::stripe_app;
use serde_json::json;
use shop::accounts::Permission::{OrdersRead, OrdersRefund, PaymentsRead};

#[tokio::test]
async fn lists_have_pages_filters_and_an_order() {
    app(async |app| {
        let robot = Machine::at(&app.root, &key(app, &[OrdersRead]).await);
        let rasp = app.product("Rasp").priced(8_50).stock(50).await;
        let mut numbers = Vec::new();
        for quantity in 1..=3 {
            numbers.push(app.order_of(&rasp, quantity).await.number);
            app.clock.advance(chrono::TimeDelta::minutes(1));
        }
        let first = robot.get("/api/orders?limit=2").await;
        assert_eq!(first.status, 200);
        assert_eq!(first.header("cache-control"), "no-store");
        assert_eq!((&first.body["status"], &first.body["statusCode"]), (&json!("success"), &json!(200)));
        assert_eq!(first.body["message"], "Success");
        assert_eq!(first.body["pagination"], json!({ "total": 3, "page": 1, "limit": 2, "totalPages": 2 }));
        let of = |answer: &super::Answered| -> Vec<String> {
            let rows = answer.body["data"].as_array().unwrap();
            rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(of(&first), [numbers[2].as_str(), &numbers[1]]);
        assert_eq!(of(&robot.get("/api/v1/orders?limit=2&page=2").await), numbers[..1]);
        assert_eq!(of(&robot.get("/api/orders?sort=total:asc").await), numbers);
        assert_eq!(of(&robot.get(&format!("/api/orders?search={}", numbers[1])).await), numbers[1..2]);
        assert_eq!(robot.get("/api/orders?status=cancelled").await.body["data"], json!([]));
        assert_eq!(robot.get("/api/orders?paymentStatus=pending").await.body["pagination"]["limit"], 20);
        assert_eq!(of(&robot.get("/api/orders?fulfillmentStatus=unfulfilled&sort=total:asc").await), numbers);
        assert_eq!(robot.get("/api/orders?fulfillmentStatus=shipped").await.body["data"], json!([]));
        assert_eq!(first.body["data"][0]["fulfillmentStatus"], "unfulfilled");
        let wrong = robot.get("/api/orders?fulfillmentStatus=sent").await;
        assert_eq!(
            (wrong.status, wrong.fault("fulfillmentStatus")),
            (400, "is not one of the values that it can have")
        );
    })
    .await;
}

/// Fails without `who.may` in `orders::find`, `orders::list` and `payments::payment`.
#[tokio::test]
async fn an_order_and_its_payment_are_shown_to_who_may_see_them() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let (seer, payer) = (machine(app, &[OrdersRead]).await, machine(app, &[OrdersRefund]).await);
        let cashier = machine(app, &[PaymentsRead]).await;
        let order = seer.get(&format!("/api/orders/{number}")).await;
        let data = &order.body["data"];
        assert_eq!((order.status, &data["number"], &data["total"]), (200, &json!(number), &json!("78.50")));
        assert_eq!((&data["refundable"], &data["currency"]), (&json!("78.50"), &json!("GBP")));
        assert_eq!((&data["status"], &data["paymentStatus"]), (&json!("paid"), &json!("paid")));
        assert_eq!((&data["fulfillmentStatus"], &data["deliveredAt"]), (&json!("unfulfilled"), &json!(null)));
        assert_eq!(data["items"].as_array().unwrap().len(), 2);
        let by_id = seer.get(&format!("/api/v1/orders/{}", data["id"].as_str().unwrap())).await;
        assert_eq!(&by_id.body["data"], data);
        let payment = data["payments"][0]["id"].as_str().unwrap();
        let path = format!("/api/payments/{payment}");
        assert_eq!(payer.refund(&number, "a", &json!({ "amount": 10 })).await.status, 201);
        let seen = cashier.get(&path).await;
        let data = &seen.body["data"];
        assert_eq!((seen.status, &data["orderNumber"], &data["captured"]), (200, &json!(number), &json!("78.50")));
        assert_eq!((&data["refunding"], &data["refunds"][0]["amount"]), (&json!("10.00"), &json!("10.00")));
        assert!(data["reference"].as_str().unwrap().starts_with("pi_"), "{data}");
        let text = order.body.to_string() + &seen.body.to_string();
        assert!(!text.contains("accessKey") && !text.contains("clientSecret"), "{text}");

        for other in [&payer, &cashier] {
            assert_eq!(other.get(&format!("/api/orders/{number}")).await.status, 403);
            assert_eq!(other.get("/api/orders").await.status, 403);
            assert_eq!(other.get("/api/orders/IM-404").await.status, 403, "not even whether there is one");
        }
        assert_eq!(seer.get(&path).await.status, 403);
        for none in ["x", "0190a2c4-0000-7000-8000-000000000000"] {
            assert_eq!(cashier.get(&format!("/api/payments/{none}")).await.status, 404);
        }
    })
    .await;
}

/// Fails when the order or the payment of a shopper is read without `RefundView::for_shopper`, and when a field is gone
/// that either place answered once.
#[tokio::test]
async fn a_payment_and_a_refund_are_the_same_wherever_they_are_shown() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRead, OrdersRefund, PaymentsRead]).await;
        assert_eq!(robot.refund(&number, "a", &json!({ "amount": 10 })).await.status, 201);
        sqlx::query("update refunds set failure_message = 'lost_or_stolen_card'").execute(&app.db).await.unwrap();
        let key = app.access_key(&number).await;
        let nobody = Machine::nobody(&app.root);
        for (who, key, by, failure) in [
            (&robot, String::new(), "Warehouse robot", json!("lost_or_stolen_card")),
            (&nobody, format!("?key={key}"), "The shop", json!(null)),
        ] {
            let order = who.get(&format!("/api/orders/{number}{key}")).await.body["data"].clone();
            let paid = order["payments"][0].as_object().unwrap();
            let payment = format!("/api/payments/{}{key}", paid["id"].as_str().unwrap());
            let payment = who.get(&payment).await.body["data"].clone();
            for field in
                ["provider", "failureMessage", "failure", "reference", "paymentIntentId", "currency", "updatedAt"]
            {
                assert!(paid.contains_key(field), "{field}: {order}");
            }
            paid.iter().for_each(|(field, value)| assert_eq!(&payment[field], value, "{field}: {payment}"));
            assert_eq!(order["refunds"], payment["refunds"]);
            let refund = &order["refunds"][0];
            assert_eq!((&refund["by"], &refund["failure"]), (&json!(by), &failure), "{refund}");
            assert_eq!((&refund["isByHand"], &refund["currency"]), (&json!(false), &json!("GBP")), "{refund}");
            assert_eq!((&refund["status"], &paid["provider"]), (&json!("succeeded"), &json!("stripe")));
        }
    })
    .await;
}
