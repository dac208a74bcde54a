//! What is kept in memory of the catalogue, and what makes it stale.

use super::card::CardOf;
use super::category::CategoryCounts;
use super::facets::{CountOf, Counted, Members};
use super::listing::ListOf;
use super::{Filter, Listing, ProductCard};
use crate::cache::Cache;
use crate::id::{CategoryId, ProductId};
use crate::{Currency, Page, Paging};
use futures::FutureExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

fn listening() -> Cache {
    let cache = Cache::default();
    cache.start_listening();
    cache
}

async fn count(cache: &Cache, reads: &AtomicUsize) -> i64 {
    let read = || async {
        reads.fetch_add(1, Ordering::SeqCst);
        Ok(HashMap::from([(CategoryId(uuid::Uuid::nil()), reads.load(Ordering::SeqCst) as i64)]))
    };
    *cache.get_or_read(CategoryCounts, read).await.unwrap().values().next().unwrap()
}

#[tokio::test]
async fn keeps_until_something_changes() {
    let (cache, reads) = (listening(), AtomicUsize::new(0));
    assert_eq!((count(&cache, &reads).await, count(&cache, &reads).await), (1, 1));
    cache.on_change("");
    assert_eq!((count(&cache, &reads).await, count(&cache, &reads).await), (2, 2));
    cache.on_change(&format!("word {}", ProductId::new()));
    assert_eq!(count(&cache, &reads).await, 2, "the tree's counts do not know stock");
    cache.stop_listening();
    assert_eq!((count(&cache, &reads).await, count(&cache, &reads).await), (3, 4), "nobody listens, nothing is kept");
}

#[tokio::test]
async fn all_pages_and_orders_of_a_list_are_counted_once() {
    let (cache, reads) = (listening(), AtomicUsize::new(0));
    let count = async |address: &str| {
        let pairs = url::form_urlencoded::parse(address.as_bytes());
        let filter = Filter::parse(pairs.into_owned(), Currency::GBP);
        let read = || async {
            let total = reads.fetch_add(1, Ordering::SeqCst) as i64;
            Ok(Counted { total, facets: Arc::default() })
        };
        cache.get_or_read(CountOf(Members::of(&filter)), read).await.unwrap().total
    };
    for address in ["category=hammers", "category=hammers&page=2&limit=50", "category=hammers&sort=price:asc,name"] {
        assert_eq!(count(address).await, 0, "{address}");
    }
    assert_eq!(count("category=hammers&inStock=true").await, 1);
    assert_eq!(count("category=saws").await, 2);
    cache.on_change(&format!("word {}", ProductId::new()));
    assert_eq!(count("category=hammers").await, 3, "what is in stock is counted, too");
}

/// Fails when the epoch is left out of the key, or is taken after the read.
#[tokio::test]
async fn a_value_read_before_a_change_is_not_served_after_it() {
    let cache = listening();
    let (go_on, wait) = oneshot::channel::<()>();
    let wait = wait.shared();
    let old = |id| async move { Ok(HashMap::from([(id, 1)])) };
    let id = CategoryId::new();
    let slow = {
        let cache = cache.clone();
        tokio::spawn(async move {
            let read = || async {
                let answer = old(id).await;
                let _ = wait.clone().await;
                answer
            };
            cache.get_or_read(CategoryCounts, read).await.map(|counts| counts[&id])
        })
    };
    tokio::task::yield_now().await;
    cache.on_change("");
    go_on.send(()).unwrap();
    assert_eq!(slow.await.unwrap().unwrap(), 1);
    let now = cache.get_or_read(CategoryCounts, || async { Ok(HashMap::from([(id, 2)])) }).await.unwrap();
    assert_eq!(now[&id], 2);
}

fn keys(ids: &[ProductId]) -> Vec<CardOf> {
    ids.iter().map(|id| CardOf(*id)).collect()
}

fn card(id: ProductId) -> ProductCard {
    let money = crate::Money::new(100, Currency::GBP);
    ProductCard {
        id,
        slug: String::new(),
        name: String::new(),
        summary: String::new(),
        brand: String::new(),
        currency: Currency::GBP,
        price: money,
        price_to: money,
        compare_at: None,
        on_offer: false,
        in_stock: true,
        availability: crate::catalog::Availability::InStock,
        picture: None,
        only_variant: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
        marked_name: Vec::new(),
        marked_summary: Vec::new(),
    }
}

/// Fails when `is_fresh` looks at the messages of now instead of those heard before the read.
#[tokio::test]
async fn stock_touches_only_what_shows_it() {
    let cache = listening();
    let (shown, other) = (ProductId::new(), ProductId::new());
    let reads = AtomicUsize::new(0);
    let list = async || {
        let read = || async {
            reads.fetch_add(1, Ordering::SeqCst);
            Ok(Listing { page: Page::new(vec![card(shown)], 1, Paging::new(1, 24)), ..Listing::default() })
        };
        cache.get_or_read(ListOf(Filter::default()), read).await.unwrap();
        reads.load(Ordering::SeqCst)
    };
    assert_eq!((list().await, list().await), (1, 1));
    cache.on_change(&format!("few {other}"));
    cache.on_change(&format!("more {shown}"));
    assert_eq!(list().await, 1, "no card shows those");
    cache.on_change(&format!("few {shown}"));
    assert_eq!((list().await, list().await), (2, 2));
    cache.on_change(&format!("word {other}"));
    assert_eq!((list().await, list().await), (3, 3), "members and counts may have changed");

    // stock moves while the list is being read
    let (go_on, wait) = oneshot::channel::<()>();
    let wait = wait.shared();
    cache.on_change("");
    let slow = {
        let cache = cache.clone();
        tokio::spawn(async move {
            let read = || async {
                let _ = wait.clone().await;
                Ok(Listing { page: Page::new(vec![card(shown)], 1, Paging::new(1, 24)), ..Listing::default() })
            };
            cache.get_or_read(ListOf(Filter::default()), read).await.unwrap();
        })
    };
    tokio::task::yield_now().await;
    cache.on_change(&format!("few {shown}"));
    go_on.send(()).unwrap();
    slow.await.unwrap();
    assert_eq!(list().await, 4, "what was read before the sale is not kept");
}

/// Fails when a card is kept although its stock moved while it was read, and when one that is fresh is read again.
#[tokio::test]
async fn only_the_cards_that_are_missing_are_read() {
    let cache = listening();
    let (one, two, gone) = (ProductId::new(), ProductId::new(), ProductId::new());
    let cards = async |ids: &[ProductId]| {
        let asked = std::sync::Mutex::new(Vec::new());
        let read = async |missing: &[CardOf]| {
            let missing: Vec<ProductId> = missing.iter().map(|key| key.0).collect();
            *asked.lock().unwrap() = missing.clone();
            Ok(missing.iter().filter(|id| **id != gone).rev().map(|id| card(*id)).collect())
        };
        let cards = cache.get_or_read_many(&keys(ids), |card| CardOf(card.id), read).await.unwrap();
        (cards.iter().map(|card| card.id).collect::<Vec<_>>(), asked.into_inner().unwrap())
    };
    assert_eq!(cards(&[one]).await, (vec![one], vec![one]));
    assert_eq!(cards(&[two, gone, one]).await, (vec![two, one], vec![two, gone]), "in the order asked for");
    cache.on_change(&format!("few {two}"));
    assert_eq!(cards(&[one, two]).await, (vec![one, two], vec![two]));
    cache.on_change("");
    let slow = async |missing: &[CardOf]| {
        cache.on_change(&format!("few {two}"));
        Ok(missing.iter().map(|key| card(key.0)).collect())
    };
    cache.get_or_read_many(&keys(&[one, two]), |card| CardOf(card.id), slow).await.unwrap();
    assert_eq!(cards(&[one, two]).await, (vec![one, two], vec![two]));
    cache.stop_listening();
    assert_eq!(cards(&[one]).await, (vec![one], vec![one]), "nobody listens, nothing is kept");
}
