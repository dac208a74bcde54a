//! Notifications by the API: read on from a cursor, marked, chosen.

use super::{Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use serde_json::json;
use shop::accounts::Permission;

async fn an_order(app: &TestApp) -> String {
    let placed = app.order_of(&app.product("Rasp").stock(100).await, 1).await;
    app.take_money(placed.order).await;
    app.notifications_settle().await;
    placed.number
}

#[tokio::test]
async fn a_program_reads_on() {
    app(async |app| {
        let clerk = Machine::of(app, app.staff(&[Permission::OrdersRead]).await.email()).await;
        let empty = clerk.get("/api/notifications").await;
        assert_eq!(empty.body["data"], json!({ "notifications": [], "cursor": null, "unread": 0 }));
        let numbers = [an_order(app).await, an_order(app).await, an_order(app).await];
        let first = clerk.get("/api/notifications?limit=2").await.body["data"].clone();
        assert_eq!(first["unread"], 3);
        let one = &first["notifications"][0];
        assert_eq!(
            (&one["kind"], &one["isRead"], &one["entityType"]),
            (&json!("new_order"), &json!(false), &json!("order"))
        );
        assert_eq!(one["text"], format!("New order {} over £14.95", numbers[0]));
        assert_eq!((&one["data"]["number"], &one["data"]["total"]), (&json!(numbers[0]), &json!(1495)));
        assert_eq!(one["path"], format!("/admin/orders/{}", numbers[0]));
        let cursor = first["cursor"].as_str().unwrap();
        assert_eq!(cursor, first["notifications"][1]["cursor"]);
        let rest = clerk.get(&format!("/api/notifications?after={cursor}")).await.body["data"].clone();
        assert_eq!(rest["notifications"].as_array().unwrap().len(), 1);
        let end = rest["cursor"].as_str().unwrap();
        let nothing = clerk.get(&format!("/api/notifications?after={end}")).await.body["data"].clone();
        assert_eq!((&nothing["cursor"], &nothing["notifications"]), (&json!(end), &json!([])));

        let id = one["id"].as_str().unwrap();
        for _ in 0..2 {
            let read = clerk.send(Method::POST, &format!("/api/notifications/{id}/read"), &json!({})).await;
            assert_eq!(read.status, 200, "{}", read.body);
        }
        assert_eq!(clerk.get("/api/notifications").await.body["data"]["unread"], 2);
        let all = clerk.send(Method::POST, "/api/notifications/read", &json!({ "upTo": cursor })).await;
        assert_eq!(all.status, 200, "{}", all.body);
        assert_eq!(clerk.get("/api/notifications").await.body["data"]["unread"], 1);

        for (path, field) in [("?after=x", "after"), ("?limit=0", "limit"), ("?limit=101", "limit")] {
            let refused = clerk.get(&format!("/api/notifications{path}")).await;
            assert_eq!(refused.status, 400, "{path}: {}", refused.body);
            assert!(!refused.fault(field).is_empty());
        }
        let refused = clerk.send(Method::POST, "/api/notifications/read", &json!({})).await;
        assert_eq!(refused.fault("upTo"), "is required");
        let missing = format!("/api/notifications/{}/read", uuid::Uuid::now_v7());
        assert_eq!(clerk.send(Method::POST, &missing, &json!({})).await.status, 404);
    })
    .await;
}

/// They are a person's: there is no key for them, and a customer has none.
#[tokio::test]
async fn others_are_refused() {
    app(async |app| {
        let robot = Machine::at(&app.root, &key(app, &[Permission::OrdersRead]).await);
        assert_eq!(robot.get("/api/notifications").await.status, 403);
        assert_eq!(Machine::nobody(&app.root).get("/api/notifications").await.status, 401);
        let ada = Machine::of(app, app.customer("ada@example.org").await.email()).await;
        assert_eq!(ada.get("/api/notifications/preferences").await.status, 403);
        // what one may not see is not there
        an_order(app).await;
        let keeper = Machine::of(app, app.staff(&[Permission::InventoryRead]).await.email()).await;
        assert_eq!(keeper.get("/api/notifications").await.body["data"]["notifications"], json!([]));
        let id: uuid::Uuid = sqlx::query_scalar("select id from notifications").fetch_one(&app.db).await.unwrap();
        let refused = keeper.send(Method::POST, &format!("/api/notifications/{id}/read"), &json!({})).await;
        assert_eq!(refused.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_program_chooses() {
    app(async |app| {
        let clerk = Machine::of(app, app.staff(&[Permission::OrdersRead]).await.email()).await;
        let now = clerk.get("/api/notifications/preferences").await;
        assert_eq!(now.body["data"], json!([{ "kind": "new_order", "inBell": true, "mail": "daily" }]));
        let wanted = json!({ "preferences": [{ "kind": "new_order", "inBell": false, "mail": "never" }] });
        let chosen = clerk.send(Method::PATCH, "/api/notifications/preferences", &wanted).await;
        assert_eq!(chosen.body["data"], json!([{ "kind": "new_order", "inBell": false, "mail": "never" }]));
        let wrong = json!({ "preferences": [{ "kind": "job_dead", "mail": "hourly" }] });
        let refused = clerk.send(Method::PATCH, "/api/notifications/preferences", &wrong).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.fault("preferences.0.kind"), "is not one that you are told of");
        assert!(refused.fault("preferences.0.mail").starts_with("must be"));
    })
    .await;
}
