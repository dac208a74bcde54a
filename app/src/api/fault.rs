//! What went wrong, as the one body that every error of the API has.

use super::codes;
use super::headers::{LIMIT, REMAINING, REPLAYED, RESET};
use crate::config::Config;
use crate::web::body::TooLarge;
use crate::web::errors::{self, Causes};
use crate::web::headers::REQUEST_ID;
use crate::web::path::is_api;
use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use shop::{Clock, Error, FieldError, Invalid};
use std::borrow::Cow;
use std::sync::Arc;
use utoipa::ToSchema;

pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// An error on its way to the client; [`write_out`] makes the body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    #[serde(with = "as_number")]
    status: StatusCode,
    message: Cow<'static, str>,
    /// One of [`codes::CODES`].
    code: Cow<'static, str>,
    details: Vec<Detail>,
    /// Seconds.
    retry_after: Option<u64>,
    /// What led to it; shown in development only.
    #[serde(skip)]
    causes: Vec<String>,
}

impl Fault {
    pub fn of(status: StatusCode) -> Self {
        let message = match status.as_u16() {
            400 => "The request could not be read",
            401 => "Authentication is required: send a token or key that is good",
            403 => "You may not do this",
            404 => "There is nothing at this address",
            405 => "This address does not take that method",
            408 => "The request did not arrive in time",
            413 => "The request is too large",
            415 => "The body must be JSON, with Content-Type: application/json",
            429 => "Too many requests; please try again later",
            503 => "The shop is busy; please try again in a moment",
            500.. => "Something went wrong on our side",
            _ => status.canonical_reason().unwrap_or("The request was refused"),
        };
        let code = codes::of_status(status).into();
        Self { status, message: message.into(), code, details: Vec::new(), retry_after: None, causes: Vec::new() }
    }

    /// With a code of its own.
    pub fn coded(self, code: &'static str) -> Self {
        Self { code: code.into(), ..self }
    }

    /// Fields or parameters that there are not.
    pub fn unknown(code: &'static str, faults: Invalid) -> Self {
        let names: Vec<_> = faults.0.iter().map(|fault| fault.field.as_ref()).collect();
        let message = format!("Not known here: {}", names.join(", "));
        let details = faults.0.into_iter().map(Detail::from).collect();
        Self { details, ..Self::of(StatusCode::BAD_REQUEST).saying(message).coded(code) }
    }

    /// Of a request larger than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("The request is too large (at most {} MB)", limit >> 20);
        Self::of(StatusCode::PAYLOAD_TOO_LARGE).saying(message)
    }

    /// The same, if it says that a thing is not there, with what kind of thing it is.
    pub fn naming(self, kind: &str) -> Self {
        match self.code == codes::NOT_FOUND {
            true => self.saying(format!("No such {kind}")),
            false => self,
        }
    }

    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With words of its own.
    pub fn saying(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Seconds to wait before asking again.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl From<Error> for Fault {
    fn from(e: Error) -> Self {
        errors::log(&e);
        let fault = Self { causes: e.causes(), ..Self::of(errors::status_of(&e)) };
        match e {
            Error::Invalid(faults) => {
                let taken = faults.only_taken();
                let details: Vec<_> = faults.0.into_iter().map(Detail::pathed).collect();
                let fault = match (taken, details.first()) {
                    (Some(code), Some(first)) => {
                        let sentence = format!("“{}” {}", first.field, first.message);
                        fault.with_status(StatusCode::CONFLICT).saying(sentence).coded(code)
                    }
                    _ => fault.saying("Validation failed").coded(codes::INVALID),
                };
                Self { details, ..fault }
            }
            Error::Conflict { code, message, details } => {
                let details = details.into_iter().map(Detail::from).collect();
                Self { details, ..fault.saying(message.to_string()).coded(code) }
            }
            Error::TooMany { retry_after } => {
                Self { retry_after: Some(retry_after.as_secs().max(1)), ..fault.saying(e.to_string()) }
            }
            Error::KeyReused | Error::Gone(_) => fault.saying(e.to_string()),
            Error::NotFound => fault.saying(e.to_string()).coded(codes::NOT_FOUND),
            Error::Forbidden | Error::Unauthenticated | Error::Unavailable(_) | Error::Busy | Error::Internal(_) => {
                fault
            }
        }
    }
}

/// What is wrong with a field, in English.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = FieldError)]
pub struct Detail {
    #[schema(example = "shippingAddress.postalCode")]
    field: Cow<'static, str>,
    #[schema(example = "is required")]
    message: String,
    /// For programs: what is wrong, in one word that stays as it is. Not of every fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "required")]
    code: Option<String>,
}

impl From<FieldError> for Detail {
    fn from(FieldError { field, message }: FieldError) -> Self {
        Self { field, message: message.to_string(), code: message.code() }
    }
}

impl Detail {
    /// With the path of the field as programs write it: `variants.0.price`, where forms have `variants[0].price`.
    fn pathed(fault: FieldError) -> Self {
        let field = match fault.field.contains('[') {
            true => fault.field.replace('[', ".").replace(']', "").into(),
            false => fault.field.clone(),
        };
        Self { field, ..fault.into() }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

mod as_number {
    use axum::http::StatusCode;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u16(status.as_u16())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
        StatusCode::from_u16(u16::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// What every error looks like.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    #[schema(example = "error")]
    status: &'static str,
    #[schema(example = 400)]
    status_code: u16,
    /// For people.
    #[schema(example = "Validation failed")]
    message: Cow<'static, str>,
    /// The reason of HTTP, without spaces.
    #[schema(example = "BadRequest")]
    error: String,
    /// For programs: what went wrong, in one word that stays as it is.
    #[schema(schema_with = codes::schema)]
    code: Cow<'static, str>,
    /// What is wrong with which field.
    details: Vec<Detail>,
    #[schema(format = DateTime)]
    timestamp: String,
    #[schema(example = "/api/orders")]
    path: String,
    #[schema(example = "0190b5a0-7c1e-7000-8000-000000000009")]
    request_id: String,
    /// What led to it, the nearest first. In development only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["connection refused"]))]
    causes: Vec<String>,
}

/// Middleware: writes the body of every error under `/api`, of ours and of whatever refused the request before us.
pub async fn write_out(State((clock, config)): State<(Clock, Arc<Config>)>, request: Request, next: Next) -> Response {
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let path = uri.path().to_owned();
    if !is_api(&path) {
        return next.run(request).await;
    }
    let id = request.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let fault = response.extensions().get::<Fault>();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if fault.is_none() && is_json {
        // an endpoint's own, such as the report of one that is not ready
        return response;
    }
    let mut fault = fault.cloned().unwrap_or_else(|| match response.extensions().get() {
        Some(TooLarge { most }) => Fault::too_large(*most),
        None => Fault::of(status),
    });
    if let Some(Causes(causes)) = response.extensions().get() {
        fault.causes.extend_from_slice(causes);
    }
    let body = Body {
        status: "error",
        status_code: status.as_u16(),
        message: fault.message,
        error: status.canonical_reason().unwrap_or("Error").replace(' ', ""),
        code: fault.code,
        details: fault.details,
        timestamp: clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        path,
        request_id: id,
        causes: if config.is_development() { fault.causes } else { Vec::new() },
    };
    let mut answer = (status, Json(body)).into_response();
    let mut set = |name: HeaderName, value: Option<HeaderValue>| {
        if let Some(value) = value {
            answer.headers_mut().insert(name, value);
        }
    };
    for name in [header::ALLOW, header::CONNECTION, REPLAYED, LIMIT, REMAINING, RESET] {
        let value = response.headers().get(&name).cloned();
        set(name, value);
    }
    let wait = fault.retry_after.map(HeaderValue::from);
    set(header::RETRY_AFTER, wait.or_else(|| errors::retry_after(status)));
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110, 11.6.1: a 401 must name the accepted schemes
        for way in ["Bearer realm=\"shop\"", "ApiKey realm=\"shop\", header=\"X-API-Key\""] {
            answer.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(way));
        }
    }
    answer
}
