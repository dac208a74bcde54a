//! The public keys of a receiver. One of them may be active: then messages are encrypted with it. A key is rotated by
//! adding the next one, and making that active once the receiver knows it.

use super::acts::{entry, lock};
use super::jwe::Recipient;
use crate::act::Act;
use crate::actors::{May, Permission};
use crate::id::{WebhookId, WebhookKeyId};
use crate::input::Raw;
use crate::{Error, OnConstraint, Result, Shop, audit};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Of one endpoint.
const MAX_KEYS: i64 = 10;
const LONGEST_JWK: usize = 4096;

/// A receiver's public key.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiverKey {
    pub id: WebhookKeyId,
    /// What messages call it by.
    pub kid: String,
    /// `P-256` or `X25519`.
    pub curve: String,
    pub jwk: Value,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = WebhookKeyInput, example = json!({
    "jwk": "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08\"}", "isActive": true,
}))]
pub struct KeyInput {
    /// The public JWK (RFC 7517), as a text of JSON: `EC` on `P-256`, or `OKP` on `X25519`.
    #[schema(max_length = 4096)]
    pub jwk: Raw,
    /// Whether messages are encrypted with it from now on.
    #[schema(value_type = Option<bool>)]
    pub is_active: Raw,
}

impl KeyInput {
    fn check(&self) -> Result<Recipient> {
        let fault = |message: String| Error::invalid("jwk", message);
        let text = self.jwk.trimmed();
        if text.is_empty() {
            return Err(Error::invalid("jwk", crate::said!("fault-required")));
        }
        if text.len() > LONGEST_JWK {
            return Err(fault(format!("is too long (at most {LONGEST_JWK} characters)")));
        }
        let jwk: Value = serde_json::from_str(text).map_err(|_| fault("is not JSON".into()))?;
        Recipient::read(&jwk).map_err(fault)
    }
}

/// The keys of an endpoint, the newest first.
pub async fn keys(shop: &Shop, who: &dyn May, webhook: WebhookId) -> Result<Vec<ReceiverKey>> {
    who.may(Permission::WebhooksRead)?;
    let rows = sqlx::query!(
        r#"select id as "id: WebhookKeyId", kid, jwk, is_active, created_at
           from webhook_keys
           where endpoint_id = $1
           order by created_at desc, id desc"#,
        webhook as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let keys = rows.into_iter().map(|row| ReceiverKey {
        id: row.id,
        kid: row.kid,
        curve: row.jwk["crv"].as_str().unwrap_or_default().to_owned(),
        jwk: row.jwk,
        is_active: row.is_active,
        created_at: row.created_at,
    });
    Ok(keys.collect())
}

/// Adds a key.
///
/// # Errors
/// `Invalid` with what is wrong with the key, and `key_known` when the endpoint has one of that `kid`.
pub async fn add_key(shop: &Shop, who: &dyn May, webhook: WebhookId, input: KeyInput) -> Result<WebhookKeyId> {
    who.may(Permission::WebhooksWrite)?;
    let recipient = input.check()?;
    let id = WebhookKeyId::new();
    act!(shop, who, "webhook.add_key", |act| {
        let name = lock(&mut act, webhook).await?;
        let there =
            sqlx::query_scalar!(r#"select count(*) as "n!" from webhook_keys where endpoint_id = $1"#, webhook as _,);
        if there.fetch_one(&mut *act).await? >= MAX_KEYS {
            return Err(Error::conflict("too_many_keys", format!("A webhook has {MAX_KEYS} keys at most")));
        }
        let now = act.now;
        sqlx::query!(
            "insert into webhook_keys (id, endpoint_id, kid, jwk, created_at) values ($1, $2, $3, $4, $5)",
            id as _,
            webhook as _,
            recipient.kid,
            recipient.jwk(),
            now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("webhook_keys_kid", || {
            Error::taken("key_known", "jwk", "has the kid of another key of this webhook")
        })?;
        if input.is_active.is_on() {
            activate(&mut act, webhook, Some(id)).await?;
        }
        let after = json!({ "name": name, "kid": recipient.kid, "isActive": input.is_active.is_on() });
        audit::record(&mut act, entry("webhook.add_key", webhook), &(), &after)?;
        act.commit(id).await
    })
}

/// Encrypts messages with this key from now on.
pub async fn activate_key(shop: &Shop, who: &dyn May, key: WebhookKeyId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.activate_key", |act| {
        let found = find(&mut act, key).await?;
        activate(&mut act, found.webhook, Some(key)).await?;
        let after = json!({ "name": found.name, "kid": found.kid, "isActive": true });
        audit::record(&mut act, entry("webhook.activate_key", found.webhook), &(), &after)?;
        act.commit(()).await
    })
}

/// Encrypts messages with this key no more; and if it was this one, not at all.
pub async fn deactivate_key(shop: &Shop, who: &dyn May, key: WebhookKeyId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.deactivate_key", |act| {
        let found = find(&mut act, key).await?;
        if !found.is_active {
            return Ok(());
        }
        activate(&mut act, found.webhook, None).await?;
        let after = json!({ "name": found.name, "kid": found.kid, "isActive": false });
        audit::record(&mut act, entry("webhook.deactivate_key", found.webhook), &(), &after)?;
        act.commit(()).await
    })
}

/// Takes a key away.
///
/// # Errors
/// `key_in_use` when messages are encrypted with it.
pub async fn remove_key(shop: &Shop, who: &dyn May, key: WebhookKeyId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.remove_key", |act| {
        let found = find(&mut act, key).await?;
        if found.is_active {
            let text = "Messages are encrypted with this key; make another one active first";
            return Err(Error::conflict("key_in_use", text));
        }
        sqlx::query!("delete from webhook_keys where id = $1", key as _).execute(&mut *act).await?;
        let before = json!({ "name": found.name, "kid": found.kid });
        audit::record(&mut act, entry("webhook.remove_key", found.webhook), &before, &())?;
        act.commit(()).await
    })
}

struct Found {
    webhook: WebhookId,
    name: String,
    kid: String,
    is_active: bool,
}

/// A key; its endpoint is locked.
async fn find(act: &mut Act<'_>, key: WebhookKeyId) -> Result<Found> {
    let found = sqlx::query_as!(
        Found,
        r#"select e.id as "webhook: WebhookId", e.name, k.kid, k.is_active
           from webhook_keys k
           join webhook_endpoints e on e.id = k.endpoint_id
           where k.id = $1
           for update"#,
        key as _,
    );
    Ok(found.fetch_one(&mut **act).await?)
}

/// The one before first, since there is one active key at most.
async fn activate(act: &mut Act<'_>, webhook: WebhookId, key: Option<WebhookKeyId>) -> Result<()> {
    sqlx::query!("update webhook_keys set is_active = false where endpoint_id = $1 and is_active", webhook as _)
        .execute(&mut **act)
        .await?;
    sqlx::query!("update webhook_keys set is_active = true where id = $1", key as Option<WebhookKeyId>)
        .execute(&mut **act)
        .await?;
    Ok(())
}

/// Whom the messages of some endpoints are encrypted for.
pub(super) async fn recipients(shop: &Shop, webhooks: &[WebhookId]) -> Result<HashMap<WebhookId, Recipient>> {
    let ids: Vec<_> = webhooks.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select endpoint_id as "webhook: WebhookId", jwk from webhook_keys where endpoint_id = any($1) and is_active"#,
        &ids,
    )
    .fetch_all(&shop.db)
    .await?;
    let recipients = rows.into_iter().map(|row| {
        let recipient = Recipient::read(&row.jwk).map_err(Error::internal)?;
        Ok((row.webhook, recipient))
    });
    recipients.collect()
}
