//! Killed thirty times at any moment, while three shoppers buy one thing after the other.

use crate::people::{Shopper, sooner_or_later};
use crate::world::World;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shop::testing::TestProduct;
use shop::testing::stripe::session_of;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stripe_sandbox::{Sandbox, Way};

const KILLS: usize = 30;
/// The same moments each time, as far as the machine is the same.
const SEED: u64 = 815;

/// One purchase after the other; how many.
async fn buys(root: &str, product: &TestProduct, stripe: &Sandbox, is_over: &AtomicBool) -> usize {
    let mut bought = 0;
    while !is_over.load(Ordering::SeqCst) {
        let shopper = Shopper::at(root);
        sooner_or_later(|| shopper.add(product)).await;
        let form = sooner_or_later(|| shopper.form()).await;
        // an answer may be lost: the same form again
        let page = sooner_or_later(|| shopper.place(&form)).await;
        assert!(page.contains("/pay/cs_"), "{page}");
        stripe.pay(&session_of(&page), Way::Pay).unwrap();
        bought += 1;
    }
    bought
}

/// A kill may fall between a mail and its mark, so a confirmation may leave twice; none is missing, and each order has
/// its own.
#[tokio::test]
async fn killed_thirty_times_while_people_buy() {
    let mut world = World::open("").await;
    let hammer = world.theirs.product("Claw hammer").priced(18_50).stock(50_000).await;
    let (root, stripe, is_over) = (world.program.root.clone(), world.stripe.clone(), AtomicBool::new(false));
    let kills = async {
        let mut chance = StdRng::seed_from_u64(SEED);
        for _ in 0..KILLS {
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..500))).await;
            world.program.kill();
            world.program.start("").await;
        }
        is_over.store(true, Ordering::SeqCst);
    };
    let shopper = || buys(&root, &hammer, &stripe, &is_over);
    let ((), one, two, three) = tokio::join!(kills, shopper(), shopper(), shopper());
    let bought = one + two + three;
    world.program.kill();
    // only now: else a mail that it was sending when it died is taken for one that is being sent, for longer than we
    // wait
    world.minutes_pass().await;
    world.program.start("").await;
    world.comes_to_rest().await;
    let paid = world.count("select count(*) from orders where payment_status = 'paid'").await;
    assert_eq!(usize::try_from(paid).unwrap(), bought);
    let confirmed = world.confirmations();
    assert_eq!(confirmed.iter().collect::<BTreeSet<_>>().len(), bought);
    assert!(bought >= 3, "they bought {bought}");
    eprintln!("{bought} orders, {} confirmations", confirmed.len());
    world.finish().await;
}
