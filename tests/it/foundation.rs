//! The ground: databases of their own, transactions that end, migrations that stay as they were merged, sources that
//! fit a screen.

use crate::support::{read, sources};
use sha2::{Digest, Sha256};
use shop::idempotency::{self, Claim, Key, Principal};
use shop::testing::TestShop;
use std::path::Path;
use std::time::Instant;

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (a, b) = tokio::join!(TestShop::open(), TestShop::open());
    sqlx::query("insert into settings (key, value) values ('x', '1')").execute(&a.db).await.unwrap();
    let there: i64 = sqlx::query_scalar("select count(*) from settings").fetch_one(&b.db).await.unwrap();
    assert_eq!(there, 0);
    assert!(shop::db::pending_migrations(&a.db).await.unwrap().is_empty());
    a.finish().await;
    b.finish().await;
}

/// sqlx 0.9.0 hands a connection back inside an open transaction when `begin` is cancelled in flight. Without the
/// pool's rollback (`src/db/pool.rs`) this test loses rows: their inserts are acknowledged and never committed.
#[tokio::test]
async fn a_cancelled_begin_loses_no_later_write() {
    let shop = TestShop::open_with(shop::Clock::real(), 2).await;
    sqlx::query("create table written (n int)").execute(&shop.db).await.unwrap();
    let start = Instant::now();
    for _ in 0..20 {
        drop(shop.db.begin().await.unwrap());
    }
    let usual = start.elapsed() / 20;
    for n in 0..600 {
        let db = shop.db.clone();
        let begin = tokio::spawn(async move { db.begin().await.map(drop) });
        // somewhere on the way; timers count in milliseconds, and a transaction begins in less
        let moment = usual * (n % 20) / 20;
        let start = Instant::now();
        while start.elapsed() < moment {
            tokio::task::yield_now().await;
        }
        begin.abort();
        sqlx::query("insert into written values ($1)").bind(n as i32).execute(&shop.db).await.unwrap();
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from written").fetch_one(&shop.db).await.unwrap();
    let pool = shop::db::connect(shop.options().await, 1).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from written").fetch_one(&pool).await.unwrap();
    assert_eq!((rows, seen), (600, 600));
    pool.close().await;
    shop.finish().await;
}

/// What is not waited for until it is on the disk says so for itself alone: on the one connection there is, what comes
/// next is waited for again.
#[tokio::test]
async fn what_need_not_be_flushed_leaves_the_connection_as_it_was() {
    let shop = TestShop::open_with(shop::Clock::real(), 1).await;
    let flushes =
        async || -> String { sqlx::query_scalar("show synchronous_commit").fetch_one(&shop.db).await.unwrap() };
    assert_eq!(flushes().await, "on");
    shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
    assert_eq!(flushes().await, "on", "after a change to a cart");
    let key = Key::parse("k").unwrap();
    let Claim::Ours(turn) = idempotency::claim(&shop, Principal::Cart("f00d"), &key, &[b"x"]).await.unwrap() else {
        panic!("nobody else asks");
    };
    assert_eq!(flushes().await, "on", "after a claim");
    idempotency::keep(&shop, &turn, b"{}".to_vec()).await.unwrap();
    assert_eq!(flushes().await, "on", "after an answer");
    shop.finish().await;
}

/// Databases remember the sum of each migration that they went through, and refuse the program that brings another one.
/// Fails when a file of `migrations` is changed, renamed or taken away, and when one is added without its line or out
/// of order.
#[test]
fn merged_migrations_are_never_edited() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let list = std::fs::read_to_string(folder.join("checksums.txt")).unwrap();
    let listed: Vec<(&str, &str)> = list.lines().map(|line| line.split_once("  ").unwrap()).collect();
    for (sum, name) in &listed {
        let file = std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("migrations/{name} was merged: {e}"));
        assert_eq!(
            hex::encode(Sha256::digest(file)),
            *sum,
            "migrations/{name} was merged and is never edited: write another migration. (Not merged yet? Renew its line in checksums.txt.)"
        );
    }
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in entries.filter(|name| name.ends_with(".sql")) {
        assert!(
            listed.iter().any(|(_, known)| *known == name),
            "migrations/{name} is new: (cd migrations && sha256sum {name} >> checksums.txt)"
        );
    }
    // sqlx applies them by this number
    let number = |name: &str| name.split('_').next().unwrap().parse::<i64>().unwrap();
    for pair in listed.windows(2) {
        let (before, name) = (pair[0].1, pair[1].1);
        assert!(number(before) < number(name), "migrations/{name} comes after {before}: give it a later moment");
        let counted = number(name) <= 41;
        assert!(counted || name.split('_').next().unwrap().len() == 14, "migrations/{name}: its moment has 14 digits");
    }
}

/// Comments are as wide as code may be, which rustfmt sees to for code only. Fails for one that is wider; an address
/// cannot be broken.
#[test]
fn comments_are_no_wider_than_code() {
    let folders = ["src", "tests", "app/src", "app/tests", "app/benches", "sandbox/src", "sandbox/tests"];
    let all: Vec<String> = folders.into_iter().flat_map(sources).collect();
    assert!(all.len() > 500, "the walk sees the sources");
    let is_wide =
        |line: &str| line.trim_start().starts_with("//") && line.chars().count() > 120 && !line.contains("https://");
    let wide: Vec<String> = all
        .iter()
        .flat_map(|path| {
            let source = read(path);
            let lines = source.lines().enumerate().filter(|(_, line)| is_wide(line));
            lines.map(|(n, _)| format!("{path}:{}", n + 1)).collect::<Vec<_>>()
        })
        .collect();
    assert!(wide.is_empty(), "comments of more than 120 characters:\n{}", wide.join("\n"));
}
