//! The shop is used with values that stand nowhere else, and its dump is searched for them.

use super::{address, parts, phone};
use crate::outgoing_webhooks;
use crate::support::sendable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;
use shop::accounts::addresses::{self, SaveAddress};
use shop::accounts::customers::{self, CreateCustomer};
use shop::accounts::profile::{self, ProfileInput};
use shop::accounts::{Register, recovery, register};
use shop::checkout::{self, PlaceOrder};
use shop::id::AddressId;
use shop::orders::{self, CorrectOrder};
use shop::testing::dump::{assert_hidden, guises};
use shop::testing::stripe::WEBHOOK_SECRET;
use shop::testing::{self, PASSWORD, TestShop};
use shop::{audit, cart, payments, webhooks};

/// Fails when one of these stands plain anywhere: remove any `seal` of what is written down, or let the audit log keep
/// a number. Fails as well when what is sealed is not shown to who may see it.
#[tokio::test]
async fn none_of_them_is_in_a_dump() {
    testing::shop(async |shop| {
        let mut canaries = Vec::new();
        let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
        let admin = shop.admin().await;

        // a guest orders, to one place, with the invoice to another
        let guest = shop.guest_with(&[(&hammer, 1)]).await;
        let form = PlaceOrder {
            shipping_address: address(shop, 101),
            billing_address: address(shop, 102),
            ..shop.order_form()
        };
        checkout::keep_draft(shop, &guest, &form).await.unwrap();
        let placed = checkout::place_order(shop, &guest, form).await.unwrap();
        canaries.extend(parts(101).into_iter().chain(parts(102)));
        canaries.extend([placed.access_key.clone(), guest.cart_token.clone().unwrap()]);
        let seen = orders::for_visitor(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!(seen.shipping_address.phone.as_deref(), Some(&*phone(101)));
        assert_eq!(seen.billing_address.line2.as_deref(), Some("Loft 102 behind the kiln"));
        assert_eq!(orders::access_key(shop, &admin, &placed.number).await.unwrap(), placed.access_key);

        // and corrects it twice, by ordering again and on its page; then staff do
        let mut again = shop.order_form();
        again.cart_id = cart_of(shop, &placed.number).await.into();
        again.shipping_address = address(shop, 103);
        checkout::place_order(shop, &guest, again).await.unwrap();
        let correction = |n| CorrectOrder { shipping_address: address(shop, n), ..CorrectOrder::default() };
        orders::correct_own(shop, &shop.guest(), &placed.number, Some(&placed.access_key), correction(104)).await.unwrap();
        sendable(orders::correct(shop, &admin, placed.order, correction(105))).await.unwrap();
        canaries.extend((103..=105).flat_map(parts));
        let seen = orders::for_staff(shop, &admin, &placed.number).await.unwrap();
        assert_eq!(seen.shipping_address.line1, "105 Cinnabar Row");

        // another leaves the checkout, and the cart
        let left = shop.guest_with(&[(&hammer, 1)]).await;
        let draft = PlaceOrder {
            shipping_address: address(shop, 106),
            billing_address: address(shop, 107),
            ..PlaceOrder::default()
        };
        checkout::keep_draft(shop, &left, &draft).await.unwrap();
        canaries.extend(parts(106).into_iter().chain(parts(107)));
        canaries.push(left.cart_token.clone().unwrap());
        assert_eq!(checkout::draft(shop, &left).await.unwrap().unwrap().billing_address, address(shop, 107));

        // a customer has a telephone number and an address book, and changes both
        let ada = shop.customer("ada@example.org").await;
        let book = |n| SaveAddress { address: address(shop, n), ..SaveAddress::default() };
        let home: AddressId = addresses::add(shop, &ada, book(108)).await.unwrap().id;
        addresses::edit(shop, &ada, home, book(109)).await.unwrap();
        addresses::add(shop, &ada, book(110)).await.unwrap();
        canaries.extend((108..=110).flat_map(parts));
        let saved = addresses::get(shop, &ada, home).await.unwrap().address;
        assert_eq!((saved.line1.as_str(), saved.phone), ("109 Cinnabar Row", Some(phone(109))));
        for n in [111, 112] {
            let input = ProfileInput { first_name: "Ada".into(), phone: phone(n).into(), ..ProfileInput::default() };
            assert_eq!(profile::edit(shop, &ada, input).await.unwrap().phone, Some(phone(n)));
            canaries.push(phone(n));
        }
        // and orders to a saved one, and to one that is saved by that
        let visitor = shop.with_in_cart(shop.visitor_of(&ada), hammer.variant, 1).await;
        let form = PlaceOrder { shipping_address_id: home.to_string().into(), ..shop.order_form() };
        let form = PlaceOrder { shipping_address: Default::default(), ..form };
        let hers = checkout::place_order(shop, &visitor, form).await.unwrap();
        let seen = orders::of(shop, &ada, &hers.number).await.unwrap();
        assert_eq!(seen.shipping_address.line1, "109 Cinnabar Row");
        let visitor = shop.with_in_cart(shop.visitor_of(&ada), hammer.variant, 1).await;
        let form = PlaceOrder { shipping_address: address(shop, 113), save_address: "on".into(), ..shop.order_form() };
        let last = checkout::place_order(shop, &visitor, form).await.unwrap();
        canaries.extend(parts(113));

        // one asks for an account and confirms it, one does not
        for (n, email) in [(114, "eve@example.org"), (115, "mallory@example.org")] {
            let asked = Register {
                first_name: "Eve".into(),
                email: email.into(),
                phone: phone(n).into(),
                password: PASSWORD.into(),
                ..Register::default()
            };
            register(shop, &shop.guest(), asked).await.unwrap();
            canaries.push(phone(n));
        }
        canaries.push(PASSWORD.to_owned());
        // staff make an account and correct it
        let profile = |n| ProfileInput { first_name: "Bob".into(), phone: phone(n).into(), ..ProfileInput::default() };
        let bob = CreateCustomer { email: "bob@example.org".into(), profile: profile(116) };
        let bob = sendable(customers::create(shop, &admin, bob)).await.unwrap();
        sendable(customers::correct(shop, &admin, bob, &profile(117))).await.unwrap();
        canaries.extend([phone(116), phone(117)]);
        assert_eq!(customers::get(shop, &admin, bob).await.unwrap().summary.phone, Some(phone(117)));

        // a webhook has a secret, and Stripe tells us something
        let staff = outgoing_webhooks::keeper(shop).await;
        let input = outgoing_webhooks::input("https://example.org/hook", &["*"]);
        let made = sendable(webhooks::create(shop, &staff, input)).await.unwrap();
        let secret = made.secret.expose_secret().to_owned();
        let bytes = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
        canaries.push(secret.trim_start_matches("whsec_").trim_end_matches('=').to_owned());
        let body = serde_json::json!({
            "id": "evt_canary", "type": "invoice.paid", "livemode": false,
            "data": { "object": { "billing_details": { "phone": phone(118), "address": { "line1": "118 Cinnabar Row" } } } },
        });
        tells(shop, &body.to_string()).await;
        canaries.extend([phone(118), "118 Cinnabar Row".to_owned()]);

        assert!(canaries.len() > 30, "{}", canaries.len());
        // before the jobs were done, and after; and once the cart is abandoned
        let dump = shop.dump().await;
        assert!(dump.contains("ada@example.org") && dump.contains("SW1Y 4JH"), "what stays readable is in the dump");
        assert!(!dump.contains(&hex::encode(&bytes)), "the secret of a webhook");
        assert_hidden(&dump, &canaries);
        shop.work().await;
        let mail = shop.mailer.kept().into_iter().find(|mail| mail.text.contains("token=")).expect("the link");
        let token: String = mail.text.split_once("token=").unwrap().1.chars().take_while(char::is_ascii_hexdigit).collect();
        recovery::verify_email(shop, &shop.guest(), &token).await.unwrap();
        canaries.push(token);
        let eve = shop.identity("eve@example.org").await.customer;
        assert_eq!(profile::get(shop, &eve).await.unwrap().phone, Some(phone(114)));
        for order in [placed.order, hers.order, last.order] {
            shop.take_money(order).await;
        }
        shop.clock.advance(TimeDelta::days(2));
        cart::tell_abandoned(shop).await.unwrap();
        shop.work().await;
        webhooks::fan_out(shop).await.unwrap();
        audit::seal(shop).await.unwrap();
        assert_hidden(&shop.dump().await, &canaries);
    })
    .await;
}

/// The searching finds what it searches for.
#[test]
fn a_value_is_found_in_all_its_guises() {
    let value = "12 Cinnabar Row";
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{value}, behind");
        for guise in [text.clone(), hex::encode(&text), STANDARD.encode(&text)] {
            assert!(guises(value).iter().any(|known| guise.contains(known)), "{guise}");
        }
    }
}

async fn cart_of(shop: &TestShop, number: &str) -> String {
    sqlx::query_scalar("select cart_id::text from orders where number = $1")
        .bind(number)
        .fetch_one(&shop.db)
        .await
        .unwrap()
}

/// Stripe posts this.
async fn tells(shop: &TestShop, body: &str) {
    let time = shop.clock.now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()));
    payments::webhook::receive(shop, body.as_bytes(), &signature).await.unwrap();
}
