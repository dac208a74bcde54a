//! Where other machines report: Stripe.

use crate::web::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

/// Takes one event into the inbox. The signature is over the raw bytes, so nothing may parse them before.
pub async fn stripe(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let _ = (app, headers, body);
    StatusCode::NOT_IMPLEMENTED
}
