//! A product as shoppers would see it, whatever its status, in the frame of the shop.

use crate::admin::product_address;
use crate::storefront;
use crate::ui::{Notice, page};
use crate::web::flash::Tone;
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::components::{ParentRoute, Route};
use leptos_router::hooks::use_params_map;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use shop::Error;
use shop::catalog::{self, ProductStatus};
use shop::id::ProductId;

/// By its address it is the admin's, and its frame is the shop's.
#[component(transparent)]
pub fn PreviewPage() -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/admin") view=storefront::Outlined ssr=SsrMode::Async>
            <Route path=path!("/products/:product/preview") view=Preview />
        </ParentRoute>
    }
    .into_inner()
}

#[component]
fn Preview() -> impl IntoView {
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
        let shown = storefront::product_preview(&visit, &product, format!("{}/preview", product_address(id))).await?;
        Ok(view! {
            <Title text=format!("Preview: {}", product.texts.name) />
            <Meta name="robots" content="noindex" />
            <div class="container preview">
                <Notice tone=Tone::Warning title="Preview">
                    <p>{words} " " <a href=product_address(id)>"Back to editing"</a></p>
                </Notice>
            </div>
            {shown}
        })
    })
}
