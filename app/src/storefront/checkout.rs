//! The checkout, on one page: who, where to, how it travels, and what it costs.
//!
//! Whatever is pressed, nothing typed is lost: "Update" reckons again with another country or delivery, the buttons beside
//! a line that cannot be bought as it is settle it, and a refused order shows the page again. It is kept with the cart as well
//! (`shop::checkout::draft`), for whoever leaves and comes back. The key that makes many
//! orders of one form the same order is drawn when the page is first shown and kept with what was typed.

mod steps;
mod summary;

use super::{cart, pay_here, payment};
use crate::ui::{Empty, Form, Hidden};
use crate::web::flash::FormState;
use crate::web::{Done, Next, Visit, form, page, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde_json::Value;
use server_fn::ServerFn;
use shop::accounts::addresses::{self, AddressKind, SavedAddress};
use shop::cart::{AcceptPrice, SetQuantity};
use shop::checkout::{PlaceOrder, Placed, Quote, QuoteInput, draft, keep_draft, place_order, quote};
use shop::input::Raw;
use shop::{Error, orders, secret_token};

/// Orders what is in the cart, and goes on to the payment page.
#[server]
pub async fn place(#[server(flatten)] order: PlaceOrder) -> Done {
    form(|visit| async move {
        // shown again when the shopper comes back without having paid
        keep_draft(visit.shop(), &visit.visitor, &order).await?;
        let method = order.payment_method.trimmed().to_owned();
        match placed(&visit, order).await {
            Ok(placed) => payment::to_pay(&visit, &placed, &method).await,
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

/// A form that was sent before and comes again with other wishes is another request: the order that stands is corrected.
async fn placed(visit: &Visit, order: PlaceOrder) -> shop::Result<Placed> {
    match place_order(visit.shop(), &visit.visitor, order.clone()).await {
        Err(Error::KeyReused) => {
            let again = PlaceOrder { idempotency_key: Raw::default(), ..order };
            place_order(visit.shop(), &visit.visitor, again).await
        }
        answer => answer,
    }
}

/// Reckons again, for another country or delivery.
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
        Ok(cart::told(&visit, Next::to("/checkout").keeping(Place::url()), &changed))
    })
    .await
}

#[component]
pub fn Checkout() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let state = typed_before(&visit).await?;
        let book = Book::of(&visit, &state).await?;
        let asked = QuoteInput {
            country: book.country(&state).into(),
            shipping_method: state.value("shippingMethod", "").into(),
        };
        let quote = quote(visit.shop(), &visit.visitor, asked).await?;
        let content = match quote.totals {
            None => {
                let why = nothing_to_order(&visit, &quote).await?;
                view! { <div class="container">{why}</div> }.into_any()
            }
            Some(sums) => {
                let key =
                    Some(state.value("idempotencyKey", "")).filter(|key| !key.is_empty()).unwrap_or_else(secret_token);
                let cart_id = quote.cart.id.map(|id| id.to_string()).unwrap_or_default();
                let ready = quote.cart.can_check_out && sums.payable().is_ok();
                let expected = sums.total.decimal();
                view! {
                    <Form action=Place::url() class="container" state=state.clone()>
                        <h1 class="visually-hidden">"Checkout"</h1>
                        // what Enter in a field presses: the first button
                        <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!ready>
                            "Order"
                        </button>
                        <input type="hidden" name="cartId" value=cart_id data-keep=Keep::url() />
                        <Hidden name="expectedTotal" value=expected />
                        <Hidden name="idempotencyKey" value=key />
                        {pay_here::marker(&visit)}
                        <div class="columns">
                            // in here, so that the fields find what was typed
                            <div>
                                {steps::who(&visit)} {steps::whither(&book, &quote, &state)} {steps::how(&quote)}
                                {steps::bill(&book)} {steps::note()}
                            </div>
                            {summary::summary(&quote, &sums)}
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

/// What the form holds: as it was sent a moment ago, or as it was left.
async fn typed_before(visit: &Visit) -> shop::Result<FormState> {
    let sent = visit.flash.form(Place::url(), "");
    if sent.is_refused() {
        return Ok(sent);
    }
    let draft = draft(visit.shop(), &visit.visitor).await?.unwrap_or_default();
    Ok(FormState::of(pairs(&draft), Vec::new()))
}

/// What was typed, by the names of the form.
fn pairs(order: &PlaceOrder) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in serde_json::to_value(order).ok().as_ref().and_then(|v| v.as_object()).into_iter().flatten() {
        match value {
            Value::Object(parts) => {
                let of_part =
                    |(part, value): (&String, &Value)| Some((format!("{name}[{part}]"), value.as_str()?.to_owned()));
                pairs.extend(parts.iter().filter_map(of_part));
            }
            value => pairs.extend(value.as_str().map(|value| (name.clone(), value.to_owned()))),
        }
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// Why there is no checkout, and where to go on: to an order that waits for its money, or back to the cart.
async fn nothing_to_order(visit: &Visit, quote: &Quote) -> shop::Result<AnyView> {
    if !quote.cart.is_empty() {
        let advice = quote.advice.unwrap_or_default();
        return Ok(view! {
            <Empty title="Nothing to order yet">
                <p>{advice} "."</p>
                <a class="button" href="/cart">"To the cart"</a>
            </Empty>
        }
        .into_any());
    }
    let wrong: Vec<_> = visit.flash.form(Place::url(), "").told().into_iter().map(|told| told.sentence).collect();
    Ok(match orders::waiting_of(visit.shop(), &visit.visitor).await? {
        Some(number) => {
            let href = super::order::path(&number, None);
            view! {
                <Empty title="Your order waits for its payment">
                    {(!wrong.is_empty()).then(|| view! { <p role="alert">{format!("It was not changed. {}", wrong.join(" "))}</p> })}
                    <p>{format!("{number} is placed. Pay for it, or take it back to the cart to change it.")}</p>
                    <a class="button" href=href>"To the order"</a>
                </Empty>
            }
            .into_any()
        }
        None => cart::nothing_to_order().into_any(),
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
