//! Webhooks: how many messages a second arrive, plain and encrypted; and how far behind healthy receivers are while
//! others hang. Sender, receivers and PostgreSQL share this machine.

use shop::accounts::System;
use shop::db::embedded::Embedded;
use shop::events::{self, AccountEvent, Event};
use shop::id::{UserId, WebhookId};
use shop::testing::TestShop;
use shop::testing::receiver::{Receiver, Reply};
use shop::webhooks::{self, EndpointInput, KeyInput};
use shop::{Act, Clock, db};
use std::time::{Duration, Instant};

/// Webhooks of the first measurement, and events for each.
const RECEIVERS: usize = 8;
const EVENTS: usize = 1_000;
/// Of the second one.
const HEALTHY: usize = 15;
const HANGING: usize = 5;
const EVERY: Duration = Duration::from_millis(60);

pub async fn run() {
    let folder = std::env::temp_dir().join("ironmonger-bench/webhooks");
    let server = Embedded::start(&folder, "ironmonger", true).await.expect("PostgreSQL starts");
    let mut shop = TestShop::open_with(Clock::real(), 20).await;
    shop.db = db::connect(server.options(), 20).await.expect("connects");
    shop::migrate(&shop.db, &shop.encryption_keys).await.expect("migrates");
    println!("\nWebhooks, {EVENTS} events to each of {RECEIVERS} receivers, messages a second");
    let plain = throughput(&shop, false).await;
    let encrypted = throughput(&shop, true).await;
    println!("{:<40} {plain:>7.0}\n{:<40} {encrypted:>7.0}", "plain", "encrypted");
    behind(&shop).await;
}

/// Nothing of an earlier measurement.
async fn clean(shop: &TestShop) {
    for sql in ["delete from webhook_endpoints", "delete from outbox_events"] {
        sqlx::query(sql).execute(&shop.db).await.expect("is forgotten");
    }
}

async fn webhook(shop: &TestShop, receiver: &Receiver) -> WebhookId {
    let input = EndpointInput {
        name: "Receiver".into(),
        url: receiver.url.as_str().into(),
        topics: vec!["account.registered".into()],
        ..EndpointInput::default()
    };
    webhooks::create(shop, &System, input).await.expect("is made").id
}

async fn happens(shop: &TestShop) {
    let mut act = Act::begin(shop, &System).await.expect("begins");
    let told = AccountEvent { account_id: UserId::new() };
    events::record(&mut act, &Event::AccountRegistered(told)).expect("is recorded");
    act.commit(()).await.expect("commits");
}

async fn throughput(shop: &TestShop, encrypted: bool) -> f64 {
    clean(shop).await;
    let mut receivers = Vec::new();
    for _ in 0..RECEIVERS {
        let receiver = Receiver::start().await;
        let id = webhook(shop, &receiver).await;
        if encrypted {
            let jwk = KeyInput { jwk: public_key().into(), is_active: "on".into() };
            webhooks::add_key(shop, &System, id, jwk).await.expect("is added");
        }
        receivers.push(receiver);
    }
    for _ in 0..EVENTS {
        happens(shop).await;
    }
    webhooks::fan_out(shop).await.expect("is handed on");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sending = tokio::spawn(webhooks::run((**shop).clone(), async move {
        stopped.await.ok();
    }));
    let begun = Instant::now();
    while receivers.iter().any(|receiver| receiver.received().len() < EVENTS) {
        assert!(begun.elapsed() < Duration::from_secs(300), "they do not arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = begun.elapsed();
    stop.send(()).expect("runs");
    sending.await.expect("stops");
    (RECEIVERS * EVENTS) as f64 / took.as_secs_f64()
}

/// Bob's of RFC 7518, appendix C.
fn public_key() -> &'static str {
    r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"}"#
}

/// How long after its commit each event arrived at each of the healthy ones.
async fn behind(shop: &TestShop) {
    clean(shop).await;
    let mut healthy = Vec::new();
    for _ in 0..HEALTHY {
        let receiver = Receiver::start().await;
        webhook(shop, &receiver).await;
        healthy.push(receiver);
    }
    let mut hanging = Vec::new();
    for _ in 0..HANGING {
        let receiver = Receiver::answering(|_| Reply::Hang).await;
        webhook(shop, &receiver).await;
        hanging.push(receiver);
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sending = tokio::spawn(webhooks::run((**shop).clone(), async move {
        stopped.await.ok();
    }));
    let mut tick = tokio::time::interval(EVERY);
    for _ in 0..EVENTS {
        tick.tick().await;
        happens(shop).await;
    }
    let begun = Instant::now();
    while healthy.iter().any(|receiver| receiver.received().len() < EVENTS) {
        assert!(begun.elapsed() < Duration::from_secs(120), "they do not arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // by the database's word: when it was sent, of those that arrived; sending takes a millisecond here
    let (half, most, last): (f64, f64, f64) = sqlx::query_as(
        "select percentile_cont(0.5) within group (order by behind), percentile_cont(0.99) within group (order by behind),
                max(behind)::float8
         from (
             select extract(epoch from a.sent_at - e.occurred_at)::float8 * 1000 + a.duration_ms as behind
             from webhook_attempts a
             join webhook_deliveries d on d.id = a.delivery_id
             join outbox_events e on e.id = d.event_id
             where a.http_status = 204
         ) arrived",
    )
    .fetch_one(&shop.db)
    .await
    .expect("is counted");
    println!(
        "\nMilliseconds behind at {HEALTHY} receivers, one event every {} ms, {HANGING} more hang",
        EVERY.as_millis()
    );
    println!("{:<40} {half:>7.0}\n{:<40} {most:>7.0}\n{:<40} {last:>7.0}", "half of them", "99 of 100", "the last");
    drop(hanging);
    stop.send(()).expect("runs");
    sending.await.expect("stops");
}
