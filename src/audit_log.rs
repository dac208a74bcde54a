//! Reading the audit log.

use crate::actors::{ActorKind, May, Permission};
use crate::entity::Entity;
use crate::id::AuditId;
use crate::input::{Raw, like_pattern};
use crate::{Error, Page, Paging, Result, Shop, TimeZone, settings};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{Postgres, QueryBuilder};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which entries to list. What is not understood is left out, as in any filter in an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuditFilter {
    /// The id of whoever did it, or part of the name.
    pub actor: Option<String>,
    /// `product.publish`, or all that begins with `product.`.
    pub action: Option<String>,
    pub entity_type: Option<String>,
    pub entity_id: Option<String>,
    /// Part of who, what, of which thing, or of what it was and became. Looks at the last 90 days, or from the first
    /// day that is given on.
    pub search: Option<String>,
    /// Days of the shop's time zone, `2026-11-14`; both are part of the range.
    pub from: Option<String>,
    pub to: Option<String>,
    pub page: Raw,
    pub limit: Raw,
}

#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    pub id: AuditId,
    pub actor_type: ActorKind,
    pub actor_id: Option<Uuid>,
    #[schema(example = "Ruth Calder")]
    pub actor_name: String,
    #[schema(example = "product.publish")]
    pub action: String,
    pub entity_type: Entity,
    #[schema(example = "0190b5a0-7c1e-7000-8000-000000000002")]
    pub entity_id: String,
    #[sqlx(json(nullable))]
    pub before: Option<Value>,
    #[sqlx(json(nullable))]
    pub after: Option<Value>,
    #[schema(example = "203.0.113.7")]
    pub ip: Option<String>,
    #[schema(example = "0190b5a0-7c1e-7000-8000-000000000009")]
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Linked into the chain of hashes.
    pub is_sealed: bool,
}

/// One field that an act changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Names from the outside in, with dots between; empty where the thing is one value.
    pub field: String,
    /// `None` where it was not there.
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl AuditEntry {
    /// What differs, field by field. Objects are looked into, lists are compared as a whole.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        differences("", self.before.as_ref(), self.after.as_ref(), &mut changes);
        changes
    }
}

fn differences(field: &str, before: Option<&Value>, after: Option<&Value>, into: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let fields = |side: Option<&Value>| match side {
        None => Some(Map::new()),
        Some(Value::Object(fields)) => Some(fields.clone()),
        Some(_) => None,
    };
    match (fields(before), fields(after)) {
        (Some(was), Some(is)) if !(was.is_empty() && is.is_empty()) => {
            let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for name in names {
                let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                differences(&inner, was.get(name), is.get(name), into);
            }
        }
        _ => into.push(Change { field: field.to_owned(), before: before.cloned(), after: after.cloned() }),
    }
}

/// One page of the log, the newest first.
pub async fn list(shop: &Shop, who: &dyn May, filter: &AuditFilter) -> Result<Page<AuditEntry>> {
    who.may(Permission::AuditRead)?;
    let number = |typed: &Raw, otherwise: u32| typed.trimmed().parse().unwrap_or(otherwise);
    let paging = Paging::new(number(&filter.page, 1), number(&filter.limit, 50));
    let mut count = QueryBuilder::new("select count(*) from audit_logs where true");
    let (now, zone) = (shop.clock.now(), settings::time_zone(shop).await?);
    narrow(&mut count, filter, now, zone);
    let total: i64 = count.build_query_scalar().fetch_one(&shop.db).await?;
    let mut query = QueryBuilder::new(ENTRIES);
    narrow(&mut query, filter, now, zone);
    query.push(" order by created_at desc, id desc limit ").push_bind(i64::from(paging.limit()));
    query.push(" offset ").push_bind(paging.offset());
    let items = query.build_query_as().fetch_all(&shop.db).await?;
    Ok(Page::new(items, total, paging))
}

const ENTRIES: &str = "select id, actor_type, actor_id, actor_name, action, entity_type, entity_id, before, after, ip, \
     request_id, created_at, chain_no is not null as is_sealed from audit_logs where true";

/// One entry.
pub async fn get(shop: &Shop, who: &dyn May, id: AuditId) -> Result<AuditEntry> {
    who.may(Permission::AuditRead)?;
    let mut query = QueryBuilder::new(ENTRIES);
    query.push(" and id = ").push_bind(id);
    query.build_query_as().fetch_optional(&shop.db).await?.ok_or(Error::NotFound)
}

/// Whether the account that an entry is about is of somebody who works here.
pub async fn is_about_staff(shop: &Shop, who: &dyn May, entry: &AuditEntry) -> Result<bool> {
    who.may(Permission::AuditRead)?;
    let Ok(user) = entry.entity_id.parse::<Uuid>() else { return Ok(false) };
    let found = sqlx::query_scalar!(r#"select role <> 'customer' as "is_staff!" from users where id = $1"#, user)
        .fetch_optional(&shop.db)
        .await?;
    Ok(found.unwrap_or(false))
}

/// The next entries of a list for a file, the newest first; from after this one on.
pub async fn for_export(
    shop: &Shop,
    who: &dyn May,
    filter: &AuditFilter,
    after: Option<(DateTime<Utc>, AuditId)>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    who.may(Permission::AuditRead)?;
    let mut query = QueryBuilder::new(ENTRIES);
    narrow(&mut query, filter, shop.clock.now(), settings::time_zone(shop).await?);
    if let Some((at, id)) = after {
        query.push(" and (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" order by created_at desc, id desc limit ").push_bind(limit);
    Ok(query.build_query_as().fetch_all(&shop.db).await?)
}

/// How far back contents are searched when no first day is given: they have no index, and the log only grows.
const SEARCHED: Days = Days::new(90);

fn narrow(query: &mut QueryBuilder<Postgres>, filter: &AuditFilter, now: DateTime<Utc>, zone: TimeZone) {
    let given = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default().trim();
        (!text.is_empty() && !text.contains('\0')).then(|| text.to_owned())
    };
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    if let Some(actor) = given(&filter.actor) {
        match Uuid::parse_str(&actor) {
            Ok(id) => query.push(" and actor_id = ").push_bind(id),
            Err(_) => query.push(" and actor_name ilike ").push_bind(format!("%{}%", escaped(&actor))),
        };
    }
    if let Some(action) = given(&filter.action) {
        match action.strip_suffix('.') {
            Some(_) => query.push(" and action like ").push_bind(format!("{}%", escaped(&action))),
            None => query.push(" and action = ").push_bind(action),
        };
    }
    if let Some(entity_type) = given(&filter.entity_type) {
        query.push(" and entity_type = ").push_bind(entity_type);
    }
    if let Some(entity_id) = given(&filter.entity_id) {
        query.push(" and entity_id = ").push_bind(entity_id);
    }
    let day = |text: &Option<String>| given(text)?.parse::<NaiveDate>().ok();
    if let Some(from) = day(&filter.from) {
        query.push(" and created_at >= ").push_bind(zone.start_of(from));
    }
    if let Some(search) = given(&filter.search) {
        if day(&filter.from).is_none()
            && let Some(since) = now.checked_sub_days(SEARCHED)
        {
            query.push(" and created_at >= ").push_bind(since);
        }
        for word in search.split_whitespace() {
            query.push(
                " and concat_ws(' ', actor_name, action, entity_type, entity_id, before::text, after::text, ip, request_id) ilike ",
            );
            query.push_bind(like_pattern(word));
        }
    }
    if let Some(to) = day(&filter.to) {
        query.push(" and created_at < ").push_bind(zone.end_of(to));
    }
}

/// What there is to filter by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub actions: Vec<String>,
    pub entity_types: Vec<Entity>,
}

/// The actions and kinds of things of the last ten thousand entries, for the selects above the list.
pub async fn facets(shop: &Shop, who: &dyn May) -> Result<Facets> {
    who.may(Permission::AuditRead)?;
    let row = sqlx::query!(
        r#"with recent as (select action, entity_type from audit_logs order by created_at desc, id desc limit 10000)
           select array(select distinct action from recent order by 1) as "actions!",
                  array(select distinct entity_type from recent order by 1) as "entity_types!""#,
    )
    .fetch_one(&shop.db)
    .await?;
    let entity_types = row.entity_types.iter().map(|word| Entity::stored(word)).collect::<Result<_>>()?;
    Ok(Facets { actions: row.actions, entity_types })
}
