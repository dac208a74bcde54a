//! Those who follow a product, and the desk where its pieces are counted.

use super::super::server::{PASSWORD, STAFF, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shop::live::channel::{self, Handshake, ServerHello};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Asked for something small once, and kept open as browsers do.
    KeptOpen,
    Events,
    WebSocket,
    SealedWebSocket,
    /// Follows the lists of orders and payments.
    Staff,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::KeptOpen => "connections that do nothing",
            Self::Events => "server-sent events",
            Self::WebSocket => "WebSockets",
            Self::SealedWebSocket => "sealed WebSockets",
            Self::Staff => "staff",
        }
    }

    /// Whether it is a change, and not a sign of life.
    fn is_news(self, read: &[u8]) -> bool {
        match self {
            Self::KeptOpen => false,
            Self::Events => !read.starts_with(b":"),
            Self::WebSocket | Self::SealedWebSocket | Self::Staff => !read.starts_with(PING),
        }
    }
}

/// How a ping of the server begins, and what answers it (RFC 6455, 5.5).
const PING: &[u8] = &[0x89];
const PONG: &[u8] = &[0x8a, 0x80, 0, 0, 0, 0];

/// Gone when dropped.
pub struct Followers {
    heard: mpsc::UnboundedReceiver<Instant>,
    _all: JoinSet<()>,
}

impl Followers {
    /// What was heard up to now is of no interest.
    pub fn forget(&mut self) {
        while self.heard.try_recv().is_ok() {}
    }

    /// How many milliseconds after `done` each of them heard.
    pub async fn hear(&mut self, done: Instant, count: usize) -> Vec<f64> {
        let mut late = Vec::new();
        while late.len() < count {
            let heard = tokio::time::timeout(Duration::from_secs(20), self.heard.recv()).await;
            let moment = heard.expect("all hear of it").expect("they follow");
            late.push(moment.saturating_duration_since(done).as_secs_f64() * 1_000.0);
        }
        late
    }
}

/// So many who follow the product; each tells when it hears of a change.
pub async fn follow(desk: &Desk, kind: Kind, count: usize) -> Followers {
    let (told, heard) = mpsc::unbounded_channel();
    let mut all = JoinSet::new();
    for _ in 0..count {
        let mut stream = desk.begin(kind).await;
        let told = told.clone();
        all.spawn(async move {
            let mut buffer = [0; 2_048];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                if kind.is_news(&buffer[..n]) {
                    let _ = told.send(Instant::now());
                } else if buffer.starts_with(PING) {
                    let _ = stream.write_all(PONG).await;
                }
            }
        });
    }
    Followers { heard, _all: all }
}

/// Where stock is counted.
pub struct Desk {
    client: reqwest::Client,
    address: SocketAddr,
    token: String,
    product: String,
    pub variant: String,
    ticket: String,
}

impl Desk {
    /// At the first product.
    pub async fn open(shop: &Server) -> Self {
        let client = reqwest::Client::new();
        let who = json!({ "email": STAFF, "password": PASSWORD });
        let entered = answer(client.post(format!("http://{}/api/auth/login", shop.address)).json(&who)).await;
        let found = shop.json("/api/products?limit=1&sort=name:asc").await;
        let slug = text(&found["data"][0]["slug"]);
        let (address, token) = (shop.address, text(&entered["data"]["accessToken"]));
        let nowhere = String::new;
        let desk = Self { client, address, token, product: nowhere(), variant: nowhere(), ticket: nowhere() };
        desk.at(shop, &slug).await
    }

    /// The same at another product.
    pub async fn at(&self, shop: &Server, slug: &str) -> Self {
        let product = shop.json(&format!("/api/products/{slug}")).await["data"].clone();
        let page = shop.text(&format!("/products/{slug}")).await;
        let ticket = page.split("data-ticket=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a ticket");
        Self {
            client: self.client.clone(),
            token: self.token.clone(),
            address: self.address,
            product: text(&product["id"]),
            variant: text(&product["variants"][0]["id"]),
            ticket: url::form_urlencoded::byte_serialize(ticket.as_bytes()).collect(),
        }
    }

    /// So many pieces are there.
    pub async fn count(&self, variant: &str, pieces: u32) {
        self.post(&format!("/api/inventory/{variant}/adjust"), json!({ "counted": pieces, "reason": "Counted" })).await;
    }

    /// One piece or two, by turns: each time the product's page says something else.
    pub async fn change(&self, number: u32) {
        self.count(&self.variant, number % 2 + 1).await;
    }

    /// Answers the webhook's id.
    pub async fn post_orders_to(&self, url: &str) -> String {
        let topics = ["order.placed", "order.paid", "order.cancelled"];
        let made = self.post("/api/webhooks", json!({ "name": "Orders", "url": url, "topics": topics })).await;
        text(&made["data"]["id"])
    }

    pub async fn delete_webhook(&self, id: &str) {
        let url = format!("http://{}/api/webhooks/{id}", self.address);
        answer(self.client.delete(url).bearer_auth(&self.token)).await;
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.address);
        answer(self.client.post(url).bearer_auth(&self.token).json(&body)).await
    }

    async fn begin(&self, kind: Kind) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        let path = match kind {
            Kind::KeptOpen => "/health/live".to_owned(),
            Kind::Events => format!("/live?t={}", self.ticket),
            _ => "/ws".to_owned(),
        };
        let upgrade = match kind {
            Kind::KeptOpen | Kind::Events => String::new(),
            _ => {
                let protocol = if kind == Kind::SealedWebSocket { channel::PROTOCOL } else { "ironmonger.v1" };
                let who = match kind {
                    Kind::Staff => format!("authorization: Bearer {}\r\n", self.token),
                    _ => String::new(),
                };
                format!(
                    "{who}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: {protocol}\r\n"
                )
            }
        };
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{upgrade}\r\n", self.address);
        stream.write_all(head.as_bytes()).await.expect("asks");
        let mut buffer = [0; 2_048];
        let n = stream.read(&mut buffer).await.expect("is answered");
        let answered = String::from_utf8_lossy(&buffer[..n]);
        let expected = if upgrade.is_empty() { "HTTP/1.1 200" } else { "HTTP/1.1 101" };
        assert!(answered.starts_with(expected), "{answered}");
        let topics = match kind {
            Kind::Staff => vec!["admin:orders".to_owned(), "admin:payments".to_owned()],
            _ => vec![format!("product:{}", self.product)],
        };
        let follow = json!({ "follow": topics }).to_string();
        match kind {
            Kind::KeptOpen | Kind::Events => {}
            Kind::WebSocket | Kind::Staff => stream.write_all(&frame(0x1, follow.as_bytes())).await.expect("follows"),
            Kind::SealedWebSocket => {
                let sealed = self.sealed(&mut stream, follow.as_bytes()).await;
                stream.write_all(&frame(0x2, &sealed)).await.expect("follows");
            }
        }
        stream
    }

    /// Shakes hands as `docs/API.md` says, and seals the first message.
    async fn sealed(&self, stream: &mut TcpStream, message: &[u8]) -> Vec<u8> {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).expect("a key");
        let (public, nonce) = (private.compute_public_key().expect("a key"), [9; 32]);
        let hello = json!({ "hello": { "key": BASE64.encode(&public), "nonce": BASE64.encode(nonce) } }).to_string();
        stream.write_all(&frame(0x1, hello.as_bytes())).await.expect("says hello");
        let mut buffer = [0; 2_048];
        let n = stream.read(&mut buffer).await.expect("is answered");
        let begins = buffer[..n].iter().position(|byte| *byte == b'{').expect("a message");
        let said: Value = serde_json::from_slice(&buffer[begins..n]).expect("JSON");
        let server: ServerHello = serde_json::from_value(said["hello"].clone()).expect("a hello");
        let bytes = |text: &str| BASE64.decode(text).expect("base64url");
        let host = self.address.to_string();
        let handshake = Handshake { host: &host, credential: "" };
        let (key, answered) = (bytes(&server.key), bytes(&server.nonce));
        let said = channel::transcript(&handshake, (public.as_ref(), &nonce), (&key, &answered), &server.kid);
        let mut text = message.to_vec();
        agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, key), |shared| {
            let prk = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &Sha256::digest(&said)).extract(shared);
            let sends = prk.expand(&[b"client to server"], &AES_256_GCM).expect("a key");
            let key = LessSafeKey::new(sends.into());
            // the first frame, from the client, about the connection
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            key.seal_in_place_append_tag(nonce, Aad::from([0; 3]), &mut text).expect("is sealed");
        })
        .expect("a key of the curve");
        [&[0; 10][..], &text].concat()
    }
}

/// A message of a client (RFC 6455, 5.2), with a mask that changes nothing.
fn frame(opcode: u8, message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("is short");
    let length = match length {
        0..126 => vec![0x80 | length as u8],
        _ => [&[0x80 | 126][..], &length.to_be_bytes()].concat(),
    };
    [&[0x80 | opcode][..], &length, &[0; 4], message].concat()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("an answer");
    let (status, text) = (response.status(), response.text().await.expect("a text"));
    assert!(status.is_success(), "{status}: {text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
}
