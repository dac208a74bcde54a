//! The numbered steps of the checkout.

use super::book::Book;
use super::{Keep, Update};
use crate::ui::{AddressFields, Choice, Choices, Field, TextArea, TickBox, address_fields, free_or};
use crate::web::Visit;
use crate::web::flash::FormState;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::accounts::addresses::SavedAddress;
use shop::accounts::{AddressInput, Country};
use shop::checkout::Quote;

fn step(number: u8, id: &'static str, title: &'static str, content: impl IntoView + 'static) -> impl IntoView {
    view! {
        <section class="checkout-step" id=id aria-labelledby=format!("{id}-title")>
            <h2 class="checkout-step__title" id=format!("{id}-title")><span>{number}</span> " " {title}</h2>
            {content}
        </section>
    }
}

pub fn who(visit: &Visit) -> impl IntoView + use<> {
    let content = match &visit.visitor.customer {
        Some(customer) => view! {
            <p>
                "You are signed in as " <strong>{customer.name().to_owned()}</strong>
                ". The confirmation goes to " <strong>{customer.email().to_owned()}</strong> "."
            </p>
        }
        .into_any(),
        None => view! {
            <Field
                name="email"
                label="E-mail address"
                kind="email"
                hint="We send the confirmation here."
                autocomplete="email"
                required=true
            />
            <p class="small">
                "Been here before? "
                <button class="link" formaction=Keep::url() formnovalidate name="next" value="sign-in">"Sign in"</button>
                " and we fill in the rest."
            </p>
        }
        .into_any(),
    };
    step(1, "who", "Who you are", content)
}

/// Cards of saved addresses, the last of which stands for one that is typed and unfolds its fields.
fn from_book(
    name: &'static str,
    legend: &'static str,
    saved: &[(SavedAddress, bool)],
    chosen: &str,
    fields: AnyView,
) -> impl IntoView + use<> {
    let is_saved = saved.iter().any(|(a, _)| a.id.to_string() == chosen);
    let cards = saved
        .iter()
        .map(|(saved, reached)| {
            let id = saved.id.to_string();
            let mut lines = saved.address.lines();
            let label = lines.remove(0);
            let note = if *reached { lines.join(", ") } else { format!("{}. We do not deliver there.", lines.join(", ")) };
            view! { <Choice name=name checked=id == chosen value=id label=label note=note disabled=!reached updates=true /> }
        })
        .collect_view();
    view! {
        <div class="reveals">
            <Choices name=name legend=legend unseen=true>
                {cards}
                <Choice name=name value="" label="Another address" checked=!is_saved reveals=true />
            </Choices>
            <div class="reveal form">{fields}</div>
        </div>
    }
}

pub fn whither(book: &Book, quote: &Quote, state: &FormState) -> impl IntoView + use<> {
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
    let update =
        several.then(|| view! { <p class="small muted">"Prices of delivery and tax depend on the country."</p> });
    let content = match saved.is_empty() {
        true => view! { {fields} {update} }.into_any(),
        false => {
            let save = state.ticked("saveAddress", false);
            let fields = view! {
                {fields} {update} <TickBox name="saveAddress" label="Keep it in my address book" ticked=save />
            };
            from_book("shippingAddressId", "Delivery address", &saved, &book.chosen, fields.into_any()).into_any()
        }
    };
    step(2, "address", "Where it goes", content)
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
        <Choices name="shippingMethod" legend="Way of delivery" unseen=true>
            {methods}
        </Choices>
        <p>
            <button class="button button--secondary button--small" formaction=Update::url() formnovalidate data-update-button="">
                "Update the total"
            </button>
        </p>
    };
    step(3, "delivery", "How it travels", content)
}

pub fn bill(book: &Book) -> impl IntoView + use<> {
    let same = book.invoice.is_none();
    let fields = address_fields(AddressFields {
        prefix: "billingAddress",
        section: "billing",
        countries: Country::all().to_vec(),
        required: false,
        values: AddressInput { country: "GB".into(), ..AddressInput::default() },
    });
    let saved: Vec<_> = book.all.iter().map(|a| (a.clone(), true)).collect();
    let other = match saved.is_empty() {
        true => fields.into_any(),
        false => {
            let chosen = book.invoice.as_deref().unwrap_or_default();
            from_book("billingAddressId", "Invoice address", &saved, chosen, fields.into_any()).into_any()
        }
    };
    let content = view! {
        <div class="reveals">
            <Choices name="billingSame" legend="Address of the invoice" unseen=true>
                <Choice name="billingSame" value="true" label="To the same address" checked=same />
                <Choice name="billingSame" value="" label="To another address" checked=!same reveals=true />
            </Choices>
            <div class="reveal form">{other}</div>
        </div>
    };
    step(4, "invoice", "Where the invoice goes", content)
}

pub fn note() -> impl IntoView {
    step(
        5,
        "anything",
        "Anything else",
        view! { <TextArea name="note" label="A note for us" rows=3 maxlength=2000 optional=true /> },
    )
}
