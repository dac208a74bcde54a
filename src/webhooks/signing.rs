//! Signatures of the Standard Webhooks: over the id, the moment of the attempt and the body as it is sent. `v1` is
//! HMAC-SHA256 with a secret that both sides know, `v1a` Ed25519, which the receiver checks with a public key. One
//! header holds several, which is how a secret is rotated.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme>

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::Sha256;

/// What messages are signed with.
pub(super) enum Signer {
    V1(Vec<u8>),
    V1a(Ed25519KeyPair),
}

/// A secret of 32 bytes as receivers write it down.
pub(super) fn written_secret(secret: &[u8]) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(secret))
}

/// A public key as receivers write it down.
pub(super) fn written_public_key(key: &[u8]) -> String {
    format!("whpk_{}", BASE64_STANDARD.encode(key))
}

impl Signer {
    pub(super) fn v1(secret: Vec<u8>) -> Self {
        Self::V1(secret)
    }

    /// Of a seed of 32 bytes.
    pub(super) fn v1a(seed: &[u8]) -> crate::Result<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self::V1a).map_err(crate::Error::internal)
    }

    pub(super) fn public_key(&self) -> Option<&[u8]> {
        match self {
            Self::V1(_) => None,
            Self::V1a(pair) => Some(pair.public_key().as_ref()),
        }
    }

    fn sign(&self, content: &[u8]) -> crate::Result<String> {
        Ok(match self {
            Self::V1(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(crate::Error::internal)?;
                mac.update(content);
                format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
            }
            Self::V1a(pair) => format!("v1a,{}", BASE64_STANDARD.encode(pair.sign(content))),
        })
    }
}

/// The header `webhook-signature`. `timestamp` is in seconds since 1970.
pub(super) fn sign(signers: &[Signer], id: &str, timestamp: i64, body: &str) -> crate::Result<String> {
    let content = format!("{id}.{timestamp}.{body}");
    let all: crate::Result<Vec<String>> = signers.iter().map(|signer| signer.sign(content.as_bytes())).collect();
    Ok(all?.join(" "))
}

/// Whether one of these signatures is of the content, by this key of `v1a`.
pub(super) fn verifies(public_key: &[u8], content: &str, signatures: &str) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, public_key);
    let ours = signatures.split(' ').filter_map(|one| BASE64_STANDARD.decode(one.strip_prefix("v1a,")?).ok());
    ours.into_iter().any(|signature| key.verify(content.as_bytes(), &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn v1_is_as_the_reference_signs() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed =
            sign(&[Signer::v1(secret)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn v1a_is_checked_with_the_public_key() {
        let pair = Signer::v1a(&[7; 32]).unwrap();
        let key = pair.public_key().unwrap().to_vec();
        let signed = sign(&[pair], "id", 5, "{}").unwrap();
        assert!(verifies(&key, "id.5.{}", &signed) && verifies(&key, "id.5.{}", &format!("v1,AAAA {signed}")));
        assert!(!verifies(&key, "id.6.{}", &signed) && !verifies(&key, "id.5.{}", "v1a,AAAA v1a,? x"));
    }

    #[test]
    fn several_stand_side_by_side() {
        let signed = sign(&[Signer::v1(vec![1; 32]), Signer::v1(vec![2; 32])], "id", 5, "{}").unwrap();
        let all: Vec<&str> = signed.split(' ').collect();
        assert!(all.len() == 2 && all[0] != all[1] && all.iter().all(|one| one.starts_with("v1,")), "{signed}");
    }
}
