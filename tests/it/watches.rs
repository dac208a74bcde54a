//! Watches: confirmed before anything is told, first come first served, once, and ended by a link.

use chrono::TimeDelta;
use shop::accounts::{Origin, Permission, System, Visitor, customers};
use shop::email::Mail;
use shop::id::WatchId;
use shop::inventory::{self, AdjustStock, LevelFilter, LevelQuery, LevelSort, ReceiveStock};
use shop::settings::{self, SettingsInput};
use shop::testing::{self, TestProduct, TestShop};
use shop::watches::{self, AskForWatch, AskedForWatch, WatchKind, WatchStatus};
use shop::{Error, Paging, Result};
use std::collections::BTreeSet;

const BACK: WatchKind = WatchKind::BackInStock;
const PRICE: WatchKind = WatchKind::PriceDrop;

async fn ask(
    shop: &TestShop,
    visitor: &Visitor,
    kind: WatchKind,
    what: &TestProduct,
    email: &str,
) -> Result<AskedForWatch> {
    let wanted =
        AskForWatch { kind: kind.word().into(), variant_id: what.variant.to_string().into(), email: email.into() };
    watches::ask(shop, visitor, wanted).await
}

fn from(ip: &str) -> Visitor {
    Visitor { origin: Origin { ip: Some(ip.into()), ..Origin::default() }, ..Visitor::default() }
}

fn last_to(shop: &TestShop, email: &str) -> Mail {
    shop.mailer.kept().into_iter().rfind(|mail| mail.to == email).unwrap_or_else(|| panic!("no mail to {email}"))
}

fn token(mail: &Mail) -> String {
    let (_, link) = mail.text.split_once("token=").unwrap_or_else(|| panic!("no link in {}", mail.text));
    link.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// Somebody without an account who confirmed the address.
async fn waits(shop: &TestShop, kind: WatchKind, what: &TestProduct, email: &str) {
    ask(shop, &shop.guest(), kind, what, email).await.unwrap();
    shop.work().await;
    watches::confirm(shop, &shop.guest(), &token(&last_to(shop, email))).await.unwrap();
    // so that it is plain who was first
    shop.clock.advance(TimeDelta::seconds(1));
}

async fn receive(shop: &TestShop, what: &TestProduct, pieces: i32) {
    let goods = ReceiveStock { quantity: pieces.to_string().into(), ..ReceiveStock::default() };
    inventory::receive_goods(shop, &System, what.variant, goods).await.unwrap();
}

async fn costs(shop: &TestShop, what: &TestProduct, minor: i64) {
    sqlx::query("update variants set price = $2 where id = $1")
        .bind(what.variant)
        .bind(minor)
        .execute(&shop.db)
        .await
        .unwrap();
}

/// To whom a mail with this in its subject went, in the order in which they asked.
fn told(shop: &TestShop, subject: &str) -> Vec<String> {
    let mut to: Vec<_> =
        shop.mailer.kept().into_iter().filter(|mail| mail.subject.contains(subject)).map(|mail| mail.to).collect();
    to.sort();
    to
}

async fn round(shop: &TestShop) -> usize {
    let told = watches::tell(shop).await.unwrap();
    shop.work().await;
    told
}

/// Fails without the status in the statements of `tell`; the database's `watches_confirmed_check` refuses it, too.
#[tokio::test]
async fn nothing_is_told_before_the_address_is_confirmed() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").slug("claw-hammer").priced(18_50).stock(0).await;
        let asked = ask(shop, &shop.guest(), BACK, &hammer, "ada@example.org").await.unwrap();
        assert_eq!((asked.id, asked.status), (None, WatchStatus::Pending));
        assert_eq!(asked.confirm_until, Some(shop.clock.now() + TimeDelta::days(7)));
        ask(shop, &shop.guest(), PRICE, &hammer, "ada@example.org").await.unwrap();
        shop.work().await;
        let mail = last_to(shop, "ada@example.org");
        assert!(mail.subject.contains("Shall we write to you about Claw hammer?"), "{}", mail.subject);
        assert!(mail.text.contains("/watches/confirm?token="), "{}", mail.text);
        let unsubscribe = mail.unsubscribe.as_ref().unwrap();
        assert_eq!(unsubscribe.path(), "/watches/one-click");

        receive(shop, &hammer, 5).await;
        costs(shop, &hammer, 10_00).await;
        assert_eq!(round(shop).await, 0);
        // too late, and then in time
        let first = shop.mailer.kept().into_iter().find(|mail| mail.text.contains("back in stock")).unwrap();
        shop.clock.advance(TimeDelta::days(7));
        let late = watches::confirm(shop, &shop.guest(), &token(&first)).await;
        assert!(matches!(late, Err(Error::Gone(_))), "{late:?}");
        shop.clock.advance(TimeDelta::days(-1));
        let confirmed = watches::confirm(shop, &shop.guest(), &token(&first)).await.unwrap();
        assert_eq!((confirmed.status, confirmed.name.as_str()), (WatchStatus::Active, "Claw hammer"));
        assert_eq!(watches::confirm(shop, &shop.guest(), &token(&first)).await.unwrap(), confirmed, "twice is once");
        assert_eq!(round(shop).await, 1, "the one that was confirmed");
        assert_eq!(told(shop, "is back in stock"), ["ada@example.org"]);
        let mail = last_to(shop, "ada@example.org");
        for words in ["Claw hammer", "/products/claw-hammer?sku=", "/watches/unsubscribe?token="] {
            assert!(mail.text.contains(words) && mail.html.contains(words), "{words}: {}", mail.text);
        }
        assert!(mail.text.contains("£10.00"), "as it is now: {}", mail.text);
    })
    .await;
}

/// Fails without the count of those who were told within the hour, and without the order of confirming.
#[tokio::test]
async fn no_more_are_told_than_there_are_pieces_and_the_first_first() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(0).await;
        let all = ["e@x.test", "d@x.test", "c@x.test", "b@x.test", "a@x.test", "z@x.test"];
        for email in all {
            waits(shop, BACK, &hammer, email).await;
        }
        receive(shop, &hammer, 2).await;
        assert_eq!(round(shop).await, 2);
        assert_eq!(told(shop, "back in stock"), ["d@x.test", "e@x.test"]);
        assert_eq!(round(shop).await, 0, "the pieces are theirs for an hour");
        receive(shop, &hammer, 1).await;
        assert_eq!(round(shop).await, 1, "of what came in");
        assert_eq!(told(shop, "back in stock"), ["c@x.test", "d@x.test", "e@x.test"]);
        // one is sold, two are left when the hour is over
        shop.take_money(shop.order_of(&hammer, 1).await.order).await;
        shop.clock.advance(TimeDelta::minutes(59));
        assert_eq!(round(shop).await, 0);
        shop.clock.advance(TimeDelta::minutes(1));
        assert_eq!(round(shop).await, 2);
        assert_eq!(told(shop, "back in stock"), ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test"]);
        shop.take_money(shop.order_of(&hammer, 2).await.order).await;
        shop.clock.advance(TimeDelta::hours(2));
        assert_eq!(round(shop).await, 0, "sold out");
        // what is given back by a cancelled order, or found by a count, is there as well
        let found = AdjustStock { change: "1".into(), reason: "Found".into(), ..AdjustStock::default() };
        inventory::adjust_level(shop, &System, hammer.variant, found).await.unwrap();
        assert_eq!(round(shop).await, 1);
        assert_eq!(told(shop, "back in stock").len(), 6);
    })
    .await;
}

/// Fails without the lock of `tell`, and without the key of the mail.
#[tokio::test]
async fn nobody_is_told_twice_by_rounds_at_once_or_jobs_again() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(0).await;
        for n in 0..8 {
            waits(shop, BACK, &hammer, &format!("w{n}@x.test")).await;
        }
        let (_, _, a, b, c, d) = tokio::join!(
            receive(shop, &hammer, 2),
            receive(shop, &hammer, 3),
            watches::tell(shop),
            watches::tell(shop),
            watches::tell(shop),
            watches::tell(shop)
        );
        let at_once = a.unwrap() + b.unwrap() + c.unwrap() + d.unwrap();
        let after = watches::tell(shop).await.unwrap();
        assert_eq!(at_once + after, 5, "as many as there are pieces");
        shop.work().await;
        assert_eq!(told(shop, "back in stock"), (0..5).map(|n| format!("w{n}@x.test")).collect::<Vec<_>>());
        let ids: Vec<WatchId> =
            sqlx::query_scalar("select id from watches where status = 'told'").fetch_all(&shop.db).await.unwrap();
        for id in ids {
            watches::send_back_in_stock(shop, id).await.unwrap();
        }
        assert_eq!(told(shop, "back in stock").len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_price_is_told_when_it_is_lower_than_what_was_seen_last() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(5).await;
        waits(shop, PRICE, &hammer, "ada@example.org").await;
        assert_eq!(round(shop).await, 0);
        costs(shop, &hammer, 25_00).await;
        assert_eq!(round(shop).await, 0, "up");
        costs(shop, &hammer, 20_00).await;
        assert_eq!(round(shop).await, 0, "down to what was seen");
        costs(shop, &hammer, 15_00).await;
        assert_eq!(round(shop).await, 1);
        assert_eq!(round(shop).await, 0, "once for each drop");
        let mail = last_to(shop, "ada@example.org");
        assert!(mail.text.contains("£15.00 instead of £20.00"), "{}", mail.text);
        costs(shop, &hammer, 12_00).await;
        shop.clock.advance(TimeDelta::hours(23));
        assert_eq!(round(shop).await, 0, "one a day");
        shop.clock.advance(TimeDelta::hours(1));
        assert_eq!(round(shop).await, 1);
        assert!(last_to(shop, "ada@example.org").text.contains("£12.00 instead of £15.00"));
        shop.clock.advance(TimeDelta::days(3));
        costs(shop, &hammer, 18_00).await;
        assert_eq!(round(shop).await, 0);
        costs(shop, &hammer, 12_00).await;
        assert_eq!(round(shop).await, 0, "told before");
        let id: WatchId = sqlx::query_scalar("select id from watches").fetch_one(&shop.db).await.unwrap();
        watches::send_price_drop(shop, id).await.unwrap();
        assert_eq!(told(shop, "costs less").len(), 2, "a job that runs again sends nothing");
    })
    .await;
}

#[tokio::test]
async fn what_nobody_can_buy_tells_nobody() {
    testing::shop(async |shop| {
        let keeper = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let shelf = shop.category("Tools").await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).in_category(&shelf).await;
        waits(shop, BACK, &hammer, "ada@example.org").await;
        waits(shop, PRICE, &hammer, "ada@example.org").await;
        costs(shop, &hammer, 10_00).await;
        assert_eq!(round(shop).await, 0, "sold out");
        receive(shop, &hammer, 5).await;
        for (off, on) in [
            ("update products set status = 'draft'", "update products set status = 'published'"),
            ("update products set status = 'archived'", "update products set status = 'published'"),
            ("update variants set is_active = false", "update variants set is_active = true"),
            ("update categories set is_active = false", "update categories set is_active = true"),
        ] {
            sqlx::query(off).execute(&shop.db).await.unwrap();
            assert_eq!(round(shop).await, 0, "{off}");
            let asked = ask(shop, &shop.guest(), PRICE, &hammer, "bob@example.org").await;
            assert!(matches!(asked, Err(Error::NotFound)), "{off}: {asked:?}");
            sqlx::query(on).execute(&shop.db).await.unwrap();
        }
        let save = async |back: &str, price: &str| {
            let now = settings::for_staff(shop, &keeper).await.unwrap();
            let input = SettingsInput {
                watch_back_in_stock: back.into(),
                watch_price_drop: price.into(),
                ..SettingsInput::from(&now)
            };
            settings::save(shop, &keeper, input).await.unwrap();
            shop.cache.forget();
        };
        save("", "").await;
        assert_eq!(round(shop).await, 0, "the owner does not want it");
        let asked = ask(shop, &shop.guest(), PRICE, &hammer, "bob@example.org").await;
        assert!(matches!(asked, Err(Error::Conflict { code: "watch_off", .. })), "{asked:?}");
        save("", "on").await;
        assert_eq!((round(shop).await, told(shop, "costs less").len()), (1, 1));
        save("on", "on").await;
        assert_eq!((round(shop).await, told(shop, "back in stock").len()), (1, 1));
        let asked = ask(shop, &shop.guest(), BACK, &hammer, "bob@example.org").await;
        assert!(matches!(asked, Err(Error::Conflict { code: "in_stock", .. })), "{asked:?}");
    })
    .await;
}

/// What went off the shelf between the round and the mail is told of no more either.
#[tokio::test]
async fn a_mail_that_was_not_sent_yet_is_not_sent_of_what_was_taken_away() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).await;
        waits(shop, BACK, &hammer, "ada@example.org").await;
        receive(shop, &hammer, 1).await;
        assert_eq!(watches::tell(shop).await.unwrap(), 1);
        sqlx::query("update products set status = 'archived'").execute(&shop.db).await.unwrap();
        shop.work().await;
        assert!(told(shop, "back in stock").is_empty());
    })
    .await;
}

/// Fails where a token is not looked for by its hash, and where ending asks who is signed in.
#[tokio::test]
async fn a_link_ends_it_without_signing_in() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(5).await;
        let rasp = shop.product("Rasp").priced(9_00).stock(0).await;
        waits(shop, PRICE, &hammer, "ada@example.org").await;
        waits(shop, BACK, &rasp, "ada@example.org").await;
        waits(shop, BACK, &rasp, "bob@example.org").await;
        costs(shop, &hammer, 15_00).await;
        round(shop).await;
        let mail = last_to(shop, "ada@example.org");
        let link = token(&mail);
        let (_, posted) = mail.unsubscribe.as_ref().unwrap().query_pairs().next().unwrap();
        assert_eq!(posted, link, "both links of a mail have one secret");
        let tampered = format!("{}{}", &link[..link.len() - 1], if link.ends_with('0') { '1' } else { '0' });
        for wrong in [tampered.as_str(), "", "x"] {
            assert!(matches!(watches::end(shop, wrong).await, Err(Error::Gone(_))), "{wrong}");
            assert!(matches!(watches::end_all(shop, wrong).await, Err(Error::Gone(_))), "{wrong}");
            assert!(matches!(watches::of_link(shop, wrong).await, Err(Error::Gone(_))), "{wrong}");
            assert!(matches!(watches::confirm(shop, &shop.guest(), wrong).await, Err(Error::Gone(_))), "{wrong}");
        }
        let of_link = watches::of_link(shop, &link).await.unwrap();
        assert_eq!((of_link.status, of_link.others), (WatchStatus::Active, 1));
        watches::end(shop, &link).await.unwrap();
        watches::end(shop, &link).await.unwrap();
        assert_eq!(watches::of_link(shop, &link).await.unwrap().status, WatchStatus::Ended);
        assert!(watches::confirm(shop, &shop.guest(), &link).await.is_err(), "what was ended does not come back");
        costs(shop, &hammer, 10_00).await;
        shop.clock.advance(TimeDelta::days(2));
        assert_eq!(round(shop).await, 0);

        assert_eq!(watches::end_all(shop, &link).await.unwrap(), 1);
        receive(shop, &rasp, 5).await;
        assert_eq!(round(shop).await, 1);
        assert_eq!(told(shop, "Rasp is back"), ["bob@example.org"], "others go on");
    })
    .await;
}

/// Fails without the throttles of `ask`.
#[tokio::test]
async fn strangers_get_few_mails_and_nothing_is_learnt_of_them() {
    testing::shop(async |shop| {
        let goods = [
            shop.product("Claw hammer").stock(0).await,
            shop.product("Rasp").stock(0).await,
            shop.product("Saw").stock(0).await,
        ];
        waits(shop, BACK, &goods[0], "ada@example.org").await;
        let known = ask(shop, &from("203.0.113.7"), BACK, &goods[0], "ada@example.org").await.unwrap();
        let unknown = ask(shop, &from("203.0.113.7"), BACK, &goods[0], "eve@example.org").await.unwrap();
        assert_eq!(AskedForWatch { email: unknown.email.clone(), ..known.clone() }, unknown);
        shop.work().await;
        assert_eq!(
            shop.count("select count(*) from emails where recipient = 'ada@example.org'").await,
            1,
            "none of it"
        );

        for n in 0..9 {
            let asked = ask(shop, &from("203.0.113.8"), BACK, &goods[n % 3], "eve@example.org").await.unwrap();
            assert_eq!(asked.status, WatchStatus::Pending);
        }
        shop.work().await;
        assert_eq!(shop.count("select count(*) from emails where recipient = 'eve@example.org'").await, 5);
        shop.clock.advance(TimeDelta::hours(1));
        ask(shop, &from("203.0.113.8"), BACK, &goods[1], "eve@example.org").await.unwrap();
        shop.work().await;
        assert_eq!(shop.count("select count(*) from emails where recipient = 'eve@example.org'").await, 6);

        let mut refused = 0;
        for n in 0..40 {
            let asked = ask(shop, &from("2001:db8::7"), BACK, &goods[0], &format!("s{n}@example.org")).await;
            refused += i32::from(matches!(asked, Err(Error::TooMany { .. })));
        }
        assert_eq!(refused, 10, "thirty an hour from one network");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_proved_the_address_needs_no_mail() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).await;
        let ada = shop.customer("ada@example.org").await;
        let visitor = shop.visitor_of(&ada);
        let other = ask(shop, &visitor, BACK, &hammer, "eve@example.org").await.unwrap();
        assert_eq!(other.status, WatchStatus::Pending, "somebody else's");
        shop.work().await;
        let asked = ask(shop, &visitor, BACK, &hammer, "").await.unwrap();
        assert_eq!((asked.status, asked.email.as_str()), (WatchStatus::Active, "ada@example.org"));
        assert_eq!(ask(shop, &visitor, BACK, &hammer, "Ada@Example.org").await.unwrap().id, asked.id, "one is enough");
        ask(shop, &visitor, PRICE, &hammer, "").await.unwrap();
        shop.work().await;
        assert_eq!(shop.subjects().len(), 1, "to the other address only");

        // what a guest asked for with the address is hers as well; eve's is not
        let rasp = shop.product("Rasp").stock(0).await;
        ask(shop, &shop.guest(), BACK, &rasp, "ada@example.org").await.unwrap();
        let mine = watches::mine(shop, &ada, Paging::new(1, 20)).await.unwrap();
        let names: Vec<_> = mine.items.iter().map(|w| (w.name.as_str(), w.kind, w.status)).collect();
        assert_eq!(names.len(), 3);
        assert_eq!(mine.total, 3);
        assert!(names.contains(&("Rasp", BACK, WatchStatus::Pending)), "{names:?}");
        assert_eq!(watches::mine(shop, &ada, Paging::new(2, 2)).await.unwrap().items.len(), 1);

        let eve = shop.customer("eve@example.org").await;
        let not_hers = watches::end_mine(shop, &eve, asked.id.unwrap()).await;
        assert!(matches!(not_hers, Err(Error::NotFound)), "{not_hers:?}");
        watches::end_mine(shop, &ada, asked.id.unwrap()).await.unwrap();
        assert!(watches::end_mine(shop, &ada, asked.id.unwrap()).await.is_err());
        receive(shop, &hammer, 3).await;
        assert_eq!(round(shop).await, 0);
    })
    .await;
}

/// An account that has not proved its address confirms as a guest does.
#[tokio::test]
async fn an_account_without_a_verified_address_confirms() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(0).await;
        let ada = shop.customer("ada@example.org").await;
        sqlx::query("update users set email_verified_at = null").execute(&shop.db).await.unwrap();
        let asked = ask(shop, &shop.visitor_of(&ada), BACK, &hammer, "").await.unwrap();
        assert_eq!(asked.status, WatchStatus::Pending);
        receive(shop, &hammer, 1).await;
        assert_eq!(round(shop).await, 0);
        assert_eq!(watches::mine(shop, &ada, Paging::new(1, 20)).await.unwrap().total, 1);
    })
    .await;
}

#[tokio::test]
async fn a_watch_goes_with_its_account() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).await;
        let desk = shop.staff(&[Permission::CustomersRead, Permission::CustomersWrite]).await;
        let ada = shop.customer("ada@example.org").await;
        ask(shop, &shop.visitor_of(&ada), BACK, &hammer, "").await.unwrap();
        receive(shop, &hammer, 1).await;
        customers::set_active(shop, &desk, ada.id(), false).await.unwrap();
        assert_eq!(round(shop).await, 0, "closed");
        sqlx::query("delete from users where id = $1").bind(ada.id()).execute(&shop.db).await.unwrap();
        assert_eq!(shop.count("select count(*) from watches").await, 0);
    })
    .await;
}

/// Mail goes to the address of now once it is verified, and one account watches a thing once.
#[tokio::test]
async fn a_watch_follows_its_account_to_another_address() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).await;
        let ada = shop.customer("ada@example.org").await;
        ask(shop, &shop.visitor_of(&ada), BACK, &hammer, "").await.unwrap();
        sqlx::query("update users set email = 'byron@example.org' where id = $1")
            .bind(ada.id())
            .execute(&shop.db)
            .await
            .unwrap();
        let ada = shop.identity("byron@example.org").await.customer;
        ask(shop, &shop.visitor_of(&ada), BACK, &hammer, "").await.unwrap();
        receive(shop, &hammer, 5).await;
        assert_eq!(round(shop).await, 1);
        assert_eq!(told(shop, "back in stock"), ["byron@example.org"]);
    })
    .await;
}

/// Fails where a guest's request changes a watch that was confirmed.
#[tokio::test]
async fn asking_again_changes_nothing_of_what_was_confirmed() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(5).await;
        waits(shop, PRICE, &hammer, "ada@example.org").await;
        costs(shop, &hammer, 15_00).await;
        ask(shop, &shop.guest(), PRICE, &hammer, "ada@example.org").await.unwrap();
        assert_eq!(round(shop).await, 1, "lower than what she saw");
        let rows: BTreeSet<(String, i64)> = sqlx::query_as("select status, price_seen from watches")
            .fetch_all(&shop.db)
            .await
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(rows, BTreeSet::from([("active".to_owned(), 15_00)]));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(20_00).stock(0).await;
        waits(shop, BACK, &hammer, "told@example.org").await;
        waits(shop, PRICE, &hammer, "active@example.org").await;
        waits(shop, PRICE, &hammer, "ended@example.org").await;
        watches::end(shop, &token(&last_to(shop, "ended@example.org"))).await.unwrap();
        ask(shop, &shop.guest(), PRICE, &hammer, "pending@example.org").await.unwrap();
        receive(shop, &hammer, 1).await;
        round(shop).await;
        let left = async || -> Vec<String> {
            sqlx::query_scalar("select email::text from watches order by email").fetch_all(&shop.db).await.unwrap()
        };
        assert_eq!(watches::sweep(shop).await.unwrap(), 0);
        shop.clock.advance(TimeDelta::days(7));
        assert_eq!(watches::sweep(shop).await.unwrap(), 2);
        assert_eq!(left().await, ["active@example.org", "told@example.org"]);
        shop.clock.advance(TimeDelta::days(82));
        assert_eq!(watches::sweep(shop).await.unwrap(), 0);
        shop.clock.advance(TimeDelta::days(1));
        assert_eq!(watches::sweep(shop).await.unwrap(), 1);
        assert_eq!(left().await, ["active@example.org"]);
    })
    .await;
}

#[tokio::test]
async fn staff_see_what_is_waited_for_most() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::InventoryRead]).await;
        let hammer = shop.product("Claw hammer").sku("HAM-1").stock(0).await;
        let rasp = shop.product("Rasp").sku("RAS-1").stock(0).await;
        shop.product("Saw").sku("SAW-1").stock(0).await;
        waits(shop, BACK, &hammer, "a@x.test").await;
        waits(shop, BACK, &rasp, "a@x.test").await;
        waits(shop, BACK, &rasp, "b@x.test").await;
        waits(shop, PRICE, &rasp, "c@x.test").await;
        ask(shop, &shop.guest(), BACK, &hammer, "unconfirmed@x.test").await.unwrap();
        let query = LevelQuery { filter: LevelFilter::Watched, sort: LevelSort::MostWatched, ..LevelQuery::default() };
        let levels = inventory::levels(shop, &clerk, &query).await.unwrap();
        let rows: Vec<_> = levels.items.iter().map(|row| (row.sku.as_str(), row.watchers)).collect();
        assert_eq!((rows, levels.total), (vec![("RAS-1", 2), ("HAM-1", 1)], 2));
        let of_rasp = inventory::movements_of(shop, &clerk, rasp.variant, Paging::new(1, 5)).await.unwrap();
        assert_eq!((of_rasp.watchers, of_rasp.price_watchers), (2, 1));
    })
    .await;
}

/// What answers an order is no list to unsubscribe from.
#[tokio::test]
async fn mail_about_orders_has_nothing_to_unsubscribe_from() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(5).await;
        let order = shop.order_of(&hammer, 1).await.order;
        shop.take_money(order).await;
        shop.work().await;
        let mails = shop.mailer.kept();
        assert!(!mails.is_empty() && mails.iter().all(|mail| mail.unsubscribe.is_none()));
    })
    .await;
}
