//! Messages: what is sent of an event. A body is written once, and each attempt sends the same bytes.

use super::topics;
use crate::Result;
use crate::act::Act;
use crate::events::{Recorded, test_topic};
use crate::id::{DeliveryId, WebhookId};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

/// The days of which there are shapes of payloads, the newest first. An endpoint keeps to the one that was the newest
/// when it was made, until somebody gives it another.
pub const PAYLOAD_VERSIONS: [NaiveDate; 1] = [NaiveDate::from_ymd_opt(2026, 12, 1).expect("is a day")];

/// An endpoint, as far as it decides what it is sent.
pub(super) struct Wants {
    pub id: WebhookId,
    pub topics: Vec<String>,
    pub version: NaiveDate,
    /// What happened before is none of its business, unless somebody asks for it.
    pub since: DateTime<Utc>,
}

/// That an event goes to an endpoint.
struct Pair<'a> {
    event: &'a Recorded,
    to: &'a Wants,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    version: NaiveDate,
    sequence: Option<i64>,
    data: &'a Value,
}

/// All endpoints, held until the act ends: none goes away meanwhile.
pub(super) async fn all(act: &mut Act<'_>) -> Result<Vec<Wants>> {
    let wants = sqlx::query_as!(
        Wants,
        r#"select id as "id: WebhookId", topics, payload_version as version, created_at as since
           from webhook_endpoints
           order by id
           for key share"#,
    );
    Ok(wants.fetch_all(&mut **act).await?)
}

/// Makes deliveries of events for the endpoints that want them, due at once, and says how many there are. One that is
/// there already stays as it is.
pub(super) async fn deliver(act: &mut Act<'_>, events: &[Recorded], endpoints: &[Wants]) -> Result<u64> {
    let wanted = |to: &Wants, event: &Recorded| match event.topic == test_topic().name {
        true => event.entity_id.as_deref() == Some(to.id.to_string().as_str()),
        false => event.occurred_at >= to.since && topics::wants(&to.topics, &event.topic),
    };
    // a program of the version before recorded some without a shape
    let pairs: Vec<Pair<'_>> = events
        .iter()
        .filter(|event| event.version.is_some())
        .flat_map(|event| endpoints.iter().filter(move |to| wanted(to, event)).map(move |to| Pair { event, to }))
        .collect();
    if pairs.is_empty() {
        return Ok(0);
    }
    write_bodies(act, &pairs).await?;
    let now = act.now;
    let ids: Vec<_> = pairs.iter().map(|_| DeliveryId::new().0).collect();
    let endpoints: Vec<_> = pairs.iter().map(|pair| pair.to.id.0).collect();
    let events: Vec<_> = pairs.iter().map(|pair| pair.event.id.0).collect();
    let versions: Vec<_> = pairs.iter().map(|pair| pair.to.version).collect();
    let topics: Vec<_> = pairs.iter().map(|pair| pair.event.topic.clone()).collect();
    let made = sqlx::query!(
        "insert into webhook_deliveries (id, endpoint_id, event_id, version, topic, next_attempt_at, created_at)
         select p.id, p.endpoint, p.event, p.version, p.topic, $6, $6
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::text[])
             with ordinality as p (id, endpoint, event, version, topic, n)
         order by p.n
         on conflict (endpoint_id, event_id) do nothing",
        &ids,
        &endpoints,
        &events,
        &versions,
        &topics,
        now,
    )
    .execute(&mut **act)
    .await?;
    Ok(made.rows_affected())
}

async fn write_bodies(act: &mut Act<'_>, pairs: &[Pair<'_>]) -> Result<()> {
    let mut seen = HashSet::new();
    let (mut events, mut versions, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for Pair { event, to } in pairs {
        if seen.insert((event.id, to.version)) {
            events.push(event.id.0);
            versions.push(to.version);
            bodies.push(body(event, to.version)?);
        }
    }
    sqlx::query!(
        "insert into webhook_messages (event_id, version, body)
         select * from unnest($1::uuid[], $2::date[], $3::text[])
         on conflict (event_id, version) do nothing",
        &events,
        &versions,
        &bodies,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// An event in the shape of a day. There is one so far, so that nothing has to be converted.
fn body(event: &Recorded, version: NaiveDate) -> Result<String> {
    Ok(serde_json::to_string(&Body {
        r#type: &event.topic,
        timestamp: written(event.occurred_at),
        version,
        sequence: event.sequence,
        data: &event.payload,
    })?)
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}
