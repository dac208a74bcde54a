//! Those who work here, as a list.

use super::{AccountKind, Member, MemberRole, MemberState, invitations};
use crate::actors::{Permission, Staff};
use crate::id::{RoleId, UserId};
use crate::input::like_pattern;
use crate::{Error, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

/// Which members of staff to list, and how.
#[derive(Debug, Clone)]
pub struct MemberQuery {
    /// In the name or the e-mail address.
    pub search: String,
    pub state: Option<MemberState>,
    pub role: Option<RoleId>,
    pub sort: MemberSort,
    pub paging: Paging,
}

words! {
    #[derive(Default)]
    pub enum MemberSort {
        #[default]
        NameUp = "name:asc",
        NameDown = "name:desc",
        /// Those never seen come last.
        SeenLast = "seen:desc",
        SeenFirst = "seen:asc",
        Newest = "created:desc",
        Oldest = "created:asc",
    }
}

impl MemberSort {
    fn order(self) -> &'static str {
        match self {
            Self::NameUp => "lower(first_name || ' ' || last_name), id",
            Self::NameDown => "lower(first_name || ' ' || last_name) desc, id desc",
            Self::SeenLast => "last_seen_at desc nulls last, id desc",
            Self::SeenFirst => "last_seen_at nulls last, id",
            Self::Newest => "created_at desc, id desc",
            Self::Oldest => "created_at, id",
        }
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    account_kind: AccountKind,
    state: MemberState,
    is_active: bool,
    #[sqlx(json)]
    roles: Vec<MemberRole>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    invited_at: Option<DateTime<Utc>>,
    last_login_at: Option<DateTime<Utc>>,
    last_seen_at: Option<DateTime<Utc>>,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            account_kind: row.account_kind,
            state: row.state,
            is_active: row.is_active,
            roles: row.roles,
            created_at: row.created_at,
            updated_at: row.updated_at,
            invited_until: row.invited_at.map(|at| at + invitations::LIFE),
            last_login_at: row.last_login_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// Accounts with their roles and how they stand, as a table to select from.
fn members(now: DateTime<Utc>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "with members as (
            select u.id, u.email::text as email, u.first_name, u.last_name, u.role as account_kind, u.is_active, u.created_at, u.updated_at,
                   u.invited_at, u.last_login_at,
                   case when not u.is_active then 'inactive' when u.invited_at is null then 'active'
                        when u.invited_at <= ",
    );
    query.push_bind(now - invitations::LIFE);
    query.push(
        " then 'expired' else 'invited' end as state,
                   greatest((select max(s.last_seen_at) from sessions s where s.user_id = u.id),
                            (select max(coalesce(t.last_used_at, t.created_at)) from refresh_tokens t
                             where t.user_id = u.id), u.last_login_at) as last_seen_at,
                   coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by lower(r.name))
                             from user_roles ur
                             join roles r on r.id = ur.role_id
                             where ur.user_id = u.id), '[]') as roles
            from users u
         ) ",
    );
    query
}

/// Everybody who works here.
pub async fn list(shop: &Shop, staff: &Staff, wanted: &MemberQuery) -> Result<Page<Member>> {
    staff.may(Permission::StaffRead)?;
    let now = shop.clock.now();
    let mut count = members(now);
    count.push("select count(*) from members");
    narrow(&mut count, wanted);
    let total: i64 = count.build_query_scalar().fetch_one(&shop.db).await?;
    let mut query = members(now);
    query.push("select * from members");
    narrow(&mut query, wanted);
    query.push(" order by ").push(wanted.sort.order());
    query.push(" limit ").push_bind(i64::from(wanted.paging.limit()));
    query.push(" offset ").push_bind(wanted.paging.offset());
    let rows: Vec<MemberRow> = query.build_query_as().fetch_all(&shop.db).await?;
    Ok(Page::new(rows.into_iter().map(Member::from).collect(), total, wanted.paging))
}

fn narrow(query: &mut QueryBuilder<Postgres>, wanted: &MemberQuery) {
    query.push(" where account_kind <> 'customer'");
    for word in wanted.search.split_whitespace() {
        query.push(" and email || ' ' || first_name || ' ' || last_name ilike ").push_bind(like_pattern(word));
    }
    if let Some(state) = wanted.state {
        query.push(" and state = ").push_bind(state.word());
    }
    if let Some(role) = wanted.role {
        query.push(" and id in (select user_id from user_roles where role_id = ").push_bind(role).push(")");
    }
}

/// One person, who may be a customer who does not work here yet.
pub async fn get(shop: &Shop, staff: &Staff, id: UserId) -> Result<Member> {
    staff.may(Permission::StaffRead)?;
    let mut query = members(shop.clock.now());
    query.push("select * from members where id = ").push_bind(id);
    let row: Option<MemberRow> = query.build_query_as().fetch_optional(&shop.db).await?;
    row.map(Member::from).ok_or(Error::NotFound)
}
