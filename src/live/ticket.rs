//! What a page may follow: written into it and signed, so that nobody has to look up a second time who may see what.

use crate::actors::Visitor;
use crate::keys::Place;
use crate::live_topic::LiveTopic;
use crate::{Result, Shop, token_hash};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use uuid::Uuid;

const DAY: i64 = 24 * 60 * 60;

/// Until the end of tomorrow, in seconds since 1970: a page that is read anew on the same day has the same tickets. One
/// that is open for longer is to be loaded again.
fn until(now: DateTime<Utc>) -> i64 {
    (now.timestamp() / DAY + 2) * DAY
}

/// Writes and reads what a page may follow.
pub enum Ticket {}

impl Ticket {
    /// `order:0197…,product:0197…~1764600000~8c1f…`: the topics, until when in seconds, and a digest that only we can
    /// make. Whoever shows it has to be this viewer; what everybody may see has the empty one.
    ///
    /// # Errors
    /// When there is no secret to sign with.
    pub fn write(shop: &Shop, viewer: &str, topics: &[LiveTopic]) -> Result<String> {
        let mut text = String::new();
        for (n, topic) in topics.iter().enumerate() {
            let _ = write!(text, "{}{topic}", if n == 0 { "" } else { "," });
        }
        let _ = write!(text, "~{}", until(shop.clock.now()));
        let digest = digests(shop, viewer, &text).into_iter().next();
        let digest = digest.ok_or_else(|| crate::Error::internal("no secret to sign with"))??;
        Ok(format!("{text}~{digest}"))
    }

    /// `None` for one that we did not write, that was written for somebody else, or too long ago.
    pub fn read(shop: &Shop, viewer: &str, ticket: &str) -> Option<Vec<LiveTopic>> {
        let (text, given) = ticket.rsplit_once('~')?;
        // compared as hashes, so that the time it takes tells nothing of the digest
        let is_ours =
            digests(shop, viewer, text).into_iter().flatten().any(|digest| token_hash(&digest) == token_hash(given));
        let (topics, until) = text.split_once('~').filter(|_| is_ours)?;
        let until = DateTime::<Utc>::from_timestamp(until.parse().ok()?, 0)?;
        if until < shop.clock.now() {
            return None;
        }
        topics.split(',').map(|topic| topic.parse().ok()).collect()
    }
}

/// How a ticket knows who looks at a page: an account, a guest's cart, or nobody in particular.
pub fn page_viewer(visitor: &Visitor) -> String {
    match (&visitor.customer, &visitor.cart_token) {
        (Some(customer), _) => format!("user:{}", customer.id()),
        (None, Some(token)) => format!("cart:{}", hex::encode(token_hash(token))),
        (None, None) => String::new(),
    }
}

fn digests(shop: &Shop, viewer: &str, text: &str) -> Vec<Result<String>> {
    let parts = [viewer.as_bytes(), text.as_bytes()];
    shop.token_keys.derived("live ticket", &parts).map(|digest| Ok(hex::encode(&digest?[..16]))).collect()
}

/// By what somebody may be let in who cannot send headers: a page of an app that opens a WebSocket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// What stood in `Authorization`.
    pub authorization: Option<String>,
    pub api_key: Option<String>,
    pub cart_token: Option<String>,
}

/// A ticket of theirs is taken for so long.
pub const CREDENTIAL_LIFETIME: TimeDelta = TimeDelta::seconds(60);

#[derive(Serialize, Deserialize)]
struct Lent {
    credential: Credential,
    /// Seconds since 1970.
    until: i64,
}

/// A ticket that stands for a credential for a minute, encrypted: it goes into addresses, which are logged.
///
/// # Errors
/// When there is no key to encrypt with.
pub fn lend(shop: &Shop, credential: Credential) -> Result<String> {
    let until = (shop.clock.now() + CREDENTIAL_LIFETIME).timestamp();
    let row = Uuid::now_v7();
    let sealed = shop.encryption_keys.seal(place(row), &serde_json::to_vec(&Lent { credential, until })?)?;
    Ok(BASE64.encode([row.as_bytes().as_slice(), &sealed].concat()))
}

/// The credential that a ticket stands for. `None` for one that is not ours, or too old.
pub fn lent(shop: &Shop, ticket: &str) -> Option<Credential> {
    let bytes = BASE64.decode(ticket).ok()?;
    let (row, sealed) = bytes.split_first_chunk::<16>()?;
    let opened = shop.encryption_keys.open(place(Uuid::from_bytes(*row)), sealed).ok()?;
    let lent: Lent = serde_json::from_slice(&opened).ok()?;
    (lent.until >= shop.clock.now().timestamp()).then_some(lent.credential)
}

fn place(row: Uuid) -> Place {
    Place { column: "live ticket", row }
}
