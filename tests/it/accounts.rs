//! Accounts: registering, signing in, links in mails, devices, address books.

mod apps;
mod hostile;
mod knocking;
mod lasting;
mod links;
mod own;

use chrono::TimeDelta;
use serde_json::Value;
use shop::accounts::addresses::{self, AddressKind, SaveAddress};
use shop::accounts::profile::{self, ChangeEmail, ChangePassword, ProfileInput};
use shop::accounts::recovery::{self, RequestReset, ResetPassword};
use shop::accounts::tokens::{self, Tokens};
use shop::accounts::{AddressInput, Customer, Origin, Register, SignIn, TokenKeys, Visitor, devices};
use shop::accounts::{register, sign_in, sign_in_staff, sweep};
use shop::id::{LinkId, SessionId, UserId};
use shop::testing::{self, PASSWORD, TestShop};
use shop::{Error, Result};

fn credentials(email: &str, password: &str) -> SignIn {
    SignIn { email: email.into(), password: password.into() }
}

fn from(ip: &str) -> Visitor {
    Visitor { origin: Origin { ip: Some(ip.into()), ..Origin::default() }, ..Visitor::default() }
}

fn fields<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    match answer {
        Err(Error::Invalid(faults)) => faults.0.into_iter().map(|fault| fault.field.into_owned()).collect(),
        other => panic!("not refused as invalid: {other:?}"),
    }
}

fn is_refused<T: std::fmt::Debug>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Invalid(faults)) if faults.0.len() == 1 && faults.0[0].message == shop::accounts::refusal())
}

/// Waiting jobs of a kind, the oldest first.
async fn jobs(shop: &TestShop, kind: &str) -> Vec<Value> {
    sqlx::query_scalar(
        "select payload::jsonb from graphile_worker._private_jobs where payload->>'job' = $1 order by id",
    )
    .bind(kind)
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

async fn reset_token(shop: &TestShop, email: &str) -> String {
    recovery::send_reset(shop, LinkId::new(), email).await.unwrap();
    mailed_token(shop)
}

/// The secret in the link of the last mail.
fn mailed_token(shop: &TestShop) -> String {
    let mail = shop.mailer.kept().pop().expect("a mail was sent");
    let (_, rest) = mail.text.split_once("token=").expect("with a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// Opens a session, as the door does after signing in.
async fn session(shop: &TestShop, user: UserId, agent: &str) -> SessionId {
    let id = SessionId::new();
    let data = serde_json::json!({ "user": user, "session": id, "user_agent": agent, "ip": "203.0.113.7" });
    let hash = shop::token_hash(&id.to_string());
    let until = shop.clock.now() + TimeDelta::days(14);
    assert!(shop::accounts::sessions::create(shop, &hash, &data, until).await.unwrap());
    id
}

const PHONE: &str = "Anvil/1.0 (iPhone; iOS 18)";

/// An app, by what it calls itself.
fn app(agent: &str) -> Origin {
    Origin { ip: Some("203.0.113.7".into()), user_agent: Some(agent.into()), ..Origin::default() }
}

/// Signs the phone of somebody in.
async fn phone_of(shop: &TestShop, email: &str) -> Tokens {
    let visitor = Visitor { origin: app(PHONE), ..Visitor::default() };
    tokens::sign_in(shop, &visitor, credentials(email, PASSWORD), &"".into()).await.unwrap().tokens
}

/// Who asks with this access token.
async fn by(shop: &TestShop, tokens: &Tokens) -> Result<Customer> {
    let identity = tokens::authenticate(shop, &tokens.access_token, &app(PHONE)).await?;
    Ok(identity.customer)
}

async fn is_in(shop: &TestShop, tokens: &Tokens) -> bool {
    match by(shop, tokens).await {
        Ok(_) => true,
        Err(Error::Unauthenticated) => false,
        Err(e) => panic!("{e:?}"),
    }
}

async fn refreshed(shop: &TestShop, from: &Tokens) -> Result<Tokens> {
    tokens::refresh(shop, &from.refresh_token, &app(PHONE)).await
}

fn is_unknown<T: std::fmt::Debug>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Unauthenticated))
}

async fn actions(shop: &TestShop) -> Vec<String> {
    sqlx::query_scalar("select action from audit_logs order by id").fetch_all(&shop.db).await.unwrap()
}

fn lovelace(email: &str) -> Register {
    Register {
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        email: email.into(),
        phone: "+44 114 496 0000".into(),
        password: PASSWORD.into(),
    }
}

/// Does what the mail job of a registration does.
async fn send_registrations(shop: &TestShop) {
    shop::worker::run_pending(shop).await.unwrap();
}

#[tokio::test]
async fn an_account_comes_to_be_by_the_link_in_a_mail() {
    testing::shop(async |shop| {
        let guest = shop.guest();
        let asked = register(shop, &guest, lovelace(" Ada@Example.org")).await.unwrap();
        assert_eq!(asked.email, "Ada@example.org");
        let empty = Register { phone: "ring me".into(), password: "12345678".into(), ..Register::default() };
        let faults = fields(register(shop, &guest, empty).await);
        assert_eq!(faults, ["firstName", "phone", "email", "password"]);

        // until then there is none, and the right password says no more than a wrong one
        assert!(is_refused(&sign_in(shop, &guest, credentials("ada@example.org", PASSWORD)).await));
        send_registrations(shop).await;
        let link = mailed_token(shop);
        let stored: String = sqlx::query_scalar("select string_agg(r::text, '') from registrations r")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert!(!stored.contains(&link) && !stored.contains(PASSWORD));
        let user = recovery::verify_email(shop, &guest, &link).await.unwrap();
        assert!(matches!(recovery::verify_email(shop, &guest, &link).await, Err(Error::Gone(_))));

        let known = sign_in(shop, &guest, credentials("ada@EXAMPLE.org", PASSWORD)).await.unwrap();
        assert_eq!((known.user, known.name.as_str(), known.is_staff), (user, "Ada Lovelace", false));
        assert_eq!(actions(shop).await, ["user.register", "user.sign_in"]);
    })
    .await;
}

/// Fails where `register` looks at the accounts there are, or makes one: what the other hears, does and finds differs.
#[tokio::test]
async fn registering_tells_nothing_and_the_owner_hears_of_it() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let eve = from("203.0.113.9");
        let rows = async || -> (i64, i64, i64) {
            sqlx::query_as(
                "select (select count(*) from registrations), (select count(*) from graphile_worker._private_jobs),
                        (select count(*) from users)",
            )
            .fetch_one(&shop.db)
            .await
            .unwrap()
        };
        let before = rows().await;
        let known = register(shop, &eve, lovelace("ada@example.org")).await.unwrap();
        let after_known = rows().await;
        let unknown = register(shop, &eve, lovelace("eve@example.org")).await.unwrap();
        let after_unknown = rows().await;
        assert_eq!(known.confirm_until, unknown.confirm_until);
        assert_eq!((after_known.0 - before.0, after_known.1 - before.1, after_known.2 - before.2), (1, 1, 0));
        assert_eq!(
            (after_unknown.0 - after_known.0, after_unknown.1 - after_known.1, after_unknown.2 - after_known.2),
            (1, 1, 0)
        );
        // nor does the sign-in that may follow
        for email in ["ada@example.org", "eve@example.org"] {
            assert!(is_refused(&sign_in(shop, &eve, credentials(email, "another long secret")).await), "{email}");
        }
        assert!(is_refused(&sign_in(shop, &eve, credentials("eve@example.org", PASSWORD)).await));

        send_registrations(shop).await;
        let mails = shop.mailer.kept();
        let to = |email: &str| mails.iter().find(|mail| mail.to == email).expect("a mail was sent");
        assert!(to("ada@example.org").text.contains("tried to register with your address"));
        assert!(!to("ada@example.org").text.contains("token="));
        assert!(to("eve@example.org").text.contains("token="));
        assert_eq!(rows().await.0, before.0 + 1, "what cannot become an account is not kept");
    })
    .await;
}

/// Whoever asks first for an address of somebody else does not choose the password: each link has the one it was asked
/// with.
#[tokio::test]
async fn nobody_takes_an_address_before_its_owner_comes() {
    testing::shop(async |shop| {
        let (eve, ada) = (from("203.0.113.9"), shop.guest());
        let eves = Register { password: "a secret of eve alone".into(), ..lovelace("ada@example.org") };
        register(shop, &eve, eves).await.unwrap();
        send_registrations(shop).await;
        register(shop, &ada, lovelace("ada@example.org")).await.unwrap();
        send_registrations(shop).await;
        let own = mailed_token(shop);
        recovery::verify_email(shop, &ada, &own).await.unwrap();
        assert!(sign_in(shop, &ada, credentials("ada@example.org", PASSWORD)).await.is_ok());
        let eves = sign_in(shop, &eve, credentials("ada@example.org", "a secret of eve alone")).await;
        assert!(is_refused(&eves));
        let left: i64 = sqlx::query_scalar("select count(*) from registrations").fetch_one(&shop.db).await.unwrap();
        assert_eq!(left, 0, "the other link is good for nothing");
    })
    .await;
}

#[tokio::test]
async fn a_link_to_confirm_is_good_for_three_days_and_mails_are_few() {
    testing::shop(async |shop| {
        let guest = shop.guest();
        register(shop, &guest, lovelace("ada@example.org")).await.unwrap();
        send_registrations(shop).await;
        let link = mailed_token(shop);
        shop.clock.advance(TimeDelta::days(3));
        assert!(matches!(recovery::verify_email(shop, &guest, &link).await, Err(Error::Gone(_))));
        assert!(sweep(shop).await.unwrap() >= 1);
        for _ in 0..8 {
            register(shop, &guest, lovelace("ada@example.org")).await.unwrap();
        }
        send_registrations(shop).await;
        assert_eq!(shop.mailer.kept().len(), 1 + 5, "five in a quarter of an hour, and the answer is the same");
    })
    .await;
}

#[tokio::test]
async fn one_sentence_refuses_all_who_may_not_enter() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        shop.customer("closed@example.org").await;
        sqlx::query("update users set is_active = false where email = 'closed@example.org'")
            .execute(&shop.db)
            .await
            .unwrap();
        let guest = shop.guest();
        for (email, password) in
            [("ada@example.org", "wrong password"), ("nobody@example.org", PASSWORD), ("closed@example.org", PASSWORD)]
        {
            assert!(is_refused(&sign_in(shop, &guest, credentials(email, password)).await), "{email}");
        }
        assert!(is_refused(&sign_in_staff(shop, &guest, credentials("ada@example.org", PASSWORD)).await));
        let admin = shop.admin().await;
        let entered = sign_in_staff(shop, &guest, credentials(admin.email(), PASSWORD)).await.unwrap();
        assert!(entered.is_staff);
        assert_eq!(sign_in(shop, &guest, credentials("ada@example.org", PASSWORD)).await.unwrap().user, ada.id());
        assert!(profile::get(shop, &ada).await.unwrap().last_login_at.is_some());
    })
    .await;
}

/// Fails (with more than ten comparisons) when attempts are counted after the comparison instead of before: checked.
#[tokio::test]
async fn of_fifty_wrong_passwords_at_once_ten_are_compared() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let guest = shop.guest();
        let wrong = || Box::pin(sign_in(shop, &guest, credentials("ada@example.org", "wrong password")));
        let answers = futures::future::join_all((0..50).map(|_| wrong())).await;
        let compared = answers.iter().filter(|answer| is_refused(answer)).count();
        let paused = answers.iter().filter(|answer| matches!(answer, Err(Error::TooMany { .. }))).count();
        assert_eq!((compared, paused), (10, 40));
        // the right password waits as well
        let right = || sign_in(shop, &guest, credentials("ada@example.org", PASSWORD));
        let Err(Error::TooMany { retry_after }) = right().await else { panic!("is not paused") };
        assert_eq!(retry_after.as_secs(), 15 * 60);
        assert_eq!(actions(shop).await, ["user.sign_in_throttled"], "written down once");
        shop.clock.advance(TimeDelta::minutes(15));
        right().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_unknown_account_pauses_like_a_known_one() {
    testing::shop(async |shop| {
        for n in 0..11 {
            let answer = sign_in(shop, &shop.guest(), credentials("nobody@example.org", "wrong password")).await;
            assert_eq!(is_refused(&answer), n < 10, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_right_password_forgets_the_wrong_ones() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        for _ in 0..3 {
            for _ in 0..9 {
                let wrong = sign_in(shop, &shop.guest(), credentials("ada@example.org", "wrong password")).await;
                assert!(is_refused(&wrong));
            }
            sign_in(shop, &shop.guest(), credentials("ada@example.org", PASSWORD)).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn one_address_tries_thirty_accounts_and_no_more() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let network = from("2001:db8::1");
        for _ in 0..3 {
            sign_in(shop, &network, credentials("ada@example.org", PASSWORD)).await.unwrap();
        }
        for n in 0..30 {
            let wrong = credentials(&format!("nobody-{n}@example.org"), "wrong password");
            assert!(is_refused(&sign_in(shop, &network, wrong).await), "{n}");
        }
        // another address of the same home is no way round
        let neighbour = sign_in(shop, &from("2001:db8::2"), credentials("ada@example.org", PASSWORD)).await;
        assert!(matches!(neighbour, Err(Error::TooMany { .. })));
        sign_in(shop, &from("203.0.113.9"), credentials("ada@example.org", PASSWORD)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_old_hash_is_renewed_at_sign_in() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        // of PASSWORD, with 64 KiB and one pass
        let weak = testing::weak_hash(PASSWORD);
        sqlx::query("update users set password_hash = $1").bind(&weak).execute(&shop.db).await.unwrap();
        for _ in 0..2 {
            sign_in(shop, &shop.guest(), credentials("ada@example.org", PASSWORD)).await.unwrap();
            let kept: String = sqlx::query_scalar("select password_hash from users").fetch_one(&shop.db).await.unwrap();
            assert!(kept.contains("m=19456,t=2,p=1"), "{kept}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_swept() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        session(shop, ada.id(), "").await;
        reset_token(shop, "ada@example.org").await;
        let _ = sign_in(shop, &shop.guest(), credentials("ada@example.org", "wrong password")).await;
        assert_eq!(sweep(shop).await.unwrap(), 0);
        shop.clock.advance(TimeDelta::days(60));
        assert_eq!(sweep(shop).await.unwrap(), 4);
    })
    .await;
}

/// A domain is one however it is typed, and what nobody sees is no part of an address.
#[tokio::test]
async fn spellings_of_an_address_are_one_account() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@xn--bcher-kva.example").await;
        for typed in ["ada@xn--bcher-kva.example", "ADA@BÜCHER.example", "ada@bu\u{308}cher.example\u{200b}"] {
            // one name is enough: many people have no other
            let asked = Register { last_name: "".into(), ..lovelace(typed) };
            let asked = register(shop, &shop.guest(), asked).await.unwrap();
            assert_eq!(asked.email.to_lowercase(), "ada@xn--bcher-kva.example", "{typed:?}");
            let entered = sign_in(shop, &shop.guest(), credentials(typed, PASSWORD)).await.unwrap();
            assert_eq!(entered.user, ada.id(), "{typed:?}");
        }
        let out_of_reach = lovelace("münchen@example.org");
        assert_eq!(fields(register(shop, &shop.guest(), out_of_reach).await), ["email"]);
    })
    .await;
}

/// Accounts made before domains were kept in ASCII. Fails without `keep_in_ascii` in `migrate`.
#[tokio::test]
async fn an_account_of_an_earlier_spelling_is_found() {
    testing::shop(async |shop| {
        let keep = async |who: &str, email: &str| {
            sqlx::query("update users set email = $2::text::citext where email = $1::text::citext")
                .bind(who)
                .bind(email)
                .execute(&shop.db)
                .await
                .unwrap();
        };
        shop.customer("ada@example.org").await;
        shop.customer("eve@example.org").await;
        shop.customer("eve2@example.org").await;
        keep("ada@example.org", "ada@bücher.example").await;
        keep("eve@example.org", "eve@bücher.example").await;
        keep("eve2@example.org", "eve@xn--bcher-kva.example").await;
        shop::migrate(&shop.db, &shop.encryption_keys).await.unwrap();
        for typed in ["ada@bücher.example", "ada@xn--bcher-kva.example", "eve@bücher.example"] {
            sign_in(shop, &shop.guest(), credentials(typed, PASSWORD)).await.unwrap();
        }
    })
    .await;
}
