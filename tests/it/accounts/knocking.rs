//! Strangers who try passwords, and an owner who comes home meanwhile.

use super::*;

/// Somebody with this device token, from this address.
fn carrying(token: &str, ip: &str) -> Visitor {
    Visitor { device_token: Some(token.into()), ..from(ip) }
}

fn right(email: &str) -> SignIn {
    credentials(email, PASSWORD)
}

/// Wrong passwords for an account, one from each of so many networks; answers how many were compared.
async fn knock(shop: &TestShop, email: &str, networks: std::ops::Range<u32>) -> usize {
    let mut compared = 0;
    for n in networks {
        // IPv4 and IPv6 by turns
        let visitor = match n % 2 {
            0 => from(&format!("198.18.{}.{}", n / 250, n % 250)),
            _ => from(&format!("2001:db8:{n:x}::1")),
        };
        match sign_in(shop, &visitor, credentials(email, "wrong password")).await {
            Err(Error::TooMany { .. }) => {}
            answer => {
                assert!(is_refused(&answer), "{answer:?}");
                compared += 1;
            }
        }
    }
    compared
}

fn is_paused<T: std::fmt::Debug>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::TooMany { .. }))
}

/// Fails when `Attempt::count` treats a known device as any other: checked. Without `Count::account` all thousand are
/// compared.
#[tokio::test]
async fn a_thousand_wrong_tries_do_not_keep_a_known_device_out() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[]).await;
        shop.customer("ada@example.org").await;
        for email in ["ada@example.org", staff.email()] {
            let at_home = sign_in(shop, &from("203.0.113.7"), right(email)).await.unwrap().device_token;
            assert_eq!(knock(shop, email, 0..1000).await, 100, "of a thousand, within an hour");
            // from another network too
            for ip in ["203.0.113.7", "203.0.113.200"] {
                sign_in(shop, &carrying(&at_home, ip), right(email)).await.unwrap();
            }
            let as_app = tokens::sign_in(shop, &carrying(&at_home, "203.0.113.9"), right(email), &"".into()).await;
            assert_eq!(as_app.unwrap().device_token, at_home, "the same device still");
            // a first sign-in waits, as the bound is reached, until the hour is over
            let first = sign_in(shop, &from("192.0.2.1"), right(email)).await;
            assert!(is_paused(&first), "{first:?}");
            shop.clock.advance(TimeDelta::hours(1));
            sign_in(shop, &from("192.0.2.1"), right(email)).await.unwrap();
        }
        let in_staff = sign_in_staff(shop, &from("192.0.2.2"), right(staff.email())).await;
        assert!(in_staff.unwrap().is_staff);
    })
    .await;
}

#[tokio::test]
async fn a_first_sign_in_from_a_clean_address_succeeds_below_the_bound() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        // ten from one network and no more, so that network uses up a tenth of the bound
        for n in 0..30 {
            let answer = sign_in(shop, &from("198.51.100.9"), credentials("ada@example.org", "wrong password")).await;
            assert_eq!(is_refused(&answer), n < 10, "{n}");
            assert_eq!(is_paused(&answer), n >= 10, "{n}");
        }
        assert_eq!(knock(shop, "ada@example.org", 0..89).await, 89);
        sign_in(shop, &from("192.0.2.1"), right("ada@example.org")).await.unwrap();
        // what strangers did is not forgotten with the owner's right password
        assert_eq!(knock(shop, "ada@example.org", 100..110).await, 1);
    })
    .await;
}

/// 876,000 guesses in a year: the figure at `Count::account`, here for a day. Fails when a sign-in of the owner sets
/// the count of strangers back.
#[tokio::test]
async fn guesses_of_a_day_are_bounded() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let device = sign_in(shop, &from("203.0.113.7"), right("ada@example.org")).await.unwrap().device_token;
        let mut compared = 0;
        // the count is what is looked at, so most attempts need no comparison
        for hour in 0..24 {
            for n in 0..4 {
                sqlx::query("update login_throttles set failures = greatest(failures, 98) where key like 'account:%'")
                    .execute(&shop.db)
                    .await
                    .unwrap();
                compared += knock(shop, "ada@example.org", hour * 40 + n * 5..hour * 40 + n * 5 + 5).await;
                sign_in(shop, &carrying(&device, "203.0.113.7"), right("ada@example.org")).await.unwrap();
                shop.clock.advance(TimeDelta::minutes(15));
            }
        }
        // each hour one that begins the count, and two that fill it up
        assert_eq!(compared, 24 * 7);
    })
    .await;
}

#[tokio::test]
async fn a_known_device_has_ten_tries_of_its_own() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let device = sign_in(shop, &from("203.0.113.7"), right("ada@example.org")).await.unwrap().device_token;
        for n in 0..11 {
            let visitor = carrying(&device, &format!("203.0.113.{n}"));
            let answer = sign_in(shop, &visitor, credentials("ada@example.org", "wrong password"));
            assert_eq!(is_refused(&answer.await), n < 10, "{n}");
        }
        // without the cookie it is a stranger, whose count is another
        sign_in(shop, &from("203.0.113.7"), right("ada@example.org")).await.unwrap();
        shop.clock.advance(TimeDelta::minutes(15));
        sign_in(shop, &carrying(&device, "203.0.113.7"), right("ada@example.org")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_device_is_known_to_the_accounts_that_it_signed_in_to() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        shop.customer("charles@example.org").await;
        let shared = sign_in(shop, &from("203.0.113.7"), right("ada@example.org")).await.unwrap().device_token;
        // not to another account, and not by a token that we never gave
        for (email, token) in [("charles@example.org", shared.as_str()), ("ada@example.org", &"0".repeat(64))] {
            assert_eq!(knock(shop, email, 0..101).await, 100);
            assert!(is_paused(&sign_in(shop, &carrying(token, "192.0.2.1"), right(email)).await), "{email}");
        }
        shop.clock.advance(TimeDelta::hours(1));
        let planted = "0".repeat(64);
        let answer = sign_in(shop, &carrying(&planted, "192.0.2.1"), right("charles@example.org")).await.unwrap();
        assert_ne!(answer.device_token, planted, "one that we did not give is replaced");
        // two people at one browser keep one token
        let charles = sign_in(shop, &carrying(&shared, "203.0.113.7"), right("charles@example.org")).await.unwrap();
        assert_eq!(charles.device_token, shared);
        let kept: String = sqlx::query_scalar("select string_agg(d::text, '') from known_devices d")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert!(!kept.contains(&shared), "only its hash is kept");
    })
    .await;
}

#[tokio::test]
async fn a_device_put_out_by_its_owner_is_a_stranger() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let known = async || -> i64 {
            sqlx::query_scalar("select count(*) from known_devices").fetch_one(&shop.db).await.unwrap()
        };
        let phone = phone_of(shop, "ada@example.org").await;
        assert_eq!(known().await, 1);
        // leaving by oneself is no reason to be forgotten
        tokens::sign_out(shop, &phone.refresh_token, &app(PHONE)).await.unwrap();
        assert_eq!(known().await, 1);
        let lost = phone_of(shop, "ada@example.org").await;
        let family = by(shop, &lost).await.unwrap().session().unwrap();
        devices::end(shop, &ada, family).await.unwrap();
        assert_eq!(known().await, 1);
        phone_of(shop, "ada@example.org").await;
        devices::end_others(shop, &ada).await.unwrap();
        assert_eq!(known().await, 0);
        for _ in 0..25 {
            phone_of(shop, "ada@example.org").await;
        }
        assert_eq!(known().await, 20, "of one account");
        shop.clock.advance(TimeDelta::days(400));
        sweep(shop).await.unwrap();
        assert_eq!(known().await, 0);
    })
    .await;
}

/// The way out for whoever never signed in from here while strangers keep the count full.
#[tokio::test]
async fn a_new_password_by_mail_opens_the_way() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        assert_eq!(knock(shop, "ada@example.org", 0..101).await, 100);
        let token = reset_token(shop, "ada@example.org").await;
        let fresh = "lantern kettle spade";
        let input = ResetPassword { token: token.as_str().into(), password: fresh.into() };
        let reset = recovery::reset_password(shop, &from("192.0.2.1"), input).await.unwrap();
        assert_eq!(reset.user, ada.id());
        assert_eq!(knock(shop, "ada@example.org", 200..301).await, 100);
        let entered =
            sign_in(shop, &carrying(&reset.device_token, "192.0.2.1"), credentials("ada@example.org", fresh)).await;
        entered.unwrap();
    })
    .await;
}

/// Fails when `profile::prove` counts for the account: strangers then keep the owner from a new password.
#[tokio::test]
async fn strangers_do_not_keep_the_owner_from_a_new_password() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        knock(shop, "ada@example.org", 0..101).await;
        let change = |current: &str| ChangePassword {
            current_password: current.into(),
            new_password: "lantern kettle spade".into(),
        };
        for _ in 0..9 {
            assert_eq!(
                fields(profile::change_password(shop, &ada, change("wrong password")).await),
                ["currentPassword"]
            );
        }
        profile::change_password(shop, &ada, change(PASSWORD)).await.unwrap();
    })
    .await;
}
