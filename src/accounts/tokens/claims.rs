//! What stands in a token.

use crate::accounts::staff::AccountKind;
use crate::id::{SessionId, TokenId, UserId};
use crate::{Error, Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long an access token is good. Kept short for those who only look at the token; we ask the database each time.
pub(super) const ACCESS: TimeDelta = TimeDelta::minutes(15);
/// How long a refresh token waits to be used.
pub(super) const REFRESH: TimeDelta = TimeDelta::days(7);

/// Ours take some 400 bytes. What is longer is not even read.
const LONGEST: usize = 2048;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Access,
    Refresh,
}

/// RFC 7519, 4.1, and our own: whose, of which kind, of which family of tokens.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub sub: UserId,
    #[serde(rename = "type")]
    pub kind: Kind,
    /// For the app to show; what they may do is looked up at each request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<AccountKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<TokenId>,
    pub sid: SessionId,
    pub iat: i64,
    pub exp: i64,
    /// Ours have none; one that has is not good before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub iss: String,
    pub aud: String,
}

impl Claims {
    /// Of an access token, but for whom it names.
    pub fn access(shop: &Shop, user: UserId, session: SessionId, now: DateTime<Utc>) -> Self {
        Self::new(shop, Kind::Access, user, session, (now, now + ACCESS))
    }

    pub fn refresh(shop: &Shop, user: UserId, session: SessionId, life: (DateTime<Utc>, DateTime<Utc>)) -> Self {
        Self::new(shop, Kind::Refresh, user, session, life)
    }

    fn new(
        shop: &Shop,
        kind: Kind,
        sub: UserId,
        sid: SessionId,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        let (iss, aud) = parties(shop);
        let (iat, exp) = (from.timestamp(), until.timestamp());
        Self { sub, kind, email: None, role: None, jti: None, sid, iat, exp, nbf: None, iss, aud }
    }
}

/// Who issues our tokens, and for whom they are.
fn parties(shop: &Shop) -> (String, String) {
    let issuer = shop.public_url.as_str().trim_end_matches('/').to_owned();
    let audience = format!("{issuer}/api");
    (issuer, audience)
}

/// The claims of a token of this kind that we signed and whose time is not over. `Unauthenticated` for all others.
pub(super) fn read(shop: &Shop, token: &str, kind: Kind) -> Result<Claims> {
    if token.len() > LONGEST {
        return Err(Error::Unauthenticated);
    }
    let (issuer, audience) = parties(shop);
    let claims: Option<Claims> = shop.token_keys.verified(token, &issuer, &audience);
    let now = shop.clock.now().timestamp();
    let is_good = |claims: &Claims| claims.kind == kind && claims.nbf.is_none_or(|nbf| nbf <= now) && now < claims.exp;
    claims.filter(is_good).ok_or(Error::Unauthenticated)
}
