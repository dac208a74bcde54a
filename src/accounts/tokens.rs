//! How apps are signed in: by a token for their requests that is good for a quarter of an hour, and one that is
//! exchanged for the next pair within seven days, until the sign-in ends by the shop's settings.
//!
//! [`sign_in()`] begins a family of refresh tokens: one device, in the list beside the browsers, known by the id of the
//! family. [`refresh()`] replaces its token by the next one. [`authenticate`] asks at each request whether the family
//! lives and who the account is now, so that signing out, closing an account or changing a role counts at once,
//! whatever stands in a token.

mod claims;
mod pair;
mod refresh;

pub use pair::Tokens;
pub use refresh::refresh;

use super::lifetimes::Lifetimes;
use super::profile::{self, Profile};
use super::sign_in::{self, SIGN_IN, SignIn};
use super::staff::AccountKind;
use super::{Identity, devices, identify, identity};
use crate::actors::{Customer, Origin, Visitor};
use crate::id::{LinkId, TokenId, UserId};
use crate::input::Raw;
use crate::{Error, Invalid, Result, Shop, cart, email};
use chrono::TimeDelta;
use claims::Kind;

/// An app that is signed in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    pub tokens: Tokens,
    pub profile: Profile,
    /// What the app shows when it signs in again, so that wrong passwords of strangers do not keep it out.
    pub device_token: String,
    /// What became of the cart filled before: it went into the account's.
    pub cart: Vec<cart::Notice>,
}

/// Signs an app in, by the rules of [`super::sign_in()`] and counted with it. `device` is what the owner calls it; may
/// be left out.
pub async fn sign_in(shop: &Shop, visitor: &Visitor, input: SignIn, device: &Raw) -> Result<Entered> {
    let device = name_of(device)?;
    let lifetimes = Lifetimes::of(shop).await?;
    let proof = sign_in::prove(shop, visitor, input, |_| true).await?;
    let (signed_in, tokens) = act!(shop, &proof.who, SIGN_IN, |act| {
        let sign_in::Entered { signed_in, email, role } = proof.enter(&mut act).await?;
        let owner = refresh::Owner { id: signed_in.user, email, role };
        let family = refresh::Family { id: signed_in.session, signed_in_at: act.now, device: device.clone() };
        let tokens = refresh::grow(&mut act, lifetimes, &owner, &family, &visitor.origin).await?;
        act.commit((signed_in, tokens)).await
    })?;
    let profile = profile::of(shop, signed_in.user).await?;
    Ok(Entered { tokens, profile, device_token: signed_in.device_token, cart: signed_in.cart })
}

fn name_of(device: &Raw) -> Result<Option<String>> {
    let mut faults = Invalid::default();
    let name = device.optional("device", 100, &mut faults);
    faults.into_result()?;
    Ok(name)
}

/// Who asks, by an access token: as things stand now, in one question. `Unauthenticated` when it is not ours, is too
/// old, or was given to an app that is no longer signed in.
pub async fn authenticate(shop: &Shop, access_token: &str, origin: &Origin) -> Result<Identity> {
    let claims = claims::read(shop, access_token, Kind::Access)?;
    let now = shop.clock.now();
    let row = sqlx::query!(
        r#"select t.id as "token: TokenId", coalesce(t.last_used_at, t.created_at) as "seen_at!",
                  t.signed_in_at, i.id as "user!: UserId", i.email as "email!", i.name as "name!", i.role as "role!: AccountKind",
                  i.permissions as "permissions!"
           from refresh_tokens t
           join identities i on i.id = t.user_id
           where t.family = $1 and t.user_id = $2 and t.replaced_at is null and t.revoked_at is null"#,
        claims.sid as _,
        claims.sub as _,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::Unauthenticated)?;
    if Lifetimes::of(shop).await?.end(row.role, row.signed_in_at, row.seen_at) <= now {
        return Err(Error::Unauthenticated);
    }
    // for the list of devices; once a minute is enough
    if now - row.seen_at > TimeDelta::minutes(1) {
        sqlx::query!("update refresh_tokens set last_used_at = $2 where id = $1", row.token as _, now)
            .execute(&shop.db)
            .await?;
    }
    let row = identity::IdentityRow {
        user: row.user,
        email: row.email,
        name: row.name,
        role: row.role,
        permissions: row.permissions,
    };
    Ok(row.identity(Some(claims.sid), origin))
}

/// Signs an app out by its refresh token: any of its family will do, used or not, for the app may know no other. Doing
/// so again changes nothing.
pub async fn sign_out(shop: &Shop, refresh_token: &str, origin: &Origin) -> Result<()> {
    let claims = claims::read(shop, refresh_token, Kind::Refresh)?;
    let Some(identity) = identify(shop, claims.sub, Some(claims.sid), origin).await? else { return Ok(()) };
    match devices::end(shop, &identity.customer, claims.sid).await {
        Err(Error::NotFound) => Ok(()),
        done => done,
    }
}

/// Signs the app out that asks, by its access token.
pub async fn leave(shop: &Shop, customer: &Customer) -> Result<()> {
    let family = customer.session.ok_or(Error::Unauthenticated)?;
    devices::end(shop, customer, family).await
}

/// Tells the owner that a device was signed out because its token came twice.
pub async fn send_reused(shop: &Shop, notice: LinkId, user: UserId, device: &str) -> Result<()> {
    let owner = sqlx::query!(r#"select email::text as "email!", first_name from users where id = $1"#, user as _)
        .fetch_optional(&shop.db)
        .await?;
    let Some(owner) = owner else { return Ok(()) };
    let link = shop.public_url.join("forgot-password").map_err(|e| Error::Internal(e.into()))?;
    email::token_reused(shop, &notice.to_string(), &owner.email, &owner.first_name, device, &link).await
}
