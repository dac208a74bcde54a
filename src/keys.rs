//! The keys that tokens are signed with, and those that encrypt what is kept.

mod encryption;
mod hmac_sha256;

pub use encryption::EncryptionKeys;
pub(crate) use encryption::Place;

use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// RFC 7518, 3.2: a key of at least the size of the hash.
const SHORTEST: usize = 32;

/// Keys by their `kid`. The first one signs, all of them verify: a key is rotated out by putting another before it, and
/// taken away after seven days, when the last token that it signed has expired.
#[derive(Clone)]
pub struct TokenKeys(Arc<[Key]>);

struct Key {
    kid: String,
    signs: EncodingKey,
    verifies: DecodingKey,
}

impl Key {
    fn new(secret: &[u8]) -> Result<Self> {
        if secret.len() < SHORTEST {
            bail!("a secret that signs tokens is too short: at least {SHORTEST} characters");
        }
        // named after itself, so that no name has to be configured, and never given to another key
        let mut name = Hmac::<Sha256>::new_from_slice(secret)?;
        name.update(b"kid");
        let kid = hex::encode(&name.finalize().into_bytes()[..8]);
        Ok(Self { kid, signs: EncodingKey::from_secret(secret)?, verifies: DecodingKey::from_secret(secret)? })
    }

    /// Of no two purposes, nor of two ways to part the same text, the same.
    fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.signs.as_bytes())?;
        for part in [purpose.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }

    fn sign(&self, claims: &impl Serialize) -> crate::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &self.signs).map_err(|e| crate::Error::Internal(e.into()))
    }
}

impl TokenKeys {
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Result<Self> {
        hmac_sha256::install();
        let keys: Result<Vec<_>> = secrets.into_iter().map(|s| Key::new(s.expose_secret().as_bytes())).collect();
        let keys = keys?;
        if keys.is_empty() {
            bail!("no secret to sign tokens with");
        }
        Ok(Self(keys.into()))
    }

    /// A key of one's own, for development: made the first time and kept in this file, which only its owner reads.
    pub fn kept_in(file: &Path) -> Result<Self> {
        Self::new([kept_secret(file)?])
    }

    /// What follows from each of the secrets for another purpose, the first one's first.
    pub(crate) fn derived(&self, purpose: &str, parts: &[&[u8]]) -> impl Iterator<Item = crate::Result<[u8; 32]>> {
        self.0.iter().map(move |key| key.derive(purpose, parts).map_err(crate::Error::Internal))
    }

    pub(crate) fn sign(&self, claims: &impl Serialize) -> crate::Result<String> {
        let first = self.0.first().ok_or_else(|| crate::Error::internal("no key to sign tokens with"))?;
        first.sign(claims)
    }

    /// What each of the keys makes of the same claims.
    pub(crate) fn sign_with_each(&self, claims: &impl Serialize) -> impl Iterator<Item = crate::Result<String>> {
        self.0.iter().map(move |key| key.sign(claims))
    }

    /// The claims of a token that one of the keys signed, for this issuer and audience. Its time is not looked at.
    pub(crate) fn verified<C: DeserializeOwned>(&self, token: &str, issuer: &str, audience: &str) -> Option<C> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.0.iter().find(|key| key.kid == kid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        // the library asks the system's clock; the caller asks the shop's
        validation.validate_exp = false;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        jsonwebtoken::decode(token, &key.verifies, &validation).ok().map(|data| data.claims)
    }
}

/// The secret in this file, made the first time.
fn kept_secret(file: &Path) -> Result<SecretString> {
    if !file.exists() {
        make(file).with_context(|| format!("keeping a key in {}", file.display()))?;
    }
    let secret = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(SecretString::from(secret.trim()))
}

/// Written beside and linked into its place: of two programs that start at once, one makes the key and both find it
/// whole.
fn make(file: &Path) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(crate::secret_token().as_bytes())?;
    let linked = std::fs::hard_link(&beside, file);
    std::fs::remove_file(&beside)?;
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e.into()),
        _ => Ok(()),
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.kid)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_is_kept_for_its_owner() {
        let folder = std::env::temp_dir().join(format!("ironmonger-keys-{}", uuid::Uuid::now_v7()));
        let file = folder.join("token-key");
        let first = TokenKeys::kept_in(&file).unwrap();
        make(&file).unwrap();
        assert_eq!(format!("{first:?}"), format!("{:?}", TokenKeys::kept_in(&file).unwrap()));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn short_secrets_and_none_are_refused() {
        assert!(TokenKeys::new(["0123456789".into()]).is_err());
        assert!(TokenKeys::new([]).is_err());
    }
}
