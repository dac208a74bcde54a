//! Words on stock.

use crate::words::locale;
use leptos::prelude::*;
use shop::catalog::Availability;
use shop::id::VariantId;

/// The same of a variant, kept as it is now.
pub fn live_stock(variant: VariantId, availability: Availability) -> impl IntoView {
    let class = class(availability);
    view! {
        <span class=class data-part=format!("stock-{variant}")>
            {availability.say(locale())}
        </span>
    }
}

/// What shoppers are told about stock.
pub fn stock(availability: Availability) -> impl IntoView {
    let class = class(availability);
    view! { <span class=class>{availability.say(locale())}</span> }
}

fn class(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "stock stock--in",
        Availability::Low(_) => "stock stock--low",
        Availability::OutOfStock => "stock stock--out",
    }
}
