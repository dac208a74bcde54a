//! Sessions and messages by the API, as shoppers, staff and programs use them.

use super::{Answered, Machine};
use crate::support::app;
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission;

async fn opened(ada: &Machine, body: &Value) -> String {
    let opened = ada.send(Method::POST, "/api/sessions", body).await;
    assert_eq!(opened.status, 201, "{}", opened.body);
    opened.body["data"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_shopper_and_the_shop_talk() {
    app(async |app| {
        let rasp = app.product("Rasp").slug("rasp").stock(3).await;
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let id = opened(&ada, &json!({ "title": "A handle?", "productId": rasp.id })).await;
        let again = ada.send(Method::POST, "/api/sessions", &json!({ "title": "More", "productId": rasp.id })).await;
        assert_eq!((again.status, &again.body["code"]), (409, &json!("session_exists")));
        let body = json!({ "sessionId": id, "text": "Does it come with a handle?", "clientId": "1" });
        let sent = ada.send(Method::POST, "/api/messages", &body).await;
        assert_eq!((sent.status, &sent.body["data"]["seq"]), (201, &json!(1)), "{}", sent.body);
        let once_more = ada.send(Method::POST, "/api/v1/messages", &body).await;
        assert_eq!(once_more.body["data"], sent.body["data"], "the same message");

        // a program of the shop answers
        let key = Machine::at(&app.root, &super::key(app, &[Permission::ConversationsWrite]).await);
        let list = key.get("/api/sessions?scope=all&waiting=true").await;
        assert_eq!(list.body["pagination"]["total"], 1, "{}", list.body);
        assert_eq!(list.body["data"][0]["staff"]["waitingSince"], sent.body["data"]["createdAt"]);
        assert_eq!(key.get("/api/sessions").await.status, 403, "it has none of its own");
        let answer = json!({ "sessionId": id, "text": "Yes, of ash." });
        let answered = key.send(Method::POST, "/api/messages", &answer).await;
        assert_eq!((answered.status, &answered.body["data"]["side"]), (201, &json!("shop")), "{}", answered.body);
        let seen = ada.get(&format!("/api/sessions/{id}")).await.body["data"].clone();
        assert_eq!(
            (&seen["unread"], &seen["excerpt"], &seen["staff"]),
            (&json!(1), &json!("Yes, of ash."), &Value::Null)
        );
        let news = ada.get(&format!("/api/sessions/{id}/messages?after=1")).await.body["data"].clone();
        assert_eq!(news["messages"].as_array().unwrap().len(), 1);
        assert_eq!((&news["messages"][0]["isMine"], &news["hasAfter"]), (&json!(false), &json!(false)));
        let read = ada.send(Method::POST, &format!("/api/sessions/{id}/read"), &json!({ "upTo": 2 })).await;
        assert_eq!(read.status, 200, "{}", read.body);
        assert_eq!(ada.get(&format!("/api/sessions/{id}")).await.body["data"]["unread"], 0);

        // and what is theirs they change
        let at = format!("/api/sessions/{id}");
        let renamed = ada.send(Method::PATCH, &at, &json!({ "title": "Of ash" })).await;
        assert_eq!(renamed.body["data"]["title"], "Of ash", "{}", renamed.body);
        let message = format!("/api/messages/{}", sent.body["data"]["id"].as_str().unwrap());
        let edited = ada.send(Method::PATCH, &message, &json!({ "text": "With a handle?" })).await;
        assert_eq!(edited.body["data"]["text"], "With a handle?", "{}", edited.body);
        let retracted = Answered::from(ada.request(Method::DELETE, &message)).await;
        assert_eq!((retracted.status, &retracted.body["data"]["text"]), (200, &json!("")));
        let closed = Answered::from(ada.request(Method::POST, &format!("{at}/close"))).await;
        assert_eq!(closed.body["data"]["status"], "closed", "{}", closed.body);
        let hidden = Answered::from(ada.request(Method::DELETE, &at)).await;
        assert_eq!(hidden.status, 200, "{}", hidden.body);
        assert_eq!(ada.get(&at).await.status, 404);
        assert_eq!(ada.get("/api/sessions").await.body["pagination"]["total"], 0);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_said_beside_its_field() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let odd = json!({ "title": "", "productId": "x", "orderId": "y" });
        let refused = ada.send(Method::POST, "/api/sessions", &odd).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.fault("title"), "is required");
        assert!(refused.fault("productId").contains("none that the shop shows"), "{}", refused.body);
        let id = opened(&ada, &json!({ "title": "A question" })).await;
        let long = json!({ "sessionId": id, "text": "x".repeat(2_001) });
        let refused = ada.send(Method::POST, "/api/messages", &long).await;
        assert!(refused.fault("text").contains("2000"), "{}", refused.body);
        let refused = ada.send(Method::POST, "/api/messages", &json!({ "sessionId": id, "text": " " })).await;
        assert_eq!(refused.fault("text"), "is required");
        let nowhere = json!({ "sessionId": uuid::Uuid::now_v7(), "text": "Hello" });
        assert_eq!(ada.send(Method::POST, "/api/messages", &nowhere).await.status, 404);
        assert_eq!(ada.get("/api/sessions?scope=all").await.status, 403, "that is the shop's");
        assert_eq!(ada.get("/api/sessions?scope=mine").await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn staff_share_out_who_answers() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let id = opened(&ada, &json!({ "title": "A question" })).await;
        let priya = app.shop.staff(&[Permission::ConversationsWrite]).await;
        let desk = Machine::of(app, priya.email()).await;
        let at = format!("/api/sessions/{id}");
        let me = json!({ "assigneeId": priya.id(), "onlyIfFree": true });
        let claimed = desk.send(Method::POST, &format!("{at}/assign"), &me).await;
        assert_eq!(claimed.body["data"]["staff"]["assigneeId"], json!(priya.id()), "{}", claimed.body);
        let mine = desk.get("/api/sessions?scope=all&assignee=me").await;
        assert_eq!(mine.body["pagination"]["total"], 1);
        let until = json!({ "until": "2100-01-07T09:00:00Z" });
        let aside = desk.send(Method::POST, &format!("{at}/snooze"), &until).await;
        assert_eq!(aside.body["data"]["status"], "snoozed", "{}", aside.body);
        assert_eq!(ada.get(&at).await.body["data"]["status"], "open");
        let refused = desk.send(Method::POST, &format!("{at}/snooze"), &json!({ "until": "soon" })).await;
        assert!(refused.fault("until").contains("moment"), "{}", refused.body);
        let free = desk.send(Method::POST, &format!("{at}/assign"), &json!({})).await;
        assert_eq!(free.body["data"]["staff"]["assigneeId"], Value::Null, "{}", free.body);
    })
    .await;
}
