//! What staff do with a product. Its status changes with the form, so that nothing that was typed is lost on the way.

use super::address;
use crate::web::flash::Tone;
use crate::web::{Done, Next, form};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::catalog::ProductStatus;
use shop::catalog::products::{self, ProductInput, Saved};
use shop::id::ProductId;
use shop::{Error, Result};

/// Creates a product (`product` is empty) or makes it what was typed. With an `act` nothing is saved: the form is shown
/// again, with a row for each variant (`rows`), without a row (`drop-3`), or as it is.
#[server]
pub async fn save(product: String, version: i32, act: Option<String>, #[server(flatten)] input: ProductInput) -> Done {
    form(|visit| async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: Option<ProductId> = match product.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::NotFound)?),
        };
        let page = id.map_or_else(|| "/admin/products/new".to_owned(), address);
        if let Some(act) = act {
            if act == "rows" {
                products::with_all_variants(shop, staff, id, input).await?;
            }
            return Ok(Next::to(page).keeping(Save::url()));
        }
        let asked = ProductStatus::parse(input.status.trimmed());
        let saved = match id {
            None => products::create(shop, staff, input).await,
            Some(id) => products::edit(shop, staff, id, version, input).await,
        };
        match saved {
            Ok(saved) => {
                let said = told(&saved, asked, id.is_none());
                Ok(Next::to(address(saved.id)).say(said))
            }
            Err(e) if e.conflict_code() == Some("edited_meanwhile") => {
                Ok(Next::to(format!("{page}/conflict")).keeping(Save::url()).tell(Tone::Warning, e.to_string()))
            }
            Err(e) => Err(e),
        }
    })
    .await
}

fn told(saved: &Saved, asked: Option<ProductStatus>, new: bool) -> String {
    let name = &saved.name;
    match asked {
        Some(ProductStatus::Published) => format!("“{name}” is published: shoppers see it now."),
        Some(ProductStatus::Archived) => format!("“{name}” is archived. Nobody can buy it any more."),
        Some(ProductStatus::Draft) => format!("“{name}” is a draft again; shoppers do not see it."),
        None if new => format!("“{name}” is created, as a draft."),
        None if saved.changed => format!("Saved. This is version {} now.", saved.version),
        None => "Nothing had changed.".to_owned(),
    }
}

#[server]
pub async fn duplicate(product: ProductId) -> Done {
    form(|visit| async move {
        let copy = products::duplicate(visit.shop(), visit.staff()?, product).await?;
        Ok(Next::to(address(copy.id)).say("This is the copy: a draft, without stock and bar codes."))
    })
    .await
}

#[server]
pub async fn delete(product: ProductId) -> Done {
    form(|visit| async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let name = name_of(products::for_edit(shop, staff, product).await);
        products::delete(shop, staff, product).await?;
        Ok(Next::to("/admin/products").say(format!("{name} is deleted.")))
    })
    .await
}

fn name_of(product: Result<products::ProductForEdit>) -> String {
    product.map_or_else(|_| "The draft".to_owned(), |product| format!("“{}”", product.input.name))
}
