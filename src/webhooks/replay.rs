//! Sending again: a message, what happened within some time, or a test.

use super::acts::{entry, lock};
use super::messages;
use super::topics;
use crate::act::Act;
use crate::actors::{May, Permission};
use crate::events::{self, Event, Recorded, WebhookEvent};
use crate::id::{DeliveryId, EventId, WebhookId};
use crate::input::Raw;
use crate::{Error, Invalid, Result, Shop, audit};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// So many events are sent again at once.
const MAX_EVENTS: i64 = 10_000;

/// What is to be sent again.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = ReplayWebhook, example = json!({ "from": "2026-12-24T00:00:00Z", "undelivered": true }))]
pub struct ReplayInput {
    /// What happened from this moment on.
    #[schema(value_type = String, format = DateTime)]
    pub from: Raw,
    /// What happened before this moment. Left out, up to now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Raw,
    /// Of these topics; left out, of all that the webhook wants.
    #[schema(value_type = Option<Vec<String>>)]
    pub topics: Vec<Raw>,
    /// Whether only what did not arrive is sent.
    #[schema(value_type = Option<bool>)]
    pub undelivered: Raw,
}

struct Range {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    topics: Option<Vec<String>>,
    undelivered: bool,
}

impl ReplayInput {
    fn check(&self, now: DateTime<Utc>) -> Result<Range> {
        let mut faults = Invalid::default();
        let mut moment = |raw: &Raw, field: &'static str| {
            let read = DateTime::parse_from_rfc3339(raw.trimmed()).ok();
            if read.is_none() {
                faults.add(field, "must be a moment, such as 2026-12-24T18:00:00Z");
            }
            read.map(|moment| moment.to_utc())
        };
        let from = moment(&self.from, "from");
        let to = if self.to.is_empty() { Some(now) } else { moment(&self.to, "to") };
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            faults.add("to", "must come after the first moment");
        }
        let chosen = (!self.topics.is_empty()).then(|| topics::check(&self.topics, &mut faults));
        faults.into_result()?;
        let (Some(from), Some(to)) = (from, to) else { return Err(Error::internal("no fault and no moment")) };
        Ok(Range { from, to, topics: chosen, undelivered: self.undelivered.is_on() })
    }
}

/// Sends a message again, from the beginning of the schedule: the same bytes under the same `webhook-id`. What was sent
/// before stays in its log.
///
/// # Errors
/// `delivery_under_way` when it is just being sent.
pub async fn redeliver(shop: &Shop, who: &dyn May, delivery: DeliveryId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.redeliver", |act| {
        let now = act.now;
        let found = sqlx::query!(
            r#"select d.endpoint_id as "webhook: WebhookId", d.event_id as "event: EventId", d.topic, e.name,
                      coalesce(d.leased_until > $2, false) as "is_under_way!"
               from webhook_deliveries d
               join webhook_endpoints e on e.id = d.endpoint_id
               where d.id = $1
               for update of d"#,
            delivery as _,
            now,
        )
        .fetch_one(&mut *act)
        .await?;
        if found.is_under_way {
            return Err(Error::conflict("delivery_under_way", "This message is just being sent"));
        }
        let again = [delivery.0];
        begin_again(&mut act, &again).await?;
        let entry = entry("webhook.redeliver", found.webhook);
        let after = json!({ "name": found.name, "delivery": delivery, "event": found.event, "topic": found.topic });
        audit::record(&mut act, entry, &(), &after)?;
        act.commit(()).await
    })?;
    shop.announcements.webhooks_due();
    Ok(())
}

/// Sends what happened within some time to an endpoint, whether it was sent before or not; within the thirty days for
/// which events are kept. Answers how many messages that are.
///
/// # Errors
/// `too_many_events` when that were more than ten thousand: ask for a shorter time, or fewer topics.
pub async fn replay(shop: &Shop, who: &dyn May, webhook: WebhookId, input: ReplayInput) -> Result<u64> {
    who.may(Permission::WebhooksWrite)?;
    let range = input.check(shop.clock.now())?;
    let sent = act!(shop, who, "webhook.replay", |act| {
        let found = sqlx::query!(
            "select name, topics, payload_version as version from webhook_endpoints where id = $1 for update",
            webhook as _,
        );
        let found = found.fetch_one(&mut *act).await?;
        let wants = messages::Wants {
            id: webhook,
            topics: range.topics.clone().unwrap_or(found.topics),
            version: found.version,
            since: range.from,
        };
        let named: Vec<String> = topics::selectable()
            .filter(|topic| topics::wants(&wants.topics, topic.name))
            .map(|topic| topic.name.to_owned())
            .collect();
        let events = sqlx::query_as!(
            Recorded,
            r#"select e.id as "id: EventId", e.topic, e.version, e.entity_type, e.entity_id, e.sequence, e.payload,
                      e.occurred_at
               from outbox_events e
               where e.status = 'sent' and e.occurred_at >= $1 and e.occurred_at < $2 and e.topic = any($3)
                 and not ($4 and exists (
                     select from webhook_deliveries d
                     where d.endpoint_id = $5 and d.event_id = e.id and d.status = 'delivered'
                 ))
               order by e.id
               limit $6"#,
            range.from,
            range.to,
            &named,
            range.undelivered,
            webhook as _,
            MAX_EVENTS + 1,
        );
        let events = events.fetch_all(&mut *act).await?;
        if i64::try_from(events.len()).is_ok_and(|n| n > MAX_EVENTS) {
            let text = format!("That were more than {MAX_EVENTS} messages; choose a shorter time, or fewer topics");
            return Err(Error::conflict("too_many_events", text));
        }
        let ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
        let there = sqlx::query_scalar!(
            "select id from webhook_deliveries
             where endpoint_id = $1 and event_id = any($2) and (leased_until is null or leased_until <= $3)
             order by id
             for update",
            webhook as _,
            &ids,
            act.now,
        );
        let there = there.fetch_all(&mut *act).await?;
        let again = begin_again(&mut act, &there).await?;
        let made = messages::deliver(&mut act, &events, &[wants]).await?;
        let after = json!({
            "name": found.name, "from": range.from, "to": range.to, "topics": range.topics, "messages": again + made,
        });
        audit::record(&mut act, entry("webhook.replay", webhook), &(), &after)?;
        act.commit(again + made).await
    })?;
    shop.announcements.webhooks_due();
    Ok(sent)
}

/// Sends a message that says nothing but that it is a test.
pub async fn send_test(shop: &Shop, who: &dyn May, webhook: WebhookId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.send_test", |act| {
        let name = lock(&mut act, webhook).await?;
        events::record(&mut act, &Event::WebhookTested(WebhookEvent { webhook_id: webhook, name: name.clone() }))?;
        audit::record(&mut act, entry("webhook.send_test", webhook), &(), &json!({ "name": name }))?;
        act.commit(()).await
    })
}

async fn begin_again(act: &mut Act<'_>, deliveries: &[uuid::Uuid]) -> Result<u64> {
    let now = act.now;
    let again = sqlx::query!(
        "update webhook_deliveries
         set status = 'pending', attempts = 0, next_attempt_at = $2, finished_at = null
         where id = any($1)",
        deliveries,
        now,
    );
    Ok(again.execute(&mut **act).await?.rows_affected())
}
