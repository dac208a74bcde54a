//! The sums of a cart or an order.

use super::money::money;
use leptos::prelude::*;
use shop::Money;
use shop::checkout::Totals;

/// The parts and the total, with what tax is in it. `delivery` is the method's name.
pub fn totals(totals: &Totals, delivery: String) -> impl IntoView + use<> {
    let Totals { subtotal, discount, shipping, tax, tax_included, tax_rate, total, .. } = *totals;
    let less = Money::new(-discount.minor, discount.currency);
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
            {row(t!("totals-products").into_owned(), money(subtotal))}
            {(!discount.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__saving">
                            <dt>{t!("totals-discount")}</dt>
                            <dd>{money(less)}</dd>
                        </div>
                    }
                })} {row(delivery, free_or(shipping))}
            {(!tax.is_zero()).then(|| row(t!("totals-tax", rate = tax_rate).into_owned(), money(tax)))}
            <div class="totals__total">
                <dt>{t!("totals-total")}</dt>
                <dd>{money(total)}</dd>
            </div>
            {(!tax_included.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__note">
                            <dt>{t!("totals-including-tax", rate = tax_rate)}</dt>
                            <dd>{money(tax_included)}</dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// A price for which nothing is a word.
pub fn free_or(price: Money) -> String {
    if price.is_zero() { t!("totals-free").into_owned() } else { money(price) }
}
