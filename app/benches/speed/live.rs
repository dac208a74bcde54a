//! Live updates: what a connection costs the program, how soon all who follow the same hear of a change, in another
//! process, too, and what orders lose by it. Shop, followers and PostgreSQL share this machine.

mod followers;
mod orders;

use super::server::{self, Server};
use followers::{Desk, Kind, follow};
use std::time::{Duration, Instant};

pub use orders::run as orders;

const FOLLOWERS: usize = 10_000;
/// They come before the memory is looked at: what is made once is not theirs.
const FIRST: usize = 200;
const CHANGES: u32 = 5;
/// Changes of which the other process hears.
const HEARD: u32 = 200;
const SHOP: u32 = 1_000;
const BOUNDS: [&str; 4] =
    ["CONNECTIONS", "CONNECTIONS_PER_ADDRESS", "LIVE_CONNECTIONS", "LIVE_CONNECTIONS_PER_ADDRESS"];

pub async fn run() {
    server::stock(SHOP);
    println!("\nLive updates, {FOLLOWERS} who follow one product: kB for each, and milliseconds until they heard");
    println!("{:<28} {:>8} {:>8} {:>9} {:>8}", "", "kB each", "half", "99 of 100", "the last");
    for kind in [Kind::KeptOpen, Kind::Events, Kind::WebSocket, Kind::SealedWebSocket] {
        line(kind).await;
    }
    beside().await;
}

/// A shop, on a copy with this name, that lets so many follow.
async fn crowded(name: &str) -> Server {
    Server::shop_with(SHOP, name, &BOUNDS.map(|name| (name, "20000"))).await
}

async fn line(kind: Kind) {
    let shop = crowded("followed").await;
    let desk = Desk::open(&shop).await;
    let mut first = follow(&desk, kind, FIRST).await;
    let before = shop.kilobytes();
    let mut all = follow(&desk, kind, FOLLOWERS).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (shop.kilobytes() as f64 - before as f64) / FOLLOWERS as f64;
    if kind == Kind::KeptOpen {
        return println!("{:<28} {each:>8.1}", kind.name());
    }
    let mut late = Vec::new();
    for change in 0..CHANGES {
        first.forget();
        all.forget();
        desk.change(change).await;
        let done = Instant::now();
        late.extend(first.hear(done, FIRST).await);
        late.extend(all.hear(done, FOLLOWERS).await);
    }
    println!("{:<28} {each:>8.1} {}", kind.name(), spread(late));
}

/// Two processes: what is changed by one is heard by those who follow at the other.
async fn beside() {
    let shop = crowded("followed").await;
    let other = shop.beside().await;
    let (desk, there) = (Desk::open(&shop).await, Desk::open(&other).await);
    let mut follower = follow(&there, Kind::Events, 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut late = Vec::new();
    for change in 0..HEARD {
        follower.forget();
        desk.change(change).await;
        late.extend(follower.hear(Instant::now(), 1).await);
    }
    println!("{:<37} {}", "changed by one process, heard at another", spread(late));
}

/// Half, 99 of 100, and the last.
fn spread(mut late: Vec<f64>) -> String {
    late.sort_by(f64::total_cmp);
    let at = |share: f64| late[((late.len() - 1) as f64 * share).round() as usize];
    format!("{:>8.0} {:>9.0} {:>8.0}", at(0.5), at(0.99), at(1.0))
}
