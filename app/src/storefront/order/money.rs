//! Money that went back, in words.

use crate::ui::date;
use leptos::prelude::*;
use shop::orders::OrderView;

pub fn refunds(order: &OrderView) -> impl IntoView + use<> {
    order
        .refunds
        .iter()
        .filter_map(|refund| {
            let (amount, date) = (refund.amount, date(refund.created_at));
            let text = match refund.status.as_str() {
                "succeeded" => t!("order-refunded-on", amount = amount, date = date),
                "pending" => t!("order-is-being-refunded", amount = amount, date = date),
                // what did not work is for staff to mend
                _ => return None,
            };
            Some(view! { <p class="summary__note">{text}</p> })
        })
        .collect_view()
}
