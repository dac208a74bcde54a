//! Where events are posted to: making, changing and listing these addresses.

use super::acts::entry;
use super::messages::PAYLOAD_VERSIONS;
use super::pause::PauseReason;
use super::secrets::{self, SecretKind};
use super::topics;
use crate::actors::{May, Permission};
use crate::id::{UserId, WebhookId};
use crate::input::{Raw, like_pattern};
use crate::{Error, Invalid, Page, Paging, Result, Shop, audit};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

/// An endless list would make each event expensive.
const MAX_ENDPOINTS: i64 = 100;
const LONGEST_URL: usize = 2000;

words! {
    /// How an endpoint stands.
    pub enum EndpointState {
        Active = "active" => "Active",
        /// The last attempts failed.
        Failing = "failing" => "Failing",
        Paused = "paused" => "Paused",
    }
}

/// Where events are posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    /// Topics, or `*` alone for all of them.
    pub topics: Vec<String>,
    /// By the shapes of this day payloads are sent.
    pub payload_version: NaiveDate,
    /// One at a time, each after the one before arrived or died.
    pub is_ordered: bool,
    pub state: EndpointState,
    pub pause_reason: Option<PauseReason>,
    pub paused_at: Option<DateTime<Utc>>,
    /// Since when nothing arrived there.
    pub failing_since: Option<DateTime<Utc>>,
    /// Whether its messages are encrypted.
    pub is_encrypted: bool,
    /// Who made it; nobody, if that was at the terminal.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub health: Health,
}

/// What became of an endpoint's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// That wait, or are tried again.
    pub pending: i64,
    /// When the oldest of those was made.
    pub oldest_pending: Option<DateTime<Utc>>,
    /// Within the last 24 hours.
    pub delivered: i64,
    /// Of the last thirty days.
    pub dead: i64,
}

/// Messages that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub pending: i64,
    pub dead: i64,
}

/// Which endpoints to list; by name.
#[derive(Debug, Clone)]
pub struct EndpointQuery {
    /// In the name or the address.
    pub search: String,
    pub state: Option<EndpointState>,
    pub paging: Paging,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = WebhookInput, example = json!({
    "name": "Accounting", "url": "https://accounting.example/hooks", "topics": ["*"],
}))]
pub struct EndpointInput {
    /// What receives there, as it stands in the list.
    #[schema(max_length = 100)]
    pub name: Raw,
    /// Where messages are posted to: `https`, and a server that the whole internet can reach.
    #[schema(max_length = 2000)]
    pub url: Raw,
    /// Topics such as `order.paid`, or `*` for all of them and those that come later.
    #[schema(value_type = Vec<String>)]
    pub topics: Vec<Raw>,
    /// The day of which payloads have the shape. Left out, the newest.
    #[schema(example = "2026-12-01")]
    pub payload_version: Raw,
    /// Whether messages are sent one at a time, each after the one before arrived or is dead.
    #[schema(value_type = Option<bool>)]
    pub is_ordered: Raw,
}

impl From<&Endpoint> for EndpointInput {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            name: endpoint.name.as_str().into(),
            url: endpoint.url.as_str().into(),
            topics: endpoint.topics.iter().map(|topic| topic.as_str().into()).collect(),
            payload_version: endpoint.payload_version.to_string().into(),
            is_ordered: endpoint.is_ordered.to_string().into(),
        }
    }
}

/// A new endpoint, and the secret that nobody can be told again.
#[derive(Debug)]
pub struct MadeEndpoint {
    pub id: WebhookId,
    pub secret: SecretString,
}

struct Checked {
    name: String,
    url: String,
    topics: Vec<String>,
    payload_version: NaiveDate,
    is_ordered: bool,
}

impl Checked {
    fn shown(&self) -> Value {
        let Self { name, url, topics, payload_version, is_ordered } = self;
        json!({
            "name": name, "url": url, "topics": topics, "payloadVersion": payload_version, "isOrdered": is_ordered,
        })
    }
}

impl EndpointInput {
    fn check(&self, shop: &Shop) -> Result<Checked> {
        let mut faults = Invalid::default();
        let name = self.name.line("name", 100, &mut faults);
        let url = self.url.line("url", LONGEST_URL, &mut faults);
        if !url.is_empty() {
            match Url::parse(&url) {
                Err(_) => faults.add("url", "must be an address such as https://example.com/hooks"),
                Ok(url) if url.fragment().is_some() => faults.add("url", "must have no part after #: it is never sent"),
                Ok(url) => {
                    faults.check("url", shop.outbound.check_encrypted(&url).map_err(sentence));
                }
            }
        }
        let topics = topics::check(&self.topics, &mut faults);
        let payload_version = match self.payload_version.trimmed() {
            "" => PAYLOAD_VERSIONS.first().copied(),
            day => PAYLOAD_VERSIONS.iter().copied().find(|version| version.to_string() == day),
        };
        if payload_version.is_none() {
            faults.add(
                "payloadVersion",
                format!("must be one of {}", PAYLOAD_VERSIONS.map(|v| v.to_string()).join(", ")),
            );
        }
        faults.into_result()?;
        let payload_version = payload_version.ok_or_else(|| Error::internal("no fault and no version"))?;
        Ok(Checked { name, url, topics, payload_version, is_ordered: self.is_ordered.is_on() })
    }
}

/// A reason of the guarded client, as a sentence of its own.
fn sentence(why: String) -> String {
    let mut letters = why.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Makes an endpoint, with a secret and a pair of keys that sign its messages.
///
/// # Errors
/// `too_many_webhooks` when there are a hundred already.
pub async fn create(shop: &Shop, who: &dyn May, input: EndpointInput) -> Result<MadeEndpoint> {
    who.may(Permission::WebhooksWrite)?;
    let checked = input.check(shop)?;
    let id = WebhookId::new();
    let by = who.actor().id.filter(|_| who.actor().kind == crate::actors::ActorKind::Staff);
    act!(shop, who, "webhook.create", |act| {
        let now = act.now;
        let there = sqlx::query_scalar!(r#"select count(*) as "n!" from webhook_endpoints"#);
        if there.fetch_one(&mut *act).await? >= MAX_ENDPOINTS {
            let text = format!("There are {MAX_ENDPOINTS} webhooks already; delete one first");
            return Err(Error::conflict("too_many_webhooks", text));
        }
        sqlx::query!(
            "insert into webhook_endpoints
                 (id, name, url, topics, payload_version, is_ordered, created_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
            id as _,
            checked.name,
            checked.url,
            &checked.topics,
            checked.payload_version,
            checked.is_ordered,
            by.map(UserId) as Option<UserId>,
            now,
        )
        .execute(&mut *act)
        .await?;
        let secret = secrets::make(&mut act, id, SecretKind::V1).await?;
        secrets::make(&mut act, id, SecretKind::V1a).await?;
        let secret = secret.ok_or_else(|| Error::internal("no secret was made"))?;
        audit::record(&mut act, entry("webhook.create", id), &(), &checked.shown())?;
        act.commit(MadeEndpoint { id, secret }).await
    })
}

/// Changes an endpoint; counts for what is sent from now on, also of what waits. The address is checked again each time
/// that something is sent there.
pub async fn edit(shop: &Shop, who: &dyn May, id: WebhookId, input: EndpointInput) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    let checked = input.check(shop)?;
    act!(shop, who, "webhook.edit", |act| {
        let now = act.now;
        let before = sqlx::query_as!(
            Checked,
            "select name, url, topics, payload_version, is_ordered from webhook_endpoints where id = $1 for update",
            id as _,
        );
        let before = before.fetch_one(&mut *act).await?;
        sqlx::query!(
            "update webhook_endpoints
             set name = $2, url = $3, topics = $4, payload_version = $5, is_ordered = $6, updated_at = $7
             where id = $1",
            id as _,
            checked.name,
            checked.url,
            &checked.topics,
            checked.payload_version,
            checked.is_ordered,
            now,
        )
        .execute(&mut *act)
        .await?;
        audit::record(&mut act, entry("webhook.edit", id), &before.shown(), &checked.shown())?;
        act.commit(()).await
    })
}

/// Deletes an endpoint, with what waits for it and its log.
pub async fn delete(shop: &Shop, who: &dyn May, id: WebhookId) -> Result<()> {
    who.may(Permission::WebhooksWrite)?;
    act!(shop, who, "webhook.delete", |act| {
        let before = sqlx::query_as!(
            Checked,
            "delete from webhook_endpoints where id = $1 returning name, url, topics, payload_version, is_ordered",
            id as _,
        );
        let before = before.fetch_one(&mut *act).await?;
        audit::record(&mut act, entry("webhook.delete", id), &before.shown(), &())?;
        act.commit(()).await
    })
}

struct Row {
    id: WebhookId,
    name: String,
    url: String,
    topics: Vec<String>,
    payload_version: NaiveDate,
    is_ordered: bool,
    state: EndpointState,
    pause_reason: Option<PauseReason>,
    paused_at: Option<DateTime<Utc>>,
    failing_since: Option<DateTime<Utc>>,
    is_encrypted: bool,
    created_by: Option<String>,
    created_at: DateTime<Utc>,
    pending: i64,
    oldest_pending: Option<DateTime<Utc>>,
    delivered: i64,
    dead: i64,
    total: i64,
}

impl From<Row> for Endpoint {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            url: row.url,
            topics: row.topics,
            payload_version: row.payload_version,
            is_ordered: row.is_ordered,
            state: row.state,
            pause_reason: row.pause_reason,
            paused_at: row.paused_at,
            failing_since: row.failing_since,
            is_encrypted: row.is_encrypted,
            created_by: row.created_by,
            created_at: row.created_at,
            health: Health {
                pending: row.pending,
                oldest_pending: row.oldest_pending,
                delivered: row.delivered,
                dead: row.dead,
            },
        }
    }
}

/// One page of the endpoints.
pub async fn endpoints(shop: &Shop, who: &dyn May, query: &EndpointQuery) -> Result<Page<Endpoint>> {
    who.may(Permission::WebhooksRead)?;
    let rows = rows(shop, None, query).await?;
    let total = rows.first().map_or(0, |row| row.total);
    Ok(Page::new(rows.into_iter().map(Endpoint::from).collect(), total, query.paging))
}

pub async fn endpoint(shop: &Shop, who: &dyn May, id: WebhookId) -> Result<Endpoint> {
    who.may(Permission::WebhooksRead)?;
    let query = EndpointQuery { search: String::new(), state: None, paging: Paging::new(1, 1) };
    rows(shop, Some(id), &query).await?.pop().map(Endpoint::from).ok_or(Error::NotFound)
}

/// How many messages wait or are dead, of all endpoints.
pub async fn backlog(shop: &Shop) -> Result<Backlog> {
    let backlog = sqlx::query_as!(
        Backlog,
        r#"select (select count(*) from webhook_deliveries where status = 'pending') as "pending!",
                  (select count(*) from webhook_deliveries where status = 'dead') as "dead!""#,
    );
    Ok(backlog.fetch_one(&shop.db).await?)
}

/// Whether one posts to exactly this address.
pub async fn posts_to(shop: &Shop, url: &str) -> Result<bool> {
    let there = sqlx::query_scalar!(r#"select exists (select from webhook_endpoints where url = $1) as "there!""#, url);
    Ok(there.fetch_one(&shop.db).await?)
}

/// Those that staff should look at, by name: nothing arrives there, or the shop paused them.
pub async fn troubled(shop: &Shop, who: &dyn May) -> Result<Vec<(WebhookId, String)>> {
    who.may(Permission::WebhooksRead)?;
    let rows = sqlx::query!(
        r#"select id as "id: WebhookId", name
           from webhook_endpoints
           where failing_since is not null or pause_reason <> 'by_hand'
           order by lower(name), id"#,
    );
    Ok(rows.fetch_all(&shop.db).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

async fn rows(shop: &Shop, id: Option<WebhookId>, query: &EndpointQuery) -> Result<Vec<Row>> {
    let search = (!query.search.trim().is_empty()).then(|| like_pattern(&query.search));
    let rows = sqlx::query_as!(
        Row,
        r#"with known as (
               select e.*,
                      case when e.is_paused then 'paused' when e.failing_since is not null then 'failing'
                           else 'active' end as state
               from webhook_endpoints e
           ),
           asked as (
               select *, count(*) over () as total
               from known
               where ($1::uuid is null or id = $1) and ($2::text is null or state = $2)
                 and ($3::text is null or lower(concat_ws(' ', name, url)) like $3)
               order by lower(name), id
               limit $4 offset $5
           )
           select a.id as "id: WebhookId", a.name, a.url, a.topics, a.payload_version, a.is_ordered,
                  a.state as "state!: EndpointState", a.pause_reason as "pause_reason: PauseReason", a.paused_at,
                  a.failing_since, exists (select from webhook_keys k where k.endpoint_id = a.id and k.is_active)
                      as "is_encrypted!",
                  u.email::text as created_by, a.created_at, w.pending as "pending!", w.oldest_pending,
                  t.delivered as "delivered!", g.dead as "dead!", a.total as "total!"
           from asked a
           left join users u on u.id = a.created_by
           cross join lateral (
               select count(*) as pending, min(d.created_at) as oldest_pending
               from webhook_deliveries d
               where d.endpoint_id = a.id and d.status = 'pending'
           ) w
           cross join lateral (
               select count(*) as delivered
               from webhook_deliveries d
               where d.endpoint_id = a.id and d.status = 'delivered' and d.finished_at > $6
           ) t
           cross join lateral (
               select count(*) as dead
               from webhook_deliveries d
               where d.endpoint_id = a.id and d.status = 'dead'
           ) g
           order by lower(a.name), a.id"#,
        id as Option<WebhookId>,
        query.state.map(EndpointState::word),
        search,
        i64::from(query.paging.limit()),
        query.paging.offset(),
        shop.clock.now() - TimeDelta::hours(24),
    );
    Ok(rows.fetch_all(&shop.db).await?)
}
