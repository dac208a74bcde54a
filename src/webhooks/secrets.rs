//! What an endpoint's messages are signed with: a secret that the receiver is told once, and a pair of keys of which
//! the receiver gets the public one.

use super::acts::{entry, lock};
use super::signing::{Signer, verifies, written_public_key, written_secret};
use crate::act::Act;
use crate::actors::{May, Permission};
use crate::id::{WebhookId, WebhookSecretId};
use crate::input::Raw;
use crate::keys::Place;
use crate::sealed_column::SealedColumn;
use crate::{Error, Invalid, Result, Shop, audit, random_bytes};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use utoipa::ToSchema;

words! {
    /// How a message is signed, as the Standard Webhooks call it.
    pub enum SecretKind {
        V1 = "v1" => "Secret (HMAC-SHA256)",
        V1a = "v1a" => "Public key (Ed25519)",
    }
}

/// So long the former secret signs too, unless it is said otherwise.
const OVERLAP_HOURS: i32 = 24;
const LONGEST_OVERLAP_HOURS: i32 = 24 * 7;

/// A key that signs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    pub kind: SecretKind,
    /// Of `v1a`, as receivers write it down.
    pub public_key: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Until then it signs beside its successor.
    pub retires_at: Option<DateTime<Utc>>,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = RotateWebhookSecret, example = json!({ "kind": "v1", "overlapHours": 24 }))]
pub struct RotateInput {
    #[schema(value_type = SecretKind)]
    pub kind: Raw,
    /// For how long the former one signs too. Left out, 24.
    #[schema(value_type = Option<u32>, maximum = 168)]
    pub overlap_hours: Raw,
}

const SECRET: &str = "webhook_secrets.sealed";

pub(crate) const SEALED: [SealedColumn; 1] = [SealedColumn::new(SECRET, "id")];

fn place(id: WebhookSecretId) -> Place {
    Place { column: SECRET, row: id.0 }
}

/// Makes a secret in an act; that of `v1` is told, this once.
pub(super) async fn make(act: &mut Act<'_>, webhook: WebhookId, kind: SecretKind) -> Result<Option<SecretString>> {
    let id = WebhookSecretId::new();
    let bytes = random_bytes::<32>();
    let public_key = match kind {
        SecretKind::V1 => None,
        SecretKind::V1a => Signer::v1a(&bytes)?.public_key().map(<[u8]>::to_vec),
    };
    let sealed = act.shop.encryption_keys.seal(place(id), &bytes)?;
    let now = act.now;
    sqlx::query!(
        "insert into webhook_secrets (id, endpoint_id, kind, sealed, public_key, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id as _,
        webhook as _,
        kind.word(),
        sealed,
        public_key,
        now,
    )
    .execute(&mut **act)
    .await?;
    Ok((kind == SecretKind::V1).then(|| written_secret(&bytes).into()))
}

/// Puts another secret in the place of the one that signs; the former one signs too for a while, so that receivers may
/// change at their leisure. The new secret of `v1` is told, this once; of `v1a` there is only the public key to tell.
pub async fn rotate_secret(
    shop: &Shop,
    who: &dyn May,
    webhook: WebhookId,
    input: RotateInput,
) -> Result<Option<SecretString>> {
    who.may(Permission::WebhooksWrite)?;
    let mut faults = Invalid::default();
    let kind = SecretKind::parse(input.kind.trimmed());
    if kind.is_none() {
        faults.add("kind", "must be v1 or v1a");
    }
    let hours = match input.overlap_hours.is_empty() {
        true => Some(OVERLAP_HOURS),
        false => input.overlap_hours.whole("overlapHours", 0..=LONGEST_OVERLAP_HOURS, &mut faults),
    };
    let (Some(kind), Some(hours)) = (kind, hours) else { return Err(Error::Invalid(faults)) };
    act!(shop, who, "webhook.rotate_secret", |act| {
        let name = lock(&mut act, webhook).await?;
        let retires_at = act.now + TimeDelta::hours(i64::from(hours));
        sqlx::query!(
            "update webhook_secrets set retires_at = $3 where endpoint_id = $1 and kind = $2 and retires_at is null",
            webhook as _,
            kind.word(),
            retires_at,
        )
        .execute(&mut *act)
        .await?;
        let secret = make(&mut act, webhook, kind).await?;
        let after = json!({ "name": name, "kind": kind, "formerSignsUntil": retires_at });
        audit::record(&mut act, entry("webhook.rotate_secret", webhook), &(), &after)?;
        act.commit(secret).await
    })
}

/// What signs an endpoint's messages now, without the secrets: the newest first.
pub async fn signing_keys(shop: &Shop, who: &dyn May, webhook: WebhookId) -> Result<Vec<SigningKey>> {
    who.may(Permission::WebhooksRead)?;
    let rows = sqlx::query!(
        r#"select kind as "kind: SecretKind", public_key, created_at, retires_at
           from webhook_secrets
           where endpoint_id = $1 and (retires_at is null or retires_at > $2)
           order by kind, created_at desc"#,
        webhook as _,
        shop.clock.now(),
    )
    .fetch_all(&shop.db)
    .await?;
    let keys = rows.into_iter().map(|row| SigningKey {
        kind: row.kind,
        public_key: row.public_key.as_deref().map(written_public_key),
        created_at: row.created_at,
        retires_at: row.retires_at,
    });
    Ok(keys.collect())
}

/// Whether a webhook that posts to this address signed this content (`id.timestamp.body`), by a key of `v1a`: what a
/// receiver finds out with the public keys alone.
pub async fn is_signed(shop: &Shop, url: &str, content: &str, signature: &str) -> Result<bool> {
    let keys = sqlx::query_scalar!(
        r#"select s.public_key as "key!"
           from webhook_secrets s
           join webhook_endpoints e on e.id = s.endpoint_id
           where e.url = $1 and s.public_key is not null"#,
        url,
    );
    let keys = keys.fetch_all(&shop.db).await?;
    Ok(keys.iter().any(|key| verifies(key, content, signature)))
}

/// What signs the messages of some endpoints now; the newest first.
pub(super) async fn signers(shop: &Shop, webhooks: &[WebhookId]) -> Result<HashMap<WebhookId, Vec<Signer>>> {
    let ids: Vec<_> = webhooks.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: WebhookSecretId", endpoint_id as "webhook: WebhookId", kind as "kind: SecretKind", sealed
           from webhook_secrets
           where endpoint_id = any($1) and (retires_at is null or retires_at > $2)
           order by kind, created_at desc"#,
        &ids,
        shop.clock.now(),
    )
    .fetch_all(&shop.db)
    .await?;
    let mut signers: HashMap<_, Vec<Signer>> = HashMap::new();
    for row in rows {
        let bytes = shop.encryption_keys.open(place(row.id), &row.sealed)?;
        let signer = match row.kind {
            SecretKind::V1 => Signer::v1(bytes),
            SecretKind::V1a => Signer::v1a(&bytes)?,
        };
        signers.entry(row.webhook).or_default().push(signer);
    }
    Ok(signers)
}

/// Forgets secrets that sign no more.
pub(super) async fn sweep(shop: &Shop) -> Result<u64> {
    let gone = sqlx::query!("delete from webhook_secrets where retires_at <= $1", shop.clock.now());
    Ok(gone.execute(&shop.db).await?.rows_affected())
}

/// Whether all secrets can be read, with the keys that there are.
///
/// # Errors
/// What is wrong with the first one that cannot.
pub async fn check_secrets(shop: &Shop) -> Result<()> {
    let rows = sqlx::query!(r#"select id as "id: WebhookSecretId", sealed from webhook_secrets"#);
    for row in rows.fetch_all(&shop.db).await? {
        shop.encryption_keys.open(place(row.id), &row.sealed)?;
    }
    Ok(())
}
