//! Webhooks by the API: made, tested, looked into, sent again.

use super::{Machine, key};
use crate::support::app;
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{WebhooksRead, WebhooksReadPayload, WebhooksWrite};
use shop::testing::receiver::{Receiver, Reply};
use shop::webhooks;

fn json_of(url: &str) -> Value {
    json!({ "name": "Accounting", "url": url, "topics": ["order.paid"] })
}

#[tokio::test]
async fn a_webhook_lives_by_the_api() {
    app(async |app| {
        let receiver = Receiver::answering(|_| Reply::With(202, Vec::new(), "thank you".into())).await;
        let able = Machine::at(&app.root, &key(app, &[WebhooksWrite, WebhooksReadPayload]).await);
        let made = able.send(Method::POST, "/api/webhooks", &json_of(receiver.url.as_str())).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let data = &made.body["data"];
        assert!(data["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!((&data["state"], &data["topics"]), (&json!("active"), &json!(["order.paid"])));
        assert!(data["signingKeys"].to_string().contains("whpk_"));
        let at = made.header("location").to_owned();
        assert_eq!(at, format!("/api/webhooks/{}", data["id"].as_str().unwrap()));
        let shown = able.get(&at).await;
        assert!(shown.body["data"].get("secret").is_none(), "told once");

        assert_eq!(able.send(Method::POST, &format!("{at}/test"), &json!({})).await.status, 200);
        webhooks::send_due(app).await.unwrap();
        assert_eq!(receiver.bodies()[0]["type"], "webhook.tested");
        let list = able.get(&format!("{at}/deliveries?status=delivered&topic=webhook.tested")).await;
        assert_eq!(list.body["pagination"]["total"], 1);
        let one = &list.body["data"][0];
        assert_eq!((&one["attempts"], &one["httpStatus"]), (&json!(1), &json!(202)));
        let delivery = format!("/api/webhook-deliveries/{}", one["id"].as_str().unwrap());
        let details = able.get(&delivery).await.body["data"].clone();
        assert!(details["body"].as_str().unwrap().contains("webhook.tested"));
        assert_eq!(details["log"][0]["answer"], "thank you");
        let again = able.send(Method::POST, &format!("{delivery}/redeliver"), &json!({})).await;
        assert_eq!(again.body["data"]["status"], "pending");
        webhooks::send_due(app).await.unwrap();
        assert_eq!(receiver.received().len(), 2);

        let changed = able.send(Method::PATCH, &at, &json!({ "topics": ["*"], "isOrdered": true })).await;
        let data = &changed.body["data"];
        assert_eq!(
            (&data["name"], &data["topics"], &data["isOrdered"]),
            (&json!("Accounting"), &json!(["*"]), &json!(true))
        );
        let paused = able.send(Method::POST, &format!("{at}/pause"), &json!({})).await;
        assert_eq!(
            (&paused.body["data"]["state"], &paused.body["data"]["pauseReason"]),
            (&json!("paused"), &json!("by_hand"))
        );
        assert_eq!(able.get("/api/webhooks?state=paused&search=account").await.body["pagination"]["total"], 1);
        let resumed = able.send(Method::POST, &format!("{at}/resume"), &json!({})).await;
        assert_eq!(resumed.body["data"]["state"], "active");
        let rotated = able.send(Method::POST, &format!("{at}/rotate-secret"), &json!({ "kind": "v1" })).await;
        assert!(rotated.body["data"]["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!(rotated.body["data"]["signingKeys"].as_array().unwrap().len(), 3);
        let replayed =
            able.send(Method::POST, &format!("{at}/replay"), &json!({ "from": "2026-11-01T00:00:00Z" })).await;
        assert_eq!(replayed.status, 200, "{}", replayed.body);

        let jwk =
            json!({ "kty": "OKP", "crv": "X25519", "kid": "bob", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" });
        let added =
            able.send(Method::POST, &format!("{at}/keys"), &json!({ "jwk": jwk.to_string(), "isActive": true })).await;
        assert_eq!((added.status, &added.body["data"]["kid"]), (201, &json!("bob")));
        let key_at = format!("/api/webhook-keys/{}", added.body["data"]["id"].as_str().unwrap());
        assert_eq!(able.send(Method::DELETE, &key_at, &json!({})).await.body["code"], "key_in_use");
        for act in ["deactivate", "activate", "deactivate"] {
            assert_eq!(able.send(Method::POST, &format!("{key_at}/{act}"), &json!({})).await.status, 200, "{act}");
        }
        assert_eq!(able.send(Method::DELETE, &key_at, &json!({})).await.status, 200);
        assert_eq!(able.get(&format!("{at}/keys")).await.body["data"], json!([]));
        assert_eq!(able.send(Method::DELETE, &at, &json!({})).await.status, 200);
        assert_eq!(able.get(&at).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    app(async |app| {
        let able = Machine::at(&app.root, &key(app, &[WebhooksWrite]).await);
        let refused =
            able.send(Method::POST, "/api/webhooks", &json!({ "url": "http://10.0.0.1/", "topics": ["x"] })).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!("validation_failed")));
        assert_eq!(refused.fault("name"), "is required");
        assert_eq!(refused.fault("url"), "The address does not lead to a public server");
        assert_eq!(refused.fault("topics.0"), "is not a topic that we know");
        assert_eq!(able.get("/api/webhooks?state=odd").await.status, 400);
        assert_eq!(able.get("/api/webhooks/odd").await.status, 404);
        let topics = able.get("/api/webhook-topics").await;
        assert!(topics.body["data"].to_string().contains("order.paid"));
    })
    .await;
}

/// What was sent may hold personal data.
#[tokio::test]
async fn payloads_are_for_those_who_may_read_them() {
    app(async |app| {
        let receiver = Receiver::start().await;
        let writer = Machine::at(&app.root, &key(app, &[WebhooksWrite]).await);
        let made = writer.send(Method::POST, "/api/webhooks", &json_of(receiver.url.as_str())).await;
        let at = made.header("location").to_owned();
        writer.send(Method::POST, &format!("{at}/test"), &json!({})).await;
        webhooks::send_due(app).await.unwrap();
        let reader = Machine::at(&app.root, &key(app, &[WebhooksRead]).await);
        let list = reader.get(&format!("{at}/deliveries")).await;
        let id = list.body["data"][0]["id"].as_str().unwrap().to_owned();
        let details = reader.get(&format!("/api/webhook-deliveries/{id}")).await.body["data"].clone();
        assert!(details["body"].is_null() && details["log"][0]["requestHeaders"].is_null(), "{details}");
        assert_eq!(details["log"][0]["httpStatus"], 204);
    })
    .await;
}

/// The document says what is sent: a webhook for each topic, whose payload it describes.
#[tokio::test]
async fn the_document_has_a_webhook_for_each_topic() {
    app(async |app| {
        let document = Machine::nobody(&app.root).get("/api/openapi.json").await.body;
        for topic in shop::events::TOPICS {
            let body =
                &document["webhooks"][topic.name]["post"]["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(body["properties"]["type"]["enum"], json!([topic.name]), "{}", topic.name);
            let payload = body["properties"]["data"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            assert!(document["components"]["schemas"][payload].is_object(), "{payload}");
        }
    })
    .await;
}
