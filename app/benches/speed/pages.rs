//! Pages, as shoppers and staff see them.

use super::load::{Doing, Visits, at_once, one_after_another};
use super::server::Server;
use std::collections::BTreeSet;
use std::time::Duration;

const CONNECTIONS: usize = 16;

pub fn heading() {
    println!("{:<40} {:>7} {:>17} {:>18} {:>6}", "", "", "one visitor", "16 connections", "memory");
    println!(
        "{:<40} {:>7} {:>8} {:>8} {:>9} {:>8} {:>6}",
        "page", "bytes", "p50 ms", "p99 ms", "pages/s", "p99 ms", "MB"
    );
}

pub async fn of(shop: &Server, time: Duration) {
    let (categories, products) = shop.addresses().await;
    let lists = lists(&categories);
    let sought = sought(&products);
    let searches = sought.iter().map(|words| format!("/search?q={words}")).collect();
    let staff = shop.sign_in().await;
    let rows = [
        ("home", Visits::to(vec!["/".into()])),
        ("category", Visits::to(lists).mostly_the_first()),
        ("search", Visits::to(searches).mostly_the_first()),
        ("prices that nobody asked for before", Visits::to(prices())),
        ("product, some sought more than others", Visits::to(products.clone()).mostly_the_first()),
        ("product, all alike", Visits::to(products)),
        ("admin: products", Visits::to(admin_lists(&sought)).mostly_the_first().with("cookie", staff)),
    ];
    for (name, visits) in rows {
        line(shop, name, visits, time).await;
    }
}

pub async fn line(server: &Server, name: &str, visits: Visits, time: Duration) {
    let doing = Doing::Read(visits);
    let alone = one_after_another(server.address, &doing, time / 2).await;
    // once unmeasured: a shop that was opened a moment ago is not how shops are
    at_once(server.address, &doing, CONNECTIONS, time).await;
    let crowd = at_once(server.address, &doing, CONNECTIONS, time).await;
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

/// Every category in several orders and choices, as most shoppers see it first.
fn lists(categories: &[String]) -> Vec<String> {
    let ways =
        ["", "?inStock=true", "?sort=price:asc", "?maxPrice=20", "?sort=price:desc", "?onOffer=true", "?sort=name:asc"];
    ways.iter().flat_map(|way| categories.iter().map(move |category| format!("{category}{way}"))).collect()
}

/// Ranges of prices, each another one: what a stranger may ask to keep the database busy.
fn prices() -> Vec<String> {
    let ranges = (0..40_000_u32).map(|n| (n.wrapping_mul(7_919) % 1_000, n.wrapping_mul(104_729) % 100_000));
    ranges
        .map(|(min, pence)| format!("/search?minPrice={min}&maxPrice={}.{:02}", min + pence / 100, pence % 100))
        .collect()
}

/// What people may type: the first words of products' names, of which each is found.
pub fn sought(products: &[String]) -> BTreeSet<String> {
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
