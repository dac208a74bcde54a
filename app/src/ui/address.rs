//! Postal addresses: shown, and typed.

use super::{Field, Select};
use crate::words::locale;
use leptos::prelude::*;
use shop::accounts::{Address, AddressInput, Country};

/// As on an envelope.
pub fn address(address: &Address) -> impl IntoView + use<> {
    let mut lines = address.lines(locale()).into_iter();
    let name = lines.next().unwrap_or_default();
    let rest = lines
        .map(|line| {
            view! {
                <br />
                {line}
            }
        })
        .collect_view();
    view! {
        <address class="address">
            <span class="address__name">{name}</span>
            {rest}
        </address>
    }
}

/// The fields of an address.
pub struct AddressFields {
    /// The field that the address stands in, or empty.
    pub prefix: &'static str,
    /// For the browser's own address book: `shipping` or `billing`.
    pub section: &'static str,
    pub countries: Vec<Country>,
    /// The browser asks for what is missing. Not where the fields may be folded away.
    pub required: bool,
    pub values: AddressInput,
}

pub fn address_fields(fields: AddressFields) -> impl IntoView {
    let AddressFields { prefix, section, countries, required, values } = fields;
    let name = move |field: &str| match prefix {
        "" => field.to_owned(),
        _ => format!("{prefix}[{field}]"),
    };
    let auto = move |token: &str| format!("{section} {token}").trim().to_owned();
    let options = countries.iter().map(|c| (c.code().to_owned(), c.say(locale()).into_owned())).collect::<Vec<_>>();
    view! {
        <div class="form__row">
            <Field
                name=name("firstName")
                label=t!("address-first-name")
                value=values.first_name.0
                autocomplete=auto("given-name")
                required=required
            />
            <Field
                name=name("lastName")
                label=t!("address-last-name")
                value=values.last_name.0
                autocomplete=auto("family-name")
                optional=true
            />
        </div>
        <Field
            name=name("company")
            label=t!("address-company")
            value=values.company.0
            autocomplete=auto("organization")
            optional=true
        />
        <Field
            name=name("line1")
            label=t!("address-street-and-number")
            value=values.line1.0
            autocomplete=auto("address-line1")
            required=required
        />
        <Field
            name=name("line2")
            label=t!("address-flat-floor-building")
            value=values.line2.0
            autocomplete=auto("address-line2")
            optional=true
        />
        <div class="form__row">
            <Field
                name=name("city")
                label=t!("address-town-or-city")
                value=values.city.0
                autocomplete=auto("address-level2")
                required=required
            />
            <Field
                name=name("postalCode")
                label=t!("address-postcode")
                value=values.postal_code.0
                autocomplete=auto("postal-code")
            />
        </div>
        <div class="form__row">
            <Field
                name=name("state")
                label=t!("address-county-or-state")
                value=values.state.0
                autocomplete=auto("address-level1")
                optional=true
            />
            <Select
                name=name("country")
                label=t!("address-country")
                options=options
                value=values.country.0
                autocomplete=auto("country")
                required=required
            />
        </div>
        <Field
            name=name("phone")
            label=t!("address-telephone")
            kind="tel"
            value=values.phone.0
            hint=t!("address-phone-hint")
            autocomplete=auto("tel")
            optional=true
        />
    }
}
