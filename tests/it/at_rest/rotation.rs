//! Another key takes the place of the one that encrypts; and what is left when one is lost.

use super::{NEW, OLD, address, keys, phone};
use crate::outgoing_webhooks::webhook;
use crate::support::sendable;
use shop::Error;
use shop::accounts::addresses::{self, SaveAddress};
use shop::accounts::customers::{self, CustomerFilter};
use shop::accounts::profile::{self, ProfileInput};
use shop::at_rest::{self, KeyState};
use shop::checkout::{self, PlaceOrder};
use shop::orders;
use shop::testing::{self, TestShop};
use std::time::Duration;

/// A shop that holds some of all that is sealed. The numbers of its orders.
async fn filled(shop: &TestShop) -> Vec<String> {
    let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
    let mut numbers = Vec::new();
    for n in 501..=508 {
        let guest = shop.guest_with(&[(&hammer, 1)]).await;
        let form = PlaceOrder { shipping_address: address(shop, n), ..shop.order_form() };
        checkout::keep_draft(shop, &guest, &form).await.unwrap();
        numbers.push(checkout::place_order(shop, &guest, form).await.unwrap().number);
    }
    let ada = shop.customer("ada@example.org").await;
    let home = SaveAddress { address: address(shop, 509), ..SaveAddress::default() };
    addresses::add(shop, &ada, home).await.unwrap();
    let input = ProfileInput { first_name: "Ada".into(), phone: phone(510).into(), ..ProfileInput::default() };
    profile::edit(shop, &ada, input).await.unwrap();
    webhook(shop, "https://example.org/hook", &["*"]).await;
    sqlx::query(
        "insert into stripe_events (id, type, livemode, body) values ('evt_1', 'x', false, '{}'), ('evt_2', 'x', false, '{}')",
    )
    .execute(&shop.db)
    .await
    .unwrap();
    at_rest::encrypt(&shop.db, &shop.encryption_keys).await.unwrap();
    numbers
}

async fn states(shop: &TestShop) -> Vec<KeyState> {
    let used = at_rest::keys_in_use(shop).await.unwrap();
    let mut states: Vec<_> = used.iter().map(|used| used.state).collect();
    states.dedup();
    states
}

/// Fails when a column is left out, when a value is written without looking whether it changed, and when what was begun
/// is not gone on with.
#[tokio::test]
async fn all_is_sealed_anew_however_often_it_is_broken_off() {
    let mut shop = TestShop::open().await;
    shop.encryption_keys = keys(&[OLD]);
    let numbers = filled(&shop).await;
    let admin = shop.admin().await;
    assert_eq!(states(&shop).await, [KeyState::Current]);
    shop.encryption_keys = keys(&[NEW, OLD]);
    assert_eq!(states(&shop).await, [KeyState::Former]);
    let mut broken_off = 0;
    for micros in (0..).step_by(500) {
        let rotating = at_rest::rotate(&shop, |_, _| {});
        let done = tokio::time::timeout(Duration::from_micros(micros), rotating).await;
        for number in &numbers {
            orders::for_staff(&shop, &admin, number).await.unwrap();
        }
        match done {
            Ok(rotated) => {
                assert_eq!(rotated.unwrap().unreadable, 0);
                break;
            }
            Err(_) => broken_off += 1,
        }
    }
    assert!(broken_off > 0);
    assert_eq!(states(&shop).await, [KeyState::Current]);
    assert_eq!(at_rest::rotate(&shop, |_, _| {}).await.unwrap().values, 0, "nothing is left to do");
    shop.encryption_keys = keys(&[NEW]);
    for (number, n) in numbers.iter().zip(501..) {
        let order = orders::for_staff(&shop, &admin, number).await.unwrap();
        assert_eq!(order.shipping_address.phone, Some(phone(n)));
    }
    let ada = shop.identity("ada@example.org").await.customer;
    assert_eq!(profile::get(&shop, &ada).await.unwrap().phone, Some(phone(510)));
    assert_eq!(addresses::list(&shop, &ada).await.unwrap()[0].address.line1, "509 Cinnabar Row");
    shop.finish().await;
}

/// Without its key a value is not read: what needs it fails and says so in the log, all else goes on, and nothing is
/// written over it. The doctor names key and column.
#[tokio::test]
async fn without_its_key_a_value_is_missed_and_stays() {
    let mut shop = TestShop::open().await;
    shop.encryption_keys = keys(&[OLD]);
    let numbers = filled(&shop).await;
    let admin = shop.admin().await;
    shop.encryption_keys = keys(&[NEW]);
    let lost = orders::for_staff(&shop, &admin, &numbers[0]).await.unwrap_err();
    assert!(
        matches!(&lost, Error::Internal(why) if why.to_string().contains("ENCRYPTION_KEY does not name")),
        "{lost:?}"
    );
    assert_eq!(sendable(orders::list(&shop, &admin, &Default::default())).await.unwrap().items.len(), 8);
    let ada = shop.identity("ada@example.org").await.customer;
    assert!(matches!(addresses::list(&shop, &ada).await, Err(Error::Internal(_))));
    assert_eq!(profile::get(&shop, &ada).await.unwrap().phone.as_deref(), Some("(cannot be read)"));
    let shown = ProfileInput::from(&profile::get(&shop, &ada).await.unwrap());
    assert!(matches!(profile::edit(&shop, &ada, shown).await, Err(Error::Invalid(_))), "nobody saves that by accident");
    let all = sendable(customers::list(&shop, &admin, &CustomerFilter::default())).await.unwrap();
    assert_eq!(all.items[0].phone.as_deref(), Some("(cannot be read)"));
    assert_eq!(states(&shop).await, [KeyState::Missing]);
    let rotated = at_rest::rotate(&shop, |_, _| {}).await.unwrap();
    assert_eq!(rotated.values, 0);
    assert!(rotated.unreadable > 20, "{rotated:?}");
    shop.encryption_keys = keys(&[NEW, OLD]);
    orders::for_staff(&shop, &admin, &numbers[0]).await.unwrap();
    shop.finish().await;
}

/// Whoever can write into the database cannot have the program show one order's address on another's page. Fails when a
/// value is not bound to its row.
#[tokio::test]
async fn a_value_opens_in_its_own_row_only() {
    testing::shop(async |shop| {
        let numbers = filled(shop).await;
        let admin = shop.admin().await;
        sqlx::query(
            "update orders
             set sealed_addresses = (select sealed_addresses from orders where number = $1)
             where number = $2",
        )
        .bind(&numbers[0])
        .bind(&numbers[1])
        .execute(&shop.db)
        .await
        .unwrap();
        assert!(matches!(orders::for_staff(shop, &admin, &numbers[1]).await, Err(Error::Internal(_))));
        orders::for_staff(shop, &admin, &numbers[0]).await.unwrap();
    })
    .await;
}
