//! The program dies, at named points and at any moment, while people shop; it starts again, and nothing was lost or
//! done twice.
//!
//! The program is the real one, with `crash-points` (`src/crash.rs`); its database and the offline Stripe live on
//! without it. Each test that names a point is one death there, which is checked: by signal, and by the point's name in
//! its last words.
//!
//! These tests are a program of their own: each starts the shop several times, and some kill it under load. Tests that
//! bound how long something takes do not run beside them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod kills;
mod people;
mod program;
mod repeats;
mod world;

use people::{Shopper, Staff};
use program::TIMEOUT;
use shop::accounts::System;
use shop::testing::browser::set;
use shop::testing::receiver::Receiver;
use shop::testing::stripe::session_of;
use shop::webhooks::{self, EndpointInput};
use std::time::{Duration, Instant};
use stripe_sandbox::Way;
use world::World;

/// Dies while the shopper's order is taken. The shopper sends the same form again, and gets the page of the same order.
async fn dies_while_placing(point: &str) {
    let mut world = World::open(point).await;
    let mut shopper = Shopper::with_a_hammer(&world).await;
    let session = shopper.order(&mut world).await;
    world.program.died_at(point);
    assert_eq!(world.stripe.statement().sessions.len(), 1, "one page, whoever asked for it");
    world.pays(&session);
    world.comes_to_rest().await;
    shopper.sees_the_order(&world).await;
    world.close(1).await;
}

/// Dies when the shopper has paid and closed the browser: nobody but the shop itself puts things right.
async fn dies_once_paid(point: &str, mails: usize) {
    let mut world = World::open(point).await;
    let mut shopper = Shopper::with_a_hammer(&world).await;
    let session = shopper.order(&mut world).await;
    world.pays(&session);
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    world.comes_to_rest().await;
    shopper.sees_the_order(&world).await;
    world.close(mails).await;
}

#[tokio::test]
async fn the_stock_is_held_and_no_page_asked_for() {
    dies_while_placing("reservation-committed").await;
}

/// Fails when `gateway::sessions` asks under a key that is drawn for each request: two pages for one order.
#[tokio::test]
async fn stripe_made_the_page_and_its_reference_is_lost() {
    dies_while_placing("page-made").await;
}

/// The shopper sends the checkout again with another city while the first page is open; the program dies. The same form
/// once more leads to a new page, and the old one takes nothing.
async fn dies_while_correcting(point: &str) {
    let mut world = World::open(point).await;
    let mut shopper = Shopper::with_a_hammer(&world).await;
    let mut form = shopper.form().await.expect("the checkout");
    let old = session_of(&shopper.place(&form).await.expect("a page"));
    set(&mut form, "shippingAddress[city]", "Leeds");
    let new = shopper.order_by(&mut world, &form).await;
    world.program.died_at(point);
    assert_ne!(old, new);
    assert!(world.stripe.pay(&old, Way::Pay).is_err(), "the old page is closed");
    world.pays(&new);
    world.comes_to_rest().await;
    shopper.sees_the_order(&world).await;
    let city = "select count(*) from orders where status = 'paid' and shipping_address->>'city' = 'Leeds'";
    assert_eq!(world.count(city).await, 1);
    world.close(1).await;
}

#[tokio::test]
async fn the_old_page_was_ended_and_nothing_corrected() {
    dies_while_correcting("page-ended").await;
}

#[tokio::test]
async fn the_order_was_corrected_and_no_page_asked_for() {
    dies_while_correcting("order-corrected").await;
}

#[tokio::test]
async fn a_webhook_was_read_and_not_kept() {
    dies_once_paid("webhook-read", 1).await;
}

#[tokio::test]
async fn a_webhook_was_kept_and_not_applied() {
    dies_once_paid("webhook-kept", 1).await;
}

#[tokio::test]
async fn stripe_said_paid_and_nobody_wrote_it_down() {
    dies_once_paid("payment-seen", 1).await;
}

#[tokio::test]
async fn the_order_was_moved_and_not_committed() {
    dies_once_paid("order-moved", 1).await;
}

/// Fails when the confirmation's job is added after the commit instead of within it: no mail.
#[tokio::test]
async fn the_order_was_settled_and_its_mail_not_begun() {
    dies_once_paid("order-settled", 1).await;
}

/// Here alone a mail leaves twice: whether the first one did cannot be known. Both have the same Message-ID.
#[tokio::test]
async fn the_mail_left_and_was_not_marked() {
    dies_once_paid("mail-sent", 2).await;
}

/// Fails when `send_refund::ask` neither looks at the refunds that Stripe has nor asks under the key that is stored:
/// Stripe gives back twice, and our books know of once.
#[tokio::test]
async fn stripe_gave_back_and_nobody_wrote_it_down() {
    let point = "refund-made";
    let mut world = World::open(point).await;
    let mut shopper = Shopper::with_a_hammer(&world).await;
    let session = shopper.order(&mut world).await;
    world.pays(&session);
    world.comes_to_rest().await;
    let staff = Staff::signed_in(&world).await;
    staff.refunds(&world, "5.00").await;
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    world.comes_to_rest().await;
    let refunds = world.stripe.statement().refunds;
    assert_eq!(refunds.iter().map(|r| r.amount).collect::<Vec<_>>(), [5_00]);
    shopper.sees_the_order(&world).await;
    world.close(1).await;
}

/// The picture's files are there without a row, which nobody sees; sent again, it is on the page.
#[tokio::test]
async fn a_picture_was_stored_and_its_row_not_committed() {
    let point = "picture-stored";
    let mut world = World::open(point).await;
    let hook = world.theirs.product("Coat hook").await;
    let staff = Staff::signed_in(&world).await;
    assert!(staff.sends_a_picture(&hook).await.is_err(), "no answer");
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    assert_eq!((world.count("select count(*) from files").await, world.pictures()), (0, 1));
    staff.sends_a_picture(&hook).await.expect("an answer");
    assert_eq!((world.count("select count(*) from product_images").await, world.pictures()), (1, 1));
    assert!(staff.sees_the_picture(&hook).await);
    world.comes_to_rest().await;
    world.close(0).await;
}

/// The receiver took the message, and nobody wrote that down: it comes again under the same id. Fails when what was
/// claimed stays claimed for ever.
#[tokio::test]
async fn a_message_arrived_and_was_not_marked() {
    let point = "webhook-sent";
    let receiver = Receiver::start().await;
    let mut world = World::open(point).await;
    let input = EndpointInput {
        name: "Accounting".into(),
        url: receiver.url.as_str().into(),
        topics: vec!["order.paid".into()],
        ..EndpointInput::default()
    };
    let webhook = webhooks::create(&world.theirs, &System, input).await.unwrap().id;
    webhooks::send_test(&world.theirs, &System, webhook).await.unwrap();
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    let delivered = "select count(*) from webhook_deliveries where status = 'delivered' and attempts = 2";
    let end = Instant::now() + TIMEOUT;
    while world.count(delivered).await != 1 {
        assert!(Instant::now() < end, "{}", world.program.said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ids = receiver.headers("webhook-id");
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    world.close(0).await;
}
