//! How long a sign-in lasts.

use super::*;
use shop::Shop;
use shop::accounts::{Permission, sessions};
use shop::settings::{self, Settings, SettingsInput};

/// Whether the browser of this session is still signed in.
async fn lives(shop: &Shop, id: SessionId) -> bool {
    let glance =
        sessions::glance(shop, &shop::token_hash(&id.to_string()), "flash", &Origin::default(), true).await.unwrap();
    glance.is_some_and(|seen| seen.identity.is_some())
}

/// Comes back every `hours` for as long as the sign-in lasts, and answers for how many hours it did.
async fn hours_of(shop: &TestShop, id: SessionId, hours: i64) -> i64 {
    let mut lasted = 0;
    loop {
        shop.clock.advance(TimeDelta::hours(hours));
        if !lives(shop, id).await {
            return lasted;
        }
        lasted += hours;
        assert!(lasted < 24 * 400, "has no end");
    }
}

/// Fails without the bound in `sessions::seen`, since a session has no end then as long as somebody comes back:
/// checked.
#[tokio::test]
async fn a_browser_that_is_never_idle_signs_in_anew() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let session_of_ada = session(shop, ada.id(), "").await;
        assert_eq!(hours_of(shop, session_of_ada, 8).await, 30 * 24 - 8, "a customer for 30 days");
        let grace = shop.staff(&[]).await;
        let session_of_grace = session(shop, grace.id(), "").await;
        assert_eq!(hours_of(shop, session_of_grace, 8).await, 7 * 24 - 8, "staff for seven");
        let idle = session(shop, grace.id(), "").await;
        shop.clock.advance(TimeDelta::hours(12));
        assert!(!lives(shop, idle).await, "staff who were idle");
    })
    .await;
}

/// Two bounds hold it: in `save`, and in `seen`, which looks again when somebody comes back. Without the former it is
/// kept for another two weeks, and stays in the list of devices: checked.
#[tokio::test]
async fn what_is_left_for_the_next_page_does_not_lengthen_a_session() {
    testing::shop(async |shop| {
        let grace = shop.staff(&[]).await;
        let begun = shop.clock.now();
        let id = session(shop, grace.id(), "").await;
        let hash = shop::token_hash(&id.to_string());
        for _ in 0..20 {
            shop.clock.advance(TimeDelta::hours(8));
            let data = serde_json::json!({ "user": grace.id(), "session": id, "flash": {} });
            sessions::save(shop, &hash, &data, shop.clock.now() + TimeDelta::days(14)).await.unwrap();
        }
        let kept_until: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select expires_at from sessions where id_hash = $1")
                .bind(&hash[..])
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!(kept_until, begun + TimeDelta::days(7));
        shop.clock.advance(TimeDelta::hours(8));
        assert!(!lives(shop, id).await && sessions::load(shop, &hash).await.unwrap().is_none());
    })
    .await;
}

/// Fails when the bounds are only looked at when a session is kept: checked.
#[tokio::test]
async fn a_narrower_setting_counts_for_those_who_are_signed_in() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let ada = shop.customer("ada@example.org").await;
        let (browser, app) = (session(shop, ada.id(), "").await, phone_of(shop, "ada@example.org").await);
        shop.clock.advance(TimeDelta::days(3));
        let app = refreshed(shop, &app).await.unwrap();
        assert!(lives(shop, browser).await && is_in(shop, &app).await);
        let mut form = SettingsInput::from(&Settings::defaults(shop.currency));
        form.customer_session_days = "2".into();
        settings::save(shop, &owner, form).await.unwrap();
        assert!(!lives(shop, browser).await && !is_in(shop, &app).await);
        assert!(is_unknown(&refreshed(shop, &app).await));
    })
    .await;
}

/// Two bounds hold it: in `refresh`, and in `grow`, which dates the next token. Without the latter alone it still
/// passes: checked.
#[tokio::test]
async fn an_app_that_refreshes_for_ever_signs_in_anew() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[]).await;
        shop.customer("ada@example.org").await;
        for (email, step, days) in
            [("ada@example.org", TimeDelta::days(5), 30), (staff.email(), TimeDelta::hours(8), 7)]
        {
            let begun = shop.clock.now();
            let mut tokens = phone_of(shop, email).await;
            let ended = loop {
                shop.clock.advance(step);
                match refreshed(shop, &tokens).await {
                    Ok(next) => tokens = next,
                    Err(Error::Unauthenticated) => break shop.clock.now(),
                    Err(e) => panic!("{e:?}"),
                }
                assert!(shop.clock.now() - begun < TimeDelta::days(60), "has no end");
            };
            assert_eq!(ended - begun, TimeDelta::days(days), "{email}");
            assert!(!is_in(shop, &tokens).await, "its access token neither");
        }
        // staff who did nothing for twelve hours
        let idle = phone_of(shop, staff.email()).await;
        shop.clock.advance(TimeDelta::hours(12));
        assert!(is_unknown(&refreshed(shop, &idle).await));
    })
    .await;
}

/// Every door by which a password is set refuses one that many people use, and says why.
#[tokio::test]
async fn a_common_password_is_refused_at_every_door() {
    testing::shop(async |shop| {
        let common = "Sunshine2026!";
        let why = |answer: Result<()>| match answer {
            Err(Error::Invalid(faults)) => {
                faults.0.into_iter().map(|fault| fault.message.to_string()).collect::<Vec<_>>().join(" ")
            }
            other => panic!("was taken: {other:?}"),
        };
        let new = Register {
            first_name: "Ada".into(),
            last_name: "Byron".into(),
            email: "ada@example.org".into(),
            password: common.into(),
            ..Register::default()
        };
        let ada = shop.customer("grace@example.org").await;
        let change = ChangePassword { current_password: PASSWORD.into(), new_password: common.into() };
        let token = reset_token(shop, "grace@example.org").await;
        let reset = ResetPassword { token: token.as_str().into(), password: common.into() };
        let hire = shop::accounts::staff::InviteStaff {
            email: "new@example.org".into(),
            first_name: "Grace".into(),
            role: "staff".into(),
            password: common.into(),
            ..Default::default()
        };
        let answers = [
            register(shop, &shop.guest(), new).await.map(drop),
            profile::change_password(shop, &ada, change).await,
            recovery::reset_password(shop, &shop.guest(), reset).await.map(drop),
            shop::accounts::staff::create_at_terminal(shop, shop::accounts::System, hire).await.map(drop),
        ];
        for answer in answers {
            let why = why(answer);
            assert!(why.contains("many people use"), "{why}");
        }
    })
    .await;
}
