//! The checkout, on one page: who, where to, how it travels, and what it costs.
//!
//! Whatever is pressed, nothing typed is lost: "Update" reckons again with another country or delivery, the buttons beside
//! a line that cannot be bought as it is settle it, and a refused order shows the page again. The key that makes many
//! orders of one form the same order is drawn when the page is first shown and kept with what was typed.

mod steps;
mod summary;

use super::{cart, pay_here, payment};
use crate::ui::{Form, Hidden};
use crate::web::flash::FormState;
use crate::web::{Done, Next, Visit, form, page, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::accounts::addresses::{self, AddressKind, SavedAddress};
use shop::cart::{AcceptPrice, SetQuantity};
use shop::checkout::{PlaceOrder, QuoteInput, place_order, quote};
use shop::input::Raw;
use shop::{Error, secret_token};

/// Orders what is in the cart, and goes on to the payment page.
#[server]
pub async fn place(#[server(flatten)] order: PlaceOrder) -> Done {
    form(|visit| async move {
        match place_order(visit.shop(), &visit.visitor, order.clone()).await {
            Ok(placed) => payment::to_pay(&visit, &placed, order.payment_method.trimmed()).await,
            Err(Error::KeyReused) => placed_before(&visit, order).await,
            Err(Error::Conflict { code: "already_ordered", message, details }) => {
                let number = details.into_iter().find(|d| d.field == "number").map(|d| d.message).unwrap_or_default();
                Ok(Next::to(super::order::path(&number, None)).say(message))
            }
            Err(Error::Conflict { code: "cart_empty", message, .. }) => Ok(Next::to("/cart").say(message)),
            Err(e) => Err(e),
        }
    })
    .await
}

/// The form was sent, its answer got lost, and then it was changed and sent again: the first one stands.
async fn placed_before(visit: &Visit, order: PlaceOrder) -> shop::Result<Next> {
    let again = PlaceOrder { idempotency_key: Raw::default(), ..order };
    let placed = place_order(visit.shop(), &visit.visitor, again).await?;
    let words = "Your order was placed before your last change, and stands as it was. \
                 To change it, take it back to the cart.";
    Ok(Next::to(super::order::path_of(visit, &placed.number, &placed.access_key)).say(words))
}

/// Reckons again, for another country or delivery.
#[server]
pub async fn update() -> Done {
    form(|_| async move { Ok(Next::to("/checkout#delivery").keeping(Place::url())) }).await
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
) -> Done {
    form(|visit| async move {
        let (shop, visitor) = (visit.shop(), &visit.visitor);
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
        Ok(cart::told(&visit, Next::to("/checkout").keeping(Place::url()), &changed))
    })
    .await
}

#[component]
pub fn Checkout() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let state = visit.flash.form(Place::url(), "");
        let book = Book::of(&visit, &state).await?;
        let asked = QuoteInput {
            country: book.country(&state).into(),
            shipping_method: state.value("shippingMethod", "").into(),
        };
        let quote = quote(visit.shop(), &visit.visitor, asked).await?;
        let content = match quote.cart.is_empty() {
            true => view! { <div class="container">{cart::nothing_to_order()}</div> }.into_any(),
            false => {
                let key = state.value("idempotencyKey", &secret_token());
                let cart_id = quote.cart.id.map(|id| id.to_string()).unwrap_or_default();
                let ready = quote.cart.can_check_out;
                let expected = quote.totals.total.decimal();
                view! {
                    <Form action=Place::url() class="container">
                        <h1 class="visually-hidden">"Checkout"</h1>
                        // what Enter in a field presses: the first button
                        <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!ready>
                            "Order"
                        </button>
                        <Hidden name="cartId" value=cart_id />
                        <Hidden name="expectedTotal" value=expected />
                        <Hidden name="idempotencyKey" value=key />
                        {pay_here::marker(&visit)}
                        <div class="columns">
                            // in here, so that the fields find what was typed
                            <div>
                                {steps::who(&visit)} {steps::whither(&book, &quote, &state)} {steps::how(&quote)}
                                {steps::bill(&book)} {steps::note()}
                            </div>
                            {summary::summary(&quote)}
                        </div>
                    </Form>
                }
                .into_any()
            }
        };
        Ok(view! {
            <Title text="Checkout" />
            <Meta name="robots" content="noindex" />
            {content}
        })
    })
}

/// The saved addresses of whoever checks out, and which of them are chosen.
pub struct Book {
    /// Those for delivery first.
    pub all: Vec<SavedAddress>,
    /// The id of the chosen one; empty for an address that is typed.
    pub chosen: String,
    /// The same for the invoice; nobody has to choose one.
    pub invoice: Option<String>,
}

impl Book {
    async fn of(visit: &Visit, state: &FormState) -> shop::Result<Self> {
        let mut all = match &visit.visitor.customer {
            Some(customer) => addresses::list(visit.shop(), customer).await?,
            None => Vec::new(),
        };
        all.sort_by_key(|a| a.kind != AddressKind::Shipping);
        let ships_to = shop::settings::load(&visit.shop().db, visit.shop().currency).await?.ships_to;
        let default = all
            .iter()
            .filter(|a| ships_to.iter().any(|c| c == a.address.country.code()))
            .find(|a| a.kind == AddressKind::Shipping)
            .map(|a| a.id.to_string());
        let chosen = state.value("shippingAddressId", &default.unwrap_or_default());
        let kept = all.iter().find(|a| a.kind == AddressKind::Billing && a.is_default).map(|a| a.id.to_string());
        let invoice = match state.typed("billingSame") {
            Some(same) if same.is_empty() => state.typed("billingAddressId").or(Some(String::new())),
            Some(_) => None,
            None => kept,
        };
        Ok(Self { all, chosen, invoice })
    }

    fn country(&self, state: &FormState) -> String {
        match self.all.iter().find(|a| a.id.to_string() == self.chosen) {
            Some(saved) => saved.address.country.code().to_owned(),
            None => state.value("shippingAddress[country]", ""),
        }
    }
}
