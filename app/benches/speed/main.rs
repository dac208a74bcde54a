//! How quickly the pages and the JSON API of a small and of a big shop answer, and webhooks arrive: `make bench`.
//! With `pages`, `api`, `commits`, `webhooks`, `live` or `orders` behind it (`cargo bench --bench speed -- api`) only
//! those, and of the API's lines only those with `BENCH_ONLY` in their names.
//!
//! The program serves as a process of its own, on an embedded database that is kept for the next run; the visitors are
//! this process. Each line is one kind of request, for a while unmeasured and then measured. In the same run a handler
//! that answers a constant, which is the most that this machine and these visitors can do. Times are noisy: compare the
//! lines of one run with each other, never runs.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod commits;
mod live;
mod load;
mod pages;
mod server;
mod webhooks;

use load::Visits;
use server::Server;
use std::time::Duration;

/// Which shops, by their number of products.
const SHOPS: [u32; 2] = [1_000, 100_000];
/// What the constant weighs: about as much as a page with a list.
const CONSTANT: usize = 32 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Some(bytes) = std::env::args().skip_while(|arg| arg != "constant").nth(1) {
        return server::answer_a_constant(bytes.parse().expect("a number of bytes")).await;
    }
    // reqwest wants one, although all of this is plain HTTP
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let time = Duration::from_secs(seconds);
    let asked = |what: &str| {
        let named = |what: &str| std::env::args().any(|arg| arg == what);
        named(what) || !["pages", "api", "commits", "webhooks", "live", "orders"].into_iter().any(named)
    };

    if asked("pages") {
        pages::heading();
        let bare = Server::constant(CONSTANT).await;
        pages::line(&bare, "a constant", Visits::to(vec!["/".into()]), time).await;
        drop(bare);
        for products in SHOPS {
            server::stock(products);
            println!("\n{products} products");
            pages::of(&Server::shop(products).await, time).await;
        }
    }
    if asked("api") {
        let products = SHOPS[1];
        server::stock(products);
        println!("\nJSON API, {products} products");
        api::of(products, time).await;
    }
    if asked("commits") {
        commits::of(time).await;
    }
    if asked("webhooks") {
        webhooks::run().await;
    }
    if asked("live") {
        live::run().await;
    }
    if asked("orders") {
        live::orders(time).await;
    }
}
