//! A thousand events as they may come on the worst of days, among a thousand forged ones: what is left in the end is
//! what a quiet day leaves.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shop::checkout::Placed;
use shop::payments::{self, webhook};
use shop::testing::stripe::{Message, StripeShop, WEBHOOK_SECRET, stripe_shop};
use shop::{Error, worker};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use stripe_sandbox::Way;

/// Nine kinds of stories, sixteen of each.
const STORIES: usize = 144;
const FORGED: usize = 1000;
const RECEIVERS: usize = 4;

/// The same numbers in each run, so that a failure can be looked at.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for i in (1..things.len()).rev() {
            things.swap(i, self.below(i + 1));
        }
    }
}

/// An order, what became of its payment at Stripe, and what Stripe told of it.
struct Story {
    placed: Placed,
    events: Vec<Event>,
}

#[derive(Clone)]
struct Event {
    id: String,
    message: Message,
}

/// All orders are placed, and all that ever happens to their payments happens; the shop has heard nothing yet.
async fn play(shop: &StripeShop) -> Vec<Story> {
    let hammer = shop.product("Claw hammer").priced(18_50).stock(1000).await;
    let mut stories = Vec::new();
    let mut sessions = Vec::new();
    for i in 0..STORIES {
        let (placed, session) = shop.at_the_page(&hammer, 1).await;
        happen(shop, &session, i % 9);
        stories.push(Story { placed, events: Vec::new() });
        sessions.push(session);
    }
    // asynchronous captures end
    shop.stripe.advance(std::time::Duration::from_secs(2));
    for _ in 0..1500 {
        if shop.stripe.undelivered() == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(shop.stripe.undelivered(), 0, "all events were posted");

    let mut whose: HashMap<String, usize> = HashMap::new();
    for seen in shop.stripe.statement().sessions {
        let story = sessions.iter().position(|id| *id == seen.id).expect("one of ours");
        whose.extend(seen.payment_intent.map(|intent| (intent, story)));
        whose.insert(seen.id, story);
    }
    for message in shop.inbox.messages() {
        let json: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        let object = &json["data"]["object"];
        let names = [&object["id"], &object["payment_intent"]];
        let story = names.iter().find_map(|name| whose.get(name.as_str()?)).expect("about one of ours");
        let id = json["id"].as_str().unwrap().to_owned();
        stories[*story].events.push(Event { id, message: message.clone() });
    }
    stories
}

fn happen(shop: &StripeShop, session: &str, kind: usize) {
    let stripe = &shop.stripe;
    let charge = || stripe.statement().charges.last().expect("was charged").id.clone();
    match kind {
        0 => stripe.pay(session, Way::Pay).unwrap(),
        1 => {
            stripe.pay(session, Way::Decline).unwrap_err();
            stripe.pay(session, Way::InsufficientFunds).unwrap_err();
            stripe.pay(session, Way::Pay).unwrap();
        }
        2 => {
            stripe.pay(session, Way::Pay).unwrap();
            stripe.refund(&charge(), Some(100)).unwrap();
            stripe.refund(&charge(), Some(250)).unwrap();
        }
        3 => {
            stripe.pay(session, Way::Pay).unwrap();
            stripe.refund(&charge(), Some(100)).unwrap();
            stripe.refund(&charge(), Some(100)).unwrap();
            stripe.refund(&charge(), None).unwrap();
        }
        4 => {
            stripe.pay(session, Way::NeedsAuthentication).unwrap();
            stripe.authenticate(session, true).unwrap();
        }
        5 => {
            stripe.pay(session, Way::PayLater).unwrap();
            stripe.settle(session, true).unwrap();
        }
        6 => {
            stripe.pay(session, Way::FailLater).unwrap();
            stripe.settle(session, false).unwrap();
        }
        7 => {
            stripe.pay(session, Way::Pay).unwrap();
            let dispute = stripe.dispute(&charge(), "fraudulent").unwrap();
            stripe.decide_dispute(&dispute, true).unwrap();
        }
        _ => {
            stripe.pay(session, Way::Decline).unwrap_err();
            stripe.expire(session).unwrap();
        }
    }
}

fn sign(body: &[u8], secret: &str, time: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Something that is not to be believed, made from something that is.
fn forge(genuine: &Message, how: usize, now: i64) -> Message {
    let v1 = |body: &[u8], secret: &str, time: i64| format!("t={time},v1={}", sign(body, secret, time));
    let text = String::from_utf8(genuine.body.clone()).unwrap();
    let mut forged = genuine.clone();
    match how % 7 {
        // another secret
        0 => forged.signature = v1(&genuine.body, "whsec_of_somebody_else", now),
        // rightly signed, too long ago
        1 => forged.signature = v1(&genuine.body, WEBHOOK_SECRET, now - 301),
        // rightly signed, for later
        2 => forged.signature = v1(&genuine.body, WEBHOOK_SECRET, now + 301),
        // changed after it was signed
        3 => forged.body = text.replacen("evt_", "evt_altered", 1).into_bytes(),
        // rightly signed, of the mode in which money moves
        4 => {
            forged.body = text.replace("\"livemode\":false", "\"livemode\":true").into_bytes();
            forged.signature = v1(&forged.body, WEBHOOK_SECRET, now);
        }
        // cut off on the way
        5 => forged.body.truncate(genuine.body.len() / 2),
        // only with the scheme that everybody can make
        _ => forged.signature = format!("t={now},v0={}", sign(&genuine.body, WEBHOOK_SECRET, now)),
    }
    forged
}

/// Everything that a shop knows in the end and that must not depend on how it came to know it.
async fn books(shop: &StripeShop) -> Vec<String> {
    let queries = [
        "select concat_ws(' ', number, status, payment_status, total, paid_at is not null, reserved_until is not null)
         from orders order by number",
        "select concat_ws(' ', o.number, p.status, p.amount, p.amount_captured, p.amount_refunding, p.failure_code,
                          p.provider_session is not null, p.provider_intent is not null, p.settled_at is not null)
         from payments p join orders o on o.id = p.order_id order by o.number, p.created_at",
        "select concat_ws(' ', o.number, r.status, r.amount, r.occasion, r.reason, r.provider_refund is not null)
         from refunds r join orders o on o.id = r.order_id order by o.number, r.amount, r.status",
        "select concat_ws(' ', o.number, e.kind, e.from_status, e.to_status, e.note, e.data - 'mark' - 'dispute')
         from order_events e join orders o on o.id = e.order_id order by 1",
        "select concat_ws(' ', on_hand, reserved) from stock_levels order by variant_id",
        "select concat_ws(' ', o.number, m.kind, m.delta_on_hand, m.delta_reserved)
         from inventory_movements m left join orders o on o.id = m.order_id order by 1",
        "select concat_ws(' ', topic, count(*)) from outbox_events group by topic order by 1",
        "select concat_ws(' ', type, count(*), bool_and(applied_at is not null)) from stripe_events group by type order by 1",
    ];
    let mut lines = Vec::new();
    for query in queries {
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&shop.db).await.unwrap();
        lines.extend(rows);
    }
    let mut subjects = shop.subjects();
    subjects.sort();
    lines.extend(subjects);
    lines
}

/// Every event once, in the order in which they happened, each applied before the next one comes.
async fn quiet_day() -> Vec<String> {
    let shop = StripeShop::open().await;
    let stories = play(&shop).await;
    for story in &stories {
        for event in &story.events {
            webhook::receive(&shop, &event.message.body, &event.message.signature).await.unwrap();
            webhook::apply(&shop, &event.id).await.unwrap();
        }
    }
    shop.work().await;
    let books = books(&shop).await;
    shop.books_agree().await;
    shop.finish().await;
    books
}

enum Arrival {
    Event(Event),
    Forged(Message),
    /// The shopper comes back at the very moment at which an event does.
    WithReturn(Event, Placed),
}

async fn storm() -> Vec<String> {
    let shop = StripeShop::open().await;
    let stories = play(&shop).await;
    let events: BTreeMap<String, Event> =
        stories.iter().flat_map(|story| &story.events).map(|event| (event.id.clone(), event.clone())).collect();
    assert!(events.len() >= 1000, "{} events", events.len());
    let mut dice = Dice(0x5EED);

    // half of the forgeries come before anything else, so that not one row is there to hide behind
    let now = shop.clock.now().timestamp();
    let genuine: Vec<&Event> = events.values().collect();
    let mut forged: Vec<Message> =
        (0..FORGED).map(|i| forge(&genuine[dice.below(genuine.len())].message, i, now)).collect();
    dice.shuffle(&mut forged);
    let later = forged.split_off(FORGED / 2);
    let early_forgeries = forged.into_iter().map(Arrival::Forged).collect();
    arrive(&shop, early_forgeries).await;
    assert_eq!(shop.count("select count(*) from stripe_events").await, 0, "a forged event left a row");
    let jobs = "select count(*) from graphile_worker._private_jobs where payload::text like '%apply_stripe_event%'";
    assert_eq!(shop.count(jobs).await, 0, "a forged event left a job");

    // of a tenth of the orders, the payment is not there yet: as if what wrote it had not been committed
    let unknown: Vec<uuid::Uuid> = stories.iter().skip(3).step_by(10).map(|story| story.placed.order.0).collect();
    hide(&shop, &unknown).await;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (i, story) in stories.iter().enumerate() {
        for event in &story.events {
            for copy in 0..1 + dice.below(5) {
                let arrival = match i % 10 {
                    7 => Arrival::WithReturn(event.clone(), story.placed.clone()),
                    _ => Arrival::Event(event.clone()),
                };
                let is_early = if i % 10 == 3 { copy == 0 } else { dice.below(3) == 0 };
                if is_early { before.push(arrival) } else { after.push(arrival) }
            }
        }
    }
    for forged in later {
        if dice.below(2) == 0 { before.push(Arrival::Forged(forged)) } else { after.push(Arrival::Forged(forged)) }
    }
    dice.shuffle(&mut before);
    dice.shuffle(&mut after);
    arrive(&shop, before).await;
    let waiting =
        shop.count("select count(*) from stripe_events where applied_at is null and last_error is not null").await;
    assert!(waiting > 0, "no event came before its payment");
    show(&shop).await;
    arrive(&shop, after).await;
    for _ in 0..20 {
        worker::hurry(&shop).await.unwrap();
        shop.work().await;
        if shop.count("select count(*) from stripe_events where applied_at is null").await == 0 {
            break;
        }
    }

    let kept = shop.stripe_messages().await;
    assert_eq!(kept.len(), events.len(), "each event once, and no other");
    for (id, body) in kept {
        assert_eq!(Some(&body), events.get(&id).map(|event| &event.message.body), "{id} is kept as it came");
    }
    let books = books(&shop).await;
    shop.books_agree().await;
    shop.nothing_differs().await;
    shop.finish().await;
    books
}

/// All of this at once, as fast as it goes, while the worker works.
async fn arrive(shop: &StripeShop, arrivals: Vec<Arrival>) {
    let queue = Arc::new(Mutex::new(VecDeque::from(arrivals)));
    let refused = Arc::new(AtomicUsize::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let worker = tokio::spawn({
        let (shop, over) = ((**shop).clone(), over.clone());
        async move {
            while !over.load(Ordering::SeqCst) {
                worker::run_pending(&shop).await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            worker::run_pending(&shop).await.unwrap();
        }
    });
    let mut receivers = tokio::task::JoinSet::new();
    for _ in 0..RECEIVERS {
        let (shop, queue, refused) = ((**shop).clone(), queue.clone(), refused.clone());
        receivers.spawn(async move {
            loop {
                let Some(arrival) = queue.lock().unwrap().pop_front() else { return };
                match arrival {
                    Arrival::Event(Event { message, .. }) => {
                        webhook::receive(&shop, &message.body, &message.signature).await.unwrap();
                    }
                    Arrival::Forged(message) => {
                        let answer = webhook::receive(&shop, &message.body, &message.signature).await;
                        assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                    Arrival::WithReturn(Event { id, message }, placed) => {
                        let told = async {
                            webhook::receive(&shop, &message.body, &message.signature).await?;
                            // two workers at once; its job does it too, and again if neither could
                            let (one, other) = tokio::join!(webhook::apply(&shop, &id), webhook::apply(&shop, &id));
                            one.or(other).ok();
                            Ok::<_, Error>(())
                        };
                        let back = payments::came_back(&shop, placed.payment, &placed.access_key);
                        let (told, back) = tokio::join!(told, back);
                        told.and(back.map(drop)).unwrap();
                    }
                }
            }
        });
    }
    while let Some(done) = receivers.join_next().await {
        done.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    worker.await.unwrap();
}

async fn hide(shop: &StripeShop, orders: &[uuid::Uuid]) {
    let mut tx = shop.db.begin().await.unwrap();
    sqlx::query("create table hidden as select * from payments where order_id = any($1)")
        .bind(orders)
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("delete from payments where order_id = any($1)").bind(orders).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// They are there now; of every other one the answer that names Stripe's page got lost, so only the event knows it.
async fn show(shop: &StripeShop) {
    let mut tx = shop.db.begin().await.unwrap();
    sqlx::query("insert into payments select * from hidden").execute(&mut *tx).await.unwrap();
    sqlx::query(
        "update payments
         set provider_session = null, provider_intent = null
         where id in (select id from (select id, row_number() over (order by id) as n from hidden) h where n % 2 = 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("drop table hidden").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Fails without the check of the mode in `receive` (a forged event is believed), when late references are not learned,
/// and when a dispute is noted without marking its event (twice in the timeline).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_events_ends_as_a_quiet_day_does() {
    let (quiet, storm) = tokio::join!(quiet_day(), storm());
    let differing: Vec<_> = quiet.iter().zip(&storm).filter(|(quiet, storm)| quiet != storm).take(10).collect();
    assert_eq!((quiet.len(), differing), (storm.len(), vec![]), "a quiet day (left) and a storm");
}

/// <https://docs.stripe.com/webhooks#roll-endpoint-secrets>: while a secret is rolled Stripe signs with both, and a
/// shop that knows the old one, the new one, or both believes it.
#[tokio::test]
async fn while_a_secret_is_rotated_both_are_believed() {
    stripe_shop(async |shop| {
        shop.stripe.roll_webhook_secret("whsec_new");
        let (_, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let message = shop.message("checkout.session.completed").await;
        assert_eq!(message.signature.matches("v1=").count(), 2, "{}", message.signature);
        for (secrets, believed) in [
            (&[WEBHOOK_SECRET][..], true),
            (&["whsec_new"][..], true),
            (&["whsec_new", WEBHOOK_SECRET][..], true),
            (&["whsec_other"][..], false),
            (&[""][..], false),
        ] {
            sqlx::query("delete from stripe_events").execute(&shop.db).await.unwrap();
            let answer = webhook::receive(&shop.with_secrets(secrets), &message.body, &message.signature).await;
            assert_eq!(answer.is_ok(), believed, "{secrets:?}: {answer:?}");
            assert_eq!(shop.count("select count(*) from stripe_events").await, i64::from(believed), "{secrets:?}");
        }
        webhook::receive(shop, &message.body, &message.signature).await.unwrap();
        shop.work().await;
        assert_eq!(shop.count("select count(*) from orders where status = 'paid'").await, 1);
    })
    .await;
}
