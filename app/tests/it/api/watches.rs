//! Watches by the API: asked for by apps and guests, listed, ended.

use super::Machine;
use crate::support::app;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_app_watches_and_a_guest_confirms_first() {
    app(async |app| {
        let rasp = app.product("Rasp").slug("rasp").priced(9_00).stock(0).await;
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let wanted = json!({ "kind": "back_in_stock", "variantId": rasp.variant });
        let asked = ada.send(Method::POST, "/api/watches", &wanted).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let data = &asked.body["data"];
        assert_eq!((&data["status"], &data["email"]), (&json!("active"), &json!("ada@example.org")));
        let list = ada.get("/api/v1/watches?limit=5").await;
        assert_eq!(list.body["pagination"]["total"], 1, "{}", list.body);
        let one = &list.body["data"][0];
        assert_eq!((&one["id"], &one["name"], &one["inStock"]), (&data["id"], &json!("Rasp"), &json!(false)));
        assert_eq!((&one["priceSeen"], &one["price"]), (&json!("9.00"), &json!("9.00")));

        let guest = Machine::nobody(&app.root);
        let answer = guest.send(Method::POST, "/api/watches", &wanted).await;
        assert_eq!((answer.status, answer.fault("email")), (400, "is required"));
        let odd = json!({ "kind": "colour", "variantId": rasp.variant, "email": "x" });
        let answer = guest.send(Method::POST, "/api/watches", &odd).await;
        assert!(answer.fault("kind").contains("back_in_stock") && answer.fault("email").contains("look like"));
        let mut seen = Vec::new();
        for email in ["ada@example.org", "eve@example.org"] {
            let body = json!({ "kind": "back_in_stock", "variantId": rasp.variant, "email": email });
            let mut asked = guest.send(Method::POST, "/api/watches", &body).await;
            asked.body["data"]["email"].take();
            seen.push((asked.status, asked.body["data"].clone()));
        }
        assert_eq!(seen[0], seen[1], "whether it watches or not");
        assert_eq!(seen[0].1["status"], "pending");
        assert_eq!(guest.get("/api/watches").await.status, 401);
        let nothing = json!({ "kind": "price_drop", "variantId": uuid::Uuid::now_v7(), "email": "eve@example.org" });
        assert_eq!(guest.send(Method::POST, "/api/watches", &nothing).await.status, 404);
        let there = app.product("Saw").stock(1).await;
        let there = json!({ "kind": "back_in_stock", "variantId": there.variant, "email": "eve@example.org" });
        let answer = guest.send(Method::POST, "/api/watches", &there).await;
        assert_eq!((answer.status, &answer.body["code"]), (409, &json!("in_stock")));

        let at = format!("/api/watches/{}", data["id"].as_str().unwrap());
        app.customer("eve@example.org").await;
        let eve = Machine::of(app, "eve@example.org").await;
        assert_eq!(crate::api::Answered::from(eve.request(Method::DELETE, &at)).await.status, 404);
        let ended = crate::api::Answered::from(ada.request(Method::DELETE, &at)).await;
        assert_eq!(ended.status, 200, "{}", ended.body);
        assert_eq!(ada.get("/api/watches").await.body["pagination"]["total"], 0);
        assert_eq!(crate::api::Answered::from(ada.request(Method::DELETE, &at)).await.status, 404);
    })
    .await;
}
