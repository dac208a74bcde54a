use super::client::{Socket, open};
use crate::support::stripe::{sold, stripe_app};
use crate::support::{TestApp, app, app_with};
use futures::future::join_all;
use serde_json::{Value, json};
use shop::accounts::{Permission, SignIn, System, api_keys, tokens};
use shop::input::Raw;
use shop::testing::PASSWORD;
use tokio_tungstenite::tungstenite::Message;

pub async fn key(app: &TestApp, scopes: &[Permission]) -> String {
    let input = api_keys::CreateApiKey {
        name: "Warehouse robot".into(),
        scopes: scopes.iter().map(|scope| scope.word().into()).collect(),
        ..Default::default()
    };
    api_keys::create_at_terminal(app, System, input).await.unwrap().secret.expose().to_owned()
}

async fn token(app: &TestApp, email: &str) -> String {
    let input = SignIn { email: email.into(), password: PASSWORD.into() };
    let entered = tokens::sign_in(app, &app.guest(), input, &Raw::default()).await.unwrap();
    format!("Bearer {}", entered.tokens.access_token)
}

async fn robot(app: &TestApp, scopes: &[Permission]) -> Socket {
    open(app, "/ws", &[("x-api-key", key(app, scopes).await)]).await.unwrap()
}

#[tokio::test]
async fn programs_follow_what_they_may_read() {
    stripe_app(async |app| {
        app.goes_live().await;
        let number = sold(app).await;
        let order: uuid::Uuid = sqlx::query_scalar("select id from orders where number = $1")
            .bind(&number)
            .fetch_one(&app.db)
            .await
            .unwrap();
        let topic = format!("order:{order}");

        let mut able = robot(app, &[Permission::OrdersRead]).await;
        able.follow(&[topic.clone(), "admin:orders".into(), "admin:jobs".into(), "shelf:1".into()]).await;
        let mut heard = Vec::new();
        for _ in 0..6 {
            heard.push(able.hear().await);
        }
        let says = |key: &str, value: &str| heard.iter().any(|it| it[key] == value);
        assert!(says("following", &topic) && says("following", "admin:orders"), "{heard:?}");
        assert!(says("topic", &topic) && says("topic", "admin:orders"), "{heard:?}");
        let refused: Vec<_> = heard.iter().filter(|it| it["error"].is_object()).map(|it| &it["error"]).collect();
        assert_eq!((&refused[0]["topic"], &refused[0]["code"]), (&json!("admin:jobs"), &json!("forbidden")));
        assert_eq!((&refused[1]["topic"], &refused[1]["code"]), (&json!("shelf:1"), &json!("not_found")));

        // somebody's order is nobody else's
        app.customer("ann@example.org").await;
        let mut ann = open(app, "/ws", &[("authorization", token(app, "ann@example.org").await)]).await.unwrap();
        ann.follow(std::slice::from_ref(&topic)).await;
        assert_eq!(ann.hear().await["error"]["code"], "not_found");
        let mut nobody = open(app, "/ws", &[]).await.unwrap();
        nobody.follow(&[topic.clone(), format!("product:{}", uuid::Uuid::now_v7())]).await;
        assert_eq!(nobody.hear().await["error"]["code"], "unauthenticated");
        assert!(nobody.hear().await["following"].is_string());
        assert_eq!(nobody.hear().await["version"], "", "there is no such product");

        // what is not followed any more is not heard of
        able.say(&json!({ "unfollow": [topic] })).await;
        able.follow(&["nothing".into()]).await;
        assert!(able.hear().await["error"].is_object());
        sold(app).await;
        assert_eq!(able.hear().await["topic"], "admin:orders");
        able.say(&json!("nonsense")).await;
        loop {
            let heard = able.hear().await;
            // the sale may be told of twice: placed, and paid
            if heard["error"].is_object() {
                assert_eq!(heard["error"]["code"], "unreadable");
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_ticket_stands_for_a_credential_for_a_minute() {
    app(async |app| {
        app.goes_live().await;
        let key = key(app, &[Permission::OrdersRead]).await;
        let client = reqwest::Client::new();
        let asked =
            client.post(format!("{}/api/live/tickets", app.root)).header("x-api-key", &key).send().await.unwrap();
        assert_eq!(asked.status(), 201);
        let answer: Value = asked.json().await.unwrap();
        let path = format!("/ws?ticket={}", answer["data"]["ticket"].as_str().unwrap());
        let mut socket = open(app, &path, &[]).await.unwrap();
        socket.follow(&["admin:orders".into()]).await;
        assert_eq!(socket.hear().await["following"], "admin:orders");
        assert_eq!(open(app, "/ws?ticket=none", &[]).await.err(), Some(401));
        app.clock.advance(chrono::TimeDelta::seconds(61));
        assert_eq!(open(app, &path, &[]).await.err(), Some(401));
        assert_eq!(open(app, "/ws", &[("x-api-key", "wrong".into())]).await.err(), Some(401));
        let plain = reqwest::get(format!("{}/ws", app.root)).await.unwrap();
        assert_eq!(plain.status(), 426);
    })
    .await;
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_unless_they_are_named() {
    app_with(&[("CORS_ORIGINS", "https://app.example")], async |app| {
        let from = |origin: &str| [("origin", origin.to_owned())];
        assert_eq!(open(app, "/ws", &from("https://evil.example")).await.err(), Some(403));
        assert_eq!(open(app, "/ws", &from("null")).await.err(), Some(403));
        assert!(open(app, "/ws", &from("https://app.example")).await.is_ok());
        assert!(open(app, "/ws", &from(&app.root)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn too_much_is_refused() {
    app_with(&[("LIVE_CONNECTIONS_PER_ADDRESS", "3")], async |app| {
        app.goes_live().await;
        let mut long = open(app, "/ws", &[]).await.unwrap();
        long.follow(&["x".repeat(9_000)]).await;
        assert!(long.next().await.is_err());
        let mut many = open(app, "/ws", &[]).await.unwrap();
        for _ in 0..40 {
            let _ = futures::SinkExt::send(&mut many.0, Message::text(r#"{"unfollow":[]}"#)).await;
        }
        assert_eq!(many.next().await.err(), Some(1008));
        let mut binary = open(app, "/ws", &[]).await.unwrap();
        futures::SinkExt::send(&mut binary.0, Message::binary(vec![1, 2, 3])).await.unwrap();
        assert_eq!(binary.next().await.err(), Some(1002));

        drop((long, many, binary));
        let mut held = Vec::new();
        for _ in 0..50 {
            while app.live.connections() > held.len() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            match open(app, "/ws", &[]).await {
                Ok(socket) => held.push(socket),
                Err(status) => {
                    assert_eq!((status, held.len()), (429, 3));
                    return;
                }
            }
        }
        panic!("there is no bound");
    })
    .await;
}

/// Fails when sockets are not told, or the stop waits for them.
#[tokio::test]
async fn two_hundred_sockets_are_told_that_the_shop_starts_anew() {
    app(async |app| {
        app.goes_live().await;
        let mut sockets = join_all((0..200).map(|_| async { open(app, "/ws", &[]).await.unwrap() })).await;
        app.stop();
        let codes = join_all(sockets.iter_mut().map(Socket::next)).await;
        assert!(codes.iter().all(|code| code.as_ref().err() == Some(&1012)), "{codes:?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_revoked_closes_its_sockets() {
    app(async |app| {
        app.goes_live().await;
        let mut socket = robot(app, &[Permission::OrdersRead]).await;
        let mut other = open(app, "/ws", &[]).await.unwrap();
        sqlx::query("update api_keys set revoked_at = now()").execute(&app.db).await.unwrap();
        assert_eq!(socket.next().await.err(), Some(4401));
        other.follow(&["nothing".into()]).await;
        assert!(other.hear().await["error"].is_object(), "others go on");
    })
    .await;
}
