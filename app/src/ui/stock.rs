//! Words on stock.

use crate::words::locale;
use leptos::prelude::*;
use shop::catalog::Availability;

/// What shoppers are told about stock.
pub fn stock(availability: Availability) -> impl IntoView {
    let class = match availability {
        Availability::InStock => "stock stock--in",
        Availability::Low(_) => "stock stock--low",
        Availability::OutOfStock => "stock stock--out",
    };
    view! { <span class=class>{availability.say(locale())}</span> }
}
