//! Who is mailed what, when, and how it is switched off.

use super::{an_order, choice, unread};
use chrono::TimeDelta;
use shop::accounts::{Permission, Staff};
use shop::email::{Mail, MailTransport, Mailer, MailerConfig};
use shop::notifications::{self, MailKind, NotificationKind};
use shop::testing::words::unsaid;
use shop::testing::{self, TestShop};
use shop::words::Locale;
use shop::{Error, settings};

/// A round, and what comes of it.
async fn round(shop: &TestShop) {
    shop.notifications_settle().await;
    notifications::make_mails(shop).await.unwrap();
    shop.work().await;
}

/// What staff were mailed.
fn mailed(shop: &TestShop) -> Vec<Mail> {
    shop.mailer.kept().into_iter().filter(|mail| mail.key.starts_with("notifications:")).collect()
}

async fn wants(shop: &TestShop, who: &Staff, mail: &str) {
    notifications::save_preferences(shop, who, choice(NotificationKind::NewOrder, true, mail)).await.unwrap();
}

async fn clerk(shop: &TestShop, mail: &str) -> Staff {
    let clerk = shop.staff(&[Permission::OrdersRead]).await;
    wants(shop, &clerk, mail).await;
    clerk
}

fn unsubscribe_key(mail: &Mail) -> String {
    let link = mail.unsubscribe.as_ref().expect("says how to unsubscribe");
    assert!(mail.text.contains(link.as_str()) && mail.html.contains(&link.as_str().replace('&', "&amp;")));
    link.query_pairs().find(|(name, _)| name == "key").unwrap().1.into_owned()
}

/// Fails when mail goes by the permissions of another time, and when a round begins at the beginning.
#[tokio::test]
async fn at_once_to_those_who_want_it_and_may_see_it() {
    testing::shop(async |shop| {
        let wants_it = clerk(shop, "at_once").await;
        clerk(shop, "never").await;
        let no_more = clerk(shop, "at_once").await;
        sqlx::query(
            "update roles set permissions = '{}' where id in (select role_id from user_roles where user_id = $1)",
        )
        .bind(no_more.id())
        .execute(&shop.db)
        .await
        .unwrap();
        let closed = clerk(shop, "at_once").await;
        sqlx::query("update users set is_active = false where id = $1")
            .bind(closed.id())
            .execute(&shop.db)
            .await
            .unwrap();
        let number = an_order(shop).await;
        round(shop).await;
        let [mail] = &mailed(shop)[..] else { panic!("{:#?}", mailed(shop)) };
        assert_eq!(mail.to, wants_it.email());
        assert_eq!(mail.subject, format!("New order {number} over £14.95"));
        let link = format!("http://localhost:3000/admin/orders/{number}");
        assert!(mail.text.contains(&link) && mail.html.contains(&link), "{}", mail.text);
        round(shop).await;
        assert_eq!(mailed(shop).len(), 1, "nothing is new");

        // what comes together goes together, and names no more than the newest
        for _ in 0..23 {
            an_order(shop).await;
        }
        round(shop).await;
        let mail = mailed(shop).pop().unwrap();
        assert_eq!((mailed(shop).len(), mail.subject.as_str()), (2, "New order: 23"));
        assert_eq!(mail.text.matches("New order IM-").count(), 20, "{}", mail.text);
        assert!(mail.text.contains("And 3 more"), "{}", mail.text);
        assert_eq!(unread(shop, &wants_it).await, 24, "mail marks nothing as read");
    })
    .await;
}

/// The permission went between the round and the mail. Fails when `contents` does not ask again.
#[tokio::test]
async fn what_was_made_is_looked_at_again_before_it_leaves() {
    testing::shop(async |shop| {
        let (clerk, other) = (clerk(shop, "at_once").await, clerk(shop, "at_once").await);
        an_order(shop).await;
        shop.notifications_settle().await;
        assert_eq!(notifications::make_mails(shop).await.unwrap(), 2);
        wants(shop, &other, "never").await;
        sqlx::query(
            "update roles set permissions = '{}' where id in (select role_id from user_roles where user_id = $1)",
        )
        .bind(clerk.id())
        .execute(&shop.db)
        .await
        .unwrap();
        shop.work().await;
        assert!(mailed(shop).is_empty());
    })
    .await;
}

/// Rounds in several processes at once, and a job that runs again. Fails without the lock on the row that says how far
/// mail has got: the key of what was mailed refuses the second one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_gets_the_same_twice() {
    testing::shop(async |shop| {
        clerk(shop, "at_once").await;
        an_order(shop).await;
        shop.notifications_settle().await;
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let shop = (**shop).clone();
            racing.spawn(async move { notifications::make_mails(&shop).await });
        }
        let made: usize = racing.join_all().await.into_iter().map(Result::unwrap).sum();
        assert_eq!(made, 1);
        shop.work().await;
        let mail = sqlx::query_scalar("select id from notification_mails").fetch_one(&shop.db).await.unwrap();
        for _ in 0..2 {
            shop::email::notifications(shop, mail).await.unwrap();
        }
        assert_eq!(mailed(shop).len(), 1);
    })
    .await;
}

/// The server is busy: the job fails, and tries again until the mail has left, once.
#[tokio::test]
async fn a_mail_that_did_not_leave_is_tried_again() {
    let mut shop = TestShop::open().await;
    let nobody = MailTransport::Smtp("smtp://127.0.0.1:9".to_owned().into());
    let kept = std::mem::replace(
        &mut shop.mailer,
        Mailer::new(&MailerConfig { from: "shop@localhost".into(), transport: nobody }).unwrap(),
    );
    clerk(&shop, "at_once").await;
    an_order(&shop).await;
    round(&shop).await;
    shop.mailer = kept;
    for _ in 0..2 {
        shop::worker::hurry(&shop).await.unwrap();
        round(&shop).await;
    }
    assert_eq!(mailed(&shop).len(), 1);
    shop.finish().await;
}

/// At eight by the shop's clock, once a day, and only when there is something. Fails when a day is one of UTC.
#[tokio::test]
async fn the_daily_mail_comes_at_its_hour() {
    testing::shop(async |shop| {
        // noon in Greenwich is nine in the evening there
        shop.goes_by_the_clock_of("Asia/Tokyo").await;
        let clerk = clerk(shop, "daily").await;
        round(shop).await;
        assert!(mailed(shop).is_empty(), "there is nothing");
        an_order(shop).await;
        round(shop).await;
        assert!(mailed(shop).is_empty(), "it was the day's turn already");
        // half past seven
        shop.wait_until("2026-11-14T22:30:00Z");
        an_order(shop).await;
        round(shop).await;
        assert!(mailed(shop).is_empty(), "not yet");
        shop.wait_until("2026-11-14T23:05:00Z");
        round(shop).await;
        let [mail] = &mailed(shop)[..] else { panic!("one") };
        assert_eq!(
            (mail.to.as_str(), mail.subject.as_str()),
            (clerk.email(), "My shop: 2 things happened since the last mail")
        );
        assert!(mail.text.contains("New order: 2"), "{}", mail.text);
        an_order(shop).await;
        for _ in 0..2 {
            round(shop).await;
        }
        assert_eq!(mailed(shop).len(), 1, "tomorrow");
        // the program was down at eight, and comes back in the afternoon
        shop.wait_until("2026-11-16T06:00:00Z");
        round(shop).await;
        assert_eq!(mailed(shop).last().unwrap().subject, "My shop: one thing happened since the last mail");
        shop.wait_until("2026-11-17T06:00:00Z");
        round(shop).await;
        assert_eq!(mailed(shop).len(), 2, "a day on which nothing happened");

        // the hour is a setting
        let mut form = settings::SettingsInput::from(&settings::load(shop).await.unwrap());
        form.digest_hour = "18".into();
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        settings::save(shop, &owner, form).await.unwrap();
        an_order(shop).await;
        shop.wait_until("2026-11-18T08:59:00Z");
        round(shop).await;
        assert_eq!(mailed(shop).len(), 2);
        shop.wait_until("2026-11-18T09:00:00Z");
        round(shop).await;
        assert_eq!(mailed(shop).len(), 3);
    })
    .await;
}

/// Who had it at once does not have it in the daily mail again.
#[tokio::test]
async fn another_choice_mails_nothing_twice() {
    testing::shop(async |shop| {
        let clerk = clerk(shop, "at_once").await;
        shop.wait_until("2026-11-14T13:00:00Z");
        round(shop).await;
        let (first, second) = (an_order(shop).await, {
            round(shop).await;
            wants(shop, &clerk, "daily").await;
            an_order(shop).await
        });
        shop.wait_until("2026-11-15T13:00:00Z");
        round(shop).await;
        let [at_once, daily] = &mailed(shop)[..] else { panic!("two") };
        assert!(at_once.text.contains(&first));
        assert!(daily.text.contains(&second) && !daily.text.contains(&first), "{}", daily.text);
    })
    .await;
}

#[tokio::test]
async fn a_link_switches_mail_off() {
    testing::shop(async |shop| {
        let (one, other) = (clerk(shop, "at_once").await, clerk(shop, "at_once").await);
        an_order(shop).await;
        round(shop).await;
        let mails = mailed(shop);
        let key = unsubscribe_key(mails.iter().find(|mail| mail.to == one.email()).unwrap());
        let asked = notifications::unsubscription(shop, &key).await.unwrap();
        assert_eq!((asked.mail, asked.is_off), (MailKind::AtOnce(NotificationKind::NewOrder), false));
        for _ in 0..2 {
            notifications::unsubscribe(shop, &key).await.unwrap();
        }
        assert!(notifications::unsubscription(shop, &key).await.unwrap().is_off);
        let acts = "select count(*) from audit_logs where action = 'notification.preferences' and actor_id = $1";
        let acts: i64 = sqlx::query_scalar(acts).bind(one.id()).fetch_one(&shop.db).await.unwrap();
        assert_eq!(acts, 2, "the choice, and that it ended, once");
        an_order(shop).await;
        round(shop).await;
        let last = mailed(shop).split_off(2);
        assert_eq!(last.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [other.email()]);
        assert_eq!(unread(shop, &one).await, 2, "the bell goes on");

        // somebody else's, another kind's, cut, or made up
        let (user, rest) = key.split_once('.').unwrap();
        let signature = rest.split_once('.').unwrap().1;
        let others = other.id().0.simple();
        for wrong in [
            format!("{others}.{rest}"),
            format!("{user}.job_dead.{signature}"),
            format!("{user}.digest.{signature}"),
            key[..key.len() - 1].to_owned(),
            format!("{key}0"),
            format!("{key}.{key}"),
            String::new(),
            "é.é.é".to_owned(),
        ] {
            let refused = notifications::unsubscribe(shop, &wrong).await;
            assert!(matches!(refused, Err(Error::NotFound)), "{wrong}: {refused:?}");
            assert!(matches!(notifications::unsubscription(shop, &wrong).await, Err(Error::NotFound)), "{wrong}");
        }

        // who works here no more
        sqlx::query("update users set is_active = false where id = $1").bind(one.id()).execute(&shop.db).await.unwrap();
        assert!(matches!(notifications::unsubscribe(shop, &key).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn the_daily_link_switches_off_what_comes_daily() {
    testing::shop(async |shop| {
        let owner = shop.admin().await;
        an_order(shop).await;
        round(shop).await;
        shop.clock.advance(TimeDelta::days(1));
        an_order(shop).await;
        round(shop).await;
        let mail = mailed(shop).pop().unwrap();
        notifications::unsubscribe(shop, &unsubscribe_key(&mail)).await.unwrap();
        let now = notifications::preferences(shop, &owner).await.unwrap();
        let never = |kind| now.iter().any(|one| one.kind == kind && one.mail == notifications::Mailing::Never);
        assert!(never(NotificationKind::NewOrder) && never(NotificationKind::LowStock));
        assert!(!never(NotificationKind::JobDead), "what comes at once goes on");
        assert!(now.iter().all(|one| one.in_bell));
    })
    .await;
}

/// Fails for a mail that says something past `words/en.ftl`.
#[tokio::test]
async fn the_mails_speak_the_language_of_the_shop() {
    let mut shop = TestShop::open().await;
    shop.locale = Locale::Pseudo;
    clerk(&shop, "at_once").await;
    clerk(&shop, "daily").await;
    for _ in 0..22 {
        an_order(&shop).await;
    }
    round(&shop).await;
    shop.clock.advance(TimeDelta::days(1));
    an_order(&shop).await;
    round(&shop).await;
    let mails = mailed(&shop);
    assert!(mails.len() >= 3, "{}", mails.len());
    for mail in mails {
        let text: Vec<_> = mail.text.lines().map(|line| line.split("http").next().unwrap_or_default()).collect();
        let data = &["My shop", "hello@shop.example", "Staff-", "Staff", "http://localhost:3000/"];
        let found = [mail.subject.clone(), text.join("\n"), mail.html.clone()].map(|part| unsaid(&part, data));
        assert!(found.iter().all(|found| found.is_empty()), "{}: {found:#?}", mail.key);
    }
    shop.finish().await;
}
