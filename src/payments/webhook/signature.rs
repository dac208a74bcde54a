//! The header `Stripe-Signature: t=…,v1=…[,v1=…]`. <https://docs.stripe.com/webhooks#verify-manually>

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the time in the header may lie from ours, in seconds, either way.
const TOLERANCE: i64 = 300;
/// More are not looked at: Stripe sends one for each secret that is in use.
const MAX_SIGNATURES: usize = 8;

/// Whether one of the signatures was made over these bytes, with one of our secrets, just now.
pub(super) fn fits(body: &[u8], header: &str, secrets: &[String], now: DateTime<Utc>) -> bool {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            // of two times, which one was signed? neither is taken
            Some(("t", _)) if time.is_some() => return false,
            Some(("t", text)) => time = Some(text),
            Some(("v1", text)) if signatures.len() < MAX_SIGNATURES => signatures.extend(hex::decode(text)),
            _ => {}
        }
    }
    let Some(time) = time else { return false };
    let Ok(seconds) = time.parse::<i64>() else { return false };
    if now.timestamp().abs_diff(seconds) > TOLERANCE.unsigned_abs() {
        return false;
    }
    secrets.iter().filter(|secret| !secret.is_empty()).any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body);
        // compares in constant time
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(body: &[u8], secret: &str, time: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    #[test]
    fn believes_only_what_was_signed_just_now() {
        let now = DateTime::from_timestamp(1_794_657_600, 0).unwrap();
        let secrets = ["whsec_new".to_owned(), "whsec_old".to_owned()];
        let header = |secret: &str, time: i64| format!("t={time},v1={}", sign(b"{}", secret, &time.to_string()));
        let t = now.timestamp();
        assert!(fits(b"{}", &header("whsec_new", t), &secrets, now));
        assert!(fits(b"{}", &header("whsec_old", t), &secrets, now), "while it is rotated out");
        assert!(fits(b"{}", &header("whsec_new", t - 300), &secrets, now));
        assert!(!fits(b"{}", &header("whsec_new", t - 301), &secrets, now), "stale");
        assert!(!fits(b"{}", &header("whsec_new", t + 301), &secrets, now), "from the future");
        assert!(!fits(b"{ }", &header("whsec_new", t), &secrets, now), "altered");
        assert!(!fits(b"{}", &header("whsec_other", t), &secrets, now));
        let two = format!(
            "t={t},v1={},v1={}",
            sign(b"{}", "whsec_other", &t.to_string()),
            sign(b"{}", "whsec_new", &t.to_string())
        );
        assert!(fits(b"{}", &two, &secrets, now), "one of several");
        for bad in [
            "",
            "t=",
            "v1=00",
            "t=1,v1=",
            "t=x,v1=zz",
            &format!("t={t}"),
            &format!("t={t},v0={}", sign(b"{}", "whsec_new", &t.to_string())),
        ] {
            assert!(!fits(b"{}", bad, &secrets, now), "{bad}");
        }
        assert!(!fits(b"{}", &header("", t), &[String::new()], now), "an empty secret is none");
        let twice = format!("t=1,{}", header("whsec_new", t));
        assert!(!fits(b"{}", &twice, &secrets, now), "two times");
    }
}
