//! What keeps requests and answers from being read in the database. Bodies hold passwords, answers hold tokens and the
//! secrets of carts, of which we otherwise keep only hashes.

use crate::accounts::TokenKeys;
use crate::{Error, Result, random_bytes};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Made from the request itself and a secret of ours: without both, nothing opens.
#[derive(Clone)]
pub(super) struct Seal {
    pub request_hash: [u8; 32],
    key: [u8; 32],
}

/// One for each of our secrets, the one in use first.
pub(super) fn all(keys: &TokenKeys, parts: &[&[u8]]) -> Result<Vec<Seal>> {
    let hashes = keys.derived("idempotency.request", parts);
    let pairs = hashes.zip(keys.derived("idempotency.answer", parts));
    pairs.map(|(hash, key)| Ok(Seal { request_hash: hash?, key: key? })).collect()
}

impl Seal {
    fn aead(&self) -> Result<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.key).map_err(Error::internal)?;
        Ok(LessSafeKey::new(key))
    }

    pub fn close(&self, mut answer: Vec<u8>) -> Result<Vec<u8>> {
        let nonce = random_bytes::<NONCE_LEN>();
        self.aead()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut answer)
            .map_err(Error::internal)?;
        answer.extend(nonce);
        Ok(answer)
    }

    pub fn open(&self, mut sealed: Vec<u8>) -> Result<Vec<u8>> {
        let start = sealed.len().saturating_sub(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&sealed[start..]).map_err(Error::internal)?;
        sealed.truncate(start);
        let answer = self.aead()?.open_in_place(nonce, Aad::empty(), &mut sealed).map_err(Error::internal)?;
        Ok(answer.to_vec())
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}
