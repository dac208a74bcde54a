//! Where Stripe reports what became of payments.

use super::document::Faults;
use crate::web::{App, errors};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use shop::payments::webhook;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stripe))
}

/// Stripe reports what happened to a payment
///
/// Takes one event into the inbox and answers at once; a job applies it. The signature is over the raw bytes, so
/// nothing may parse them before. Anything but a 2xx makes Stripe send the event again.
#[utoipa::path(
    post, path = "/stripe/webhook", tag = "Payments",
    params(("Stripe-Signature" = String, Header, description = "Time and HMAC, as Stripe makes them")),
    request_body(
        content = Object,
        content_type = "application/json",
        description = "An event, as Stripe has it",
        example = json!({
            "id": "evt_1RtX2kLq8eZvKYlo", "object": "event", "type": "payment_intent.succeeded", "livemode": false,
            "data": { "object": { "id": "pi_3RtX2kLq8eZvKYlo1aBcDeFg", "object": "payment_intent" } },
        }),
    ),
    responses((status = 200, description = "Kept"), Faults),
    security(()),
)]
async fn stripe(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    match webhook::receive(&app.shop, &body, signature).await {
        Ok(()) => StatusCode::OK,
        // a signature that does not fit is a bad request, not a question of permission
        Err(shop::Error::Forbidden) => StatusCode::BAD_REQUEST,
        Err(e) => {
            errors::log(&e);
            errors::status_of(&e)
        }
    }
}
