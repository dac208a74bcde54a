//! Reading the audit log.

use crate::accounts::{May, Permission};
use crate::id::AuditId;
use crate::input::Raw;
use crate::{Page, Paging, Result, Shop};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
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
    /// Days of UTC, `2026-11-14`; both are part of the range.
    pub from: Option<String>,
    pub to: Option<String>,
    pub page: Raw,
    pub limit: Raw,
}

#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    pub id: AuditId,
    #[schema(example = "staff")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    #[schema(example = "Ruth Calder")]
    pub actor_name: String,
    #[schema(example = "product.publish")]
    pub action: String,
    #[schema(example = "product")]
    pub entity_type: String,
    #[schema(example = "0190b5a0-7c1e-7000-8000-000000000002")]
    pub entity_id: String,
    #[sqlx(json(nullable))]
    pub before: Option<serde_json::Value>,
    #[sqlx(json(nullable))]
    pub after: Option<serde_json::Value>,
    #[schema(example = "203.0.113.7")]
    pub ip: Option<String>,
    #[schema(example = "0190b5a0-7c1e-7000-8000-000000000009")]
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Linked into the chain of hashes.
    pub is_sealed: bool,
}

impl AuditEntry {
    /// What differs: the name of a field, what it was, what it became.
    pub fn changes(&self) -> Vec<(String, Option<serde_json::Value>, Option<serde_json::Value>)> {
        let none = serde_json::Map::new();
        let fields = |side: &Option<serde_json::Value>| side.as_ref().and_then(|v| v.as_object()).cloned();
        let (before, after) = (fields(&self.before), fields(&self.after));
        let (before, after) = (before.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
        differing.map(|name| (name.clone(), before.get(name).cloned(), after.get(name).cloned())).collect()
    }
}

/// One page of the log, the newest first.
pub async fn list(shop: &Shop, who: &dyn May, filter: &AuditFilter) -> Result<Page<AuditEntry>> {
    who.may(Permission::AuditRead)?;
    let number = |typed: &Raw, otherwise: u32| typed.trimmed().parse().unwrap_or(otherwise);
    let paging = Paging::new(number(&filter.page, 1), number(&filter.limit, 50));
    let mut count = QueryBuilder::new("select count(*) from audit_logs where true");
    narrow(&mut count, filter);
    let total: i64 = count.build_query_scalar().fetch_one(&shop.db).await?;
    let mut query = QueryBuilder::new(
        "select id, actor_type, actor_id, actor_name, action, entity_type, entity_id, before, after, ip, request_id,
                created_at, chain_no is not null as is_sealed
         from audit_logs
         where true",
    );
    narrow(&mut query, filter);
    query.push(" order by created_at desc, id desc limit ").push_bind(i64::from(paging.limit()));
    query.push(" offset ").push_bind(paging.offset());
    let items = query.build_query_as().fetch_all(&shop.db).await?;
    Ok(Page::new(items, total, paging))
}

fn narrow(query: &mut QueryBuilder<Postgres>, filter: &AuditFilter) {
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
    // years that PostgreSQL can hold
    let midnight =
        |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|t| t.and_utc()).filter(|t| t.timestamp().abs() < 1 << 37);
    if let Some(from) = day(&filter.from).and_then(midnight) {
        query.push(" and created_at >= ").push_bind(from);
    }
    if let Some(end) = day(&filter.to).and_then(|day| day.checked_add_days(Days::new(1))).and_then(midnight) {
        query.push(" and created_at < ").push_bind(end);
    }
}

/// What there is to filter by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub actions: Vec<String>,
    pub entity_types: Vec<String>,
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
    Ok(Facets { actions: row.actions, entity_types: row.entity_types })
}
