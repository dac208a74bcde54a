//! What an app is signed in by: one token for its requests, and one for the next pair.

use serde::Serialize;

/// What an app keeps. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJhY2Nlc3MifQ.bm90LWEtc2lnbmF0dXJl")]
    pub access_token: String,
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyZWZyZXNoIn0.bm90LWEtc2lnbmF0dXJl")]
    pub refresh_token: String,
    /// For how many seconds the access token is good.
    pub expires_in: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}
