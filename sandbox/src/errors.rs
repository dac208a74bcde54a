//! Errors as Stripe writes them: <https://docs.stripe.com/api/errors>.

use std::fmt;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// A refusal, or a failure, in Stripe's words.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// Objects that belong to the error: the intent and the charge of a declined card.
    objects: Option<Box<Map<String, Value>>>,
    /// Refused while reading the parameters. Such an answer is not kept for its idempotency key.
    pub before_execution: bool,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code: None,
            decline_code: None,
            param: None,
            message: message.into(),
            objects: None,
            before_execution: false,
        }
    }

    /// 400: the request as such is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// 400, before anything is done: what this parameter says is wrong.
    pub fn invalid_param(message: impl Into<String>, param: &str) -> Self {
        Self::invalid(message).param(param).unsaved()
    }

    /// 402: the card was refused.
    pub fn card(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", message).code(code)
    }

    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).unsaved()
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "invalid_request_error", message).unsaved()
    }

    /// 404: what the address names does not exist.
    pub fn no_such(object: &str, id: &str, param: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::no_such_param(object, id, param) }
    }

    /// 400: what a parameter names does not exist.
    pub fn no_such_param(object: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {object}: '{id}'")).code("resource_missing").param(param)
    }

    pub fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or \
             we can help at https://support.stripe.com/."
        );
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
    }

    pub fn idempotency(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "idempotency_error", message).unsaved()
    }

    pub fn rate_limited() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "invalid_request_error",
            "Testmode request rate limit exceeded. You can learn more about rate limits here \
             https://stripe.com/docs/rate-limits.",
        )
        .code("rate_limit")
        .unsaved()
    }

    /// <https://docs.stripe.com/rate-limits#object-lock-timeouts>
    pub fn lock_timeout() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "invalid_request_error",
            "This object cannot be accessed right now because another API request or Stripe process is currently \
             accessing it. If you see this error intermittently, retry the request.",
        )
        .code("lock_timeout")
        .unsaved()
    }

    pub fn server(status: StatusCode) -> Self {
        Self::new(
            status,
            "api_error",
            "An error occurred with our connection to the processing network. Please let us know \
             at support@stripe.com.",
        )
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub fn decline_code(mut self, code: Option<&'static str>) -> Self {
        self.decline_code = code;
        self
    }

    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub fn with(mut self, name: &str, object: Value) -> Self {
        self.objects.get_or_insert_default().insert(name.to_owned(), object);
        self
    }

    pub fn unsaved(mut self) -> Self {
        self.before_execution = true;
        self
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// The inside of `error`, also found as `last_payment_error` on an intent.
    pub fn object(&self) -> Value {
        let mut object = Map::new();
        if let Some(code) = &self.code {
            object.insert("code".into(), json!(code));
            let page = code.replace('_', "-");
            object.insert("doc_url".into(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        }
        if let Some(code) = &self.decline_code {
            object.insert("decline_code".into(), json!(code));
        }
        object.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            object.insert("param".into(), json!(param));
        }
        object.insert("type".into(), json!(self.kind));
        if let Some(objects) = &self.objects {
            object.extend((**objects).clone());
        }
        Value::Object(object)
    }

    pub fn body(&self) -> Value {
        json!({ "error": self.object() })
    }
}

/// An act that the sandbox refused, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error.message().to_owned())
    }
}
