//! The audit log: nothing in it changes, and if it does, it shows.

use serde_json::json;
use shop::accounts::{Permission, System};
use shop::audit::{self, Broken, Entry};
use shop::audit_log::{self, AuditFilter, Change};
use shop::testing::{self, TestShop};
use shop::{Act, Error};

async fn write(shop: &TestShop, n: i32) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    let entry = Entry { action: "product.edit", entity_type: audit::Entity::Product, entity_id: n.to_string() };
    let (before, after) =
        (json!({ "price": n, "name": "Claw hammer" }), json!({ "price": n + 1, "name": "Claw hammer" }));
    audit::record(&mut act, entry, &before, &after).unwrap();
    act.commit(()).await.unwrap();
}

/// Does what only somebody with the database's own powers can do.
async fn tamper(shop: &TestShop, sql: &'static str) {
    let mut tx = shop.db.begin().await.unwrap();
    sqlx::raw_sql("alter table audit_logs disable trigger user").execute(&mut *tx).await.unwrap();
    assert_eq!(sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap().rows_affected(), 1, "{sql}");
    sqlx::raw_sql("alter table audit_logs enable trigger user").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn five_sealed(shop: &TestShop) {
    for n in 0..5 {
        write(shop, n).await;
    }
    assert_eq!(audit::seal(shop).await.unwrap(), 5);
    let verified = audit::verify(shop).await.unwrap().unwrap();
    assert_eq!((verified.sealed, verified.unsealed), (5, 0));
}

#[tokio::test]
async fn the_database_refuses_changes() {
    testing::shop(async |shop| {
        write(shop, 1).await;
        for _ in 0..2 {
            for sql in [
                "update audit_logs set actor_name = 'Nobody'",
                "update audit_logs set chain_no = 7, hash = decode(repeat('00', 32), 'hex'), action = 'x'",
                "update audit_logs set chain_no = null, hash = null",
                "delete from audit_logs",
                "truncate audit_logs",
            ] {
                let refused = sqlx::raw_sql(sql).execute(&shop.db).await.unwrap_err();
                assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("23001"), "{sql}");
            }
            audit::seal(shop).await.unwrap();
        }
        assert_eq!(audit::verify(shop).await.unwrap().unwrap().sealed, 1);
    })
    .await;
}

#[tokio::test]
async fn a_changed_row_is_found() {
    for sql in [
        "update audit_logs set actor_name = 'Nobody' where chain_no = 3",
        "update audit_logs set after = '{\"price\": 1}' where chain_no = 3",
        "update audit_logs set ip = '203.0.113.7' where chain_no = 3",
        "update audit_logs set created_at = created_at - interval '1 microsecond' where chain_no = 3",
        "update audit_logs set hash = sha256('') where chain_no = 3",
    ] {
        testing::shop(async |shop| {
            five_sealed(shop).await;
            tamper(shop, sql).await;
            let Err(Broken { chain_no: 3, id: Some(_) }) = audit::verify(shop).await.unwrap() else { panic!("{sql}") };
        })
        .await;
    }
}

#[tokio::test]
async fn a_missing_row_is_found() {
    for sql in [
        "delete from audit_logs where chain_no = 3",
        "update audit_logs set chain_no = null, hash = null where chain_no = 3",
        "update audit_logs set chain_no = 30 where chain_no = 3",
    ] {
        testing::shop(async |shop| {
            five_sealed(shop).await;
            tamper(shop, sql).await;
            assert_eq!(audit::verify(shop).await.unwrap(), Err(Broken { chain_no: 3, id: None }), "{sql}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_head_shows_a_log_cut_short() {
    testing::shop(async |shop| {
        five_sealed(shop).await;
        let head = audit::verify(shop).await.unwrap().unwrap().head;
        tamper(shop, "delete from audit_logs where chain_no = 5").await;
        assert_ne!(audit::verify(shop).await.unwrap().unwrap().head, head);
    })
    .await;
}

#[tokio::test]
async fn several_sealers_and_writers_make_one_chain() {
    testing::shop(async |shop| {
        let work = async |n: i32| {
            for i in 0..40 {
                write(shop, n * 100 + i).await;
                if i % 4 == 0 {
                    audit::seal(shop).await.unwrap();
                }
            }
        };
        tokio::join!(work(1), work(2), work(3), work(4), work(5), work(6));
        audit::seal(shop).await.unwrap();
        let verified = audit::verify(shop).await.unwrap().unwrap();
        assert_eq!((verified.sealed, verified.unsealed), (240, 0));
    })
    .await;
}

#[tokio::test]
async fn long_logs_are_sealed_and_walked_in_batches() {
    testing::shop(async |shop| {
        sqlx::raw_sql(
            "insert into audit_logs (id, actor_type, actor_name, action, entity_type, entity_id)
             select gen_random_uuid(), 'system', 'System', 'test.write', 'test', n::text from generate_series(1, 4500) n",
        )
        .execute(&shop.db)
        .await
        .unwrap();
        assert_eq!(audit::seal(shop).await.unwrap(), 4500);
        assert_eq!(audit::verify(shop).await.unwrap().unwrap().sealed, 4500);
    })
    .await;
}

#[tokio::test]
async fn the_log_is_read_by_those_who_may() {
    testing::shop(async |shop| {
        for n in 0..3 {
            write(shop, n).await;
            shop.clock.advance(chrono::TimeDelta::days(1));
        }
        let reader = shop.staff(&[Permission::AuditRead]).await;
        let clerk = shop.staff(&[Permission::OrdersRead]).await;
        assert!(matches!(audit_log::list(shop, &clerk, &AuditFilter::default()).await, Err(Error::Forbidden)));
        let ids = async |filter: AuditFilter| {
            let page = audit_log::list(shop, &reader, &filter).await.unwrap();
            page.items.into_iter().map(|entry| entry.entity_id).collect::<Vec<_>>()
        };
        let all = AuditFilter::default;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(ids(all()).await, ["2", "1", "0"]);
        assert_eq!(ids(AuditFilter { from: some("2026-11-15"), to: some("2026-11-15"), ..all() }).await, ["1"]);
        assert_eq!(ids(AuditFilter { actor: some("syst"), action: some("product."), ..all() }).await.len(), 3);
        assert_eq!(
            ids(AuditFilter { action: some("product.edit"), limit: "1".into(), page: "2".into(), ..all() }).await,
            ["1"]
        );
        assert_eq!(ids(AuditFilter { entity_type: some("product"), entity_id: some("0"), ..all() }).await, ["0"]);
        assert!(ids(AuditFilter { actor: some(&reader.id().to_string()), ..all() }).await.is_empty());
        let odd =
            AuditFilter { from: some("+262142-12-31"), to: some("x"), actor: some("%"), action: some("a\0"), ..all() };
        assert!(ids(odd).await.is_empty());

        // noon in Greenwich is two in the morning of the next day
        shop.goes_by_the_clock_of("Pacific/Kiritimati").await;
        assert_eq!(ids(AuditFilter { from: some("2026-11-16"), to: some("2026-11-16"), ..all() }).await, ["1"]);

        let page = audit_log::list(shop, &reader, &all()).await.unwrap();
        let changed = Change { field: "price".into(), before: Some(json!(2)), after: Some(json!(3)) };
        assert_eq!(page.items[0].changes(), [changed]);
        assert!(!page.items[0].is_sealed);
        assert_eq!(audit_log::facets(shop, &reader).await.unwrap().actions, ["product.edit"]);
    })
    .await;
}

#[tokio::test]
async fn changes_are_told_field_by_field() {
    testing::shop(async |shop| {
        let reader = shop.staff(&[Permission::AuditRead]).await;
        let mut act = Act::begin(shop, &System).await.unwrap();
        let entry =
            |id: &str| Entry { action: "product.edit", entity_type: audit::Entity::Product, entity_id: id.into() };
        let was = json!({ "name": "Rasp", "seo": { "title": "Rasp", "words": ["a"] }, "gone": 1 });
        let is = json!({ "name": "Rasp", "seo": { "title": "File", "words": ["a", "b"] }, "new": null });
        audit::record(&mut act, entry("1"), &was, &is).unwrap();
        audit::record(&mut act, entry("2"), &(), &"ada@example.org").unwrap();
        audit::record(&mut act, entry("3"), &(), &()).unwrap();
        act.commit(()).await.unwrap();
        let found = audit_log::list(shop, &reader, &AuditFilter::default()).await.unwrap();
        let changes = |id: &str| found.items.iter().find(|entry| entry.entity_id == id).unwrap().changes();
        let fields: Vec<String> = changes("1").into_iter().map(|change| change.field).collect();
        assert_eq!(fields, ["gone", "new", "seo.title", "seo.words"]);
        assert_eq!(
            changes("2")[0],
            Change { field: String::new(), before: None, after: Some(json!("ada@example.org")) }
        );
        assert!(changes("3").is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_log_is_searched_and_taken_away_in_pieces() {
    testing::shop(async |shop| {
        let reader = shop.staff(&[Permission::AuditRead]).await;
        for n in 0..7 {
            write(shop, n).await;
        }
        let filter = |search: &str| AuditFilter { search: Some(search.into()), ..AuditFilter::default() };
        let found = async |filter: AuditFilter| audit_log::list(shop, &reader, &filter).await.unwrap().total;
        assert_eq!(found(filter("CLAW hammer")).await, 7);
        assert_eq!(found(filter("hammer rasp")).await, 0);
        assert_eq!(found(filter("%")).await, 0);
        shop.clock.advance(chrono::TimeDelta::days(91));
        assert_eq!(found(filter("hammer")).await, 0, "of the last 90 days");
        assert_eq!(found(AuditFilter { from: Some("2026-01-01".into()), ..filter("hammer") }).await, 7);

        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let piece = audit_log::for_export(shop, &reader, &AuditFilter::default(), after, 3).await.unwrap();
            let Some(last) = piece.last() else { break };
            after = Some((last.created_at, last.id));
            seen.extend(piece.into_iter().map(|entry| entry.entity_id));
        }
        seen.sort();
        assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6"], "each once");
        let clerk = shop.staff(&[Permission::SettingsRead]).await;
        let refused = audit_log::for_export(shop, &clerk, &AuditFilter::default(), None, 3).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    })
    .await;
}
