//! Making, changing and listing endpoints.

use super::{input, keeper, webhook};
use crate::support::sendable;
use secrecy::ExposeSecret;
use shop::accounts::{Permission, System};
use shop::id::WebhookId;
use shop::outbound::{Client, Reach};
use shop::testing;
use shop::webhooks::{self, EndpointInput, EndpointQuery, EndpointState};
use shop::{Error, Paging, Result, Shop};

fn fault<T>(answer: Result<T>) -> (String, String) {
    match answer {
        Err(Error::Invalid(faults)) => (faults.0[0].field.to_string(), faults.0[0].message.to_string()),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("is taken"),
    }
}

#[tokio::test]
async fn every_fault_has_its_field() {
    testing::shop(async |shop| {
        let staff = keeper(shop).await;
        let good = || input("https://hooks.example/in", &["order.paid"]);
        let create = async |input| sendable(webhooks::create(shop, &staff, input)).await;
        for (wrong, field) in [
            (EndpointInput { name: "".into(), ..good() }, "name"),
            (EndpointInput { url: "".into(), ..good() }, "url"),
            (EndpointInput { url: "hooks".into(), ..good() }, "url"),
            (EndpointInput { url: "http://hooks.example/in".into(), ..good() }, "url"),
            (EndpointInput { url: "https://a:b@hooks.example/in".into(), ..good() }, "url"),
            (EndpointInput { url: "https://hooks.example:22/in".into(), ..good() }, "url"),
            (EndpointInput { url: "https://hooks.example/in#part".into(), ..good() }, "url"),
            (EndpointInput { url: "https://10.0.0.1/in".into(), ..good() }, "url"),
            (EndpointInput { topics: vec![], ..good() }, "topics"),
            (EndpointInput { topics: vec!["order.paid".into(), "order.eaten".into()], ..good() }, "topics.1"),
            // not to be chosen: it goes to the one that is tested
            (EndpointInput { topics: vec!["webhook.tested".into()], ..good() }, "topics.0"),
            (EndpointInput { payload_version: "2019-01-01".into(), ..good() }, "payloadVersion"),
        ] {
            assert_eq!(fault(create(wrong).await).0, field);
        }
        let made = create(good()).await.unwrap();
        assert!(made.secret.expose_secret().starts_with("whsec_"));
        assert_eq!(shop.count("select count(*) from webhook_endpoints").await, 1);
        // in earnest, this machine is no place to post to, whether it is new or changed
        let in_earnest = Shop { outbound: Client::new(Reach::Public).unwrap(), ..(**shop).clone() };
        let here = || EndpointInput { url: "http://127.0.0.1:3000/in".into(), ..good() };
        let refused = sendable(webhooks::create(&in_earnest, &staff, here())).await;
        assert_eq!(fault(refused), ("url".into(), "The address does not lead to a public server".into()));
        let refused = sendable(webhooks::edit(&in_earnest, &staff, made.id, here())).await;
        assert_eq!(fault(refused).0, "url");
        sendable(webhooks::edit(shop, &staff, made.id, here())).await.unwrap();
    })
    .await;
}

/// An address that was typed where it was allowed is not asked where it is not. Fails when it is checked only once.
#[tokio::test]
async fn an_address_is_checked_again_when_it_is_asked() {
    testing::shop(async |shop| {
        let receiver = testing::receiver::Receiver::start().await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        super::happens(shop, shop::events::Event::AccountRegistered).await;
        let in_earnest = Shop { outbound: Client::new(Reach::Public).unwrap(), ..(**shop).clone() };
        assert_eq!(sendable(webhooks::send_due(&in_earnest)).await.unwrap(), 1);
        assert!(receiver.received().is_empty());
        let why: String = sqlx::query_scalar("select error from webhook_attempts").fetch_one(&shop.db).await.unwrap();
        assert_eq!(why, "the address does not lead to a public server");
        assert_eq!(super::standing(shop, id).await[0].1, "pending");
    })
    .await;
}

#[tokio::test]
async fn staff_do_what_they_may() {
    testing::shop(async |shop| {
        let (reader, other) =
            (shop.staff(&[Permission::WebhooksRead]).await, shop.staff(&[Permission::OrdersRead]).await);
        let id = webhook(shop, "https://hooks.example/in", &["*"]).await;
        let query = EndpointQuery { search: String::new(), state: None, paging: Paging::new(1, 10) };
        assert_eq!(webhooks::endpoints(shop, &reader, &query).await.unwrap().total, 1);
        let forbidden = |answer: Result<()>| assert!(matches!(answer, Err(Error::Forbidden)));
        forbidden(webhooks::endpoints(shop, &other, &query).await.map(drop));
        forbidden(webhooks::endpoint(shop, &other, id).await.map(drop));
        forbidden(sendable(webhooks::create(shop, &reader, input("https://a.example/", &["*"]))).await.map(drop));
        forbidden(sendable(webhooks::edit(shop, &reader, id, input("https://a.example/", &["*"]))).await);
        forbidden(sendable(webhooks::pause(shop, &reader, id)).await);
        forbidden(sendable(webhooks::resume(shop, &reader, id)).await);
        forbidden(sendable(webhooks::send_test(shop, &reader, id)).await);
        forbidden(sendable(webhooks::delete(shop, &reader, id)).await);
        // and at the terminal, everything
        sendable(webhooks::delete(shop, &System, id)).await.unwrap();
        assert!(matches!(webhooks::endpoint(shop, &System, id).await, Err(Error::NotFound)));
        assert!(matches!(sendable(webhooks::pause(shop, &System, WebhookId::new())).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_and_filtered() {
    testing::shop(async |shop| {
        let staff = keeper(shop).await;
        for (name, url) in [("Warehouse", "https://a.example/in"), ("accounting", "https://b.example/100_1")] {
            let input =
                EndpointInput { name: name.into(), ..input(url, &["stock.changed", "order.paid", "order.paid"]) };
            sendable(webhooks::create(shop, &staff, input)).await.unwrap();
        }
        let find = async |search: &str, state: Option<EndpointState>| {
            let query = EndpointQuery { search: search.into(), state, paging: Paging::new(1, 10) };
            let found = webhooks::endpoints(shop, &staff, &query).await.unwrap();
            found.items.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(find("", None).await, ["accounting", "Warehouse"]);
        assert_eq!(find("0_1", None).await, ["accounting"]);
        assert_eq!(find("a.EXAMPLE", None).await, ["Warehouse"]);
        assert!(find("%", None).await.is_empty());
        let query = EndpointQuery { search: "ware".into(), state: None, paging: Paging::new(1, 10) };
        let warehouse = webhooks::endpoints(shop, &staff, &query).await.unwrap().items.remove(0);
        assert_eq!(warehouse.topics, ["order.paid", "stock.changed"], "each once, as the catalogue has them");
        sendable(webhooks::pause(shop, &staff, warehouse.id)).await.unwrap();
        assert_eq!(find("", Some(EndpointState::Paused)).await, ["Warehouse"]);
        assert_eq!(find("", Some(EndpointState::Active)).await, ["accounting"]);
    })
    .await;
}

/// Whoever reads the database alone can sign nothing, and a secret opens in its own row only.
#[tokio::test]
async fn secrets_are_not_in_the_database() {
    testing::shop(async |shop| {
        let staff = keeper(shop).await;
        let made = sendable(webhooks::create(shop, &staff, input("https://a.example/in", &["*"]))).await.unwrap();
        let secret = made.secret.expose_secret().strip_prefix("whsec_").unwrap();
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, secret).unwrap();
        let sealed: Vec<Vec<u8>> =
            sqlx::query_scalar("select sealed from webhook_secrets").fetch_all(&shop.db).await.unwrap();
        assert_eq!(sealed.len(), 2);
        assert!(sealed.iter().all(|sealed| !sealed.windows(bytes.len()).any(|part| part == bytes)));
        let told = "select count(*) from audit_logs where after::text like '%whsec%'";
        assert_eq!(shop.count(told).await, 0);
    })
    .await;
}
