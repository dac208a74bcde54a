//! Links in mails: a new password, a verified address.

use super::*;

fn reset(token: &str, password: &str) -> ResetPassword {
    ResetPassword { token: token.into(), password: password.into() }
}

#[tokio::test]
async fn a_reset_link_works_once_and_ends_all_sessions() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        session(shop, ada.id(), "").await;
        let (first, second) = (reset_token(shop, "ada@example.org").await, reset_token(shop, "ADA@example.org").await);
        recovery::check_reset(shop, &first).await.unwrap();
        assert_eq!(
            fields(recovery::reset_password(shop, &shop.guest(), reset(&first, "12345678")).await),
            ["password"]
        );

        let new = "lantern kettle spade";
        recovery::reset_password(shop, &shop.guest(), reset(&first, new)).await.unwrap();
        for token in [first.as_str(), &second, "0000", ""] {
            assert!(matches!(recovery::check_reset(shop, token).await, Err(Error::Gone(_))));
            let answer = recovery::reset_password(shop, &shop.guest(), reset(token, "another good one")).await;
            assert!(matches!(answer, Err(Error::Gone(_))), "{answer:?}");
        }
        assert!(devices::list(shop, &ada).await.unwrap().is_empty());
        assert!(is_refused(&sign_in(shop, &shop.guest(), credentials("ada@example.org", PASSWORD)).await));
        sign_in(shop, &shop.guest(), credentials("ada@example.org", new)).await.unwrap();
        assert_eq!(jobs(shop, "send_password_changed").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_succeeds() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let token = reset_token(shop, "ada@example.org").await;
        let guest = shop.guest();
        let (one, other) = tokio::join!(
            recovery::reset_password(shop, &guest, reset(&token, "lantern kettle spade")),
            recovery::reset_password(shop, &guest, reset(&token, "spade kettle lantern")),
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
        let refused = one.err().or(other.err());
        assert!(matches!(refused, Some(Error::Gone(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_lasts_an_hour() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let token = reset_token(shop, "ada@example.org").await;
        shop.clock.advance(TimeDelta::minutes(59));
        recovery::check_reset(shop, &token).await.unwrap();
        shop.clock.advance(TimeDelta::minutes(1));
        assert!(matches!(recovery::check_reset(shop, &token).await, Err(Error::Gone(_))));
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing_and_hides_the_secret() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        for email in ["ada@example.org", "nobody@example.org"] {
            for _ in 0..7 {
                recovery::request_reset(shop, &shop.guest(), RequestReset { email: email.into() }).await.unwrap();
            }
        }
        let asked = jobs(shop, "send_password_reset").await;
        assert_eq!(asked.len(), 10, "five for each, whether there is an account or not");
        for job in &asked {
            let (link, email) = (job["link"].as_str().unwrap(), job["email"].as_str().unwrap());
            recovery::send_reset(shop, link.parse().unwrap(), email).await.unwrap();
        }
        let mails = shop.mailer.kept();
        assert_eq!(mails.len(), 5);
        assert!(mails.iter().all(|mail| mail.to == "ada@example.org"));
        let token = mailed_token(shop);
        let stored: String =
            sqlx::query_scalar("select string_agg(t::text, '') from user_tokens t").fetch_one(&shop.db).await.unwrap();
        assert!(token.len() == 64 && !stored.contains(&token));
        assert!(!asked.iter().any(|job| job.to_string().contains(&token)));
        // the job runs again after the mail left: nothing more is sent, the link that was still works
        let last = asked.iter().rfind(|job| job["email"] == "ada@example.org").unwrap();
        let link = last["link"].as_str().unwrap().parse().unwrap();
        recovery::send_reset(shop, link, "ada@example.org").await.unwrap();
        assert_eq!(shop.mailer.kept().len(), 5);
        recovery::check_reset(shop, &token).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_address_is_verified_by_the_link_sent_to_it() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let change = |email: &str, password: &str| {
            profile::change_email(shop, &ada, ChangeEmail { email: email.into(), password: password.into() })
        };
        assert_eq!(fields(change("lovelace@example.org", "wrong password").await), ["password"]);
        shop.customer("taken@example.org").await;
        assert_eq!(fields(change("Taken@example.org", PASSWORD).await), ["email"]);
        change("lovelace@example.org", PASSWORD).await.unwrap();
        assert!(!profile::get(shop, &ada).await.unwrap().email_verified);
        assert_eq!(jobs(shop, "send_email_changed").await[0]["former"], "ada@example.org");

        recovery::send_verification(shop, LinkId::new(), ada.id()).await.unwrap();
        let old = mailed_token(shop);
        change("ada.lovelace@example.org", PASSWORD).await.unwrap();
        let answer = recovery::verify_email(shop, &shop.guest(), &old).await;
        assert!(matches!(answer, Err(Error::Gone(_))), "it was sent to another address");

        recovery::send_verification(shop, LinkId::new(), ada.id()).await.unwrap();
        let token = mailed_token(shop);
        assert!(matches!(recovery::check_reset(shop, &token).await, Err(Error::Gone(_))), "it is for another purpose");
        assert_eq!(recovery::verify_email(shop, &shop.guest(), &token).await.unwrap(), ada.id());
        assert!(profile::get(shop, &ada).await.unwrap().email_verified);
        assert!(matches!(recovery::verify_email(shop, &shop.guest(), &token).await, Err(Error::Gone(_))));
        let again = recovery::request_verification(shop, &ada).await;
        assert_eq!(again.unwrap_err().conflict_code(), Some("already_verified"));
    })
    .await;
}
