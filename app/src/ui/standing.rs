//! How an order stands, as badges: one for its money, one for its goods. The words are those of `shop::orders`.

use crate::words::locale;
use leptos::prelude::*;
use shop::orders::{Fulfilment, PaymentWord};

/// Which colours a badge has.
#[derive(Clone, Copy)]
enum Look {
    Plain,
    Info,
    Success,
    Warning,
    Danger,
    /// Over, without having come to anything.
    Off,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "badge",
            Self::Info => "badge badge--info",
            Self::Success => "badge badge--success",
            Self::Warning => "badge badge--warning",
            Self::Danger => "badge badge--danger",
            Self::Off => "badge badge--off",
        }
    }
}

fn look_of_payment(word: PaymentWord) -> Look {
    match word {
        PaymentWord::Awaiting => Look::Warning,
        PaymentWord::Paid => Look::Success,
        PaymentWord::Failed => Look::Danger,
        PaymentWord::PartlyRefunded | PaymentWord::Refunded => Look::Plain,
        PaymentWord::NotPaid => Look::Off,
    }
}

fn look_of_fulfilment(word: Fulfilment) -> Look {
    match word {
        Fulfilment::Unfulfilled => Look::Plain,
        Fulfilment::InPreparation | Fulfilment::PartiallyShipped | Fulfilment::Shipped => Look::Info,
        Fulfilment::Delivered | Fulfilment::Completed => Look::Success,
        Fulfilment::Cancelled => Look::Off,
    }
}

/// For a column that says what it is about.
pub fn payment_badge(word: PaymentWord) -> impl IntoView {
    view! { <span class=look_of_payment(word).class()>{word.say(locale())}</span> }
}

/// For a column that says what it is about.
pub fn fulfilment_badge(word: Fulfilment) -> impl IntoView {
    view! { <span class=look_of_fulfilment(word).class()>{word.say(locale())}</span> }
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
