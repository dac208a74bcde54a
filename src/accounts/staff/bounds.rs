//! Whom staff may change, and to what: nobody makes an account that can do more than they can.

use super::account_kind::AccountKind;
use crate::actors::{Permission, Staff};
use crate::id::UserId;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// An account before it is changed.
pub(super) struct Before {
    pub email: String,
    pub account_kind: AccountKind,
    pub is_active: bool,
    pub invited_at: Option<DateTime<Utc>>,
    pub roles: Vec<String>,
    pub permissions: Vec<String>,
}

pub(super) async fn locked(conn: &mut PgConnection, id: UserId) -> Result<Before> {
    let before = sqlx::query_as!(
        Before,
        r#"select email::text as "email!", role as "account_kind: AccountKind", is_active, invited_at,
                  array(select r.name from user_roles ur join roles r on r.id = ur.role_id
                        where ur.user_id = u.id order by 1) as "roles!",
                  array(select distinct p from user_roles ur join roles r on r.id = ur.role_id
                        cross join unnest(r.permissions) p where ur.user_id = u.id) as "permissions!: Vec<String>"
           from users u
           where id = $1
           for update of u"#,
        id as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(before)
}

/// Nobody changes an account that can do more than they can.
pub(super) fn may_change(staff: &Staff, before: &Before) -> Result<()> {
    may_make(Some(staff), before.account_kind)?;
    staff.may_give(&before.permissions.iter().filter_map(|p| Permission::parse(p)).collect::<Vec<_>>())
}

/// Only an admin makes or unmakes an admin. The terminal may do everything.
pub(super) fn may_make(staff: Option<&Staff>, account_kind: AccountKind) -> Result<()> {
    match staff {
        Some(staff) if account_kind == AccountKind::Admin && !staff.is_admin() => Err(Error::Forbidden),
        _ => Ok(()),
    }
}

impl Before {
    pub fn shown(&self) -> Value {
        json!({
            "email": self.email, "accountKind": self.account_kind, "roles": self.roles, "isActive": self.is_active,
        })
    }
}
