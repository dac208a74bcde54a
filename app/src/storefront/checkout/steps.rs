//! The numbered steps of the checkout.

use super::book::Book;
use super::{Keep, Update};
use crate::ui::{AddressFields, Choice, Choices, Field, TextArea, TickBox, address_fields, free_or};
use crate::web::Visit;
use crate::web::flash::FormState;
use crate::words::{Words, locale};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::accounts::addresses::SavedAddress;
use shop::accounts::{AddressInput, Country};
use shop::checkout::Quote;

fn step(number: u8, id: &'static str, title: Words, content: impl IntoView + 'static) -> impl IntoView {
    view! {
        <section class="checkout-step" id=id aria-labelledby=format!("{id}-title")>
            <h2 class="checkout-step__title" id=format!("{id}-title")>
                <span>{number}</span>
                " "
                {title}
            </h2>
            {content}
        </section>
    }
}

pub fn who(visit: &Visit) -> impl IntoView + use<> {
    let content = match &visit.visitor.customer {
        Some(customer) => view! {
            <p>
                {rich!(
                    "checkout-signed-in",
                    name = view! { <strong>{customer.name().to_owned()}</strong> },
                    email = view! { <strong>{customer.email().to_owned()}</strong> }
                )}
            </p>
        }
        .into_any(),
        None => view! {
            <Field
                name="email"
                label=t!("checkout-email")
                kind="email"
                hint=t!("checkout-email-hint")
                autocomplete="email"
                required=true
            />
            <p class="small">
                {rich!(
                    "checkout-sign-in-to-fill-in", link = view! {
                    <button class="link" formaction=Keep::url() formnovalidate name="next" value="sign-in">{t!("checkout-sign-in")}</button>
                }
                )}
            </p>
        }
        .into_any(),
    };
    step(1, "who", t!("checkout-who"), content)
}

/// Cards of saved addresses, the last of which stands for one that is typed and unfolds its fields.
fn from_book(
    name: &'static str,
    legend: Words,
    saved: &[(SavedAddress, bool)],
    chosen: &str,
    fields: AnyView,
) -> impl IntoView + use<> {
    let is_saved = saved.iter().any(|(a, _)| a.id.to_string() == chosen);
    let cards = saved
        .iter()
        .map(|(saved, reached)| {
            let id = saved.id.to_string();
            let mut lines = saved.address.lines(locale());
            let label = lines.remove(0);
            let note = if *reached { lines.join(", ") } else { t!("checkout-not-delivered-there", address = lines.join(", ")).into_owned() };
            view! { <Choice name=name checked=id == chosen value=id label=label note=note disabled=!reached updates=true /> }
        })
        .collect_view();
    view! {
        <div class="reveals">
            <Choices name=name legend=legend unseen=true>
                {cards}
                <Choice name=name value="" label=t!("checkout-another-address") checked=!is_saved reveals=true />
            </Choices>
            <div class="reveal form">{fields}</div>
        </div>
    }
}

pub fn where_to(book: &Book, quote: &Quote, state: &FormState) -> impl IntoView + use<> {
    let countries: Vec<Country> = quote.countries.iter().filter_map(|code| Country::parse(code)).collect();
    let reached = |a: &SavedAddress| countries.contains(&a.address.country);
    let saved: Vec<_> = book.all.iter().map(|a| (a.clone(), reached(a))).collect();
    let values = AddressInput { country: quote.country.as_str().into(), ..AddressInput::default() };
    let several = countries.len() > 1;
    let fields = address_fields(AddressFields {
        prefix: "shippingAddress",
        section: "shipping",
        countries,
        required: saved.is_empty(),
        values,
    });
    let update = several.then(|| view! { <p class="small muted">{t!("checkout-prices-depend")}</p> });
    let content = match saved.is_empty() {
        true => view! {
            {fields}
            {update}
        }
        .into_any(),
        false => {
            let save = state.ticked("saveAddress", false);
            let fields = view! {
                {fields}
                {update}
                <TickBox name="saveAddress" label=t!("checkout-keep-address") ticked=save />
            };
            from_book("shippingAddressId", t!("checkout-delivery-address"), &saved, &book.chosen, fields.into_any())
                .into_any()
        }
    };
    step(2, "address", t!("checkout-where"), content)
}

pub fn how(quote: &Quote) -> impl IntoView + use<> {
    let methods = quote
        .methods
        .iter()
        .map(|m| {
            view! {
                <Choice
                    name="shippingMethod"
                    value=m.code.clone()
                    label=m.name.clone()
                    note=m.description.clone()
                    price=free_or(m.price)
                    checked=m.code == quote.shipping_method
                    updates=true
                />
            }
        })
        .collect_view();
    let content = view! {
        <Choices name="shippingMethod" legend=t!("order-delivery-method") unseen=true>
            {methods}
        </Choices>
        <p>
            <button
                class="button button--secondary button--small"
                formaction=Update::url()
                formnovalidate
                data-update-button=""
            >
                {t!("checkout-update-the-total")}
            </button>
        </p>
    };
    step(3, "delivery", t!("checkout-how"), content)
}

pub fn bill(book: &Book) -> impl IntoView + use<> {
    let same = book.invoice.is_none();
    let fields = address_fields(AddressFields {
        prefix: "billingAddress",
        section: "billing",
        countries: Country::all_by_name(locale()),
        required: false,
        values: AddressInput { country: "GB".into(), ..AddressInput::default() },
    });
    let saved: Vec<_> = book.all.iter().map(|a| (a.clone(), true)).collect();
    let other = match saved.is_empty() {
        true => fields.into_any(),
        false => {
            let chosen = book.invoice.as_deref().unwrap_or_default();
            from_book("billingAddressId", t!("checkout-invoice-address"), &saved, chosen, fields.into_any()).into_any()
        }
    };
    let content = view! {
        <div class="reveals">
            <Choices name="billingSame" legend=t!("checkout-invoice-address") unseen=true>
                <Choice name="billingSame" value="true" label=t!("checkout-same-address") checked=same />
                <Choice name="billingSame" value="" label=t!("checkout-not-same-address") checked=!same reveals=true />
            </Choices>
            <div class="reveal form">{other}</div>
        </div>
    };
    step(4, "invoice", t!("checkout-where-the-invoice-goes"), content)
}

pub fn note() -> impl IntoView {
    step(
        5,
        "anything",
        t!("checkout-anything-else"),
        view! { <TextArea name="note" label=t!("checkout-note") rows=3 maxlength=2000 optional=true /> },
    )
}
