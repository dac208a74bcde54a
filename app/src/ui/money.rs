//! Prices.

use leptos::prelude::*;
use shop::Money;

/// A price: what it costs now, what it cost before, "from" where variants differ.
#[component]
pub fn Price(
    now: Money,
    #[prop(optional_no_strip)] was: Option<Money>,
    #[prop(optional)] from: bool,
    #[prop(optional)] large: bool,
) -> impl IntoView {
    view! {
        <p class=if large {
            "price price--large"
        } else {
            "price"
        }>
            {from
                .then(|| {
                    view! {
                        <span class="price__from">{t!("money-from")}</span>
                        " "
                    }
                })} {was.is_some().then(|| view! { <span class="visually-hidden">{t!("price-now")} " "</span> })}
            <span class="price__now">{now.to_string()}</span>
            {was
                .map(|was| {
                    view! {
                        " "
                        <s class="price__was">
                            <span class="visually-hidden">{t!("price-before")} " "</span>
                            {was.to_string()}
                        </s>
                    }
                })}
        </p>
    }
}
