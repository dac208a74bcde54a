//! How quickly the pages of a small and of a big shop come: `make bench`.
//!
//! The program serves as a process of its own, on an embedded database that is kept for the next run; the visitors are
//! this process. Each line is one kind of page: first one visitor who asks for one page after the other, then sixteen at
//! once, for a while unmeasured and then measured. In the same run a handler that answers a constant, which is the most that
//! this machine and these visitors can do. Times are noisy: compare the lines of one run with each other, never runs.

mod load;
mod server;

use load::{Visits, at_once, one_after_another};
use server::Server;
use std::collections::BTreeSet;
use std::time::Duration;

/// Which shops, by their number of products.
const SHOPS: [u32; 2] = [1_000, 100_000];
const CONNECTIONS: usize = 16;
/// What the constant weighs: about as much as a list.
const CONSTANT: usize = 32 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if std::env::args().any(|arg| arg == "constant") {
        return server::answer_a_constant(CONSTANT).await;
    }
    // reqwest wants one, although all of this is plain HTTP
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let bench = Bench { time: Duration::from_secs(seconds) };

    heading();
    let bare = Server::constant().await;
    bench.line(&bare, "a constant", Visits::to(vec!["/".into()])).await;
    drop(bare);
    for products in SHOPS {
        server::stock(products);
        let shop = Server::shop(products).await;
        println!("\n{products} products");
        bench.shop(&shop).await;
    }
}

struct Bench {
    time: Duration,
}

impl Bench {
    async fn shop(&self, shop: &Server) {
        let (categories, products) = shop.addresses().await;
        let lists = lists(&categories);
        let sought = sought(&products);
        let searches = sought.iter().map(|words| format!("/search?q={words}")).collect();
        let staff = shop.sign_in().await;
        self.line(shop, "home", Visits::to(vec!["/".into()])).await;
        self.line(shop, "category", Visits::to(lists).mostly_the_first()).await;
        self.line(shop, "search", Visits::to(searches).mostly_the_first()).await;
        self.line(shop, "product, some sought more than others", Visits::to(products.clone()).mostly_the_first()).await;
        self.line(shop, "product, all alike", Visits::to(products)).await;
        self.line(shop, "admin: products", Visits::to(admin_lists(&sought)).mostly_the_first().with(staff)).await;
    }

    async fn line(&self, server: &Server, name: &str, visits: Visits) {
        let alone = one_after_another(server.address, &visits, self.time / 2).await;
        // once unmeasured: a shop that was opened a moment ago is not how shops are
        at_once(server.address, &visits, CONNECTIONS, self.time).await;
        let crowd = at_once(server.address, &visits, CONNECTIONS, self.time).await;
        println!(
            "{name:<40} {:>7} {:>8.2} {:>8.2} {:>9.0} {:>8.2} {:>6}",
            alone.bytes(),
            alone.milliseconds(50),
            alone.milliseconds(99),
            crowd.per_second(),
            crowd.milliseconds(99),
            server.megabytes(),
        );
    }
}

fn heading() {
    println!("{:<40} {:>7} {:>17} {:>18} {:>6}", "", "", "one visitor", "16 connections", "memory");
    println!(
        "{:<40} {:>7} {:>8} {:>8} {:>9} {:>8} {:>6}",
        "page", "bytes", "p50 ms", "p99 ms", "pages/s", "p99 ms", "MB"
    );
}

/// Every category in several orders and choices, as most shoppers see it first.
fn lists(categories: &[String]) -> Vec<String> {
    let ways =
        ["", "?inStock=true", "?sort=price:asc", "?maxPrice=20", "?sort=price:desc", "?onOffer=true", "?sort=name:asc"];
    ways.iter().flat_map(|way| categories.iter().map(move |category| format!("{category}{way}"))).collect()
}

/// What people may type: the first words of products' names, of which each is found.
fn sought(products: &[String]) -> BTreeSet<String> {
    let names = products.iter().filter_map(|path| path.rsplit('/').next());
    names.map(|name| name.split('-').take(2).collect::<Vec<_>>().join("+")).collect()
}

/// What staff look at: the list as it comes, in several choices and orders, and what they search for.
fn admin_lists(sought: &BTreeSet<String>) -> Vec<String> {
    let ways =
        ["", "?page=2", "?status=draft", "?stock=low", "?sort=name:asc", "?stock=out", "?page=20", "?sort=price:desc"];
    let searches = sought.iter().map(|words| format!("?q={words}"));
    let ways = ways.into_iter().map(str::to_owned).chain(searches);
    ways.map(|way| format!("/admin/products{way}")).collect()
}
