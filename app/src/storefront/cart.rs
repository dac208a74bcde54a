//! The cart: what is in it, what keeps it from being bought, and the way to the checkout.

mod line;
mod page;

pub use line::options;
pub use page::{Cart, nothing_to_order};

use crate::web::flash::Tone;
use crate::web::{Done, Next, Visit, cookies, form};
use leptos::prelude::*;
use shop::Error;
use shop::cart::{self, AcceptPrice, AddToCart, Changed, SetQuantity};
use shop::id::CartItemId;
use shop::input::Raw;

/// Puts something in the cart and says so on the page where it was chosen.
#[server]
pub async fn add(#[server(flatten)] line: AddToCart) -> Done {
    form(|visit| async move {
        let changed = cart::add(visit.shop(), &visit.visitor, line).await?;
        let mut next = with_notices(&visit, Next::back(), &changed);
        if changed.notices.is_empty() {
            let cart = &changed.cart;
            next = next.say(t!("cart-added", count = cart.pieces, total = cart.subtotal));
        }
        Ok(next)
    })
    .await
}

/// Sets how many of a line are wanted.
#[server]
pub async fn set(line: Raw, #[server(flatten)] quantity: SetQuantity) -> Done {
    form(|visit| async move {
        let changed = cart::set_quantity(visit.shop(), &visit.visitor, id(&line)?, quantity).await?;
        Ok(with_notices(&visit, Next::to("/cart"), &changed))
    })
    .await
}

#[server]
pub async fn remove(line: Raw) -> Done {
    form(|visit| async move {
        let changed = cart::remove(visit.shop(), &visit.visitor, id(&line)?).await?;
        Ok(with_notices(&visit, Next::to("/cart"), &changed).say(t!("cart-removed")))
    })
    .await
}

/// Consents to a line's new price.
#[server]
pub async fn accept(line: Raw, #[server(flatten)] price: AcceptPrice) -> Done {
    form(|visit| async move {
        let changed = cart::accept_price(visit.shop(), &visit.visitor, id(&line)?, price).await?;
        Ok(with_notices(&visit, Next::to("/cart"), &changed))
    })
    .await
}

#[server]
pub async fn clear() -> Done {
    form(|visit| async move {
        cart::clear(visit.shop(), &visit.visitor).await?;
        Ok(Next::to("/cart").say(t!("cart-emptied")))
    })
    .await
}

/// With what a change did beside what was asked; a guest's new cart gets its cookie.
pub fn with_notices(visit: &Visit, next: Next, changed: &Changed) -> Next {
    let next = changed.notices.iter().fold(next, |next, notice| next.tell(Tone::Warning, notice.say(visit.locale())));
    let token = changed.new_token.as_deref();
    next.cookie(token.map(|token| cookies::cart_cookie(&visit.app.config, Some(token))))
}

/// A line named in a form.
pub fn id(line: &Raw) -> shop::Result<CartItemId> {
    line.trimmed().parse().map_err(|_| Error::NotFound)
}
