//! A stand-in for Stripe.js and its Payment Element: as much of them as a shop's page needs to be tried without a
//! network. <https://docs.stripe.com/js> and <https://docs.stripe.com/payments/payment-element>
//!
//! As with Stripe the element is a frame from here inside the shop's page, and the shop's own script sees nothing of
//! what is chosen in it. It is never a card field: one chooses how the payment is to end.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::errors::ApiError;
use crate::hosted::escape;
use crate::intents::Confirmation;
use crate::objects::EventRequest;
use crate::shared::Shared;
use crate::state::State as Sandbox;

const STRIPE_JS: &str = include_str!("elements/stripe.js");
const FRAME_JS: &str = include_str!("elements/frame.js");
const FRAME_CSS: &str = include_str!("elements/frame.css");

/// What can be chosen, and the test method that behaves so.
const WAYS: &[(&str, &str)] = &[
    ("pm_card_visa", "A card that pays"),
    ("pm_card_chargeDeclined", "A card that is declined"),
    ("pm_card_chargeDeclinedInsufficientFunds", "A card with insufficient funds"),
    ("pm_card_authenticationRequired", "A card whose bank asks first"),
];

pub(crate) fn router(sandbox: Arc<Shared>) -> Router {
    Router::new()
        .route("/stripe.js", get(script))
        .route("/elements/payment", get(element))
        .route("/elements/confirm", post(confirm))
        .with_state(sandbox)
}

async fn script() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (kind, STRIPE_JS).into_response()
}

#[derive(Deserialize)]
struct Element {
    client_secret: String,
    customer_session: Option<String>,
}

/// The frame.
async fn element(State(sandbox): State<Arc<Shared>>, Query(asked): Query<Element>) -> Response {
    let mut state = sandbox.lock();
    let nonce = state.token(24);
    if state.intent_with_secret(&asked.client_secret).is_none() {
        return (StatusCode::NOT_FOUND, "There is no such PaymentIntent.").into_response();
    }
    let customer = asked.customer_session.as_deref().and_then(|secret| state.customer_of_session(secret));
    let body = choices(&state, customer.as_deref());
    let document = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Payment details</title>\n\
         <style nonce=\"{nonce}\">{FRAME_CSS}</style>\n</head>\n<body>\n{body}\n\
         <script nonce=\"{nonce}\">{FRAME_JS}</script>\n</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; form-action 'none'; base-uri 'none'"
    );
    let mut response = Html(document).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn choices(state: &Sandbox, customer: Option<&str>) -> String {
    let mut html = String::from("<fieldset><legend>How should this payment end?</legend>");
    let kept = state.methods.iter().filter(|method| customer.is_some() && method.customer.as_deref() == customer);
    let kept = kept.filter(|method| method.allow_redisplay != "unspecified").map(|m| (m.id.clone(), m.label()));
    let ways = WAYS.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned()));
    for (n, (id, label)) in kept.chain(ways).enumerate() {
        let checked = if n == 0 { " checked" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(
            html,
            "<label><input type=\"radio\" name=\"method\" value=\"{}\"{checked}> {}</label>",
            escape(&id),
            escape(&label)
        );
    }
    html.push_str("</fieldset>");
    if customer.is_some() {
        html.push_str("<label><input type=\"checkbox\" name=\"keep\"> Keep this card for next time</label>");
    }
    html
}

#[derive(Deserialize)]
struct Confirm {
    key: String,
    client_secret: String,
    method: String,
    return_url: String,
    keep: Option<String>,
    customer_session: Option<String>,
}

/// What `stripe.confirmPayment` asks. With Stripe this is a request to the API from the frame; here it is one of its
/// own, so that browsers need not ask first.
async fn confirm(State(sandbox): State<Arc<Shared>>, Form(asked): Form<Confirm>) -> Response {
    let (outcome, _) = sandbox.change(|state| {
        state.cause = EventRequest::default();
        state.tick();
        state.confirm_element(&asked)
    });
    let (status, body) = match outcome {
        Ok(object) => (StatusCode::OK, object),
        Err(error) => (error.status, error.body()),
    };
    let open = (HeaderName::from_static("access-control-allow-origin"), HeaderValue::from_static("*"));
    (status, [open], Json(body)).into_response()
}

impl Sandbox {
    fn intent_with_secret(&self, secret: &str) -> Option<String> {
        let id = secret.split("_secret_").next()?;
        self.intents.get(id).filter(|intent| intent.client_secret == secret).map(|intent| intent.id.clone())
    }

    fn confirm_element(&mut self, asked: &Confirm) -> Result<Value, ApiError> {
        if self.config.publishable_key.as_deref() != Some(asked.key.as_str()) {
            return Err(ApiError::unauthorized("Invalid API Key provided."));
        }
        let Some(id) = self.intent_with_secret(&asked.client_secret) else {
            return Err(ApiError::no_such("payment_intent", "", "intent"));
        };
        let customer = asked.customer_session.as_deref().and_then(|secret| self.customer_of_session(secret));
        let own = self
            .methods
            .get(&asked.method)
            .is_none_or(|method| method.customer.is_none() || method.customer == customer);
        if !own {
            return Err(ApiError::no_such_param("PaymentMethod", &asked.method, "payment_method"));
        }
        let confirmation = Confirmation::back_to(Some(asked.return_url.clone()));
        self.confirm_with_secret(&id, &asked.method, &confirmation, asked.keep.is_some() && customer.is_some())?;
        let intent = self.render(&id).unwrap_or_default();
        Ok(json!({ "paymentIntent": intent }))
    }
}
