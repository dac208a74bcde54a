//! The keys, as staff see them.

use super::{ApiKey, KeyState, parsed};
use crate::actors::{Permission, Staff, System};
use crate::id::ApiKeyId;
use crate::input::like_pattern;
use crate::{Error, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

/// Which keys to list, and how.
#[derive(Debug, Clone)]
pub struct KeyQuery {
    /// In the name, the beginning of the key, or who made it.
    pub search: String,
    pub state: Option<KeyState>,
    pub sort: KeySort,
    pub paging: Paging,
}

words! {
    #[derive(Default)]
    pub enum KeySort {
        #[default]
        Newest = "created:desc",
        Oldest = "created:asc",
        NameUp = "name:asc",
        NameDown = "name:desc",
        /// Those never used come last.
        UsedLast = "used:desc",
        UsedFirst = "used:asc",
    }
}

impl KeySort {
    fn order(self) -> &'static str {
        match self {
            Self::Newest => "created_at desc, id desc",
            Self::Oldest => "created_at, id",
            Self::NameUp => "lower(name), id",
            Self::NameDown => "lower(name) desc, id desc",
            Self::UsedLast => "last_used_at desc nulls last, id desc",
            Self::UsedFirst => "last_used_at nulls last, id",
        }
    }
}

#[derive(sqlx::FromRow)]
struct ApiKeyRow {
    id: ApiKeyId,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    created_by: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    state: KeyState,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: parsed(&row.scopes),
            created_by: row.created_by,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            state: row.state,
        }
    }
}

/// All keys with how they stand, as a table to select from. What stops a key is what `verify` asks for.
fn keys(now: DateTime<Utc>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "with keys as (
            select k.id, k.name, k.prefix, k.scopes, u.email::text as created_by, k.created_at, k.last_used_at,
                   k.expires_at, k.revoked_at,
                   case when k.revoked_at is not null then 'revoked' when k.expires_at <= ",
    );
    query.push_bind(now).push(
        " then 'expired'
                        when k.created_by is not null and (i.id is null or i.role = 'customer') then 'stopped'
                        else 'good' end as state
            from api_keys k
            left join users u on u.id = k.created_by
            left join identities i on i.id = k.created_by
         ) ",
    );
    query
}

const COLUMNS: &str = "select id, name, prefix, scopes, created_by, created_at, last_used_at, expires_at, revoked_at, state \
                       from keys";

fn narrow(query: &mut QueryBuilder<Postgres>, asked: &KeyQuery) {
    query.push(" where true");
    if !asked.search.trim().is_empty() {
        query.push(" and lower(concat_ws(' ', name, prefix, created_by)) like ").push_bind(like_pattern(&asked.search));
    }
    if let Some(state) = asked.state {
        query.push(" and state = ").push_bind(state);
    }
}

/// One page of the keys.
pub async fn list(shop: &Shop, staff: &Staff, asked: &KeyQuery) -> Result<Page<ApiKey>> {
    staff.may(Permission::StaffWrite)?;
    let now = shop.clock.now();
    let mut count = keys(now);
    count.push("select count(*) from keys");
    narrow(&mut count, asked);
    let total: i64 = count.build_query_scalar().fetch_one(&shop.db).await?;
    let mut page = keys(now);
    page.push(COLUMNS);
    narrow(&mut page, asked);
    page.push(" order by ").push(asked.sort.order());
    page.push(" limit ").push_bind(i64::from(asked.paging.limit())).push(" offset ").push_bind(asked.paging.offset());
    let rows: Vec<ApiKeyRow> = page.build_query_as().fetch_all(&shop.db).await?;
    Ok(Page::new(rows.into_iter().map(ApiKey::from).collect(), total, asked.paging))
}

/// One key.
pub async fn get(shop: &Shop, staff: &Staff, id: ApiKeyId) -> Result<ApiKey> {
    staff.may(Permission::StaffWrite)?;
    let mut query = keys(shop.clock.now());
    query.push(COLUMNS).push(" where id = ").push_bind(id);
    let row: Option<ApiKeyRow> = query.build_query_as().fetch_optional(&shop.db).await?;
    row.map(ApiKey::from).ok_or(Error::NotFound)
}

/// All keys, the newest first, those that are over too.
pub async fn list_at_terminal(shop: &Shop, _system: System) -> Result<Vec<ApiKey>> {
    let mut query = keys(shop.clock.now());
    query.push(COLUMNS).push(" order by ").push(KeySort::Newest.order());
    let rows: Vec<ApiKeyRow> = query.build_query_as().fetch_all(&shop.db).await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}
