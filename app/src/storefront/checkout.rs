//! The checkout, on one page: who, where to, how it travels, and what it costs.
//!
//! Whatever is pressed, nothing typed is lost: "Update" quotes again with another country or delivery, the buttons
//! beside a line that cannot be bought as it is settle it, and a refused order shows the page again. It is kept with
//! the cart as well (`shop::checkout::draft`), for whoever leaves and comes back. The key that makes many orders of one
//! form the same order is drawn when the page is first shown and kept with what was typed.

mod book;
mod page;
mod steps;
mod summary;

pub use page::Checkout;

use super::paths::order_path;
use super::{cart, payment};
use crate::web::errors::message;
use crate::web::{Done, Next, Visit, form};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::Error;
use shop::cart::{AcceptPrice, SetQuantity};
use shop::checkout::{PlaceOrder, Placed, keep_draft, place_order, place_to_pay};
use shop::input::Raw;
use shop::payments::{Method, Prepared};

/// Orders what is in the cart, and goes on to the payment page.
#[server]
pub async fn place(#[server(flatten)] order: PlaceOrder) -> Done {
    form(|visit| async move {
        // shown again when the shopper comes back without having paid
        keep_draft(visit.shop(), &visit.visitor, &order).await?;
        let method = Method::asked(order.payment_method.trimmed());
        let in_place = payment::is_in_place(&visit, method);
        match placed(&visit, order, in_place).await {
            Ok((placed, prepared)) => payment::to_pay(&visit, &placed, prepared, in_place).await,
            Err(Error::Conflict { code: "already_ordered", message, details }) => {
                let number = details
                    .into_iter()
                    .find(|d| d.field == "number")
                    .map(|d| d.message.to_string())
                    .unwrap_or_default();
                Ok(Next::to(order_path(&number, None)).say(visit.locale().say(&message)))
            }
            Err(e @ Error::Conflict { code: "cart_empty", .. }) => {
                Ok(Next::to("/cart").say(message(visit.locale(), &e)))
            }
            Err(e) => Err(e),
        }
    })
    .await
}

/// A form that was sent before and comes again with other wishes is another request: the order that stands is
/// corrected.
async fn placed(visit: &Visit, order: PlaceOrder, in_place: bool) -> shop::Result<(Placed, Option<Prepared>)> {
    let place = async |order| match in_place {
        true => place_order(visit.shop(), &visit.visitor, order).await.map(|placed| (placed, None)),
        false => {
            let (placed, written) = place_to_pay(visit.shop(), &visit.visitor, order).await?;
            Ok((placed, written.map(|written| written.prepared)))
        }
    };
    match place(order.clone()).await {
        Err(Error::KeyReused) => place(PlaceOrder { idempotency_key: Raw::default(), ..order }).await,
        answer => answer,
    }
}

/// Quotes again, for another country or delivery.
#[server]
pub async fn update(#[server(flatten)] order: PlaceOrder) -> Done {
    form(|visit| async move {
        keep_draft(visit.shop(), &visit.visitor, &order).await?;
        Ok(Next::to("/checkout#delivery").keeping(Place::url()))
    })
    .await
}

/// Keeps what was typed, and leads away for a moment: to the cart, or to sign in.
#[server]
pub async fn keep(#[server(default)] next: Raw, #[server(flatten)] order: PlaceOrder) -> Done {
    form(|visit| async move {
        keep_draft(visit.shop(), &visit.visitor, &order).await?;
        Ok(Next::to(match next.trimmed() {
            "cart" => "/cart",
            "sign-in" => "/login?next=/checkout",
            _ => "/checkout",
        }))
    })
    .await
}

/// Settles a line that cannot be bought as it is. Each button names its line and what is to become of it.
#[server]
pub async fn settle(
    #[server(default)] remove: Raw,
    /// `line:quantity`
    #[server(default)]
    take: Raw,
    /// `line:price`
    #[server(default)]
    accept: Raw,
    #[server(flatten)] order: PlaceOrder,
) -> Done {
    form(|visit| async move {
        let (shop, visitor) = (visit.shop(), &visit.visitor);
        keep_draft(shop, visitor, &order).await?;
        let split = |raw: &Raw| raw.trimmed().split_once(':').map(|(l, v)| (Raw::from(l), Raw::from(v)));
        let changed = match (split(&take), split(&accept)) {
            (Some((line, quantity)), _) => {
                shop::cart::set_quantity(shop, visitor, cart::id(&line)?, SetQuantity { quantity }).await?
            }
            (None, Some((line, price))) => {
                shop::cart::accept_price(shop, visitor, cart::id(&line)?, AcceptPrice { price }).await?
            }
            (None, None) => shop::cart::remove(shop, visitor, cart::id(&remove)?).await?,
        };
        Ok(cart::with_notices(&visit, Next::to("/checkout").keeping(Place::url()), &changed))
    })
    .await
}
