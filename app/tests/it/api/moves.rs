//! Those who work here move orders on: by the table of moves, and no further than their permissions go.

use super::{Machine, machine, sold};
use crate::support::stripe::stripe_app;
use reqwest::Method;
use serde_json::json;
use shop::accounts::Permission::{OrdersRead, OrdersRefund, OrdersWrite};

#[tokio::test]
async fn an_order_goes_from_paid_to_completed() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let (path, robot) = (format!("/api/orders/{number}"), machine(app, &[OrdersRead, OrdersWrite]).await);
        let put = async |body| robot.send(Method::PUT, &path, &body).await;
        let early = put(json!({ "status": "delivered" })).await;
        assert_eq!((early.status, &early.body["code"]), (409, &json!("order_status")), "{}", early.body);
        assert_eq!(put(json!({ "status": "processing" })).await.body["data"]["status"], "processing");
        let items = robot.get(&path).await.body["data"]["items"].clone();
        let part = json!({
            "status": "shipped", "carrier": "Royal Mail", "tracking": "RM1",
            "items": [{ "itemId": items[0]["id"], "quantity": 1 }],
        });
        let partly = put(part).await;
        assert_eq!(
            (&partly.body["data"]["status"], &partly.body["data"]["items"][0]["shipped"]),
            (&json!("processing"), &json!(1))
        );
        assert_eq!(partly.body["data"]["fulfillmentStatus"], "partially_shipped");
        let rest = put(json!({ "status": "shipped", "carrier": "Royal Mail", "tracking": "RM2" })).await;
        assert_eq!(rest.body["data"]["status"], "shipped", "{}", rest.body);
        assert_eq!(rest.body["data"]["shipments"].as_array().unwrap().len(), 2);
        assert_eq!(rest.body["data"]["fulfillmentStatus"], "shipped");
        for to in ["delivered", "completed"] {
            let data = &put(json!({ "status": to })).await.body["data"];
            assert_eq!((&data["status"], &data["fulfillmentStatus"]), (&json!(to), &json!(to)));
            assert!(data["deliveredAt"].is_string(), "{data}");
        }
        let noted = put(json!({ "note": "The door was red" })).await;
        let timeline = noted.body["data"]["timeline"].as_array().unwrap();
        assert!(timeline.iter().any(|row| row["note"] == "The door was red" && row["actorName"] == "Warehouse robot"));
        for wrong in [json!({}), json!({ "status": "gone" }), json!({ "status": "pending" })] {
            assert_eq!(put(wrong).await.status, 400);
        }
    })
    .await;
}

/// Fails without `cancel_pending`, and without the permission in `orders::cancel`.
#[tokio::test]
async fn only_a_pending_order_is_deleted_and_money_goes_back_only_by_who_may() {
    stripe_app(async |app| {
        let paid = sold(app).await;
        let placed = app.order_of(&app.product("Vice").await, 1).await;
        let clerk = machine(app, &[OrdersRead, OrdersWrite]).await;
        let chief = machine(app, &[OrdersRead, OrdersWrite, OrdersRefund]).await;
        for who in [&clerk, &chief] {
            let kept = who.send(Method::DELETE, &format!("/api/orders/{paid}"), &json!({})).await;
            assert_eq!((kept.status, &kept.body["code"]), (409, &json!("order_status")), "{}", kept.body);
        }
        let gone = clerk.send(Method::DELETE, &format!("/api/orders/{}", placed.number), &json!({})).await;
        let order = &gone.body["data"];
        assert_eq!((gone.status, &order["status"]), (200, &json!("cancelled")));
        assert_eq!(order["cancelCause"], "by_shop");
        assert_eq!(order["cancelReason"], "Cancelled by the shop");
        assert_eq!(app.count("select count(*) from orders").await, 2, "never erased");

        let path = format!("/api/orders/{paid}/cancel");
        let why = json!({ "reason": "Out of planes" });
        assert_eq!(clerk.send(Method::PATCH, &path, &why).await.status, 403);
        assert_eq!(chief.send(Method::PATCH, &path, &json!({})).await.fault("reason"), "is required");
        assert_eq!(chief.send(Method::PATCH, &path, &why).await.body["data"]["status"], "cancelled");

        let reader = machine(app, &[OrdersRead]).await;
        let nobody = Machine::nobody(&app.root);
        for (who, status) in [(&reader, 403), (&nobody, 401)] {
            let refused = who.send(Method::PUT, &format!("/api/orders/{paid}"), &json!({ "status": "shipped" })).await;
            assert_eq!(refused.status, status);
        }
        assert_eq!(reader.send(Method::PATCH, &path, &why).await.status, 403);
    })
    .await;
}
