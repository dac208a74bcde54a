//! What all acts on an endpoint share.

use crate::act::Act;
use crate::id::WebhookId;
use crate::{Result, audit};

/// An entry of the audit log about an endpoint.
pub(super) fn entry(action: &'static str, webhook: WebhookId) -> audit::Entry<'static> {
    audit::Entry { action, entity_type: audit::Entity::Webhook, entity_id: webhook.to_string() }
}

/// Locks an endpoint, and says what it is called.
pub(super) async fn lock(act: &mut Act<'_>, webhook: WebhookId) -> Result<String> {
    let name = sqlx::query_scalar!("select name from webhook_endpoints where id = $1 for update", webhook as _);
    Ok(name.fetch_one(&mut **act).await?)
}
