//! Apps: signed in by tokens, which replace one another.

use super::*;
use shop::Shop;
use std::time::Duration;

#[tokio::test]
async fn an_app_is_signed_in_as_a_browser_is() {
    testing::shop(async |shop| {
        let visitor = Visitor { origin: app(PHONE), ..Visitor::default() };
        shop.customer("ada@example.org").await;
        let who = || credentials("ada@example.org", PASSWORD);
        let too_long = "x".repeat(101);
        assert_eq!(fields(tokens::sign_in(shop, &visitor, who(), &too_long.into()).await), ["device"]);
        let new = tokens::sign_in(shop, &visitor, who(), &"Ada's phone".into()).await.unwrap();
        assert_eq!((new.profile.email.as_str(), new.profile.role.word()), ("ada@example.org", "customer"));

        shop.clock.advance(TimeDelta::seconds(1));
        let known =
            tokens::sign_in(shop, &visitor, credentials("ada@example.org", PASSWORD), &"".into()).await.unwrap();
        let ada = by(shop, &known.tokens).await.unwrap();
        assert_eq!((ada.id(), ada.email()), (new.profile.id, "ada@example.org"));
        let devices = devices::list(shop, &ada).await.unwrap();
        let shown: Vec<_> = devices.iter().map(|d| (d.device.to_string(), d.is_current)).collect();
        assert_eq!(shown, [("iPhone".to_owned(), true), ("Ada's phone".to_owned(), false)]);
        assert_eq!(actions(shop).await, ["user.sign_in", "user.sign_in"]);

        // neither the secret tokens nor a part of them lie in the database
        let stored: String = sqlx::query_scalar("select string_agg(t::text, '') from refresh_tokens t")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        let signature = known.tokens.refresh_token.rsplit('.').next().unwrap();
        assert!(!stored.contains(signature) && format!("{known:?}").find(signature).is_none());
    })
    .await;
}

#[tokio::test]
async fn apps_and_browsers_share_one_count_of_attempts() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let guest = shop.guest();
        for n in 0..10 {
            let wrong = credentials("ada@example.org", "wrong password");
            let refused = match n % 2 {
                0 => is_refused(&sign_in(shop, &guest, wrong).await),
                _ => is_refused(&tokens::sign_in(shop, &guest, wrong, &"".into()).await),
            };
            assert!(refused, "{n}");
        }
        let answer = tokens::sign_in(shop, &guest, credentials("ada@example.org", PASSWORD), &"".into()).await;
        assert!(matches!(answer, Err(Error::TooMany { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_token_lasts_a_quarter_of_an_hour_and_is_refreshed_within_seven_days() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let first = phone_of(shop, "ada@example.org").await;
        shop.clock.advance(TimeDelta::seconds(15 * 60 - 1));
        assert!(is_in(shop, &first).await);
        shop.clock.advance(TimeDelta::seconds(1));
        assert!(!is_in(shop, &first).await);
        let second = refreshed(shop, &first).await.unwrap();
        assert!(is_in(shop, &second).await);
        assert_eq!(devices::list(shop, &by(shop, &second).await.unwrap()).await.unwrap().len(), 1, "one device still");
        shop.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        let third = refreshed(shop, &second).await.unwrap();
        shop.clock.advance(TimeDelta::days(7));
        assert!(is_unknown(&refreshed(shop, &third).await));
        assert_eq!(sweep(shop).await.unwrap(), 3);
    })
    .await;
}

/// Fails when the account is not locked (the index forbids a second branch), when ten seconds are none (the family
/// ends), and when those who come second get a token of their own: checked, one by one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_refreshes_of_one_token_at_once_make_one_branch() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let first = phone_of(shop, "ada@example.org").await;
        let (mut gate, mut watch) = (shop.db.begin().await.unwrap(), shop.db.acquire().await.unwrap());
        sqlx::query("select from refresh_tokens for update").execute(&mut *gate).await.unwrap();
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let (shop, token) = (Shop::clone(shop), first.refresh_token.clone());
                tokio::spawn(async move { tokens::refresh(&shop, &token, &app(PHONE)).await })
            })
            .collect();
        wait_for_waiting(&mut watch, 4).await;
        gate.rollback().await.unwrap();
        let answers = futures::future::join_all(asked).await;
        let answers: Vec<Tokens> = answers.into_iter().map(|done| done.unwrap().unwrap()).collect();
        for answer in &answers {
            assert_eq!(answer.refresh_token, answers[0].refresh_token);
            assert!(is_in(shop, answer).await);
        }
        assert!(is_in(shop, &first).await, "the access token from before too");

        // the answer was lost, and the next one used meanwhile: it is asked for once more
        let third = refreshed(shop, &answers[0]).await.unwrap();
        shop.clock.advance(TimeDelta::milliseconds(9_999));
        assert_eq!(refreshed(shop, &first).await.unwrap().refresh_token, third.refresh_token);
        let kept: i64 = sqlx::query_scalar("select count(*) from refresh_tokens").fetch_one(&shop.db).await.unwrap();
        assert_eq!(kept, 3);
        assert!(jobs(shop, "send_token_reused").await.is_empty());
    })
    .await;
}

/// Fails when the family is not revoked, when `authenticate` does not ask for it, and when the refusal undoes it all
/// for want of a commit: checked.
#[tokio::test]
async fn a_token_used_again_later_ends_its_family_and_tells_the_owner() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let (first, tablet) = (phone_of(shop, "ada@example.org").await, phone_of(shop, "ada@example.org").await);
        let second = refreshed(shop, &first).await.unwrap();
        shop.clock.advance(TimeDelta::seconds(10));
        assert!(is_unknown(&refreshed(shop, &first).await));
        assert!(!is_in(shop, &second).await, "at once, though it has minutes to live");
        assert!(is_unknown(&refreshed(shop, &second).await));
        assert!(is_unknown(&refreshed(shop, &first).await));
        assert!(is_in(shop, &tablet).await, "other devices stay");
        assert_eq!(devices::list(shop, &ada).await.unwrap().len(), 1);

        assert_eq!(actions(shop).await.last().map(String::as_str), Some("session.token_reused"));
        let noted: Value = sqlx::query_scalar("select after from audit_logs where action = 'session.token_reused'")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert_eq!(noted, serde_json::json!({ "user": ada.id(), "device": "iPhone" }));
        shop::worker::run_pending(shop).await.unwrap();
        let mails = shop.mailer.kept();
        assert_eq!(mails.len(), 1, "told once");
        assert_eq!(mails[0].to, "ada@example.org");
        assert!(mails[0].text.contains("on iPhone") && mails[0].text.contains("/forgot-password"));
    })
    .await;
}

/// Fails when whoever asks within ten seconds is taken for the same: checked.
#[tokio::test]
async fn a_copy_used_from_elsewhere_is_noticed_at_once() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let first = phone_of(shop, "ada@example.org").await;
        let second = refreshed(shop, &first).await.unwrap();
        assert!(is_unknown(&tokens::refresh(shop, &first.refresh_token, &app("curl/8.0")).await));
        assert!(!is_in(shop, &second).await);
        assert_eq!(jobs(shop, "send_token_reused").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_app_is_signed_out_by_itself_or_from_another_device() {
    testing::shop(async |shop| {
        shop.customer("eve@example.org").await;
        shop.customer("ada@example.org").await;
        let eve = by(shop, &phone_of(shop, "eve@example.org").await).await.unwrap();
        let (one, two) = (phone_of(shop, "ada@example.org").await, phone_of(shop, "ada@example.org").await);
        let ada = by(shop, &one).await.unwrap();
        let other = by(shop, &two).await.unwrap().session().unwrap();
        assert!(matches!(devices::end(shop, &eve, other).await, Err(Error::NotFound)));
        devices::end(shop, &ada, other).await.unwrap();
        assert!(!is_in(shop, &two).await && is_unknown(&refreshed(shop, &two).await));

        // by the token from before the last refresh, as an app that lost the answer would; twice does no harm
        let next = refreshed(shop, &one).await.unwrap();
        for _ in 0..2 {
            tokens::sign_out(shop, &one.refresh_token, &app(PHONE)).await.unwrap();
            assert!(!is_in(shop, &next).await && is_unknown(&refreshed(shop, &next).await));
        }
        assert!(is_unknown(&tokens::sign_out(shop, &next.access_token, &app(PHONE)).await));
        assert!(is_unknown(&refreshed(shop, &one).await));
        assert!(jobs(shop, "send_token_reused").await.is_empty(), "after signing out it is no sign of a thief");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_signs_out_the_other_apps() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let (here, there) = (phone_of(shop, "ada@example.org").await, phone_of(shop, "ada@example.org").await);
        let ada = by(shop, &here).await.unwrap();
        let input = ChangePassword { current_password: PASSWORD.into(), new_password: "lantern kettle spade".into() };
        profile::change_password(shop, &ada, input).await.unwrap();
        assert!(is_in(shop, &here).await && !is_in(shop, &there).await);
        assert!(is_unknown(&refreshed(shop, &there).await));

        let token = reset_token(shop, "ada@example.org").await;
        let input = ResetPassword { token: token.into(), password: "spade kettle lantern".into() };
        recovery::reset_password(shop, &shop.guest(), input).await.unwrap();
        assert!(!is_in(shop, &here).await && is_unknown(&refreshed(shop, &here).await));
    })
    .await;
}

/// Fails when `devices::hold` locks nothing: the token that came to be in between outlives the sign-out. Checked.
#[tokio::test]
async fn a_token_made_while_all_are_ended_ends_with_them() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let first = phone_of(shop, "ada@example.org").await;
        let (mut gate, mut watch) = (shop.db.begin().await.unwrap(), shop.db.acquire().await.unwrap());
        sqlx::query("select from refresh_tokens for update").execute(&mut *gate).await.unwrap();
        let (to, token) = (Shop::clone(shop), first.refresh_token.clone());
        let refresh = tokio::spawn(async move { tokens::refresh(&to, &token, &app(PHONE)).await });
        wait_for_waiting(&mut watch, 1).await;
        let to = Shop::clone(shop);
        let ending = tokio::spawn(async move { devices::end_others(&to, &ada).await });
        wait_for_waiting(&mut watch, 2).await;
        gate.rollback().await.unwrap();
        let second = refresh.await.unwrap().unwrap();
        ending.await.unwrap().unwrap();
        assert!(!is_in(shop, &second).await && is_unknown(&refreshed(shop, &second).await));
    })
    .await;
}

/// Until so many wait for a lock in this shop's database.
async fn wait_for_waiting(watch: &mut sqlx::PgConnection, n: i64) {
    for _ in 0..2_000 {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *watch)
        .await
        .unwrap();
        if waiting >= n {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nobody waits");
}

#[tokio::test]
async fn a_closed_account_and_another_role_count_at_the_next_request() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let phone = phone_of(shop, "ada@example.org").await;
        let ask = async || tokens::authenticate(shop, &phone.access_token, &app(PHONE)).await;
        let become_ = async |what: &'static str| {
            sqlx::query(sqlx::AssertSqlSafe(format!("update users set {what}"))).execute(&shop.db).await.unwrap();
        };
        assert!(ask().await.unwrap().staff.is_none());
        become_("role = 'admin'").await;
        assert!(ask().await.unwrap().staff.is_some_and(|staff| staff.is_admin()));
        become_("role = 'customer'").await;
        assert!(ask().await.unwrap().staff.is_none(), "whatever the token says");
        become_("is_active = false").await;
        assert!(is_unknown(&ask().await) && is_unknown(&refreshed(shop, &phone).await));
    })
    .await;
}

#[tokio::test]
async fn the_list_of_devices_tells_when_an_app_was_last_seen() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let phone = phone_of(shop, "ada@example.org").await;
        let began = shop.clock.now();
        let seen = async || devices::list(shop, &ada).await.unwrap()[0].last_seen_at - began;
        for (minute, counted) in [(1, 0), (2, 2), (3, 2), (4, 4)] {
            shop.clock.advance(began + TimeDelta::minutes(minute) - shop.clock.now());
            assert!(is_in(shop, &phone).await);
            assert_eq!(seen().await.num_minutes(), counted, "after {minute}");
        }
        let next = refreshed(shop, &phone).await.unwrap();
        assert!(is_in(shop, &next).await);
        assert_eq!(devices::list(shop, &ada).await.unwrap()[0].created_at, began, "the device, not the token");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_rotated_without_signing_anybody_out() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let first = phone_of(shop, "ada@example.org").await;
        let second = refreshed(shop, &first).await.unwrap();
        let with = |secrets: &[&str]| Shop {
            token_keys: TokenKeys::new(secrets.iter().map(|s| (*s).into())).unwrap(),
            ..Shop::clone(shop)
        };
        let (old, new) = (testing::TOKEN_SECRET, "another secret, put before the first one");
        let (between, after) = (with(&[new, old]), with(&[new]));
        tokens::authenticate(&between, &second.access_token, &app(PHONE)).await.unwrap();
        // asked for again within ten seconds, by a program that signs with the new key
        let again = tokens::refresh(&between, &first.refresh_token, &app(PHONE)).await.unwrap();
        assert_eq!(again.refresh_token, second.refresh_token);
        let third = tokens::refresh(&between, &second.refresh_token, &app(PHONE)).await.unwrap();
        tokens::authenticate(&after, &third.access_token, &app(PHONE)).await.unwrap();
        assert!(is_unknown(&tokens::authenticate(&after, &second.access_token, &app(PHONE)).await));
        tokens::refresh(&after, &third.refresh_token, &app(PHONE)).await.unwrap();
    })
    .await;
}
