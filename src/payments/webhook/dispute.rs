//! A dispute: the cardholder's bank wants the money back. Staff see each step in the order's timeline, and answer it in
//! Stripe's dashboard. <https://docs.stripe.com/disputes/how-disputes-work>

use crate::{Currency, Money, TimeZone};
use chrono::DateTime;
use serde_json::Value;

/// What a message of this kind says of it, in words; days are those of the shop.
pub(super) fn words(kind: &str, object: &Value, zone: TimeZone) -> String {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    let currency = Currency::parse(text("currency"));
    let amount = match (currency, object["amount"].as_i64()) {
        (Some(currency), Some(minor)) => Money::new(minor, currency).to_string(),
        _ => "the payment".to_owned(),
    };
    let reason = reason(text("reason"));
    let due = object["evidence_details"]["due_by"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
    let due = due.map(|at| format!(" by {}", zone.local(at).format("%-d %B %Y"))).unwrap_or_default();
    let step = kind.rsplit('.').next().unwrap_or(kind);
    match (step, text("status")) {
        ("created", "warning_needs_response") => {
            format!(
                "The cardholder’s bank asks about {amount} ({reason}). No money was taken. Answer it at Stripe{due}."
            )
        }
        ("created", _) => format!("The cardholder’s bank disputes {amount} ({reason}). Answer it at Stripe{due}."),
        ("funds_withdrawn", _) => format!("{amount} was taken from us until the dispute is decided."),
        ("funds_reinstated", _) => format!("{amount} came back to us."),
        ("closed", "won") => format!("The dispute over {amount} was won: the money is ours."),
        ("closed", "lost") => format!("The dispute over {amount} was lost: the money stays with the cardholder."),
        ("closed", "warning_closed") => format!("The bank’s questions about {amount} ended; no money was taken."),
        (_, "under_review" | "warning_under_review") => {
            format!("The bank looks at our answer in the dispute over {amount}.")
        }
        (_, "needs_response" | "warning_needs_response") => {
            format!("The dispute over {amount} waits for our answer{due}.")
        }
        (step, status) => format!("The dispute over {amount} changed ({step}, {status})."),
    }
}

/// The bank has decided, or asks no more. <https://docs.stripe.com/api/disputes/object#dispute_object-status>
pub(super) fn is_over(status: &str) -> bool {
    matches!(status, "won" | "lost" | "warning_closed" | "prevented")
}

/// Stripe's words for people. <https://docs.stripe.com/api/disputes/object#dispute_object-reason>
fn reason(code: &str) -> String {
    match code {
        "fraudulent" => "“I did not buy this”".to_owned(),
        "product_not_received" => "“It did not arrive”".to_owned(),
        "product_unacceptable" => "“It is broken, or not what was described”".to_owned(),
        "duplicate" => "“I was charged twice”".to_owned(),
        "credit_not_processed" => "“I was promised money back”".to_owned(),
        "unrecognized" => "“I do not know this charge”".to_owned(),
        "subscription_canceled" => "“I had cancelled it”".to_owned(),
        "" | "general" => "no reason given".to_owned(),
        other => other.replace('_', " "),
    }
}
