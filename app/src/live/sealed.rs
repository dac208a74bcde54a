//! The sealed channel of a WebSocket, as the server's side speaks it; and the keys by which clients know the shop.

use crate::web::{App, error_page};
use axum::Json;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde_json::json;
use shop::Shop;
use shop::live::channel::{self, ClientHello, Handshake, Opener, PublicKey, Session};
use std::time::{Duration, Instant};

/// A key seals for so long at most.
const KEY_FOR: Duration = Duration::from_secs(60 * 60);
/// How long a client has for its hello.
const HELLO: Duration = Duration::from_secs(10);

/// `GET /.well-known/ironmonger-channel-keys.json`: the shop's public keys as a JWK Set (RFC 7517).
pub async fn keys(State(app): State<App>) -> Response {
    let keys = match channel::published(&app.shop).await {
        Ok(keys) => keys,
        Err(e) => return error_page::of(&e, None).into_response(),
    };
    let keys: Vec<_> = keys.iter().map(jwk).collect();
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(json!({ "keys": keys }))).into_response()
}

fn jwk(key: &PublicKey) -> serde_json::Value {
    // the point is 4, x and y
    let (x, y) = key.point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
    json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key.kid,
        "x": BASE64.encode(x), "y": BASE64.encode(y),
        "createdAt": key.created_at, "retiredAt": key.retired_at,
    })
}

/// The channel of one connection.
pub struct Channel {
    session: Session,
    turned: Instant,
}

/// What a client sends first.
#[derive(Deserialize)]
struct Hello {
    hello: ClientHello,
}

impl Channel {
    /// Shakes hands. `None` when the client does not, in time and as it should.
    pub async fn open(shop: &Shop, socket: &mut WebSocket, handshake: &Handshake<'_>) -> Option<Self> {
        let first = tokio::time::timeout(HELLO, socket.recv()).await.ok()??.ok()?;
        let Message::Text(text) = first else { return None };
        let Hello { hello } = serde_json::from_str(&text).ok()?;
        let signs = channel::signing(shop).await.inspect_err(crate::web::errors::log).ok()?;
        let answered = channel::answer(handshake, &hello, &signs).inspect_err(crate::web::errors::log).ok()?;
        let (hello, session) = answered?;
        let answer = json!({ "hello": hello }).to_string();
        socket.send(Message::text(answer)).await.ok()?;
        Some(Self { session, turned: Instant::now() })
    }

    /// The frames that carry a message: two when another key takes over.
    pub fn seal(&mut self, number: u16, topic: &str, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        let sealer = &mut self.session.sealer;
        let mut frames = Vec::new();
        if sealer.is_due() || self.turned.elapsed() > KEY_FOR {
            frames.push(sealer.seal(0, "", br#"{"rekey":true}"#)?);
            sealer.turn()?;
            self.turned = Instant::now();
        }
        frames.push(sealer.seal(number, topic, text)?);
        Some(frames)
    }

    /// What a client says: all of it is about the connection. `None` for what is not its next frame as it sent it.
    pub fn open_next(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        if Opener::channel(frame) != Ok(0) {
            return None;
        }
        self.session.opener.open("", frame).inspect_err(|why| tracing::debug!(%why, "a sealed frame is refused")).ok()
    }

    /// The client said that its next key takes over.
    pub fn turn(&mut self) -> Option<()> {
        self.session.opener.turn()
    }
}
