//! Encryption of what is kept: AES-256-GCM (NIST SP 800-38D) under a key that is not in the database.

use super::{SHORTEST, kept_secret};
use crate::random_bytes;
use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The first byte of a sealed value: how the rest is written.
const FORMAT: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEAD_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;

/// Keys by an id that each sealed value names. The first one seals, all of them open: a key is rotated out by putting
/// another before it, and taken away once nothing is sealed with it any more.
///
/// Nonces are drawn at random, so one key seals 2³² values at most.
#[derive(Clone)]
pub struct EncryptionKeys(Arc<[Key]>);

struct Key {
    id: [u8; KEY_ID_LEN],
    aead: LessSafeKey,
    hashes: [u8; 32],
}

/// Where a sealed value stands. It opens there and nowhere else, so that whoever can write into the database cannot put
/// one person's value into another's row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// `table.column`.
    pub column: &'static str,
    pub row: Uuid,
}

impl Place {
    /// Of a row that is known by a name.
    pub fn named(column: &'static str, name: &str) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..]: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        Self { column, row: Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]) }
    }

    fn aad(self) -> Aad<Vec<u8>> {
        let mut bytes = self.column.as_bytes().to_vec();
        bytes.push(0);
        bytes.extend(self.row.as_bytes());
        Aad::from(bytes)
    }
}

impl Key {
    fn new(secret: &[u8]) -> Result<Self> {
        if secret.len() < SHORTEST {
            bail!("a secret that encrypts is too short: at least {SHORTEST} characters");
        }
        let derive = |purpose: &str| -> Result<[u8; 32]> {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
            mac.update(purpose.as_bytes());
            Ok(mac.finalize().into_bytes().into())
        };
        let [a, b, c, d, ..] = derive("encryption key id")?;
        let key = UnboundKey::new(&AES_256_GCM, &derive("encryption key")?).context("making a key")?;
        Ok(Self { id: [a, b, c, d], aead: LessSafeKey::new(key), hashes: derive("hash key")? })
    }

    fn hasher(&self, purpose: &str, text: &[u8]) -> crate::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.hashes).map_err(crate::Error::internal)?;
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(text);
        Ok(mac)
    }
}

impl EncryptionKeys {
    /// # Errors
    /// When there is no secret, or one has fewer than 32 characters.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Result<Self> {
        let keys: Result<Vec<_>> = secrets.into_iter().map(|s| Key::new(s.expose_secret().as_bytes())).collect();
        let keys = keys?;
        if keys.is_empty() {
            bail!("no secret to encrypt with");
        }
        Ok(Self(keys.into()))
    }

    /// A key of one's own, for development: made the first time and kept in this file, which only its owner reads.
    ///
    /// # Errors
    /// When the file cannot be written or read.
    pub fn kept_in(file: &Path) -> Result<Self> {
        Self::new([kept_secret(file)?])
    }

    pub(crate) fn seal(&self, place: Place, text: &[u8]) -> crate::Result<Vec<u8>> {
        let key = self.0.first().ok_or_else(|| crate::Error::internal("no key to encrypt with"))?;
        let nonce = random_bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(HEAD_LEN + text.len() + AES_256_GCM.tag_len());
        sealed.push(FORMAT);
        sealed.extend(key.id);
        sealed.extend(nonce);
        let mut text = text.to_vec();
        key.aead
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place.aad(), &mut text)
            .map_err(crate::Error::internal)?;
        sealed.extend(text);
        Ok(sealed)
    }

    /// # Errors
    /// `Internal` when the key that sealed it is not among ours, or the value was changed or moved.
    pub(crate) fn open(&self, place: Place, sealed: &[u8]) -> crate::Result<Vec<u8>> {
        let fault = |what: &str| crate::Error::internal(format!("{} of {}: {what}", place.column, place.row));
        let (head, text) = sealed.split_at_checked(HEAD_LEN).ok_or_else(|| fault("is no sealed value"))?;
        let (id, nonce) = head[1..].split_at(KEY_ID_LEN);
        if head[0] != FORMAT {
            return Err(fault("is sealed in a way that this program does not know"));
        }
        let key = self.0.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| fault("is sealed with a key that ENCRYPTION_KEY does not name"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(crate::Error::internal)?;
        let mut text = text.to_vec();
        let opened = key.aead.open_in_place(nonce, place.aad(), &mut text).map_err(|_| fault("does not open"))?;
        Ok(opened.to_vec())
    }

    /// A hash that nobody can make who has only the database, so that nobody can try what it may be of. It names its
    /// key, as what is sealed does, but stays as it is when keys rotate.
    pub(crate) fn hash(&self, purpose: &str, text: &[u8]) -> crate::Result<Vec<u8>> {
        let key = self.0.first().ok_or_else(|| crate::Error::internal("no key to hash with"))?;
        let hash = key.hasher(purpose, text)?.finalize().into_bytes();
        Ok([&[FORMAT][..], &key.id, &hash].concat())
    }

    /// Whether a hash is of this text. One whose key is gone is of none.
    pub(crate) fn is_hash_of(&self, hash: &[u8], purpose: &str, text: &[u8]) -> crate::Result<bool> {
        let Some((head, hash)) = hash.split_at_checked(1 + KEY_ID_LEN) else { return Ok(false) };
        let Some(key) = self.0.iter().find(|key| head[0] == FORMAT && head[1..] == key.id) else { return Ok(false) };
        Ok(key.hasher(purpose, text)?.verify_slice(hash).is_ok())
    }

    /// How all values begin that are sealed with the key that seals now.
    pub(crate) fn current_head(&self) -> crate::Result<Vec<u8>> {
        let key = self.0.first().ok_or_else(|| crate::Error::internal("no key to encrypt with"))?;
        Ok([&[FORMAT][..], &key.id].concat())
    }

    /// Whether it is sealed with the key that seals now.
    pub(crate) fn is_current(&self, sealed: &[u8]) -> bool {
        self.0.first().is_some_and(|key| sealed.get(1..=KEY_ID_LEN) == Some(&key.id))
    }
}

impl std::fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| hex::encode(key.id))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> EncryptionKeys {
        EncryptionKeys::new(secrets.iter().map(|secret| (*secret).into())).unwrap()
    }

    const OLD: &str = "the old secret, of thirty-two characters";
    const NEW: &str = "the new secret, of thirty-two characters";

    #[test]
    fn opens_in_its_place_only() {
        let place = Place { column: "drawers.note", row: Uuid::from_u128(1) };
        let ours = keys(&[OLD]);
        let sealed = ours.seal(place, b"a note").unwrap();
        assert_eq!(ours.open(place, &sealed).unwrap(), b"a note");
        assert!(!sealed.windows(6).any(|part| part == b"a note"));
        assert_ne!(sealed, ours.seal(place, b"a note").unwrap(), "a nonce of its own each time");
        for elsewhere in [Place { row: Uuid::from_u128(2), ..place }, Place { column: "drawers.name", ..place }] {
            assert!(ours.open(elsewhere, &sealed).is_err());
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ours.open(place, &changed).is_err(), "byte {at}");
            assert!(ours.open(place, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn keys_rotate() {
        let place = Place { column: "drawers.note", row: Uuid::from_u128(1) };
        let sealed = keys(&[OLD]).seal(place, b"a note").unwrap();
        let both = keys(&[NEW, OLD]);
        assert_eq!(both.open(place, &sealed).unwrap(), b"a note");
        assert!(!both.is_current(&sealed));
        let again = both.seal(place, b"a note").unwrap();
        assert!(both.is_current(&again));
        assert_eq!(keys(&[NEW]).open(place, &again).unwrap(), b"a note");
        assert!(keys(&[NEW]).open(place, &sealed).is_err());
    }

    #[test]
    fn a_hash_is_known_by_its_key() {
        let ours = keys(&[OLD]);
        let hash = ours.hash("notes", b"a note").unwrap();
        let both = keys(&[NEW, OLD]);
        assert!(both.is_hash_of(&hash, "notes", b"a note").unwrap());
        for (purpose, text) in [("names", b"a note"), ("notes", b"a mote")] {
            assert!(!both.is_hash_of(&hash, purpose, text).unwrap());
        }
        assert_ne!(hash, both.hash("notes", b"a note").unwrap());
        assert!(!keys(&[NEW]).is_hash_of(&hash, "notes", b"a note").unwrap());
        for at in 0..hash.len() {
            assert!(!both.is_hash_of(&hash[..at], "notes", b"a note").unwrap(), "cut at {at}");
        }
    }

    #[test]
    fn short_secrets_and_none_are_refused() {
        assert!(EncryptionKeys::new(["0123456789".into()]).is_err());
        assert!(EncryptionKeys::new([]).is_err());
    }
}
