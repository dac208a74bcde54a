//! A new account.

use super::sign_in::SignedIn;
use super::throttle::{self, Count};
use super::{Email, Secret, Visitor, password};
use crate::id::{LinkId, SessionId, UserId};
use crate::input::Raw;
use crate::jobs::{self, Job};
use crate::{Error, Invalid, OnConstraint, Result, Shop, audit, cart};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Postgres, Transaction};

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Register {
    #[schema(value_type = String, max_length = 100, example = "Ada")]
    pub first_name: Raw,
    #[schema(value_type = String, max_length = 100, example = "Byron")]
    pub last_name: Raw,
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
    #[schema(example = "+44 114 496 0000")]
    pub phone: Raw,
    #[schema(min_length = 8, max_length = 128, example = "hammer and tongs")]
    pub password: Secret,
}

/// Makes a customer's account and signs in to it. The address is verified by a link in a mail.
pub async fn register(shop: &Shop, visitor: &Visitor, input: Register) -> Result<SignedIn> {
    let (tx, signed_in) = enter(shop, visitor, input).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Makes the account. The caller commits, and what it opens until then is part of the same act.
pub(super) async fn enter(
    shop: &Shop,
    visitor: &Visitor,
    input: Register,
) -> Result<(Transaction<'static, Postgres>, SignedIn)> {
    let mut faults = Invalid::default();
    let first_name = input.first_name.line("firstName", 100, &mut faults);
    let last_name = input.last_name.line("lastName", 100, &mut faults);
    let phone = super::profile::phone(&input.phone, "phone", &mut faults);
    let email = faults.check("email", Email::parse(&input.email.0));
    let own_words = [input.email.trimmed(), &first_name, &last_name];
    password::note(&input.password, "password", &own_words, &mut faults);
    faults.into_result()?;
    let Some(email) = email else { return Err(Error::invalid("email", "is required")) };

    let now = shop.clock.now();
    if let Some(ip) = &visitor.origin.ip {
        throttle::attempt(&mut *shop.db.acquire().await?, now, &Count::registrations(ip)).await?;
    }
    let password_hash = password::hash(&input.password).await?;

    let user = UserId::new();
    let mut tx = shop.db.begin().await?;
    sqlx::query!(
        "insert into users
            (id, email, password_hash, first_name, last_name, phone, password_changed_at, last_login_at, created_at, updated_at)
         values ($1, $2::text::citext, $3, $4, $5, $6, $7, $7, $7, $7)",
        user as _,
        email.as_str(),
        password_hash,
        first_name,
        last_name,
        phone,
        now,
    )
    .execute(&mut *tx)
    .await
    .on_constraint("users_email_key", || Error::invalid("email", "already has an account; sign in, or reset the password"))?;
    jobs::enqueue(&mut tx, &Job::SendVerifyEmail { link: LinkId::new(), user }).await?;
    let cart = match &visitor.cart_token {
        Some(token) => cart::merge_at_sign_in(&mut tx, &shop.clock, shop.currency, token, user).await?,
        None => Vec::new(),
    };
    let name = format!("{first_name} {last_name}");
    let session = SessionId::new();
    let who = super::actors::customer(user, email.as_str(), &name, session, &visitor.origin);
    let entry = audit::Entry { action: "user.register", entity_type: "user", entity_id: user.to_string() };
    audit::record(&mut tx, &shop.clock, &who, entry, &(), &json!({ "email": email.as_str(), "name": name })).await?;
    Ok((tx, SignedIn { user, session, name, is_staff: false, cart }))
}
