//! The header `Stripe-Signature`. <https://docs.stripe.com/webhooks#verify-manually>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=…,v1=…`, with one `v1` for each secret, and the `v0` that test events carry and that nobody may believe.
pub(crate) fn header(body: &str, secrets: &[String], timestamp: i64) -> String {
    let mut header = format!("t={timestamp}");
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&sign(body, secret, timestamp));
    }
    header.push_str(",v0=");
    header.push_str(&sign(body, "v0", timestamp));
    header
}

fn sign(body: &str, secret: &str, timestamp: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes keys of any length.
        return String::new();
    };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
