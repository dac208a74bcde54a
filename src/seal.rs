//! Sealing of what is kept for somebody who alone can bring about its key: ChaCha20-Poly1305, the nonce behind the
//! text.

use crate::{Error, Result, random_bytes};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

fn aead(key: &[u8; 32]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(Error::internal)?;
    Ok(LessSafeKey::new(key))
}

pub(crate) fn close(key: &[u8; 32], mut text: Vec<u8>) -> Result<Vec<u8>> {
    let nonce = random_bytes::<NONCE_LEN>();
    aead(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
        .map_err(Error::internal)?;
    text.extend(nonce);
    Ok(text)
}

pub(crate) fn open(key: &[u8; 32], mut sealed: Vec<u8>) -> Result<Vec<u8>> {
    let start = sealed.len().saturating_sub(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(&sealed[start..]).map_err(Error::internal)?;
    sealed.truncate(start);
    let text = aead(key)?.open_in_place(nonce, Aad::empty(), &mut sealed).map_err(Error::internal)?;
    Ok(text.to_vec())
}
