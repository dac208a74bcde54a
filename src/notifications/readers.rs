//! Those who are mailed.

use crate::Result;
use crate::actors::{Origin, Permission, Staff};
use crate::id::UserId;
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// Somebody who is mailed.
pub(super) struct Reader {
    pub staff: Staff,
    pub first_name: String,
    pub since: DateTime<Utc>,
}

/// Those who work here and followed their invitation; or the one of them.
pub(super) async fn readers(db: impl PgExecutor<'_>, only: Option<UserId>) -> Result<Vec<Reader>> {
    let rows = sqlx::query!(
        r#"select i.id as "id!: UserId", i.email as "email!", i.name as "name!", i.role = 'admin' as "is_admin!",
                  i.permissions as "permissions!", u.first_name, u.staff_since as "since!"
           from identities i
           join users u on u.id = i.id
           where u.staff_since is not null and u.invited_at is null and ($1::uuid is null or i.id = $1)
           order by i.id"#,
        only as _,
    )
    .fetch_all(db)
    .await?;
    let readers = rows.into_iter().map(|row| Reader {
        staff: Staff {
            id: row.id,
            name: row.name,
            email: row.email,
            is_admin: row.is_admin,
            permissions: row.permissions.iter().filter_map(|word| Permission::parse(word)).collect(),
            session: None,
            origin: Origin::default(),
        },
        first_name: row.first_name,
        since: row.since,
    });
    Ok(readers.collect())
}
