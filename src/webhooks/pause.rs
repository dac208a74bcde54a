//! Pausing an endpoint. Events go on being kept for it, and are sent once it is resumed.

use super::acts::entry;
use crate::actors::{May, Permission, System};
use crate::id::WebhookId;
use crate::jobs::{self, Job};
use crate::notifications::{self, Happened};
use crate::{Result, Shop, audit};
use serde_json::json;

words! {
    /// Why nothing is sent to an endpoint.
    pub enum PauseReason {
        ByHand = "by_hand" => "Paused by hand",
        /// For five days nothing arrived.
        Failing = "failing" => "Nothing arrived for five days",
        /// It answered 410.
        Gone = "gone" => "The receiver answered that it is gone (410)",
        /// It answered `webhook-delivery: disable`.
        Asked = "asked" => "The receiver asked for it",
    }
}

/// Sends nothing there until it is resumed. Paused already, it stays as it is.
pub async fn pause(shop: &Shop, who: &dyn May, webhook: WebhookId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    pause_for(shop, who, webhook, PauseReason::ByHand).await
}

/// The shop itself stops sending, and whoever made the webhook gets a mail.
pub(super) async fn pause_by_itself(shop: &Shop, webhook: WebhookId, reason: PauseReason) -> Result<()> {
    pause_for(shop, &System, webhook, reason).await
}

/// Whoever made the webhook gets a mail that nothing arrives there, once.
pub(super) async fn tell_failing(shop: &Shop, webhook: WebhookId) -> Result<()> {
    act!(shop, &System, "webhook.tell_failing", |act| {
        let now = act.now;
        let first = sqlx::query!(
            "update webhook_endpoints set told_failing_at = $2 where id = $1 and told_failing_at is null",
            webhook as _,
            now,
        );
        if first.execute(&mut *act).await?.rows_affected() == 1 {
            jobs::enqueue(&mut act, &Job::SendWebhookFailing { webhook })?;
        }
        act.commit(()).await
    })
}

async fn pause_for(shop: &Shop, who: &dyn May, webhook: WebhookId, reason: PauseReason) -> Result<()> {
    act!(shop, who, "webhook.pause", |act| {
        let now = act.now;
        let found =
            sqlx::query!("select name, is_paused from webhook_endpoints where id = $1 for update", webhook as _);
        let found = found.fetch_one(&mut *act).await?;
        if found.is_paused {
            return Ok(());
        }
        sqlx::query!(
            "update webhook_endpoints set is_paused = true, pause_reason = $2, paused_at = $3 where id = $1",
            webhook as _,
            reason.word(),
            now,
        )
        .execute(&mut *act)
        .await?;
        let after = json!({ "name": &found.name, "isPaused": true, "reason": reason });
        let before = json!({ "name": &found.name, "isPaused": false });
        audit::record(&mut act, entry("webhook.pause", webhook), &before, &after)?;
        notifications::record(&mut act, &Happened::WebhookPaused { webhook, name: found.name }, None)?;
        if reason != PauseReason::ByHand {
            jobs::enqueue(&mut act, &Job::SendWebhookPaused { webhook })?;
        }
        act.commit(()).await
    })
}

/// Sends again: what waited meanwhile, and what died since nothing arrived any more. At once, and from the beginning of
/// the schedule.
pub async fn resume(shop: &Shop, who: &dyn May, webhook: WebhookId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.resume", |act| {
        let now = act.now;
        let found = sqlx::query!(
            r#"select name, is_paused, pause_reason as "reason: PauseReason", failing_since
               from webhook_endpoints
               where id = $1
               for update"#,
            webhook as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if !found.is_paused {
            return Ok(());
        }
        sqlx::query!(
            "update webhook_endpoints
             set is_paused = false, pause_reason = null, paused_at = null, failing_since = null, told_failing_at = null
             where id = $1",
            webhook as _,
        )
        .execute(&mut *act)
        .await?;
        let due = sqlx::query!(
            "update webhook_deliveries
             set status = 'pending', attempts = 0, next_attempt_at = $2, finished_at = null
             where endpoint_id = $1 and (status = 'pending' or (status = 'dead' and finished_at >= $3))
               and (leased_until is null or leased_until <= $2)",
            webhook as _,
            now,
            found.failing_since,
        )
        .execute(&mut *act)
        .await?;
        let before = json!({ "name": found.name, "isPaused": true, "reason": found.reason });
        let after = json!({ "name": found.name, "isPaused": false, "due": due.rows_affected() });
        audit::record(&mut act, entry("webhook.resume", webhook), &before, &after)?;
        act.commit(()).await
    })?;
    shop.announcements.webhooks_due();
    Ok(())
}
