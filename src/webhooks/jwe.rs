//! Encryption for a receiver's public key: a compact JWE (RFC 7516) with ECDH-ES and A256GCM (RFC 7518, 4.6 and 5.3),
//! on P-256, or on X25519 (RFC 8037). Each message has a key of its own, made with a pair that is used once, so nothing
//! has to be counted and nobody has to keep a secret of ours.

use crate::{Result, random_bytes};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, X25519};
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    X25519,
}

impl Curve {
    fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::X25519 => &X25519,
        }
    }
}

/// Whom a message is encrypted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipient {
    pub kid: String,
    curve: Curve,
    /// As the curve writes points: of P-256 `04`, x and y.
    point: Vec<u8>,
}

impl Recipient {
    /// Reads a JWK (RFC 7517). One without `kid` is called by its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// What is wrong with it, in words that go on from "The key".
    pub(super) fn read(jwk: &Value) -> Result<Self, String> {
        if jwk.get("d").is_some() {
            return Err("is a private one: it must stay with its owner. Give the public part only, without d".into());
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|used| used != "enc") {
            return Err("is not for encryption (use must be enc)".into());
        }
        if text("alg").is_some_and(|alg| alg != "ECDH-ES") {
            return Err("is for another algorithm (alg must be ECDH-ES)".into());
        }
        let coordinate = |name: &str| -> Result<Vec<u8>, String> {
            let bytes = text(name).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
            bytes.filter(|bytes| bytes.len() == 32).ok_or_else(|| format!("has no {name} of 32 bytes, as base64url"))
        };
        let (curve, point) = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => {
                let mut point = vec![4];
                point.extend(coordinate("x")?);
                point.extend(coordinate("y")?);
                (Curve::P256, point)
            }
            (Some("OKP"), Some("X25519")) => (Curve::X25519, coordinate("x")?),
            _ => return Err("must be of kty EC with crv P-256, or of kty OKP with crv X25519".into()),
        };
        let kid = match text("kid").map(str::trim) {
            Some(kid) if kid.len() > 200 || kid.chars().any(char::is_control) => {
                return Err("has a kid that is too long (at most 200 characters) or not readable".into());
            }
            Some(kid) if !kid.is_empty() => kid.to_owned(),
            _ => thumbprint(jwk, curve),
        };
        let recipient = Self { kid, curve, point };
        // a point that does not lie on the curve shows itself now, not when something is to be sent
        recipient.encrypt("").map(|_| recipient).map_err(|_| "is no point of its curve".to_owned())
    }

    /// The public part of the key, and nothing else.
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = self.public_members();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("enc");
        jwk["alg"] = json!("ECDH-ES");
        jwk
    }

    fn public_members(&self) -> Value {
        written(self.curve, &self.point)
    }

    /// A text, encrypted so that only the owner of the key can read it.
    pub(super) fn encrypt(&self, text: &str) -> Result<String> {
        let pair = EphemeralPrivateKey::generate(self.curve.algorithm(), &SystemRandom::new())
            .map_err(crate::Error::internal)?;
        let epk = written(self.curve, pair.compute_public_key().map_err(crate::Error::internal)?.as_ref());
        let header = json!({ "alg": "ECDH-ES", "enc": "A256GCM", "kid": self.kid, "cty": "json", "epk": epk });
        let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        let peer = UnparsedPublicKey::new(self.curve.algorithm(), &self.point);
        let key = agreement::agree_ephemeral(pair, &peer, concat_kdf).map_err(crate::Error::internal)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(crate::Error::internal)?);
        let iv = random_bytes::<NONCE_LEN>();
        let mut text = text.as_bytes().to_vec();
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(header.as_bytes()), &mut text)
            .map_err(crate::Error::internal)?;
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(format!("{header}..{}.{}.{}", part(&iv), part(&text), part(tag.as_ref())))
    }
}

/// A point as a JWK.
fn written(curve: Curve, point: &[u8]) -> Value {
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    match curve {
        Curve::P256 => json!({ "kty": "EC", "crv": "P-256", "x": part(&point[1..33]), "y": part(&point[33..]) }),
        Curve::X25519 => json!({ "kty": "OKP", "crv": "X25519", "x": part(point) }),
    }
}

/// The hash of the members that a key must have, in the order of their names.
fn thumbprint(jwk: &Value, curve: Curve) -> String {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    let members = match curve {
        Curve::P256 => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y")),
        Curve::X25519 => format!(r#"{{"crv":"X25519","kty":"OKP","x":"{}"}}"#, text("x")),
    };
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

/// The key of 256 bits that follows from what both sides computed: NIST SP 800-56A, as RFC 7518, 4.6.2 uses it. One
/// round of SHA-256 is all of it.
fn concat_kdf(shared: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared);
    hash.update(7_u32.to_be_bytes());
    hash.update(b"A256GCM");
    // no names of the two parties
    hash.update(0_u32.to_be_bytes());
    hash.update(0_u32.to_be_bytes());
    hash.update(256_u32.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Of RFC 7518, appendix C; and of RFC 8037, appendix A.6.
    fn keys() -> [Value; 2] {
        [
            json!({ "kty": "EC", "crv": "P-256", "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                    "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck" }),
            json!({ "kty": "OKP", "crv": "X25519", "kid": "bob", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" }),
        ]
    }

    #[test]
    fn is_a_compact_jwe_with_a_key_of_its_own() {
        for jwk in keys() {
            let recipient = Recipient::read(&jwk).unwrap();
            let mut seen = HashSet::new();
            for _ in 0..100 {
                let jwe = recipient.encrypt("secret").unwrap();
                let parts: Vec<&str> = jwe.split('.').collect();
                assert!(parts.len() == 5 && parts[1].is_empty(), "{jwe}");
                let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
                assert_eq!((&header["alg"], &header["enc"]), (&json!("ECDH-ES"), &json!("A256GCM")));
                assert_eq!(header["kid"], recipient.kid);
                assert!(seen.insert(header["epk"].to_string()), "a key is used twice");
            }
        }
    }

    #[test]
    #[ignore = "takes minutes"]
    fn a_million_messages_have_a_million_keys() {
        let recipient = Recipient::read(&keys()[0]).unwrap();
        let mut seen = HashSet::new();
        for _ in 0..1_000_000 {
            let jwe = recipient.encrypt("").unwrap();
            // the header is the same for all but the key
            assert!(seen.insert(jwe.split('.').next().unwrap().to_owned()), "a key is used twice");
        }
    }

    #[test]
    fn a_key_without_a_name_is_called_by_its_thumbprint() {
        let [p256, bob] = keys();
        assert_eq!(Recipient::read(&bob).unwrap().kid, "bob");
        assert_eq!(Recipient::read(&p256).unwrap().kid.len(), 43);
    }

    #[test]
    fn what_is_no_public_key_for_encryption_is_refused() {
        let [good, x25519] = keys();
        let with = |name: &str, value: Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            Recipient::read(&jwk).unwrap_err()
        };
        assert!(with("d", json!("x")).contains("private"));
        assert!(with("use", json!("sig")).contains("encryption"));
        assert!(with("alg", json!("RSA-OAEP")).contains("algorithm"));
        assert!(with("crv", json!("P-521")).contains("P-256"));
        assert!(with("x", json!("AAAA")).contains("32 bytes"));
        assert!(with("y", good["x"].clone()).contains("curve"));
        assert!(with("kid", json!("x".repeat(201))).contains("too long"));
        assert!(Recipient::read(&json!({})).is_err() && Recipient::read(&json!("key")).is_err());
        // of small order: what follows from it is known to everybody
        let mut zero = x25519;
        zero["x"] = json!(BASE64_URL_SAFE_NO_PAD.encode([0; 32]));
        assert!(Recipient::read(&zero).unwrap_err().contains("curve"));
    }
}
