//! What staff do with roles.

use super::{HERE, address};
use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::Error;
use shop::accounts::roles::{self, RoleInput};
use shop::id::RoleId;
use shop::input::Raw;

fn named(role: &Raw) -> shop::Result<RoleId> {
    role.trimmed().parse().map_err(|_| Error::NotFound)
}

#[server]
pub async fn create(#[server(flatten)] input: RoleInput) -> Done {
    form(|visit| async move {
        let made = roles::create(visit.shop(), visit.staff()?, input).await?;
        Ok(Next::to(address(made.id)).say("The role is made."))
    })
    .await
}

#[server]
pub async fn edit(role: Raw, #[server(flatten)] input: RoleInput) -> Done {
    form(|visit| async move {
        roles::edit(visit.shop(), visit.staff()?, named(&role)?, input).await?;
        Ok(Next::back().say("Saved. It counts at once for everybody who has the role."))
    })
    .await
}

/// Deletes a role; its members get another one in its place.
#[server]
pub async fn delete(role: Raw, #[server(default)] instead: Raw) -> Done {
    form(|visit| async move {
        let instead = if instead.is_empty() { None } else { Some(named(&instead)?) };
        roles::delete(visit.shop(), visit.staff()?, named(&role)?, instead).await?;
        Ok(Next::to(HERE).say("The role is deleted."))
    })
    .await
}
