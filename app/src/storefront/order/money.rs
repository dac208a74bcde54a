//! Money that went back, in words.

use crate::ui::date;
use leptos::prelude::*;
use shop::orders::OrderView;
use shop::payments::RefundState;

pub fn refunds(order: &OrderView) -> impl IntoView + use<> {
    order
        .refunds
        .iter()
        .filter_map(|refund| {
            let (amount, date) = (refund.amount, date(refund.created_at));
            let text = match refund.status {
                RefundState::Succeeded => t!("order-refunded-on", amount = amount, date = date),
                RefundState::Pending => t!("order-is-being-refunded", amount = amount, date = date),
                // what did not work is for staff to mend
                RefundState::Failed | RefundState::Cancelled => return None,
            };
            Some(view! { <p class="summary__note">{text}</p> })
        })
        .collect_view()
}
