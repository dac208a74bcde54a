//! A new account: asked for, confirmed by a link in a mail, and only then made.
//!
//! Whoever asks learns nothing of the address. The answer and the work until then are the same whether it has an
//! account or not; only the job looks, and writes to the owner of the one there is. Since nothing is made before the
//! link is opened, to sign in with the password just chosen tells nothing either, and nobody can take an address before
//! its owner comes.

use super::sealed::{KeptPhone, seal_asked, seal_phone};
use super::{Secret, links, password};
use crate::actors::{Actor, ActorKind, AsActor, Visitor};
use crate::address::Email;
use crate::events::{self, AccountEvent, Event};
use crate::id::{LinkId, UserId};
use crate::input::Raw;
use crate::jobs::{self, Job};
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, audit, email, said, secret_token, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long the link is good.
const OPEN: TimeDelta = TimeDelta::days(3);

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "firstName": "Ada", "lastName": "Byron", "email": "ada@example.org", "phone": "+44 114 496 0000",
    "password": "three quiet green boats",
}))]
pub struct Register {
    #[schema(value_type = String, max_length = 100, example = "Ada")]
    pub first_name: Raw,
    #[schema(value_type = String, max_length = 100, example = "Byron")]
    pub last_name: Raw,
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
    #[schema(example = "+44 114 496 0000")]
    pub phone: Raw,
    #[schema(min_length = 8, max_length = 128, example = "three quiet green boats")]
    pub password: Secret,
}

/// An account that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Where the link goes with which it is confirmed.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// Until when the link is good.
    pub confirm_until: DateTime<Utc>,
}

/// Asks for a customer's account: a mail with a link to confirm the address is on its way, or, if the address has an
/// account, one that says so. Further requests than five in a quarter of an hour for one address send nothing.
pub async fn register(shop: &Shop, visitor: &Visitor, input: Register) -> Result<Registration> {
    let mut faults = Invalid::default();
    let first_name = input.first_name.line("firstName", 100, &mut faults);
    let last_name = input.last_name.optional_line("lastName", 100, &mut faults);
    let phone = crate::address::phone(&input.phone, "phone", &mut faults);
    let email = faults.check("email", Email::to_write_to(&input.email.0));
    let own_words = [input.email.trimmed(), &first_name, &last_name];
    password::note(&input.password, "password", &own_words, &mut faults);
    faults.into_result()?;
    let Some(email) = email else { return Err(Error::invalid("email", said!("fault-required"))) };

    let now = shop.clock.now();
    if let Some(ip) = &visitor.origin.ip {
        throttle::attempt_now(shop, &Count::registrations(ip)).await?;
    }
    let password_hash = password::hash(&input.password).await?;

    let registration = LinkId::new();
    let sealed_phone = seal_asked(&shop.encryption_keys, registration, phone.as_deref())?;
    act!(shop, visitor, "registration.ask", |act| {
        match throttle::attempt(&mut act, &Count::mails(&email)).await {
            Ok(()) => {}
            Err(Error::TooMany { .. }) => return Ok(()),
            Err(e) => return Err(e),
        }
        sqlx::query!(
            "insert into registrations (id, email, password_hash, first_name, last_name, sealed_phone, created_at, expires_at)
             values ($1, $2::text::citext, $3, $4, $5, $6, $7, $8)",
            registration as _,
            email.as_str(),
            password_hash,
            first_name,
            last_name,
            sealed_phone,
            now,
            now + OPEN,
        )
        .execute(&mut *act)
        .await?;
        jobs::enqueue(&mut act, &Job::SendRegistration { registration })?;
        act.commit(()).await
    })?;
    Ok(Registration { email: email.to_string(), confirm_until: now + OPEN })
}

/// Mails the link that confirms an account, or tells the owner of the one there is that somebody asked for another.
pub async fn send(shop: &Shop, registration: LinkId) -> Result<()> {
    let asked = sqlx::query!(
        r#"select email::text as "email!", first_name from registrations where id = $1 and expires_at > $2"#,
        registration as _,
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(asked) = asked else { return Ok(()) };
    let owner = sqlx::query!("select first_name, is_active from users where email = $1::text::citext", asked.email)
        .fetch_optional(&shop.db)
        .await?;
    let page = |path: &str| shop.public_url.join(path).map_err(|e| Error::Internal(e.into()));
    let key = registration.to_string();
    if let Some(owner) = owner {
        if owner.is_active {
            let (login, reset) = (page("login")?, page("forgot-password")?);
            email::already_registered(shop, &key, &asked.email, &owner.first_name, &login, &reset).await?;
        }
        sqlx::query!("delete from registrations where id = $1", registration as _).execute(&shop.db).await?;
        return Ok(());
    }
    let token = secret_token();
    // one more for each try: if the mail left before the job was done again, its link still works
    sqlx::query!(
        "update registrations set token_hashes = array_append(token_hashes, $2) where id = $1",
        registration as _,
        &token_hash(&token)[..],
    )
    .execute(&shop.db)
    .await?;
    let mut link = page("verify-email")?;
    link.query_pairs_mut().append_pair("token", &token);
    let within = links::valid_for(OPEN, shop.locale);
    email::confirm_account(shop, &key, &asked.email, &asked.first_name, &link, &within).await
}

/// Makes the account that a link was mailed for, if it is one of these and still good: the end of the act that found
/// nothing else to do with the link.
pub(super) async fn confirm(mut act: Act<'_>, visitor: &Visitor, token: &str) -> Result<Option<UserId>> {
    let now = act.now;
    // of two at the same time, one gets it
    let asked = sqlx::query!(
        r#"delete from registrations
           where token_hashes @> array[$1::bytea] and expires_at > $2
           returning id as "id: LinkId", email::text as "email!", password_hash, first_name, last_name, phone, sealed_phone"#,
        &token_hash(token)[..],
        now,
    )
    .fetch_optional(&mut *act)
    .await?;
    let Some(asked) = asked else { return Ok(None) };
    let user = UserId::new();
    let keys = &act.shop.encryption_keys;
    let phone = KeptPhone { plain: asked.phone, sealed: asked.sealed_phone }.of_asked(keys, asked.id);
    let sealed_phone = seal_phone(keys, user, phone.as_deref())?;
    sqlx::query!(
        "insert into users
            (id, email, password_hash, first_name, last_name, sealed_phone, email_verified_at, password_changed_at, created_at,
             updated_at)
         values ($1, $2::text::citext, $3, $4, $5, $6, $7, $7, $7, $7)",
        user as _,
        asked.email,
        asked.password_hash,
        asked.first_name,
        asked.last_name,
        sealed_phone,
        now,
    )
    .execute(&mut *act)
    .await
    // by another link, or by those who work here
    .on_constraint("users_email_key", super::links::gone)?;
    // whatever else was asked for this address is answered
    sqlx::query!("delete from registrations where email = $1::text::citext", asked.email).execute(&mut *act).await?;
    let name = format!("{} {}", asked.first_name, asked.last_name).trim().to_owned();
    let who = Actor { kind: ActorKind::Customer, id: Some(user.0), name: name.clone(), ..visitor.actor() };
    let mut act = act;
    act.act_as(&who);
    let entry = audit::Entry { action: "user.register", entity_type: audit::Entity::User, entity_id: user.to_string() };
    audit::record(&mut act, entry, &(), &json!({ "email": asked.email, "name": name }))?;
    events::record(&mut act, &Event::AccountRegistered(AccountEvent { account_id: user }))?;
    act.commit(Some(user)).await
}
