//! The cart: what is in it, what keeps it from being bought, and the way to the checkout.

use crate::web::flash::Tone;
use crate::web::{Done, Next, Visit, form, sessions};
use leptos::prelude::*;
use shop::cart::{self, AddToCart, Changed};

/// Puts something in the cart; every "Add to cart" posts here.
#[server]
pub async fn add(#[server(flatten)] line: AddToCart) -> Done {
    form(|visit| async move {
        let changed = cart::add(visit.shop(), &visit.visitor, line).await?;
        Ok(told(&visit, &changed, Some("It is in your cart.")))
    })
    .await
}

/// To the cart, with what the change did beside what was asked. A guest's new cart gets its cookie.
pub fn told(visit: &Visit, changed: &Changed, done: Option<&str>) -> Next {
    let mut next = Next::to("/cart");
    for notice in &changed.notices {
        next = next.tell(Tone::Warning, notice.to_string());
    }
    if let (true, Some(done)) = (changed.notices.is_empty(), done) {
        next = next.say(done);
    }
    next.cookie(changed.new_token.as_deref().map(|token| sessions::cart_cookie(&visit.app.config, Some(token))))
}
