//! `Idempotency-Key` on every POST that creates something: the same request again is answered alike, and done once.
//! What that rests on is told in `shop::idempotency`.

use super::caller::{Caller, Who};
use super::fault::Fault;
use super::headers::{CART_TOKEN, IDEMPOTENCY_KEY, REPLAYED};
use crate::web::App;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use shop::Error;
use shop::idempotency::{self, Claim, Key, Principal, Turn};
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

const LARGEST: usize = 1 << 20;

/// What of an answer is said again, beside its status and body.
const HEADERS: [HeaderName; 5] =
    [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::CACHE_CONTROL, CART_TOKEN];

/// What guards against doing it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// The act, in its transaction, by the row of the key.
    Row,
    /// The act, by a key of its own or by its nature: done again, it comes to the same. Here only answers are kept.
    Act,
    /// The act alone: no answer is kept either.
    ActAlone,
}

impl Guard {
    fn of(path: &str) -> Self {
        match path {
            // an order and what is asked of Stripe have stored keys of their own; a sign-in more is none too many
            "/api/orders" | "/api/payments" | "/api/stripe/create-payment-intent" => Self::Act,
            "/api/auth/login" | "/api/users/login" => Self::Act,
            // a refund's key is good for ever, and its answer tells how it stands now
            "/api/orders/{order}/refund" => Self::ActAlone,
            // replaying an answer would hide that a refresh token was used twice, which is how theft is noticed
            "/api/auth/refresh" => Self::ActAlone,
            "/api/stripe/webhook" => Self::ActAlone,
            // an import keeps its key, and its file is not held in memory
            "/api/imports" => Self::ActAlone,
            // the same picture twice is one, and a form of many is not held in memory
            "/api/upload/single" | "/api/upload/products" => Self::ActAlone,
            _ => Self::Row,
        }
    }
}

/// The key of a request. `None` when there is none.
pub fn key_of(headers: &HeaderMap) -> shop::Result<Option<Key>> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => Key::parse(key.to_str().unwrap_or("\0")).map(Some),
        (Some(_), Some(_)) => Err(Error::invalid(Key::FIELD, "must be given once")),
    }
}

/// Middleware, where it is known who asks.
pub async fn replay(State(app): State<App>, request: Request, next: Next) -> Response {
    let guard = request.extensions().get::<MatchedPath>().map_or(Guard::Row, |path| Guard::of(path.as_str()));
    if request.method() != Method::POST || guard == Guard::ActAlone {
        return next.run(request).await;
    }
    match key_of(request.headers()) {
        Ok(None) => next.run(request).await,
        Ok(Some(key)) => under(&app, &key, guard, request, next).await.unwrap_or_else(IntoResponse::into_response),
        Err(e) => Fault::from(e).into_response(),
    }
}

async fn under(app: &App, key: &Key, guard: Guard, request: Request, next: Next) -> Result<Response, Fault> {
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(|| Error::internal("nobody asks"))?;
    let visitor = caller.visitor();
    let principal = match (caller.who(), &visitor.cart_token) {
        (Who::Person(identity), _) => Principal::User(identity.customer.id()),
        (Who::Machine(client), _) => Principal::Machine(client.id()),
        (Who::Nobody, Some(cart)) => Principal::Cart(cart),
        // what a guest without a cart can do does no harm twice
        (Who::Nobody, None) => return Ok(next.run(request).await),
    };
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.map_err(|_| Fault::of(StatusCode::PAYLOAD_TOO_LARGE))?;
    let asked = parts.uri.path_and_query().map_or("", |asked| asked.as_str());
    let turn = match idempotency::claim(&app.shop, principal, key, &[asked.as_bytes(), &body]).await? {
        Claim::Ours(turn) => turn,
        Claim::Answered(kept) => return KeptAnswer::said_again(&kept),
        Claim::Running => return Err(still_running()),
    };
    if guard == Guard::Row {
        parts.extensions.insert(caller.asking_once(turn.once));
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    Ok(kept(app, &turn, response).await)
}

fn still_running() -> Fault {
    let running = Error::conflict("still_running", "This request is being answered; please ask again in a moment");
    Fault::from(running).retry_after(1)
}

/// Keeps an answer that is to be said again.
async fn kept(app: &App, turn: &Turn, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kept = async {
        match is_final(parts.status) {
            true => idempotency::keep(&app.shop, turn, KeptAnswer::of(&parts, &body)?).await,
            false => idempotency::give_back(&app.shop, turn).await,
        }
    };
    if let Err(e) = kept.await {
        // the act committed: a repeat is refused, or done again where that is safe
        tracing::error!(error = ?e, "the answer to a request under an idempotency key was not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

/// Whether a repeat would be answered alike. Not for refusals of the caller, unreadable or oversized bodies, limits,
/// and server errors.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error() && !matches!(status.as_u16(), 401 | 403 | 405 | 408 | 413 | 415 | 429)
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    fault: Option<Fault>,
}

impl KeptAnswer {
    fn of(response: &Parts, body: &[u8]) -> shop::Result<Vec<u8>> {
        let header =
            |name: HeaderName| Some((name.to_string(), response.headers.get(&name)?.to_str().ok()?.to_owned()));
        let kept = Self {
            status: response.status.as_u16(),
            headers: HEADERS.into_iter().filter_map(header).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            fault: response.extensions.get::<Fault>().cloned(),
        };
        Ok(serde_json::to_vec(&kept)?)
    }

    /// A fault gets its body further out, with the time and id of this request.
    fn said_again(kept: &[u8]) -> Result<Response, Fault> {
        let kept: Self = serde_json::from_slice(kept).map_err(Error::from)?;
        let mut response = match kept.fault {
            Some(fault) => fault.into_response(),
            None => (StatusCode::from_u16(kept.status).unwrap_or_default(), kept.body).into_response(),
        };
        for (name, value) in kept.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}

/// Tells of the header at every endpoint that takes it.
pub fn describe(document: &mut OpenApi) {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    let key = ParameterBuilder::new()
        .name(Key::FIELD)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Of your choosing, one for each request you mean: sent again within a day, it is done once"))
        .schema(Some(schema.pattern(Some("^[!-~]+$")).build()))
        .build();
    for (path, item) in &mut document.paths.paths {
        if let Some(post) = &mut item.post
            && Guard::of(path) != Guard::ActAlone
        {
            let parameters = post.parameters.get_or_insert_default();
            parameters.retain(|known| !matches!(known, RefOr::T(known) if known.name == Key::FIELD));
            parameters.push(RefOr::T(key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_is_guarded_by_its_act_is_there() {
        let (_, document) = super::super::endpoints();
        let source = include_str!("idempotency.rs");
        let named = source.split('"').filter(|text| text.starts_with("/api/"));
        let named: Vec<_> = named.filter(|path| Guard::of(path) != Guard::Row).collect();
        assert!(named.len() >= 3);
        for path in named {
            assert!(document.paths.get_path_operation(path, utoipa::openapi::HttpMethod::Post).is_some(), "{path}");
        }
    }
}
