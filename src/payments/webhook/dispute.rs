//! A dispute: the cardholder's bank wants the money back. Staff see each step in the order's timeline, and answer it in
//! Stripe's dashboard. <https://docs.stripe.com/disputes/how-disputes-work>

use crate::lifecycle::{Dispute, DisputeNews};
use crate::{Currency, Money, TimeZone};
use chrono::DateTime;
use serde_json::Value;

/// What a message of this kind says of it; days are those of the shop.
pub(super) fn read(kind: &str, object: &Value, zone: TimeZone) -> Dispute {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    let money = |(currency, minor)| Money::new(minor, currency);
    let due = object["evidence_details"]["due_by"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
    let (step, status) = (kind.rsplit('.').next().unwrap_or(kind), text("status"));
    let news = match (step, status) {
        ("created", "warning_needs_response") => DisputeNews::Asked,
        ("created", _) => DisputeNews::Opened,
        ("funds_withdrawn", _) => DisputeNews::Taken,
        ("funds_reinstated", _) => DisputeNews::Returned,
        ("closed", "won") => DisputeNews::Won,
        ("closed", "lost") => DisputeNews::Lost,
        ("closed", "warning_closed") => DisputeNews::AskedNoMore,
        (_, "under_review" | "warning_under_review") => DisputeNews::UnderReview,
        (_, "needs_response" | "warning_needs_response") => DisputeNews::WaitsForUs,
        _ => DisputeNews::Changed,
    };
    Dispute {
        id: object["id"].as_str().unwrap_or("unknown").to_owned(),
        is_over: is_over(status),
        news,
        amount: Currency::parse(text("currency")).zip(object["amount"].as_i64()).map(money),
        reason: text("reason").to_owned(),
        due: due.map(|at| zone.day(at)),
        step: step.to_owned(),
        status: status.to_owned(),
    }
}

/// The bank has decided, or asks no more. <https://docs.stripe.com/api/disputes/object#dispute_object-status>
fn is_over(status: &str) -> bool {
    matches!(status, "won" | "lost" | "warning_closed" | "prevented")
}
