//! What keeps requests and answers from being read in the database. Bodies hold passwords, answers hold tokens and the
//! secrets of carts, of which we otherwise keep only hashes.

use crate::keys::TokenKeys;
use crate::{Result, seal};

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
    pub fn close(&self, answer: Vec<u8>) -> Result<Vec<u8>> {
        seal::close(&self.key, answer)
    }

    pub fn open(&self, sealed: Vec<u8>) -> Result<Vec<u8>> {
        seal::open(&self.key, sealed)
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}
