//! Routes for tests in another process: the statement, the faults, the clock, and the buttons of the
//! hosted page without a browser. Stripe has nothing like them.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::deliveries::Delivery;
use crate::errors::Refused;
use crate::faults::Faults;
use crate::sandbox::Sandbox;
use crate::sessions::Way;
use crate::statement::Statement;

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/_sandbox/ledger", get(statement))
        .route("/_sandbox/deliveries", get(deliveries))
        .route("/_sandbox/faults", get(faults).put(set_faults).post(set_faults))
        .route("/_sandbox/clock", post(advance))
        .route("/_sandbox/sessions/{id}/{act}", post(session))
        .route("/_sandbox/charges/{id}/refund", post(refund))
        .route("/_sandbox/charges/{id}/dispute", post(dispute))
        .route("/_sandbox/disputes/{id}/{outcome}", post(decide_dispute))
        .route("/_sandbox/refunds/{id}/{outcome}", post(settle_refund))
        .with_state(sandbox)
}

async fn statement(State(sandbox): State<Sandbox>) -> Json<Statement> {
    Json(sandbox.statement())
}

async fn deliveries(State(sandbox): State<Sandbox>) -> Json<Vec<Delivery>> {
    Json(sandbox.deliveries())
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<Faults> {
    Json(sandbox.shared.lock().faults.clone())
}

async fn set_faults(State(sandbox): State<Sandbox>, Json(faults): Json<Faults>) -> Json<Faults> {
    sandbox.set_faults(faults.clone());
    Json(faults)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(sandbox): State<Sandbox>, Json(by): Json<Advance>) -> StatusCode {
    sandbox.advance(Duration::from_secs(by.seconds));
    StatusCode::NO_CONTENT
}

/// `pay`, `decline`, `insufficient_funds`, `needs_authentication`, `pay_later`, `fail_later`; then
/// `authenticate`, `fail_authentication`, `settle`, `fail`; and `expire`.
async fn session(State(sandbox): State<Sandbox>, Path((id, act)): Path<(String, String)>) -> Response {
    let done = match act.as_str() {
        "authenticate" => sandbox.authenticate(&id, true),
        "fail_authentication" => sandbox.authenticate(&id, false),
        "settle" => sandbox.settle(&id, true),
        "fail" => sandbox.settle(&id, false),
        "expire" => sandbox.expire(&id),
        way => match serde_json::from_value::<Way>(json!(way)) {
            Ok(way) => sandbox.pay(&id, way),
            Err(_) => {
                return (StatusCode::NOT_FOUND, format!("There is no `{act}`.")).into_response();
            }
        },
    };
    answer(done)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refund {
    /// In minor units; all that is left, if not given.
    amount: Option<i64>,
}

/// Staff refund in the dashboard: the shop learns of it by webhook only.
async fn refund(State(sandbox): State<Sandbox>, Path(charge): Path<String>, Query(refund): Query<Refund>) -> Response {
    answer(sandbox.refund(&charge, refund.amount).map(|_| ()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dispute {
    reason: Option<String>,
}

async fn dispute(
    State(sandbox): State<Sandbox>,
    Path(charge): Path<String>,
    Query(dispute): Query<Dispute>,
) -> Response {
    let reason = dispute.reason.as_deref().unwrap_or("fraudulent");
    answer(sandbox.dispute(&charge, reason).map(|_| ()))
}

/// `won` or `lost`.
async fn decide_dispute(State(sandbox): State<Sandbox>, Path((id, outcome)): Path<(String, String)>) -> Response {
    match outcome.as_str() {
        "won" => answer(sandbox.decide_dispute(&id, true)),
        "lost" => answer(sandbox.decide_dispute(&id, false)),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `succeed` or `fail`.
async fn settle_refund(State(sandbox): State<Sandbox>, Path((id, outcome)): Path<(String, String)>) -> Response {
    match outcome.as_str() {
        "succeed" => answer(sandbox.settle_refund(&id, true)),
        "fail" => answer(sandbox.settle_refund(&id, false)),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(done: Result<(), Refused>) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => (StatusCode::CONFLICT, Json(json!({ "refused": refused.0 }))).into_response(),
    }
}
