//! From a session to a person.

use super::staff::AccountKind;
use crate::actors::{Customer, Once, Origin, Permission, Staff};
use crate::id::{SessionId, UserId};
use crate::{Result, Shop};

/// Somebody signed in: a shopper always, and perhaps one who works here.
#[derive(Debug, Clone)]
pub struct Identity {
    pub customer: Customer,
    pub staff: Option<Staff>,
}

impl Identity {
    /// The same, asking under an idempotency key.
    pub fn asking_once(mut self, once: Once) -> Self {
        self.customer.origin.once = Some(once);
        if let Some(staff) = &mut self.staff {
            staff.origin.once = Some(once);
        }
        self
    }
}

/// A row of the view `identities`.
pub(super) struct IdentityRow {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub role: AccountKind,
    pub permissions: Vec<String>,
}

impl IdentityRow {
    pub(super) fn identity(self, session: Option<SessionId>, origin: &Origin) -> Identity {
        let staff = self.role.works_here().then(|| Staff {
            id: self.user,
            name: self.name.clone(),
            email: self.email.clone(),
            is_admin: self.role == AccountKind::Admin,
            permissions: self.permissions.iter().filter_map(|p| Permission::parse(p)).collect(),
            session,
            origin: origin.clone(),
        });
        let customer = Customer { id: self.user, email: self.email, name: self.name, session, origin: origin.clone() };
        Identity { customer, staff }
    }
}

/// Who this is, as things stand now: a deactivated account is nobody, and a changed role counts at once.
pub async fn identify(
    shop: &Shop,
    user: UserId,
    session: Option<SessionId>,
    origin: &Origin,
) -> Result<Option<Identity>> {
    let row = sqlx::query_as!(
        IdentityRow,
        r#"select id as "user!: UserId", email as "email!", name as "name!", role as "role!: AccountKind", permissions as "permissions!"
           from identities
           where id = $1"#,
        user as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(row.map(|row| row.identity(session, origin)))
}
