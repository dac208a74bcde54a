//! What orders lose while what they change is followed, and while each is posted to webhooks: by turns, in one shop.

use super::super::api::in_stock;
use super::super::load::{Doing, Figures, at_once, now_and_then};
use super::super::server::{self, Server};
use super::followers::{Desk, Followers, Kind, follow};
use super::{SHOP, crowded};
use shop::testing::receiver::Receiver;
use std::sync::Arc;
use std::time::Duration;

/// Products that are ordered; so many follow each of them.
const PRODUCTS: usize = 200;
const FOLLOWERS_EACH: usize = 3;
/// They have the list of orders open.
const STAFF: usize = 6;
const WEBHOOKS: usize = 3;
const ROUNDS: u32 = 12;
const BUYERS: usize = 16;
/// A single buyer orders so often.
const EVERY: Duration = Duration::from_millis(50);

#[derive(Clone, Copy)]
enum While {
    Nothing,
    Followed,
    Posted,
}

const ALL: [While; 3] = [While::Nothing, While::Followed, While::Posted];

/// Those who are told, for as long as this is there.
enum Told {
    Nobody,
    Followers { _all: Vec<Followers> },
    Webhooks { ids: Vec<String>, _receivers: Vec<Receiver> },
}

struct Shop {
    server: Server,
    front: Desk,
    /// One at each of the products.
    desks: Vec<Desk>,
}

pub async fn run(time: Duration) {
    server::stock(SHOP);
    let (shop, variants) = Shop::open().await;
    let orders = Doing::Order(Arc::new(variants));
    let mut seen: [(Vec<Figures>, Vec<Figures>); 3] = Default::default();
    for round in 0..=ROUNDS {
        // each comes first as often as the others
        let first = round as usize % ALL.len();
        for what in ALL.into_iter().cycle().skip(first).take(ALL.len()) {
            let told = shop.begin(what).await;
            let alone = now_and_then(shop.server.address, &orders, EVERY, time / 4).await;
            let crowd = at_once(shop.server.address, &orders, BUYERS, time / 4).await;
            shop.end(told).await;
            // the first one warms up
            if round > 0 {
                seen[what as usize].0.push(alone);
                seen[what as usize].1.push(crowd);
            }
        }
    }
    println!(
        "\nOrders of {PRODUCTS} products: {FOLLOWERS_EACH} follow each, {STAFF} staff; {WEBHOOKS} webhooks; {ROUNDS} rounds"
    );
    println!("{:<28} {:>9} {:>12} {:>7} {:>12}", "", "ms, 20/s", "of the first", "/s", "of the first");
    let figures = seen.map(|(alone, crowd)| {
        let milliseconds = alone.iter().map(|round| round.milliseconds(50)).collect();
        (middle(milliseconds), middle(crowd.iter().map(Figures::per_second).collect()))
    });
    let (first, most) = figures[0];
    for (what, (took, orders)) in ["nobody is told", "followed", "posted to webhooks"].into_iter().zip(figures) {
        println!("{what:<28} {took:>9.1} {:>12.2} {orders:>7.0} {:>12.2}", first / took, orders / most);
    }
}

impl Shop {
    async fn open() -> (Self, Vec<String>) {
        let server = crowded("orders").await;
        let front = Desk::open(&server).await;
        let (mut desks, mut variants) = (Vec::new(), Vec::new());
        for (product, variant) in in_stock(&server, PRODUCTS).await {
            let desk = front.at(&server, &product).await;
            desk.count(&variant, 1_000_000).await;
            desks.push(desk);
            variants.push(variant);
        }
        (Self { server, front, desks }, variants)
    }

    async fn begin(&self, what: While) -> Told {
        let told = match what {
            While::Nothing => Told::Nobody,
            While::Followed => {
                let mut all = vec![follow(&self.front, Kind::Staff, STAFF).await];
                for desk in &self.desks {
                    all.push(follow(desk, Kind::WebSocket, FOLLOWERS_EACH).await);
                }
                Told::Followers { _all: all }
            }
            While::Posted => {
                let (mut ids, mut receivers) = (Vec::new(), Vec::new());
                for _ in 0..WEBHOOKS {
                    let receiver = Receiver::start().await;
                    ids.push(self.front.post_orders_to(receiver.url.as_str()).await);
                    receivers.push(receiver);
                }
                Told::Webhooks { ids, _receivers: receivers }
            }
        };
        tokio::time::sleep(Duration::from_secs(1)).await;
        told
    }

    async fn end(&self, told: Told) {
        if let Told::Webhooks { ids, _receivers } = told {
            for id in ids {
                self.front.delete_webhook(&id).await;
            }
        }
        // what is still under way is not the next one's
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn middle(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
