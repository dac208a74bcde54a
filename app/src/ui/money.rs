//! Prices, as the language of the visit writes them.

use crate::words::locale;
use leptos::prelude::*;
use shop::Money;
use shop::id::VariantId;

/// `£1,299.00`.
pub fn money(money: Money) -> String {
    locale().money(money)
}

/// Without decimals if they are zeros: `£60`.
pub fn round_money(money: Money) -> String {
    locale().round_money(money)
}

/// A price: what it costs now, what it cost before, "from" where variants differ.
#[component]
pub fn Price(
    now: Money,
    #[prop(optional_no_strip)] was: Option<Money>,
    #[prop(optional)] from: bool,
    #[prop(optional)] large: bool,
    /// Of which variant it is kept as it is now.
    #[prop(optional_no_strip)]
    live: Option<VariantId>,
) -> impl IntoView {
    let part = live.map(|variant| format!("price-{variant}"));
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
            <span class="price__now" data-part=part>
                {money(now)}
            </span>
            {was
                .map(|was| {
                    view! {
                        " "
                        <s class="price__was">
                            <span class="visually-hidden">{t!("price-before")} " "</span>
                            {money(was)}
                        </s>
                    }
                })}
        </p>
    }
}
