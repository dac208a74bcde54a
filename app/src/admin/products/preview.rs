//! A product as shoppers would see it, whatever its status, in the frame of the shop.

use super::address;
use crate::storefront;
use crate::ui::Notice;
use crate::web::flash::Tone;
use crate::web::{page, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use shop::Error;
use shop::catalog::{self, ProductStatus};
use shop::id::ProductId;

/// The pages of the admin that stand in the shop's frame.
pub fn is_preview(path: &str) -> bool {
    path.starts_with("/admin/products/") && path.ends_with("/preview")
}

#[component]
pub fn Preview() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("product"));
    page(async move {
        let id: ProductId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let product = catalog::product_preview(visit.shop(), visit.staff()?, id).await?;
        let words = match product.status {
            ProductStatus::Published => "This is how shoppers see it. Nothing can be bought from here.",
            ProductStatus::Draft => "A draft: shoppers do not see it yet, and nothing can be bought from here.",
            ProductStatus::Archived => "Archived: shoppers do not see it, and nothing can be bought from here.",
        };
        let shown = storefront::product_preview(&visit, &product, format!("{}/preview", address(id))).await?;
        Ok(view! {
            <Title text=format!("Preview: {}", product.name) />
            <Meta name="robots" content="noindex" />
            <div class="container preview">
                <Notice tone=Tone::Warning title="Preview">
                    <p>{words} " " <a href=address(id)>"Back to editing"</a></p>
                </Notice>
            </div>
            {shown}
        })
    })
}
