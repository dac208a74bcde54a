//! What staff do with a product. Its status changes with the form, so that nothing that was typed is lost on the way.

use super::{NEW, address, rows};
use crate::ui::counted;
use crate::web::flash::Tone;
use crate::web::{Done, Next, Visit, form};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::catalog::ProductStatus;
use shop::catalog::products::{self, ProductInput, Saved};
use shop::id::ProductId;
use shop::{Error, Result};

/// Creates a product (`product` is empty) or makes it what was typed. With an `act` nothing is saved: the form is shown
/// again, with its rows changed (see `rows`), or as it is.
#[server]
pub async fn save(product: String, version: i32, act: Option<String>, #[server(flatten)] input: ProductInput) -> Done {
    form(|visit| async move {
        let id = match product.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::NotFound)?),
        };
        keep(&visit, id, version, act, input).await
    })
    .await
}

/// The same for a form that was read in another way.
pub(super) async fn keep(
    visit: &Visit,
    id: Option<ProductId>,
    version: i32,
    act: Option<String>,
    input: ProductInput,
) -> Result<Next> {
    let (shop, staff) = (visit.shop(), visit.staff()?);
    let page = id.map_or_else(|| NEW.to_owned(), address);
    if let Some(act) = act {
        let next = Next::to(page).keeping(Save::url());
        return Ok(match act == rows::ALL {
            true => {
                next.tell(Tone::Info, rows::filled_message(&products::with_all_variants(shop, staff, id, input).await?))
            }
            false => next,
        });
    }
    let asked = ProductStatus::parse(input.status.trimmed());
    let saved = match id {
        None => products::create(shop, staff, input).await,
        Some(id) => products::edit(shop, staff, id, version, input).await,
    };
    match saved {
        Ok(saved) => {
            let said = saved_message(&saved, asked, id.is_none());
            Ok(Next::to(address(saved.id)).say(said))
        }
        Err(e) if e.conflict_code() == Some("edited_meanwhile") => {
            Ok(Next::to(format!("{page}/conflict")).keeping(Save::url()).tell(Tone::Warning, e.to_string()))
        }
        Err(e) => Err(e),
    }
}

fn saved_message(saved: &Saved, asked: Option<ProductStatus>, new: bool) -> String {
    let name = &saved.name;
    let status = match asked {
        Some(ProductStatus::Published) => format!("“{name}” is published: shoppers see it now."),
        Some(ProductStatus::Archived) => format!("“{name}” is archived. Nobody can buy it any more."),
        Some(ProductStatus::Draft) => format!("“{name}” is a draft again; shoppers do not see it."),
        None if new => format!("“{name}” is created, as a draft."),
        None if saved.changed => format!("Saved. This is version {} now.", saved.version),
        None => "Nothing had changed.".to_owned(),
    };
    let added = match saved.added {
        0 => String::new(),
        n => format!(" New: {}.", counted(n as i64, "variant")),
    };
    let gone = match saved.gone.len() {
        0 => String::new(),
        _ => format!(" No longer sold: {}. Orders and stock keep what they have of them.", rows::listed(&saved.gone)),
    };
    status + &added + &gone
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
