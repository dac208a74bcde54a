//! The sums of a cart or an order.

use leptos::prelude::*;
use shop::Money;
use shop::checkout::Totals;

/// The parts and the total, with what tax is in it. `delivery` is the method's name.
pub fn totals(totals: &Totals, delivery: String) -> impl IntoView + use<> {
    let Totals { subtotal, discount, shipping, tax, tax_included, tax_rate, total, .. } = *totals;
    let row = |words: String, sum: String| {
        view! {
            <div>
                <dt>{words}</dt>
                <dd>{sum}</dd>
            </div>
        }
    };
    view! {
        <dl class="totals">
            {row(t!("totals-products").into_owned(), subtotal.to_string())}
            {(!discount.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__saving">
                            <dt>{t!("totals-discount")}</dt>
                            <dd>{format!("−{discount}")}</dd>
                        </div>
                    }
                })} {row(delivery, free_or(shipping))}
            {(!tax.is_zero()).then(|| row(t!("totals-tax", rate = tax_rate).into_owned(), tax.to_string()))}
            <div class="totals__total">
                <dt>{t!("totals-total")}</dt>
                <dd>{total.to_string()}</dd>
            </div>
            {(!tax_included.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__note">
                            <dt>{t!("totals-including-tax", rate = tax_rate)}</dt>
                            <dd>{tax_included.to_string()}</dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// A price for which nothing is a word.
pub fn free_or(price: Money) -> String {
    if price.is_zero() { t!("totals-free").into_owned() } else { price.to_string() }
}
