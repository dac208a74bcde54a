//! What is kept in memory is dropped the moment a change commits, in this process or another.

use shop::Act;
use shop::accounts::{Permission, System};
use shop::catalog::{self, AdminFilter, Filter};
use shop::id::VariantId;
use shop::inventory::{self, Adjustment, MovementCause};
use shop::testing::{self, TestShop};
use shop::{announce, cache};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

struct Following {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came: {what}");
}

async fn follow(shop: &TestShop) -> Following {
    let (stop, stopped) = oneshot::channel::<()>();
    let shop_there = (**shop).clone();
    let told = tokio::spawn(announce::run(
        shop.db.clone(),
        shop.bus.clone(),
        shop.announcements.clone(),
        std::future::pending(),
    ));
    let task = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        cache::listen(shop_there, stopped).await;
        told.abort();
    });
    until("following", async || shop.cache.is_listening()).await;
    Following { stop, task }
}

impl Following {
    async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

async fn count(shop: &TestShop, variant: VariantId, counted: i32) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    inventory::adjust(&mut act, variant, Adjustment::To(counted), MovementCause::reason("Counted")).await.unwrap();
    act.commit(()).await.unwrap();
}

async fn set_price(shop: &TestShop, price: i64) {
    sqlx::query("update variants set price = $1").bind(price).execute(&shop.db).await.unwrap();
    shop.announcements.catalog_changed();
}

async fn listed_price(shop: &TestShop) -> i64 {
    catalog::list(shop, &Filter::default()).await.unwrap().page.items[0].price.minor
}

#[tokio::test]
async fn follows_changes_of_others() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(1_00).stock(30).await;
        let following = follow(shop).await;
        assert_eq!(listed_price(shop).await, 1_00);

        // it is kept: the same list, not read again
        let first = catalog::list(shop, &Filter::default()).await.unwrap();
        let second = catalog::list(shop, &Filter::default()).await.unwrap();
        assert!(Arc::ptr_eq(&first, &second));

        set_price(shop, 2_00).await;
        until("the new price", async || listed_price(shop).await == 2_00).await;
        let page = catalog::product_by_id(shop, hammer.id).await.unwrap();
        assert_eq!(page.price.minor, 2_00);

        // a sale from plenty leaves lists alone and reaches the product's page
        let before = catalog::list(shop, &Filter::default()).await.unwrap();
        count(shop, hammer.variant, 29).await;
        until("the sale", async || catalog::product_by_id(shop, hammer.id).await.unwrap().variants[0].available == 29)
            .await;
        assert!(Arc::ptr_eq(&before, &catalog::list(shop, &Filter::default()).await.unwrap()));
        // the last few are shown on cards
        count(shop, hammer.variant, 2).await;
        let word =
            async || catalog::list(shop, &Filter::default()).await.unwrap().page.items[0].availability.to_string();
        until("the last few", async || word().await == "Only 2 left").await;

        following.stop().await;
        assert!(!shop.cache.is_listening());
        set_price(shop, 3_00).await;
        assert_eq!(listed_price(shop).await, 3_00, "nothing is kept while nobody listens");
    })
    .await;
}

/// Fails when a list is dropped only for what cards show (the last few), and when one by stock is dropped only for what
/// is on it.
#[tokio::test]
async fn the_list_of_staff_knows_every_piece() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead]).await;
        let (hammer, saw) = (shop.product("Claw hammer").stock(30).await, shop.product("Saw").stock(30).await);
        let following = follow(shop).await;
        let list = async |query: &[(&str, &str)]| {
            catalog::admin_list(shop, &staff, &AdminFilter::parse(query.iter().copied())).await.unwrap()
        };
        assert!(Arc::ptr_eq(&list(&[]).await, &list(&[]).await), "it is kept");
        count(shop, hammer.variant, 29).await;
        let pieces = async || list(&[]).await.page.items.iter().map(|line| line.available).sum::<i64>();
        until("the sale from plenty", async || pieces().await == 59).await;

        let low = async || {
            let low = list(&[("stock", "low")]).await;
            (low.page.items.len(), low.page.total, low.count(None))
        };
        assert_eq!(low().await, (0, 0, 0));
        count(shop, saw.variant, 2).await;
        until("the saw among the low", async || low().await == (1, 1, 1)).await;
        following.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_means_reading_anew() {
    testing::shop(async |shop| {
        shop.product("Claw hammer").priced(1_00).await;
        let following = follow(shop).await;
        assert_eq!(listed_price(shop).await, 1_00);
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and query ilike '%pg_current_snapshot%'",
        )
        .execute(&shop.db)
        .await
        .unwrap();
        until("the loss", async || !shop.cache.is_listening()).await;
        set_price(shop, 2_00).await;
        assert_eq!(listed_price(shop).await, 2_00);
        until("listening again", async || shop.cache.is_listening()).await;
        assert_eq!(listed_price(shop).await, 2_00);
        set_price(shop, 3_00).await;
        until("the new price", async || listed_price(shop).await == 3_00).await;
        following.stop().await;
    })
    .await;
}

/// A list is being read while a product is published: what was counted before must not be kept after.
/// Fails when the epoch is left out of the key of what is kept.
#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    testing::shop(async |shop| {
        shop.product("Claw hammer").await;
        let following = follow(shop).await;
        let counts = catalog::category_counts(shop).await.unwrap();

        // the reader has counted, and waits at the pictures
        let mut door = shop.db.begin().await.unwrap();
        sqlx::query("lock table product_images in access exclusive mode").execute(&mut *door).await.unwrap();
        let there = (**shop).clone();
        let slow = tokio::spawn(async move { catalog::list(&there, &Filter::default()).await.unwrap().page.total });
        let waits = "select exists(select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";
        until("the reader at the door", async || sqlx::query_scalar(waits).fetch_one(&shop.db).await.unwrap()).await;

        shop.product("Pin hammer").await;
        let heard = async || !Arc::ptr_eq(&counts, &catalog::category_counts(shop).await.unwrap());
        until("the message", heard).await;
        door.rollback().await.unwrap();
        assert_eq!(slow.await.unwrap(), 1, "as old as the question");
        assert_eq!(catalog::list(shop, &Filter::default()).await.unwrap().page.total, 2);
        following.stop().await;
    })
    .await;
}

/// Prices only rise, and readers hammer the list meanwhile: once a price was seen in this process, no reader sees an
/// older one.
#[tokio::test(flavor = "multi_thread")]
async fn never_goes_back_in_time() {
    testing::shop(async |shop| {
        shop.product("Claw hammer").priced(1).await;
        let following = follow(shop).await;
        let (seen, over) = (AtomicI64::new(0), AtomicBool::new(false));
        let read = async || {
            while !over.load(Ordering::SeqCst) {
                let at_least = seen.load(Ordering::SeqCst);
                let price = listed_price(shop).await;
                assert!(price >= at_least, "{price} after {at_least}");
                seen.fetch_max(price, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        };
        let write = async || {
            for price in 2..=60 {
                set_price(shop, price).await;
                until("the price", async || listed_price(shop).await == price).await;
            }
            over.store(true, Ordering::SeqCst);
        };
        tokio::join!(read(), read(), read(), write());
        following.stop().await;
    })
    .await;
}
