//! Which deliveries are to be sent now. Each is taken by one process, for a minute: what dies meanwhile is sent again,
//! with the same id.

use super::jwe::Recipient;
use super::keys::recipients;
use super::secrets::signers;
use super::signing::Signer;
use super::topics;
use crate::id::{DeliveryId, EventId, WebhookId};
use crate::{Result, Shop, settings};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// So many are under way to one endpoint at once; to one where nothing arrives, and to one that wants them in order,
/// one.
const AT_ONCE_EACH: i64 = 4;
/// How long a delivery is leased. Longer than an attempt takes.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// A delivery that is ours to send.
pub(super) struct Claimed {
    pub delivery: DeliveryId,
    pub webhook: WebhookId,
    pub event: EventId,
    pub topic: String,
    /// This one included.
    pub attempts: i32,
    pub lease: DateTime<Utc>,
    pub url: String,
    pub body: String,
    /// It holds personal data, which leaves only encrypted.
    pub must_be_encrypted: bool,
    pub seals: Arc<Seals>,
}

/// How the messages of an endpoint are signed, and for whom they are encrypted.
#[derive(Default)]
pub(super) struct Seals {
    pub signers: Vec<Signer>,
    pub recipient: Option<Recipient>,
}

/// What there is to do.
pub(super) struct Waiting {
    /// Events wait to be handed on.
    pub events: bool,
    /// Messages are due.
    pub messages: bool,
}

/// Looks, with one question.
pub(super) async fn waiting(shop: &Shop) -> Result<Waiting> {
    let waiting = sqlx::query_as!(
        Waiting,
        r#"select exists (select from outbox_events where status = 'pending') as "events!",
                  exists (
                      select from webhook_endpoints e
                      where not e.is_paused and exists (
                          select from webhook_deliveries d
                          where d.endpoint_id = e.id and d.status = 'pending' and d.next_attempt_at <= $1
                            and (d.leased_until is null or d.leased_until <= $1)
                      )
                  ) as "messages!""#,
        shop.clock.now(),
    );
    Ok(waiting.fetch_one(&shop.db).await?)
}

/// Takes what is due, at most so many. The endpoints' rows are not locked, so that of two processes that look at the
/// same moment an endpoint may get a few more at once; of one that wants its messages in order, only the first in line
/// is ever taken, and by one.
pub(super) async fn claim(shop: &Shop, at_most: i64) -> Result<Vec<Claimed>> {
    let now = shop.clock.now();
    let lease = now + LEASE;
    let rows = sqlx::query!(
        r#"with free as (
               select e.id, e.url, e.is_ordered,
                      case when e.is_ordered or e.failing_since is not null then 1 else $4::bigint end - (
                          select count(*) from webhook_deliveries d where d.endpoint_id = e.id and d.leased_until > $1
                      ) as places
               from webhook_endpoints e
               where not e.is_paused
           ),
           picked as (
               select d.id, f.url
               from free f
               cross join lateral (
                   select d.id
                   from webhook_deliveries d
                   where d.endpoint_id = f.id and d.status = 'pending' and d.next_attempt_at <= $1
                     and (d.leased_until is null or d.leased_until <= $1)
                     and not (f.is_ordered and exists (
                         select from webhook_deliveries b
                         where b.endpoint_id = f.id and b.status = 'pending' and b.position < d.position
                     ))
                   order by d.next_attempt_at, d.position
                   limit greatest(f.places, 0)
                   for update skip locked
               ) d
               limit $3
           ),
           taken as (
               update webhook_deliveries d
               set attempts = d.attempts + 1, leased_until = $2
               from picked p
               where d.id = p.id
               returning d.id, d.endpoint_id, d.event_id, d.version, d.topic, d.attempts, d.position, p.url,
                         set_config('synchronous_commit', 'off', true)
           )
           select t.id as "delivery: DeliveryId", t.endpoint_id as "webhook: WebhookId", t.event_id as "event: EventId",
                  t.topic, t.attempts, t.url, m.body
           from taken t
           join webhook_messages m on m.event_id = t.event_id and m.version = t.version
           order by t.position"#,
        now,
        lease,
        at_most,
        AT_ONCE_EACH,
    )
    .fetch_all(&shop.db)
    .await?;
    let mut webhooks: Vec<WebhookId> = rows.iter().map(|row| row.webhook).collect();
    webhooks.sort_unstable();
    webhooks.dedup();
    if webhooks.is_empty() {
        return Ok(Vec::new());
    }
    let encrypt_personal =
        rows.iter().any(|row| topics::is_personal(&row.topic)) && settings::load(shop).await?.encrypt_personal_events;
    let (mut signers, mut recipients) = (signers(shop, &webhooks).await?, recipients(shop, &webhooks).await?);
    let seals: std::collections::HashMap<WebhookId, Arc<Seals>> = webhooks
        .into_iter()
        .map(|id| {
            let seals = Seals { signers: signers.remove(&id).unwrap_or_default(), recipient: recipients.remove(&id) };
            (id, Arc::new(seals))
        })
        .collect();
    let claimed = rows.into_iter().map(|row| Claimed {
        seals: seals.get(&row.webhook).cloned().unwrap_or_default(),
        must_be_encrypted: encrypt_personal && topics::is_personal(&row.topic),
        delivery: row.delivery,
        webhook: row.webhook,
        event: row.event,
        topic: row.topic,
        attempts: row.attempts,
        lease,
        url: row.url,
        body: row.body,
    });
    Ok(claimed.collect())
}
