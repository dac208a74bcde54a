//! The sums of a cart or an order.

use leptos::prelude::*;
use shop::Money;
use shop::checkout::Totals;

/// The parts and the total, with what tax is in it. `delivery` is the method's name.
pub fn totals(totals: &Totals, delivery: String) -> impl IntoView + use<> {
    let Totals { subtotal, discount, shipping, tax, tax_included, tax_rate, total, .. } = *totals;
    let row = |words: String, sum: String| view! { <div><dt>{words}</dt><dd>{sum}</dd></div> };
    view! {
        <dl class="totals">
            {row("Products".into(), subtotal.to_string())}
            {(!discount.is_zero())
                .then(|| {
                    view! { <div class="totals__saving"><dt>"Discount"</dt><dd>{format!("−{discount}")}</dd></div> }
                })}
            {row(delivery, free_or(shipping))}
            {(!tax.is_zero()).then(|| row(format!("VAT {tax_rate}"), tax.to_string()))}
            <div class="totals__total"><dt>"Total"</dt><dd>{total.to_string()}</dd></div>
            {(!tax_included.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__note"><dt>{format!("Including VAT {tax_rate}")}</dt><dd>{tax_included.to_string()}</dd></div>
                    }
                })}
        </dl>
    }
}

/// A price for which nothing is a word.
pub fn free_or(price: Money) -> String {
    if price.is_zero() { "Free".to_owned() } else { price.to_string() }
}
