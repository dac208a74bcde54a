//! Who asks: a machine by its `X-API-Key`, or nobody in particular. Cookies are never looked at, which is why the API needs
//! no defence against forged requests.

use super::fault::Fault;
use crate::web::{App, client, headers};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use shop::accounts::{ApiClient, May, Origin, api_keys};
use shop::{Error, Result};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

pub enum Caller {
    Nobody,
    Machine(ApiClient),
}

impl Caller {
    /// Who may do what staff may, as far as the scopes go.
    pub fn worker(&self) -> Result<&dyn May> {
        match self {
            Self::Machine(client) => Ok(client),
            Self::Nobody => Err(Error::Unauthenticated),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Fault;

    /// A key that is not good is refused everywhere, where none is needed too.
    async fn from_request_parts(request: &mut Parts, app: &App) -> Result<Self, Fault> {
        let given = &request.headers;
        // The place for `Authorization: Bearer`: a person's token becomes another kind of caller here.
        if given.contains_key(header::AUTHORIZATION) {
            return Err(Error::Unauthenticated.into());
        }
        let mut keys = given.get_all(API_KEY).iter();
        match (keys.next(), keys.next()) {
            (None, _) => Ok(Self::Nobody),
            (Some(key), None) => {
                let key = key.to_str().map_err(|_| Error::Unauthenticated)?;
                let origin = origin(request, app);
                Ok(Self::Machine(api_keys::verify(&app.shop, key, &origin).await?))
            }
            (Some(_), Some(_)) => Err(Error::Unauthenticated.into()),
        }
    }
}

fn origin(request: &Parts, app: &App) -> Origin {
    let text = |headers: &HeaderMap, name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    Origin {
        ip: client::address(request, app.config.trusted_proxies),
        user_agent: text(&request.headers, header::USER_AGENT).map(|ua| ua.chars().take(300).collect()),
        request_id: text(&request.headers, headers::REQUEST_ID),
    }
}
