//! Money that went back, in words.

use crate::ui::date;
use leptos::prelude::*;
use shop::orders::OrderView;

pub fn refunds(order: &OrderView) -> impl IntoView + use<> {
    order
        .refunds
        .iter()
        .filter_map(|refund| {
            let words = match refund.status.as_str() {
                "succeeded" => "refunded on",
                "pending" => "is being refunded since",
                // what did not work is for staff to mend
                _ => return None,
            };
            let text = format!("{} {words} {}", refund.amount, date(refund.created_at));
            Some(view! { <p class="summary__note">{text}</p> })
        })
        .collect_view()
}
