//! Commits a second of an act that moves stock, 16 writers at once: with nobody who is told of it, with everybody told
//! after the commit as the shop does it, and notified inside of the transaction as a trigger would.

use shop::announce::{self, Announcements};
use shop::db::embedded::Embedded;
use shop::id::VariantId;
use shop::inventory::{self, Adjustment, MovementCause};
use shop::testing::TestShop;
use shop::{Act, Shop, cache, db};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const WRITERS: u32 = 16;
/// Processes that follow the changes.
const LISTENERS: usize = 2;

pub async fn of(time: Duration) {
    let folder = std::env::temp_dir().join("ironmonger-bench/commits");
    // as a shop's own: what is committed is on disk
    let server = Embedded::start(&folder, "ironmonger", true).await.expect("PostgreSQL starts");
    let mut shop = TestShop::open().await;
    shop.db = db::connect(server.options(), WRITERS + 2).await.expect("connects");
    shop::migrate(&shop.db, &shop.encryption_keys).await.expect("migrates");
    let mut variants = Vec::new();
    for n in 0..WRITERS {
        variants.push(shop.product(&format!("Nail of writer {n} {}", shop::secret_token())).stock(1_000).await.variant);
    }
    println!("\nCommits a second that move stock, {WRITERS} writers");
    let alone = measured("nobody is told", &shop, &variants, time, false).await;
    let told = measured("told after the commit", &shop, &variants, time, true).await;
    notify_inside(&shop, true).await;
    let inside = measured("notified inside", &shop, &variants, time, true).await;
    notify_inside(&shop, false).await;
    println!("{:<40} {:>7.2}", "told after the commit, of nobody told", told / alone);
    println!("{:<40} {:>7.2}", "notified inside, of nobody told", inside / alone);
}

async fn measured(what: &str, shop: &TestShop, variants: &[VariantId], time: Duration, is_told: bool) -> f64 {
    let mut shop: Shop = (**shop).clone();
    // one of which nobody takes anything, unless somebody is told
    shop.announcements = Announcements::default();
    let mut others = Vec::new();
    if is_told {
        let (db, bus, announcements) = (shop.db.clone(), shop.bus.clone(), shop.announcements.clone());
        others.push(tokio::spawn(announce::run(db, bus, announcements, std::future::pending())));
        for _ in 0..LISTENERS {
            let there = Shop { cache: cache::Cache::default(), ..shop.clone() };
            others.push(tokio::spawn(cache::listen(there, std::future::pending())));
        }
    }
    let (over, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers = variants.iter().map(|variant| {
        let (shop, variant, over, done) = (shop.clone(), *variant, over.clone(), done.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::SeqCst) {
                let mut act = Act::begin(&shop, &shop::actors::System).await.expect("begins");
                let counted = inventory::adjust(&mut act, variant, Adjustment::By(1), MovementCause::reason("Counted"));
                counted.await.expect("is counted");
                act.commit(()).await.expect("commits");
                done.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    tokio::time::sleep(time / 4).await;
    let (since, before) = (Instant::now(), done.load(Ordering::SeqCst));
    tokio::time::sleep(time).await;
    let each_second = (done.load(Ordering::SeqCst) - before) as f64 / since.elapsed().as_secs_f64();
    over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("writes");
    }
    others.iter().for_each(tokio::task::JoinHandle::abort);
    println!("{what:<40} {each_second:>7.0}");
    each_second
}

/// What the schema's triggers did before.
async fn notify_inside(shop: &Shop, on: bool) {
    let sql = if on {
        "create function notify_inside() returns trigger language plpgsql as $$
         begin
             perform pg_catalog.pg_notify('catalog', 'more ' || new.product_id);
             return null;
         end $$;
         create trigger notify_inside after update on stock_levels for each row execute function notify_inside();"
    } else {
        "drop trigger notify_inside on stock_levels; drop function notify_inside();"
    };
    sqlx::raw_sql(sql).execute(&mut *shop.db.acquire().await.expect("connects")).await.expect("changes the schema");
}
