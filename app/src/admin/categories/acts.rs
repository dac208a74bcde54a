//! What staff do to the tree.

use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::catalog::{self, CategoryInput, MoveCategory};
use shop::id::CategoryId;

const LIST: &str = "/admin/categories";

#[server]
pub async fn create(#[server(flatten)] input: CategoryInput) -> Done {
    form(|visit| async move {
        let said = format!("“{}” is created.", input.name.trimmed());
        catalog::create_category(visit.shop(), visit.staff()?, input).await?;
        Ok(Next::to(LIST).say(said))
    })
    .await
}

#[server]
pub async fn edit(category: CategoryId, #[server(flatten)] input: CategoryInput) -> Done {
    form(|visit| async move {
        let said = format!("“{}” is saved.", input.name.trimmed());
        catalog::edit_category(visit.shop(), visit.staff()?, category, input).await?;
        Ok(Next::to(LIST).say(said))
    })
    .await
}

/// Puts a category elsewhere among its siblings.
#[server]
pub async fn put(category: CategoryId, #[server(flatten)] to: MoveCategory) -> Done {
    form(|visit| async move {
        catalog::move_category(visit.shop(), visit.staff()?, category, to).await?;
        Ok(Next::to(LIST).say("Moved."))
    })
    .await
}

#[server]
pub async fn show(category: CategoryId, active: bool) -> Done {
    form(|visit| async move {
        catalog::set_category_active(visit.shop(), visit.staff()?, category, active).await?;
        let said = match active {
            true => "Shoppers see the category now.",
            false => "The category is hidden, with all below it.",
        };
        Ok(Next::back().say(said))
    })
    .await
}

#[server]
pub async fn delete(category: CategoryId) -> Done {
    form(|visit| async move {
        catalog::delete_category(visit.shop(), visit.staff()?, category).await?;
        Ok(Next::to(LIST).say("The category is deleted."))
    })
    .await
}
