//! Roles: what staff may do, as data. An admin needs none.

use super::staff::AccountKind;
use crate::actors::{Permission, Staff};
use crate::events::{self, Event, RoleEvent, StaffEvent};
use crate::id::{RoleId, UserId};
use crate::input::Raw;
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

/// A role, and how many people have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub permissions: Vec<Permission>,
    pub members: i64,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleInput {
    pub name: Raw,
    pub description: Raw,
    /// Words such as `catalog:write`.
    pub permissions: Vec<Raw>,
}

impl From<&Role> for RoleInput {
    fn from(role: &Role) -> Self {
        Self {
            name: role.name.as_str().into(),
            description: role.description.as_str().into(),
            permissions: role.permissions.iter().map(|p| Raw::from(p.word())).collect(),
        }
    }
}

impl RoleInput {
    fn check(&self) -> Result<(String, String, Vec<Permission>)> {
        let mut faults = Invalid::default();
        let name = self.name.line("name", 60, &mut faults);
        let description = self.description.text("description", 500, &mut faults);
        let mut permissions = Vec::new();
        for (i, word) in self.permissions.iter().enumerate() {
            match Permission::parse(word.trimmed()) {
                Some(permission) if permissions.contains(&permission) => {}
                Some(permission) => permissions.push(permission),
                None => faults.add(format!("permissions[{i}]"), "is not a permission that we know"),
            }
        }
        faults.into_result()?;
        Ok((name, description, permissions))
    }
}

fn words(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(|p| p.word().to_owned()).collect()
}

fn parsed(words: &[String]) -> Vec<Permission> {
    words.iter().filter_map(|word| Permission::parse(word)).collect()
}

impl Staff {
    /// Whether they may give this role to somebody, or change it.
    pub fn may_give_role(&self, role: &Role) -> bool {
        self.may_give(&role.permissions).is_ok()
    }

    /// Nobody hands out what they do not have.
    pub(super) fn may_give(&self, permissions: &[Permission]) -> Result<()> {
        if permissions.iter().all(|p| self.can(*p)) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// All roles, by name.
pub async fn list(shop: &Shop, staff: &Staff) -> Result<Vec<Role>> {
    staff.may(Permission::StaffRead)?;
    let rows = sqlx::query!(
        r#"select r.id as "id: RoleId", r.name, r.description, r.permissions,
                  (select count(*) from user_roles ur where ur.role_id = r.id) as "members!"
           from roles r
           order by lower(r.name), r.id"#,
    )
    .fetch_all(&shop.db)
    .await?;
    let roles = rows.into_iter().map(|row| Role {
        id: row.id,
        name: row.name,
        description: row.description,
        permissions: parsed(&row.permissions),
        members: row.members,
    });
    Ok(roles.collect())
}

pub async fn get(shop: &Shop, staff: &Staff, id: RoleId) -> Result<Role> {
    list(shop, staff).await?.into_iter().find(|role| role.id == id).ok_or(Error::NotFound)
}

pub async fn create(shop: &Shop, staff: &Staff, input: RoleInput) -> Result<Role> {
    staff.may(Permission::StaffWrite)?;
    let (name, description, permissions) = input.check()?;
    staff.may_give(&permissions)?;
    let id = RoleId::new();
    act!(shop, staff, "role.create", |act| {
        sqlx::query!(
            "insert into roles (id, name, description, permissions, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5)",
            id as _,
            name,
            description,
            &words(&permissions),
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("roles_name_key", name_taken)?;
        let entry = audit::Entry { action: "role.create", entity_type: audit::Entity::Role, entity_id: id.to_string() };
        audit::record(&mut act, entry, &(), &shown(&name, &description, &permissions))?;
        events::record(&mut act, &Event::RoleCreated(told(id, &name, &permissions)))?;
        act.commit(()).await
    })?;
    Ok(Role { id, name, description, permissions, members: 0 })
}

/// Changes a role; counts at once for everybody who has it.
pub async fn edit(shop: &Shop, staff: &Staff, id: RoleId, input: RoleInput) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    let (name, description, permissions) = input.check()?;
    staff.may_give(&permissions)?;
    act!(shop, staff, "role.edit", |act| {
        let before = locked(&mut act, staff, id).await?;
        sqlx::query!(
            "update roles set name = $2, description = $3, permissions = $4, updated_at = $5 where id = $1",
            id as _,
            name,
            description,
            &words(&permissions),
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("roles_name_key", name_taken)?;
        let entry = audit::Entry { action: "role.edit", entity_type: audit::Entity::Role, entity_id: id.to_string() };
        audit::record(&mut act, entry, &before.shown(), &shown(&name, &description, &permissions))?;
        events::record(&mut act, &Event::RoleUpdated(told(id, &name, &permissions)))?;
        act.commit(()).await
    })
}

/// Deletes a role. `Conflict` (`role_in_use`) when somebody has it, unless they are given another one in its place.
pub async fn delete(shop: &Shop, staff: &Staff, id: RoleId, instead: Option<RoleId>) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    act!(shop, staff, "role.delete", |act| {
        let before = locked(&mut act, staff, id).await?;
        if let Some(instead) = instead.filter(|instead| *instead != id) {
            let after = locked(&mut act, staff, instead).await?;
            replace(&mut act, (id, &before), (instead, &after)).await?;
        }
        sqlx::query!("delete from roles where id = $1", id as _)
            .execute(&mut *act)
            .await
            .on_constraint("user_roles_role_id_fkey", || {
                Error::conflict("role_in_use", "Somebody has this role; choose another one for them first")
            })?;
        let entry = audit::Entry { action: "role.delete", entity_type: audit::Entity::Role, entity_id: id.to_string() };
        audit::record(&mut act, entry, &before.shown(), &())?;
        events::record(&mut act, &Event::RoleDeleted(told(id, &before.name, &before.permissions)))?;
        act.commit(()).await
    })
}

/// Gives everybody who has a role another one in its place. Both are locked.
async fn replace(act: &mut Act<'_>, (id, old): (RoleId, &Locked), (instead, new): (RoleId, &Locked)) -> Result<()> {
    let people = sqlx::query!(
        r#"with former as (
            delete from user_roles where role_id = $1 returning user_id
        ),
        given as (
            insert into user_roles (user_id, role_id) select user_id, $2 from former on conflict do nothing
        )
        select u.id as "user: UserId", u.role as "account_kind: AccountKind", u.is_active,
               u.invited_at is not null as "is_invited!"
        from former
        join users u on u.id = former.user_id
        order by u.id"#,
        id as _,
        instead as _,
    )
    .fetch_all(&mut **act)
    .await?;
    for one in people {
        let entry = audit::Entry {
            action: "staff.replace_role",
            entity_type: audit::Entity::User,
            entity_id: one.user.to_string(),
        };
        audit::record(act, entry, &json!({ "role": old.name }), &json!({ "role": new.name }))?;
        let told = StaffEvent {
            account_id: one.user,
            account_kind: one.account_kind.into(),
            is_active: one.is_active,
            is_invited: one.is_invited,
        };
        events::record(act, &Event::StaffUpdated(told))?;
    }
    Ok(())
}

/// A role as it is, locked until the transaction ends.
struct Locked {
    name: String,
    description: String,
    permissions: Vec<Permission>,
}

impl Locked {
    fn shown(&self) -> serde_json::Value {
        shown(&self.name, &self.description, &self.permissions)
    }
}

/// Locks a role that this member of staff may change, which is one that gives no more than they have.
async fn locked(conn: &mut PgConnection, staff: &Staff, id: RoleId) -> Result<Locked> {
    let role = sqlx::query!("select name, description, permissions from roles where id = $1 for update", id as _)
        .fetch_one(conn)
        .await?;
    let permissions = parsed(&role.permissions);
    staff.may_give(&permissions)?;
    Ok(Locked { name: role.name, description: role.description, permissions })
}

fn told(id: RoleId, name: &str, permissions: &[Permission]) -> RoleEvent {
    RoleEvent { role_id: id, name: name.to_owned(), permissions: words(permissions) }
}

fn shown(name: &str, description: &str, permissions: &[Permission]) -> serde_json::Value {
    json!({ "name": name, "description": description, "permissions": words(permissions) })
}

fn name_taken() -> Error {
    Error::invalid("name", "is the name of another role")
}
