//! From a session to a person.

use super::actors::{Customer, Origin, Permission, Staff};
use crate::id::{SessionId, UserId};
use crate::{Result, Shop};

/// Somebody signed in: a shopper always, and perhaps one who works here.
#[derive(Debug, Clone)]
pub struct Identity {
    pub customer: Customer,
    pub staff: Option<Staff>,
}

/// Who a session belongs to, as things stand now: a deactivated account is nobody from its next request on, and a changed
/// role counts at once.
pub async fn identify(
    shop: &Shop,
    user: UserId,
    session: Option<SessionId>,
    origin: &Origin,
) -> Result<Option<Identity>> {
    let row = sqlx::query!(
        r#"select u.email::text as "email!", u.first_name, u.last_name, u.role,
                  coalesce((select array_agg(distinct p)
                            from user_roles ur
                            join roles r on r.id = ur.role_id
                            cross join unnest(r.permissions) p
                            where ur.user_id = u.id), '{}') as "permissions!: Vec<String>"
           from users u
           where u.id = $1 and u.is_active"#,
        user as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let name = format!("{} {}", row.first_name, row.last_name).trim().to_owned();
    let staff = matches!(row.role.as_str(), "staff" | "admin").then(|| Staff {
        id: user,
        name: name.clone(),
        email: row.email.clone(),
        is_admin: row.role == "admin",
        permissions: row.permissions.iter().filter_map(|p| Permission::parse(p)).collect(),
        session,
        origin: origin.clone(),
    });
    let customer = Customer { id: user, email: row.email, name, session, origin: origin.clone() };
    Ok(Some(Identity { customer, staff }))
}
