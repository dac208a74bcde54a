//! The hosted payment page: plain HTML without script, and never a card field.
//!
//! Each button says how the payment is to end. After a refused attempt the page says so in words
//! and can be tried again, as Stripe's does.

mod html;

pub(crate) use html::escape;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use url::Url;

use crate::money;
use crate::objects::{EventRequest, Intent, IntentStatus, Method, Session, SessionStatus, Setup, SetupStatus};
use crate::sessions::Way;
use crate::shared::Shared;
use crate::state::State as Sandbox;

pub(crate) fn router(sandbox: Arc<Shared>) -> Router {
    Router::new()
        .route("/pay/{session}", get(show_payment).post(pay))
        .route("/authenticate/{intent}", get(show_authentication).post(authenticate))
        .with_state(sandbox)
}

async fn show_payment(State(sandbox): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let (response, _) = sandbox.change(|state| {
        state.cause = EventRequest::default();
        state.tick();
        payment_page(state, &id)
    });
    response
}

fn payment_page(state: &mut Sandbox, id: &str) -> Response {
    let nonce = state.token(24);
    let Some(session) = state.sessions.get(id) else {
        return gone(state, &nonce);
    };
    let mut targets = vec![session.success_url.as_str()];
    targets.extend(session.cancel_url.as_deref());
    match session.status {
        SessionStatus::Open if session.setup.is_some() => {
            let setup = session.setup.as_ref().and_then(|id| state.setups.get(id));
            let refusal = setup.and_then(|setup| setup.last_error.as_ref()).and_then(|error| error["message"].as_str());
            let body = html::keeping(&state.config.merchant, session, refusal);
            page(StatusCode::OK, "Keep a card", &body, &nonce, &targets)
        }
        SessionStatus::Open => {
            let refusal = session
                .intent
                .as_ref()
                .and_then(|id| state.intents.get(id))
                .and_then(|intent| intent.last_error.as_ref())
                .and_then(|error| error["message"].as_str());
            let body = html::payment(&html::Payment {
                merchant: &state.config.merchant,
                session,
                saved: &state.saved_cards(session),
                refusal,
                now: state.now(),
            });
            page(StatusCode::OK, "Pay", &body, &nonce, &targets)
        }
        SessionStatus::Complete => {
            let target = session.success_url();
            let done = if session.setup.is_some() { "The card is kept" } else { "This payment is complete" };
            let body = html::notice(done, "There is nothing more to do here.", Some((&target, "Return to the shop")));
            page(StatusCode::OK, "Complete", &body, &nonce, &targets)
        }
        SessionStatus::Expired => {
            let body = html::notice(
                "This payment page has expired",
                "No money was taken. Go back to the shop to start again.",
                session.cancel_url.as_deref().map(|url| (url, "Back to the shop")),
            );
            page(StatusCode::GONE, "Expired", &body, &nonce, &targets)
        }
    }
}

/// The button that was pressed: a way for the payment to end, or a saved card.
#[derive(Deserialize)]
struct Choice {
    way: Option<Way>,
    saved: Option<String>,
    /// The box "keep this card".
    keep: Option<String>,
}

async fn pay(State(sandbox): State<Arc<Shared>>, Path(id): Path<String>, Form(choice): Form<Choice>) -> Response {
    let (response, _) = sandbox.change(|state| {
        state.cause = EventRequest::default();
        if choice.keep.is_some() {
            state.keep_card(&id);
        }
        let attempt = match (choice.way, choice.saved) {
            (Some(way), _) => state.pay_session(&id, way),
            (None, Some(method)) => state.pay_session_with(&id, &method),
            (None, None) => Ok(()),
        };
        // A refusal is read from the payment when the page is shown again.
        attempt.ok();
        after_attempt(state, &id)
    });
    response
}

/// Where the shopper goes next: to the bank, back to the shop, or to the page again.
fn after_attempt(state: &Sandbox, id: &str) -> Response {
    let Some(session) = state.sessions.get(id) else {
        return Redirect::to(&format!("/pay/{id}")).into_response();
    };
    if session.status == SessionStatus::Complete {
        return Redirect::to(&session.success_url()).into_response();
    }
    let intent = session.intent.as_ref().and_then(|id| state.intents.get(id));
    let setup = session.setup.as_ref().and_then(|id| state.setups.get(id));
    match (intent, setup) {
        (Some(intent), _) if intent.status == IntentStatus::RequiresAction => {
            Redirect::to(&format!("/authenticate/{}", intent.id)).into_response()
        }
        (_, Some(setup)) if setup.status == SetupStatus::RequiresAction => {
            Redirect::to(&format!("/authenticate/{}", setup.id)).into_response()
        }
        _ => Redirect::to(&format!("/pay/{id}")).into_response(),
    }
}

async fn show_authentication(State(sandbox): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let mut state = sandbox.lock();
    let nonce = state.token(24);
    let (purpose, return_url) = match (state.intents.get(&id), state.setups.get(&id)) {
        (Some(intent), _) if intent.status == IntentStatus::RequiresAction => {
            let session = intent.session.as_ref().and_then(|id| state.sessions.get(id));
            let session_url = session.map(|session| session.success_url.as_str());
            let amount = money::format(intent.amount, &intent.currency);
            (format!("asks for {amount}."), session_url.or(intent.return_url.as_deref()))
        }
        (Some(Intent { session: Some(session), .. }), _) => return after_attempt(&state, session),
        (None, Some(setup)) if setup.status == SetupStatus::RequiresAction => {
            let session = setup.session.as_ref().and_then(|id| state.sessions.get(id));
            let session_url = session.map(|session| session.success_url.as_str());
            ("wants to keep your card for later.".to_owned(), session_url.or(setup.return_url.as_deref()))
        }
        (None, Some(Setup { session: Some(session), .. })) => return after_attempt(&state, session),
        _ => return gone(&state, &nonce),
    };
    let body = html::authentication(&state.config.merchant, &id, &purpose);
    let targets: Vec<&str> = return_url.into_iter().collect();
    page(StatusCode::OK, "Authenticate", &body, &nonce, &targets)
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Complete,
    Fail,
}

#[derive(Deserialize)]
struct Authentication {
    answer: Answer,
}

async fn authenticate(
    State(sandbox): State<Arc<Shared>>,
    Path(id): Path<String>,
    Form(form): Form<Authentication>,
) -> Response {
    let (response, _) = sandbox.change(|state| {
        state.cause = EventRequest::default();
        let succeeds = matches!(form.answer, Answer::Complete);
        if state.setups.get(&id).is_some() {
            state.authenticate_setup(&id, succeeds).ok();
        } else {
            state.authenticate_intent(&id, succeeds).ok();
        }
        after_authentication(state, &id, succeeds)
    });
    response
}

fn after_authentication(state: &mut Sandbox, id: &str, succeeded: bool) -> Response {
    let nonce = state.token(24);
    let (kind, secret, return_url) = match (state.intents.get(id), state.setups.get(id)) {
        (Some(Intent { session: Some(session), .. }), _) => return after_attempt(state, session),
        (Some(intent), _) => ("payment_intent", &intent.client_secret, &intent.return_url),
        (_, Some(Setup { session: Some(session), .. })) => return after_attempt(state, session),
        (_, Some(setup)) => ("setup_intent", &setup.client_secret, &setup.return_url),
        (None, None) => return gone(state, &nonce),
    };
    match return_url.as_deref().and_then(|url| Url::parse(url).ok()) {
        // <https://docs.stripe.com/payments/3d-secure/authentication-flow#return-url>
        Some(mut url) => {
            url.query_pairs_mut()
                .append_pair(kind, id)
                .append_pair(&format!("{kind}_client_secret"), secret)
                .append_pair("redirect_status", if succeeded { "succeeded" } else { "failed" });
            Redirect::to(url.as_str()).into_response()
        }
        None => {
            let body = html::notice("Done", "You can go back to the app.", None);
            page(StatusCode::OK, "Done", &body, &nonce, &[])
        }
    }
}

impl Sandbox {
    /// What this shopper kept and may be offered: <https://docs.stripe.com/payments/checkout/save-during-payment>
    fn saved_cards(&self, session: &Session) -> Vec<&Method> {
        let shown = |method: &&Method| {
            method.customer.is_some()
                && method.customer == session.customer
                && session.shows_cards.iter().any(|filter| filter == method.allow_redisplay)
        };
        self.methods.iter().filter(shown).collect()
    }
}

fn gone(state: &Sandbox, nonce: &str) -> Response {
    let text = format!(
        "{} has no payment here. The offline payment service forgets everything when it stops.",
        state.config.merchant
    );
    let body = html::notice("Nothing to pay here", &text, None);
    page(StatusCode::NOT_FOUND, "Not found", &body, nonce, &[])
}

/// A page that runs nothing, and whose forms lead only to itself and back to the shop.
fn page(status: StatusCode, title: &str, body: &str, nonce: &str, targets: &[&str]) -> Response {
    let mut forms = String::from("'self'");
    for target in targets {
        if let Ok(url) = Url::parse(target) {
            // Browsers hold form-action against the redirect after the form, too.
            forms.push(' ');
            forms.push_str(&url.origin().ascii_serialization());
        }
    }
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action {forms}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let mut response = (status, Html(html::document(title, body, nonce))).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
