//! The handshake: two messages, and keys for both directions.

use super::PROTOCOL;
use super::frames::{Direction, Keys, Opener, Sealer, expand};
use crate::channel_keys::ChannelKey;
use crate::{Error, Result, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a client says first: `{"key":"…","nonce":"…"}`, both base64url without padding.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ClientHello {
    /// A point of P-256, uncompressed: 65 bytes.
    pub key: String,
    /// 32 bytes, drawn anew.
    pub nonce: String,
}

/// What the shop answers.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ServerHello {
    pub key: String,
    pub nonce: String,
    /// Which of the published keys signed.
    pub kid: String,
    /// ECDSA P-256 with SHA-256 over the transcript, `r ‖ s`: 64 bytes, base64url.
    pub signature: String,
}

/// What both bind the channel to beside their keys.
pub struct Handshake<'a> {
    /// Host and port as the client asked for them.
    pub host: &'a str,
    /// By what the client was let in: an access token, API key or ticket; empty for nobody in particular.
    pub credential: &'a str,
}

/// The keys that came of a handshake, as the shop has them.
pub struct Session {
    pub opener: Opener,
    pub sealer: Sealer,
}

/// What is signed: each part with its length before it (8 bytes, big-endian), so that no two handshakes look alike.
pub fn transcript(handshake: &Handshake<'_>, client: (&[u8], &[u8]), server: (&[u8], &[u8]), kid: &str) -> Vec<u8> {
    let credential = Sha256::digest(handshake.credential.as_bytes());
    let parts: [&[u8]; 8] = [
        PROTOCOL.as_bytes(),
        handshake.host.as_bytes(),
        &credential,
        client.0,
        client.1,
        server.0,
        server.1,
        kid.as_bytes(),
    ];
    let mut all = Vec::new();
    for part in parts {
        all.extend((part.len() as u64).to_be_bytes());
        all.extend(part);
    }
    all
}

/// Answers a client's hello. `None` when the client's key is no point of the curve, or its nonce has another length.
///
/// # Errors
/// When there is no randomness, or the key does not sign.
pub fn answer(
    handshake: &Handshake<'_>,
    hello: &ClientHello,
    signs: &ChannelKey,
) -> Result<Option<(ServerHello, Session)>> {
    let fault = |what: &str| Error::internal(format!("the sealed channel: {what}"));
    let (Ok(client_key), Ok(client_nonce)) = (BASE64.decode(&hello.key), BASE64.decode(&hello.nonce)) else {
        return Ok(None);
    };
    if client_nonce.len() != 32 || client_key.len() != 65 {
        return Ok(None);
    }
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &signs.random).map_err(|_| fault("no ephemeral key"))?;
    let public = private.compute_public_key().map_err(|_| fault("no ephemeral key"))?;
    let nonce = random_bytes::<32>();
    let said = transcript(handshake, (&client_key, &client_nonce), (public.as_ref(), &nonce), &signs.kid);
    let signature = signs.pair.sign(&signs.random, &said).map_err(|_| fault("does not sign"))?;
    let agreed =
        agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, &client_key), |shared| session(shared, &said));
    let Ok(session) = agreed else { return Ok(None) };
    let session = session.ok_or_else(|| fault("no keys"))?;
    let hello = ServerHello {
        key: BASE64.encode(public.as_ref()),
        nonce: BASE64.encode(nonce),
        kid: signs.kid.clone(),
        signature: BASE64.encode(signature.as_ref()),
    };
    Ok(Some((hello, session)))
}

fn session(shared: &[u8], said: &[u8]) -> Option<Session> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &Sha256::digest(said)).extract(shared);
    let keys = |direction: Direction| Keys::new(direction, expand(&prk, direction.label())?);
    Some(Session { opener: Opener(keys(Direction::ToServer)?), sealer: Sealer(keys(Direction::ToClient)?) })
}
