//! What staff do with what they are told.

use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::Error;
use shop::input::Raw;
use shop::notifications::{self, SavePreferences};

pub const PREFERENCES: &str = "/admin/notifications/preferences";

/// Marks one as read.
#[server]
pub async fn read(id: Raw) -> Done {
    form(|visit| async move {
        let id = id.trimmed().parse().map_err(|_| Error::NotFound)?;
        notifications::mark_read(visit.shop(), visit.staff()?, id).await?;
        Ok(Next::back())
    })
    .await
}

/// Marks as read all up to the one that was the newest on the page.
#[server]
pub async fn read_all(#[server(rename = "upTo")] up_to: Raw) -> Done {
    form(|visit| async move {
        let staff = visit.staff()?;
        let up_to = up_to.trimmed().parse().map_err(|_| Error::NotFound)?;
        notifications::mark_all_read(visit.shop(), staff, up_to).await?;
        Ok(Next::back().say("All of it is marked as read."))
    })
    .await
}

#[server]
pub async fn choose(#[server(flatten)] chosen: SavePreferences) -> Done {
    form(|visit| async move {
        notifications::save_preferences(visit.shop(), visit.staff()?, chosen).await?;
        Ok(Next::to(PREFERENCES).say("Saved."))
    })
    .await
}
