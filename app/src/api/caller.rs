//! Who asks: a person by a token, a machine by its `X-API-Key`, or nobody in particular. Cookies are never looked at,
//! which is why the API needs no defence against forged requests.

use super::fault::Fault;
use super::headers::{API_KEY, CART_TOKEN};
use crate::web::headers::REQUEST_ID;
use crate::web::{App, client};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::accounts::{ApiClient, Customer, Identity, May, Origin, Permission, Staff, Visitor, api_keys, tokens};
use shop::actors::Once;
use shop::{Error, Result};
use std::sync::Arc;

#[derive(Clone)]
pub struct Caller(Arc<Asking>);

#[derive(Clone)]
struct Asking {
    who: Who,
    /// The secret of the cart that was filled before signing in.
    cart_token: Option<String>,
    origin: Origin,
}

#[derive(Clone)]
pub enum Who {
    Nobody,
    Person(Box<Identity>),
    Machine(ApiClient),
}

impl Caller {
    pub fn who(&self) -> &Who {
        &self.0.who
    }

    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The same, asking under an idempotency key.
    pub fn asking_once(&self, once: Once) -> Self {
        let asking = Asking::clone(&self.0);
        let who = match asking.who {
            Who::Person(identity) => Who::Person(Box::new(identity.asking_once(once))),
            Who::Machine(client) => Who::Machine(client.asking_once(once)),
            Who::Nobody => Who::Nobody,
        };
        Self(Arc::new(Asking { who, origin: Origin { once: Some(once), ..asking.origin }, ..asking }))
    }

    /// A shopper: a customer, or a guest with perhaps a cart.
    pub fn visitor(&self) -> Visitor {
        let customer = match &self.0.who {
            Who::Person(identity) => Some(identity.customer.clone()),
            Who::Nobody | Who::Machine(_) => None,
        };
        Visitor { cart_token: self.0.cart_token.clone(), device_token: None, customer, origin: self.0.origin.clone() }
    }

    /// Somebody who is signed in to an account.
    pub fn customer(&self) -> Result<&Customer> {
        match &self.0.who {
            Who::Person(identity) => Ok(&identity.customer),
            Who::Machine(_) => Err(Error::Forbidden),
            Who::Nobody => Err(Error::Unauthenticated),
        }
    }

    /// A person who works here.
    pub fn staff(&self) -> Result<&Staff> {
        match &self.0.who {
            Who::Person(identity) => identity.staff.as_ref().ok_or(Error::Forbidden),
            Who::Machine(_) => Err(Error::Forbidden),
            Who::Nobody => Err(Error::Unauthenticated),
        }
    }

    /// Staff, or an API key: bounded by permissions or scopes.
    pub fn operator(&self) -> Result<&dyn May> {
        match &self.0.who {
            Who::Machine(client) => Ok(client),
            Who::Person(_) | Who::Nobody => self.staff().map(|staff| staff as &dyn May),
        }
    }

    /// An operator that may see all of the catalogue: writes answer with the full view.
    pub fn cataloguer(&self) -> Result<&dyn May> {
        let who = self.operator()?;
        who.may(Permission::CatalogRead)?;
        Ok(who)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, Fault> {
        let caller = request.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Fault::of(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

/// Middleware: finds out who asks. A token or key that is not good is refused everywhere, where none is needed too.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match caller_of(&app, &parts).await {
        Ok(caller) => caller,
        Err(e) => return Fault::from(e).into_response(),
    };
    let is_operator = caller.operator().is_ok();
    let is_write = !parts.method.is_safe();
    parts.extensions.insert(caller);
    let response = next.run(Request::from_parts(parts, body)).await;
    if is_operator && is_write {
        // what they wrote is in the answer that they get next
        app.shop.cache.forget();
    }
    response
}

async fn caller_of(app: &App, request: &Parts) -> Result<Caller> {
    let given = &request.headers;
    let text = |name: HeaderName| given.get(name)?.to_str().ok().map(str::to_owned);
    let origin = Origin {
        ip: client::address(request, app.config.trusted_proxies),
        user_agent: text(header::USER_AGENT).map(|ua| ua.chars().take(300).collect()),
        request_id: text(REQUEST_ID),
        once: None,
    };
    let who = match (one(given, header::AUTHORIZATION)?, one(given, API_KEY)?) {
        (None, None) => Who::Nobody,
        (Some(given), None) => {
            let token = bearer(given).ok_or(Error::Unauthenticated)?;
            Who::Person(Box::new(tokens::authenticate(&app.shop, token, &origin).await?))
        }
        (None, Some(key)) => Who::Machine(api_keys::verify(&app.shop, key, &origin).await?),
        (Some(_), Some(_)) => return Err(Error::Unauthenticated),
    };
    Ok(Caller(Arc::new(Asking { who, cart_token: text(CART_TOKEN), origin })))
}

/// A header that may stand there once.
fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Error::Unauthenticated),
        (Some(_), Some(_)) => Err(Error::Unauthenticated),
    }
}

/// RFC 6750, 2.1; the word in any case (RFC 9110, 11.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
