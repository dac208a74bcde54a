//! How an order stands, as badges: one for its money, one for its goods. The words are those of `shop::orders`.

use super::status::StatusBadge;
use crate::words::locale;
use leptos::prelude::*;
use shop::orders::{Fulfilment, PaymentWord};

/// For a column that says what it is about.
pub fn payment_badge(word: PaymentWord) -> impl IntoView {
    view! { <StatusBadge status=word /> }
}

/// For a column that says what it is about.
pub fn fulfilment_badge(word: Fulfilment) -> impl IntoView {
    view! { <StatusBadge status=word /> }
}

/// Both, each with what it is about: for the head of an order's page.
pub fn standing(payment: PaymentWord, fulfilment: Fulfilment) -> impl IntoView {
    view! {
        <dl class="standing">
            <div>
                <dt>{PaymentWord::about(locale())}</dt>
                <dd>{payment_badge(payment)}</dd>
            </div>
            <div>
                <dt>{Fulfilment::about(locale())}</dt>
                <dd>{fulfilment_badge(fulfilment)}</dd>
            </div>
        </dl>
    }
}
