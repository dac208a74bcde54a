//! What comes with a request: a body, a query, a key. What cannot be read is a fault like any other.

use super::fault::Fault;
use super::known_fields::Takes;
use super::{codes, idempotency};
use axum::body::HttpBody;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use shop::Error;
use shop::idempotency::Key;
use std::sync::Arc;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let refused = |e: JsonRejection| match e {
            // axum says 422, which is kept for keys that are used again
            JsonRejection::JsonDataError(e) => unreadable(e.body_text()),
            JsonRejection::JsonSyntaxError(e) => unreadable(e.body_text()),
            e => Fault::of(e.status()),
        };
        let takes = request.extensions().get::<Arc<Takes>>().cloned();
        let axum::Json(text): axum::Json<Box<RawValue>> =
            axum::Json::from_request(request, state).await.map_err(refused)?;
        if let Some(takes) = takes {
            let body = serde_json::from_str(text.get()).map_err(|e| unreadable(e.to_string()))?;
            takes.check_body(&body)?;
        }
        axum::Json::from_bytes(text.get().as_bytes()).map(|axum::Json(body)| Self(body)).map_err(refused)
    }
}

fn unreadable(why: String) -> Fault {
    Fault::of(StatusCode::BAD_REQUEST).saying(why).coded(codes::UNREADABLE)
}

/// What stands behind the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Fault> {
        let refused = |e: QueryRejection| unreadable(e.body_text());
        axum::extract::Query::from_request_parts(request, state)
            .await
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(refused)
    }
}

/// The one thing that an address names, by an id, number or slug.
pub struct Path(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Fault> {
        // text that is no UTF-8 names nothing
        let refused = |_: PathRejection| Fault::from(Error::NotFound);
        axum::extract::Path::from_request_parts(request, state)
            .await
            .map(|axum::extract::Path(name)| Self(name))
            .map_err(refused)
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
pub struct OptionalKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalKey {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, Fault> {
        Ok(Self(idempotency::key_of(&request.headers)?.map(|key| key.text().to_owned())))
    }
}

/// A JSON body that may be left out.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let is_empty = request.body().is_end_stream();
        if is_empty {
            return Ok(Self(T::default()));
        }
        Json::from_request(request, state).await.map(|Json(body)| Self(body))
    }
}
