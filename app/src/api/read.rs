//! What comes with a request: a body, a query, a key. What cannot be read is a fault like any other.

use super::fault::Fault;
use super::known::Takes;
use super::{codes, idempotency};
use axum::Json;
use axum::body::HttpBody;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use shop::Error;
use shop::idempotency::Key;
use std::sync::Arc;

/// A JSON body.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let refused = |e: JsonRejection| match e {
            // axum says 422, which is kept for keys that are used again
            JsonRejection::JsonDataError(e) => unreadable(e.body_text()),
            JsonRejection::JsonSyntaxError(e) => unreadable(e.body_text()),
            e => Fault::of(e.status()),
        };
        let takes = request.extensions().get::<Arc<Takes>>().cloned();
        let Json(text): Json<Box<RawValue>> = Json::from_request(request, state).await.map_err(refused)?;
        if let Some(takes) = takes {
            let body = serde_json::from_str(text.get()).map_err(|e| unreadable(e.to_string()))?;
            takes.check_body(&body)?;
        }
        Json::from_bytes(text.get().as_bytes()).map(|Json(body)| Self(body)).map_err(refused)
    }
}

fn unreadable(why: String) -> Fault {
    Fault::of(StatusCode::BAD_REQUEST).saying(why).coded(codes::UNREADABLE)
}

/// What stands behind the question mark.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Fault> {
        let refused = |e: QueryRejection| unreadable(e.body_text());
        Query::from_request_parts(request, state).await.map(|Query(query)| Self(query)).map_err(refused)
    }
}

/// The one thing that an address names, by an id, number or slug.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Fault> {
        // text that is no UTF-8 names nothing
        let refused = |_: PathRejection| Fault::from(Error::NotFound);
        Path::from_request_parts(request, state).await.map(|Path(name)| Self(name)).map_err(refused)
    }
}

/// The `Idempotency-Key`, where one is asked for: without it a client that got no answer could not ask again safely.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, Fault> {
        let key = idempotency::key_of(&request.headers)?;
        let key = key.ok_or_else(|| Error::invalid(Key::FIELD, "is required"))?;
        Ok(Self(key.text().to_owned()))
    }
}

/// The `Idempotency-Key` where it may be left out.
pub struct MayRepeat(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for MayRepeat {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, Fault> {
        Ok(Self(idempotency::key_of(&request.headers)?.map(|key| key.text().to_owned())))
    }
}

/// A JSON body that may be left out.
pub struct MaySend<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaySend<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let is_empty = request.body().is_end_stream();
        if is_empty {
            return Ok(Self(T::default()));
        }
        Sent::from_request(request, state).await.map(|Sent(body)| Self(body))
    }
}
