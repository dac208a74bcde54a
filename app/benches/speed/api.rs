//! The JSON API, as an app uses it.

use super::load::{Doing, Visits, at_once};
use super::pages::sought;
use super::server::Server;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// What the constant weighs: about as much as a product.
const CONSTANT: usize = 4 * 1024;
/// From how many products one is put in a cart or ordered.
const BOUGHT: usize = 4000;
/// So long carts are filled before anything is measured, and then the shop starts anew. PostgreSQL makes its plans for
/// tables as it saw them, and looks at those that grow every 15 seconds, one after the other.
const HISTORY: Duration = Duration::from_secs(45);

pub async fn of(products: u32, time: Duration) {
    let only = std::env::var("BENCH_ONLY").ok();
    heading();
    let bare = Server::constant(CONSTANT).await;
    let limit = line(&bare, "a constant", &Doing::Read(Visits::to(vec!["/".into()])), time, None).await;
    drop(bare);

    let shop = Server::shop(products).await;
    let (categories, addresses) = shop.addresses().await;
    let lists = lists(&categories);
    let searches = sought(&addresses).iter().map(|words| format!("/api/products?search={words}&facets=true")).collect();
    let details: Vec<_> = addresses.iter().map(|path| format!("/api{path}")).collect();
    let variants: Vec<_> = in_stock(&shop, BOUGHT).await.into_iter().map(|(_, variant)| variant).collect();
    let variants = Arc::new(variants);
    at_once(shop.address, &Doing::AddToCart(variants.clone()), CONNECTIONS[1], HISTORY).await;
    let shop = shop.again().await;
    let rows = [
        ("alive: the layers of a request, and no more", Doing::Read(Visits::to(vec!["/api/health/live".into()]))),
        ("20 of the products", Doing::Read(Visits::to(lists).mostly_the_first())),
        ("a product", Doing::Read(Visits::to(details).mostly_the_first())),
        ("a search, with facets", Doing::Read(Visits::to(searches).mostly_the_first())),
        ("into the cart", Doing::AddToCart(variants.clone())),
        ("a whole order: cart, order, payment page", Doing::Order(variants)),
    ];
    for (name, doing) in rows.into_iter().filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only))) {
        line(&shop, name, &doing, time, Some(limit)).await;
    }
}

fn heading() {
    println!(
        "{:<44} {:>6} {:>13} {:>16} {:>16} {:>6} {:>9}",
        "", "", "1 connection", "16 connections", "64 connections", "memory", "of the"
    );
    println!(
        "{:<44} {:>6} {:>6} {:>6} {:>9} {:>6} {:>9} {:>6} {:>6} {:>9}",
        "", "bytes", "/s", "p99", "/s", "p99", "/s", "p99", "MB", "constant"
    );
}

/// Answers how many there were a second on 16 connections.
async fn line(server: &Server, name: &str, doing: &Doing, time: Duration, limit: Option<f64>) -> f64 {
    // once unmeasured: a shop that was opened a moment ago is not how shops are
    at_once(server.address, doing, CONNECTIONS[1], time).await;
    let mut measured = Vec::new();
    for connections in CONNECTIONS {
        measured.push(at_once(server.address, doing, connections, time).await);
    }
    let [alone, crowd, throng] = &measured[..] else { unreachable!("one for each number of connections") };
    let share = limit.map_or(String::new(), |limit| format!("{:.0} %", 100.0 * crowd.per_second() / limit));
    println!(
        "{name:<44} {:>6} {:>6.0} {:>6.2} {:>9.0} {:>6.2} {:>9.0} {:>6.2} {:>6} {share:>9}",
        crowd.bytes(),
        alone.per_second(),
        alone.milliseconds(99),
        crowd.per_second(),
        crowd.milliseconds(99),
        throng.per_second(),
        throng.milliseconds(99),
        server.megabytes(),
    );
    crowd.per_second()
}

/// The first pages of each category in several orders and choices.
fn lists(categories: &[String]) -> Vec<String> {
    let ways =
        ["", "&inStock=true", "&sort=price:asc", "&page=2", "&maxPrice=20", "&sort=price:desc", "&sort=name:asc"];
    let slugs: Vec<_> = categories.iter().filter_map(|path| path.rsplit('/').next()).collect();
    let of_way = |way: &&str| {
        slugs.iter().map(|slug| format!("/api/products?limit=20&category={slug}{way}")).collect::<Vec<_>>()
    };
    let all = ways.iter().map(|way| format!("/api/products?limit=20{way}"));
    all.chain(ways.iter().flat_map(of_way)).collect()
}

/// Products by their slugs, each with a variant of which there are some.
pub async fn in_stock(shop: &Server, count: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for page in 1..=count.div_ceil(100) {
        let list = shop.json(&format!("/api/products?inStock=true&limit=100&page={page}")).await;
        for product in list["data"].as_array().expect("a list") {
            let slug = product["slug"].as_str().expect("a slug");
            let product = shop.json(&format!("/api/products/{slug}")).await;
            let buyable =
                product["data"]["variants"].as_array().expect("variants").iter().find(|v| v["inStock"] == true);
            found.extend(buyable.and_then(|v| v["id"].as_str()).map(|variant| (slug.to_owned(), variant.to_owned())));
        }
    }
    assert!(found.len() > count / 2, "only {} can be bought", found.len());
    found
}
