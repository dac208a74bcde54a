//! The API's own headers, beside those of HTTP.

use axum::http::HeaderName;

/// Whose key a machine comes with.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The secret of a guest's cart.
pub const CART_TOKEN: HeaderName = HeaderName::from_static("x-cart-token");

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before, under the same key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The state of the caller's limit: see `limits`.
pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
