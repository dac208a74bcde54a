//! Rows that a program wrote before anything was encrypted.

use super::{address, parts, phone};
use sha2::{Digest, Sha256};
use shop::Error;
use shop::accounts::addresses::{self, SaveAddress};
use shop::accounts::profile::{self, ProfileInput};
use shop::address::Address;
use shop::at_rest;
use shop::checkout::{self, PlaceOrder};
use shop::orders;
use shop::testing::{self, TestProduct, TestShop};
use sqlx::AssertSqlSafe;
use std::time::Duration;

const PLAIN: &str = "select (select count(*) from orders where access_key is not null or shipping_address ? 'line1')
                          + (select count(*) from users where phone is not null)
                          + (select count(*) from registrations where phone is not null)
                          + (select count(*) from addresses where line1 is not null)
                          + (select count(*) from checkout_drafts where fields - 'email' <> '{}')
                          + (select count(*) from stripe_events where sealed_body is null)";

/// An order to an address with this number, and its secret, as the former program wrote them.
async fn older_order(shop: &TestShop, product: &TestProduct, n: usize) -> (String, String) {
    let guest = shop.guest_with(&[(product, 1)]).await;
    let form = PlaceOrder { shipping_address: address(shop, n), ..shop.order_form() };
    let placed = checkout::place_order(shop, &guest, form).await.unwrap();
    let whole = serde_json::json!({
        "company": parts(n)[0], "line1": parts(n)[1], "line2": parts(n)[2], "phone": parts(n)[3],
    });
    sqlx::query(
        "update orders
         set access_key = $2, access_hash = null, sealed_key = null, sealed_addresses = null,
             shipping_address = shipping_address || $3, billing_address = billing_address || $3
         where id = $1",
    )
    .bind(placed.order)
    .bind(&placed.access_key)
    .bind(whole)
    .execute(&shop.db)
    .await
    .unwrap();
    (placed.number, placed.access_key)
}

async fn seen(shop: &TestShop, number: &str, key: &str) -> [Address; 2] {
    let order = orders::for_visitor(shop, &shop.guest(), number, Some(key)).await.unwrap();
    [order.shipping_address, order.billing_address]
}

/// Fails when a batch is written in two statements, when one that was begun is not begun again, or when a value that
/// changed meanwhile is overwritten.
#[tokio::test]
async fn are_read_and_encrypted_however_often_it_is_broken_off() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
        let mut all = Vec::new();
        for n in 201..=212 {
            let (number, key) = older_order(shop, &hammer, n).await;
            let before = seen(shop, &number, &key).await;
            assert_eq!(before[0].line1, parts(n)[1], "read as they are");
            all.push((number, key, before));
        }
        let ada = shop.customer("ada@example.org").await;
        let home = SaveAddress { address: address(shop, 301), ..SaveAddress::default() };
        addresses::add(shop, &ada, home).await.unwrap();
        let book = addresses::list(shop, &ada).await.unwrap();
        let left = shop.guest_with(&[(&hammer, 1)]).await;
        let draft = PlaceOrder { shipping_address: address(shop, 302), ..PlaceOrder::default() };
        checkout::keep_draft(shop, &left, &draft).await.unwrap();
        let fields = serde_json::to_string(&draft).unwrap().replace('\'', "''");
        let [company, line1, line2, number] = parts(301);
        let older = format!(
            "update users set phone = '{}' where email = 'ada@example.org';
             update addresses set company = '{company}', line1 = '{line1}', line2 = '{line2}', phone = '{number}', sealed = null;
             update checkout_drafts set fields = '{fields}', sealed = null;
             insert into registrations (id, email, password_hash, first_name, last_name, phone, created_at, expires_at)
             values (gen_random_uuid(), 'eve@example.org', 'x', 'Eve', '', '{}', now(), now());
             insert into stripe_events (id, type, livemode, body) values ('evt_1', 'x', false, '{{}}'), ('evt_2', 'x', false, '{{}}')",
            phone(303),
            phone(304),
        );
        sqlx::raw_sql(AssertSqlSafe(older)).execute(&shop.db).await.unwrap();
        assert_eq!(shop.count(PLAIN).await, 12 + 1 + 1 + 1 + 1 + 2);
        assert_eq!(checkout::draft(shop, &left).await.unwrap(), Some(draft.clone()));

        // a little further each time
        let mut broken_off = 0;
        loop {
            let for_a_while = Duration::from_micros(broken_off * 150);
            let encrypting = at_rest::encrypt_in_batches(&shop.db, &shop.encryption_keys, 2);
            let is_done = tokio::time::timeout(for_a_while, encrypting).await.is_ok_and(|done| done.is_ok());
            for (number, key, before) in &all {
                assert_eq!(seen(shop, number, key).await, *before);
            }
            if is_done {
                break;
            }
            broken_off += 1;
            if broken_off == 200 {
                at_rest::encrypt(&shop.db, &shop.encryption_keys).await.unwrap();
                break;
            }
        }
        assert!(broken_off > 0);
        assert_eq!(shop.count(PLAIN).await, 0);
        assert_eq!(addresses::list(shop, &ada).await.unwrap(), book);
        assert_eq!(checkout::draft(shop, &left).await.unwrap(), Some(draft));
        assert_eq!(profile::get(shop, &ada).await.unwrap().phone, Some(phone(303)));
        let dump = shop.dump().await;
        assert!(!dump.contains("Cinnabar") && !dump.contains("7700 900") && !dump.contains("behind the kiln"));
        // again, it changes nothing
        let sealed = "select md5(string_agg(sealed_addresses::text || sealed_key::text, ',' order by id)) from orders";
        let before: String = sqlx::query_scalar(sealed).fetch_one(&shop.db).await.unwrap();
        at_rest::encrypt(&shop.db, &shop.encryption_keys).await.unwrap();
        assert_eq!(sqlx::query_scalar::<_, String>(sealed).fetch_one(&shop.db).await.unwrap(), before);
    })
    .await;
}

/// A request that was kept by a hash without a key is known when it comes again, before and after its hash has one.
/// Fails when what is kept of a request is a hash that anybody can make.
#[tokio::test]
async fn a_request_is_known_by_a_hash_that_nobody_else_can_make() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
        let guest = shop.guest_with(&[(&hammer, 1)]).await;
        let form = shop.order_form();
        let placed = checkout::place_order(shop, &guest, form.clone()).await.unwrap();
        let kept: Vec<u8> = sqlx::query_scalar("select request_hash from orders").fetch_one(&shop.db).await.unwrap();
        let asked = PlaceOrder { idempotency_key: Default::default(), ..form.clone() };
        let plain = Sha256::digest(serde_json::to_vec(&asked).unwrap()).to_vec();
        assert!(kept.len() == 37 && !kept.ends_with(&plain));
        for set in [
            "update orders set request_hash = $1",
            "update orders set request_hash = $1, access_key = repeat('x', 32), access_hash = null, sealed_key = null",
        ] {
            sqlx::query(set).bind(&plain).execute(&shop.db).await.unwrap();
            let again = checkout::place_order(shop, &guest, form.clone()).await.unwrap();
            assert_eq!((again.order, again.replayed), (placed.order, true));
        }
        at_rest::encrypt(&shop.db, &shop.encryption_keys).await.unwrap();
        assert_eq!(shop.count("select count(*) from orders where length(request_hash) = 37").await, 1);
        assert!(checkout::place_order(shop, &guest, form.clone()).await.unwrap().replayed);
        let other = PlaceOrder { note: "Ring twice".into(), ..form };
        assert!(matches!(checkout::place_order(shop, &guest, other).await, Err(Error::KeyReused)));
    })
    .await;
}

/// A row that the former program writes while ours runs is read as it stands, over what was sealed before.
#[tokio::test]
async fn what_is_plain_is_newer_than_what_is_sealed() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
        let placed = shop.order_of(&hammer, 1).await;
        let newer = serde_json::json!({ "line1": "1 Forge Lane" });
        sqlx::query("update orders set shipping_address = shipping_address || $1")
            .bind(newer)
            .execute(&shop.db)
            .await
            .unwrap();
        let ada = shop.customer("ada@example.org").await;
        let input = ProfileInput { first_name: "Ada".into(), phone: phone(401).into(), ..ProfileInput::default() };
        profile::edit(shop, &ada, input).await.unwrap();
        sqlx::query("update users set phone = $1 where sealed_phone is not null")
            .bind(phone(402))
            .execute(&shop.db)
            .await
            .unwrap();
        for _ in 0..2 {
            let [shipping, billing] = seen(shop, &placed.number, &placed.access_key).await;
            assert_eq!((&*shipping.line1, &*billing.line1), ("1 Forge Lane", "12 St James's Square"));
            assert_eq!(profile::get(shop, &ada).await.unwrap().phone, Some(phone(402)));
            at_rest::encrypt(&shop.db, &shop.encryption_keys).await.unwrap();
        }
        assert_eq!(shop.count(PLAIN).await, 0);
    })
    .await;
}
