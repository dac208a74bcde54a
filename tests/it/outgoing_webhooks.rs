//! Webhooks: what happens is posted to the addresses that staff gave, at least once, in the shape of the Standard
//! Webhooks.

mod encrypted;
mod endpoints;
mod log;
mod lost;
mod schedule;
mod signed;

use crate::support::sendable;
use shop::Act;
use shop::accounts::{Permission, Staff, System};
use shop::events::{self, AccountEvent, Event};
use shop::id::{UserId, WebhookId};
use shop::testing::TestShop;
use shop::webhooks::{self, DeliveryQuery, EndpointInput};
use shop::{Paging, Shop};

pub async fn keeper(shop: &TestShop) -> Staff {
    shop.staff(&[Permission::WebhooksWrite, Permission::WebhooksReadPayload]).await
}

pub fn input(url: &str, topics: &[&str]) -> EndpointInput {
    EndpointInput {
        name: "Accounting".into(),
        url: url.into(),
        topics: topics.iter().map(|topic| (*topic).into()).collect(),
        ..EndpointInput::default()
    }
}

/// An endpoint for these topics.
pub async fn webhook(shop: &TestShop, url: &str, topics: &[&str]) -> WebhookId {
    let staff = keeper(shop).await;
    sendable(webhooks::create(shop, &staff, input(url, topics))).await.unwrap().id
}

/// Something that happened to an account.
pub async fn happens(shop: &Shop, event: fn(AccountEvent) -> Event) -> UserId {
    let account_id = UserId::new();
    happens_to(shop, account_id, event).await;
    account_id
}

pub async fn happens_to(shop: &Shop, account_id: UserId, event: fn(AccountEvent) -> Event) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    events::record(&mut act, &event(AccountEvent { account_id })).unwrap();
    act.commit(()).await.unwrap();
}

/// How the messages of a webhook stand, the oldest first: topic, status, attempts.
pub async fn standing(shop: &TestShop, webhook: WebhookId) -> Vec<(String, &'static str, i32)> {
    let staff = keeper(shop).await;
    let query = DeliveryQuery { status: None, topic: None, event: None, paging: Paging::new(1, 100) };
    let mut all = webhooks::deliveries(shop, &staff, webhook, &query).await.unwrap().items;
    all.reverse();
    all.into_iter().map(|one| (one.topic, one.status.word(), one.attempts)).collect()
}
