//! The API's door: every endpoint, and the steps each request goes through.

mod keys;
mod strike;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::RawPathParams;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use serde_json::Value;

use strike::Struck;

use crate::answer::{Call, Handler, Outcome, check_expansions, expand};
use crate::errors::ApiError;
use crate::faults::ApiFault;
use crate::idempotency::{Begun, Saved};
use crate::objects::{API_VERSION, EventRequest};
use crate::params::Params;
use crate::shared::Shared;
use crate::state::State;
use crate::{
    balance, charges, customers, disputes, events, intents, methods, mobile, refunds, sessions, setups, webhooks,
};

/// No documented request is nearly as large.
const MAX_BODY: usize = 256 * 1024;
/// How long the API waits for receivers when webhooks are to come before its answer.
const BEFORE_ANSWER: Duration = Duration::from_secs(5);

/// One endpoint: its method, its path, what answers it, and what the answer is.
struct Endpoint {
    method: MethodFilter,
    path: &'static str,
    handler: Handler,
    /// The object answered, in brackets for a list of them.
    answers: &'static str,
    /// Open to publishable keys, with the object's client secret.
    publishable: bool,
    /// Open to ephemeral keys, for their customer.
    ephemeral: bool,
}

const fn at(method: MethodFilter, path: &'static str, handler: Handler, answers: &'static str) -> Endpoint {
    Endpoint { method, path, handler, answers, publishable: false, ephemeral: false }
}

impl Endpoint {
    const fn publishable(mut self) -> Self {
        self.publishable = true;
        self
    }

    const fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }
}

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

const ENDPOINTS: &[Endpoint] = &[
    at(POST, "/v1/checkout/sessions", sessions::create, "checkout.session"),
    at(GET, "/v1/checkout/sessions", sessions::list, "[checkout.session]"),
    at(GET, "/v1/checkout/sessions/{id}", sessions::retrieve, "checkout.session"),
    at(POST, "/v1/checkout/sessions/{id}", sessions::update, "checkout.session"),
    at(POST, "/v1/checkout/sessions/{id}/expire", sessions::expire, "checkout.session"),
    at(GET, "/v1/checkout/sessions/{id}/line_items", sessions::line_items, "[item]"),
    at(POST, "/v1/payment_intents", intents::create, "payment_intent"),
    at(GET, "/v1/payment_intents", intents::list, "[payment_intent]"),
    at(GET, "/v1/payment_intents/search", intents::search, "[payment_intent]"),
    at(GET, "/v1/payment_intents/{id}", intents::retrieve, "payment_intent").publishable(),
    at(POST, "/v1/payment_intents/{id}", intents::update, "payment_intent"),
    at(POST, "/v1/payment_intents/{id}/confirm", intents::confirm, "payment_intent").publishable(),
    at(POST, "/v1/payment_intents/{id}/capture", intents::capture, "payment_intent"),
    at(POST, "/v1/payment_intents/{id}/cancel", intents::cancel, "payment_intent"),
    at(GET, "/v1/charges", charges::list, "[charge]"),
    at(GET, "/v1/charges/search", charges::search, "[charge]"),
    at(GET, "/v1/charges/{id}", charges::retrieve, "charge"),
    at(POST, "/v1/charges/{id}", charges::update, "charge"),
    at(POST, "/v1/refunds", refunds::create, "refund"),
    at(GET, "/v1/refunds", refunds::list, "[refund]"),
    at(GET, "/v1/refunds/{id}", refunds::retrieve, "refund"),
    at(POST, "/v1/refunds/{id}", refunds::update, "refund"),
    at(POST, "/v1/refunds/{id}/cancel", refunds::cancel, "refund"),
    at(POST, "/v1/customers", customers::create, "customer"),
    at(GET, "/v1/customers", customers::list, "[customer]"),
    at(GET, "/v1/customers/search", customers::search, "[customer]"),
    at(GET, "/v1/customers/{id}", customers::retrieve, "customer").ephemeral(),
    at(POST, "/v1/customers/{id}", customers::update, "customer"),
    at(DELETE, "/v1/customers/{id}", customers::delete, "customer"),
    at(GET, "/v1/customers/{id}/payment_methods", methods::list_of_customer, "[payment_method]"),
    at(GET, "/v1/customers/{id}/payment_methods/{method}", methods::retrieve_of_customer, "payment_method"),
    at(POST, "/v1/customer_sessions", mobile::customer_session, "customer_session"),
    at(POST, "/v1/ephemeral_keys", mobile::ephemeral_key, "ephemeral_key"),
    at(DELETE, "/v1/ephemeral_keys/{id}", mobile::end_ephemeral_key, "ephemeral_key"),
    at(POST, "/v1/payment_methods", methods::create, "payment_method"),
    at(GET, "/v1/payment_methods", methods::list, "[payment_method]").ephemeral(),
    at(GET, "/v1/payment_methods/{id}", methods::retrieve, "payment_method"),
    at(POST, "/v1/payment_methods/{id}", methods::update, "payment_method"),
    at(POST, "/v1/payment_methods/{id}/attach", methods::attach, "payment_method").ephemeral(),
    at(POST, "/v1/payment_methods/{id}/detach", methods::detach, "payment_method").ephemeral(),
    at(POST, "/v1/setup_intents", setups::create, "setup_intent"),
    at(GET, "/v1/setup_intents", setups::list, "[setup_intent]"),
    at(GET, "/v1/setup_intents/{id}", setups::retrieve, "setup_intent").publishable(),
    at(POST, "/v1/setup_intents/{id}", setups::update, "setup_intent"),
    at(POST, "/v1/setup_intents/{id}/confirm", setups::confirm, "setup_intent").publishable(),
    at(POST, "/v1/setup_intents/{id}/cancel", setups::cancel, "setup_intent"),
    at(GET, "/v1/disputes", disputes::list, "[dispute]"),
    at(GET, "/v1/disputes/{id}", disputes::retrieve, "dispute"),
    at(POST, "/v1/disputes/{id}", disputes::update, "dispute"),
    at(POST, "/v1/disputes/{id}/close", disputes::close, "dispute"),
    at(GET, "/v1/balance", balance::balance, "balance"),
    at(GET, "/v1/balance_transactions", balance::list, "[balance_transaction]"),
    at(GET, "/v1/balance_transactions/{id}", balance::retrieve, "balance_transaction"),
    at(GET, "/v1/events", events::list, "[event]"),
    at(GET, "/v1/events/{id}", events::retrieve, "event"),
    at(POST, "/v1/webhook_endpoints", webhooks::create, "webhook_endpoint"),
    at(GET, "/v1/webhook_endpoints", webhooks::list, "[webhook_endpoint]"),
    at(GET, "/v1/webhook_endpoints/{id}", webhooks::retrieve, "webhook_endpoint"),
    at(POST, "/v1/webhook_endpoints/{id}", webhooks::update, "webhook_endpoint"),
    at(DELETE, "/v1/webhook_endpoints/{id}", webhooks::delete, "webhook_endpoint"),
];

pub(crate) fn router(sandbox: Arc<Shared>) -> Router {
    let mut router = Router::new();
    for endpoint in ENDPOINTS {
        let sandbox = sandbox.clone();
        let handler = move |ids: RawPathParams, request: axum::extract::Request| {
            let ids = ids.iter().map(|(_, id)| id.to_owned()).collect();
            respond(sandbox, endpoint, ids, request)
        };
        router = router.route(endpoint.path, on(endpoint.method, handler));
    }
    let unknown = move |request: axum::extract::Request| {
        let answer = {
            let mut state = sandbox.lock();
            let (method, path) = (request.method().as_str(), request.uri().path());
            let checked = keys::check(&state, request.headers(), path, method, keys::OpenTo::default());
            let error = checked.err().unwrap_or_else(|| ApiError::unknown_url(method, path));
            error_response(&error, &state.id("req"))
        };
        std::future::ready(answer)
    };
    // Paths that are, asked with methods that are not, are unknown to Stripe too.
    router.method_not_allowed_fallback(unknown.clone()).fallback(unknown)
}

/// Answers on a task of its own: what was begun is ended, even if the client is gone.
async fn respond(
    sandbox: Arc<Shared>,
    endpoint: &'static Endpoint,
    ids: Vec<String>,
    request: axum::extract::Request,
) -> Response {
    let task = tokio::spawn(async move {
        let (parts, body) = request.into_parts();
        let body = match axum::body::to_bytes(body, MAX_BODY).await {
            Ok(body) => body,
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        };
        answer(&sandbox, endpoint, ids, &parts, &body).await
    });
    task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// What was found out about a request before it may act.
struct Ready {
    request_id: String,
    call: Call,
    expansions: Vec<String>,
    key: Option<String>,
    struck: Option<Struck>,
}

async fn answer(sandbox: &Shared, endpoint: &Endpoint, ids: Vec<String>, parts: &Parts, body: &Bytes) -> Response {
    let admitted = admit(&mut sandbox.lock(), endpoint, ids, parts, body);
    let mut ready = match admitted {
        Ok(ready) => ready,
        Err(response) => return *response,
    };
    let struck = ready.struck.take();
    let fault = struck.map(|struck| struck.fault);
    let hold = struck.map_or(Duration::ZERO, |struck| struck.hold);
    if matches!(fault, Some(ApiFault::HangBefore | ApiFault::Slow)) {
        tokio::time::sleep(hold).await;
    }
    let ((saved, keep), attempted) = sandbox.change(|state| perform(state, endpoint, &mut ready, fault));
    if sandbox.lock().faults.webhooks.before_answer {
        let all = futures::future::join_all(attempted);
        tokio::time::timeout(BEFORE_ANSWER, all).await.ok();
    }
    if fault == Some(ApiFault::Hang) {
        tokio::time::sleep(hold).await;
    }
    if let Some(key) = &ready.key {
        let mut state = sandbox.lock();
        if keep {
            state.answers.keep(key, saved.clone());
        } else {
            state.answers.forget(key);
        }
    }
    let response = json_response(saved.status, saved.body, &ready.request_id);
    finish(response, ready.key.as_deref(), fault)
}

/// Everything before acting: the key, the parameters, what was answered before, the faults.
fn admit(
    state: &mut State,
    endpoint: &Endpoint,
    ids: Vec<String>,
    parts: &Parts,
    body: &Bytes,
) -> Result<Ready, Box<Response>> {
    let request_id = state.id("req");
    let refuse = |error: ApiError| Box::new(error_response(&error, &request_id));
    let method = parts.method.as_str();
    let path = parts.uri.path();
    let open_to = keys::OpenTo { publishable: endpoint.publishable, ephemeral: endpoint.ephemeral };
    let caller = keys::check(state, &parts.headers, path, method, open_to).map_err(&refuse)?;
    check_version(&parts.headers).map_err(&refuse)?;
    check_encoding(&parts.headers, body).map_err(&refuse)?;

    let struck = state.strike(method, path);
    match struck.map(|struck| struck.fault) {
        Some(ApiFault::RateLimit) => return Err(refuse(ApiError::rate_limited())),
        Some(ApiFault::LockTimeout) => return Err(refuse(ApiError::lock_timeout())),
        Some(ApiFault::Unavailable) => {
            return Err(refuse(ApiError::server(StatusCode::SERVICE_UNAVAILABLE)));
        }
        _ => {}
    }

    let encoded = match method {
        "POST" => body,
        _ => parts.uri.query().unwrap_or_default().as_bytes(),
    };
    let mut params = Params::parse(encoded).map_err(&refuse)?;
    let fingerprint = params.fingerprint();
    let expansions = params.texts("expand").map_err(&refuse)?.unwrap_or_default();
    check_expansions(endpoint.answers, &expansions).map_err(&refuse)?;

    // Only POST: <https://docs.stripe.com/api/idempotent_requests>.
    let key = match method {
        "POST" => header_text(&parts.headers, "idempotency-key"),
        _ => None,
    };
    if let Some(key) = &key {
        let now = state.now_ms();
        match state.answers.begin(key, path, &fingerprint, now).map_err(&refuse)? {
            Begun::First => {}
            Begun::Again(saved) => {
                let mut response = json_response(saved.status, saved.body, &request_id);
                let headers = response.headers_mut();
                headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
                set(headers, "original-request", &saved.request);
                let fault = struck.map(|struck| struck.fault);
                return Err(Box::new(finish(response, Some(key), fault)));
            }
        }
    }
    let public_url = match &state.config.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => {
            let host = header_text(&parts.headers, "host");
            format!("http://{}", host.as_deref().unwrap_or("localhost"))
        }
    };
    let names_version = parts.headers.contains_key("stripe-version");
    let call = Call { ids, path: path.to_owned(), params, public_url, publishable: caller.publishable, names_version };
    if let Some(customer) = &caller.customer {
        mobile::check_customer(state, &call, customer).map_err(&refuse)?;
    }
    Ok(Ready { request_id, call, expansions, key, struck })
}

/// Acts. Answers what to send, and whether to keep it for the idempotency key.
fn perform(state: &mut State, endpoint: &Endpoint, ready: &mut Ready, fault: Option<ApiFault>) -> (Saved, bool) {
    let saved = |status, body: Value| Saved { status, body: body.to_string(), request: ready.request_id.clone() };
    let broken = ApiError::server(StatusCode::INTERNAL_SERVER_ERROR);
    if fault == Some(ApiFault::ErrorBefore) {
        return (saved(broken.status, broken.body()), true);
    }
    state.cause = EventRequest { request: Some(ready.request_id.clone()), idempotency_key: ready.key.clone() };
    state.tick();
    let outcome: Outcome = (endpoint.handler)(state, &mut ready.call);
    debug_assert!(
        outcome.is_err() || ready.call.params.finished(),
        "{} does not look for unknown parameters",
        endpoint.path
    );
    match outcome {
        Ok(_) if fault == Some(ApiFault::ErrorAfter) => (saved(broken.status, broken.body()), true),
        Ok(mut object) => {
            for path in &ready.expansions {
                expand(state, &mut object, path);
            }
            (saved(StatusCode::OK, object), true)
        }
        Err(error) => (saved(error.status, error.body()), !error.before_execution),
    }
}

/// Sends the answer, or what the fault makes of it.
fn finish(mut response: Response, key: Option<&str>, fault: Option<ApiFault>) -> Response {
    if let Some(key) = key {
        set(response.headers_mut(), "idempotency-key", key);
    }
    match fault {
        Some(ApiFault::LoseAnswer) => {
            // The connection breaks where the body would begin.
            let broken = futures::stream::once(async {
                Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            });
            *response.body_mut() = Body::from_stream(broken);
        }
        Some(ApiFault::GarbledAnswer) => {
            *response.body_mut() = Body::from("<html>Bad gateway</html>");
        }
        _ => {}
    }
    response
}

/// `2026-09-30.endive` or a bare date. <https://docs.stripe.com/api/versioning>
fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(version) = header_text(headers, "stripe-version") else {
        return Ok(());
    };
    let date = version.split('.').next().unwrap_or_default();
    let dated = date.len() == 10
        && date.char_indices().all(|(at, letter)| match at {
            4 | 7 => letter == '-',
            _ => letter.is_ascii_digit(),
        });
    if dated {
        return Ok(());
    }
    Err(ApiError::invalid(format!("Invalid Stripe API version: {version}")).unsaved())
}

/// Parameters are form-encoded, nothing else: <https://docs.stripe.com/api>.
fn check_encoding(headers: &HeaderMap, body: &Bytes) -> Result<(), ApiError> {
    let given = header_text(headers, "content-type").unwrap_or_default();
    let form = given.split(';').next().unwrap_or_default().trim();
    if body.is_empty() || form.is_empty() || form.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    // The words are not documented.
    Err(ApiError::invalid(format!("Requests are form-encoded, and this one is {form}.")).unsaved())
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn error_response(error: &ApiError, request_id: &str) -> Response {
    json_response(error.status, error.body().to_string(), request_id)
}

fn json_response(status: StatusCode, body: String, request_id: &str) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
    set(headers, "request-id", request_id);
    response
}
