//! The sealed channel: a client of its own, made of `ring` alone, through a proxy that writes down all that it sees.

use super::client::{Socket, open};
use super::socket::key;
use crate::support::{TestApp, app};
use futures::SinkExt;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shop::accounts::Permission;
use tokio_tungstenite::tungstenite::Message;

struct ThirtyTwo;

impl KeyType for ThirtyTwo {
    fn len(&self) -> usize {
        32
    }
}

/// What a client knows after the handshake.
struct Client {
    socket: Socket,
    sends: LessSafeKey,
    takes: LessSafeKey,
    sent: u64,
    taken: u64,
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

fn aad(direction: u8, channel: u16, topic: &str) -> Vec<u8> {
    [&[direction][..], &channel.to_be_bytes(), topic.as_bytes()].concat()
}

/// Shakes hands as `docs/API.md` says.
async fn sealed(app: &TestApp, key: &str) -> Client {
    let headers = [("x-api-key", key.to_owned()), ("sec-websocket-protocol", "ironmonger.sealed.v1".to_owned())];
    let mut socket = open(app, "/ws", &headers).await.unwrap();
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let (public, client_nonce) = (private.compute_public_key().unwrap(), [9; 32]);
    socket.say(&json!({ "hello": { "key": to_base64(public.as_ref()), "nonce": to_base64(&client_nonce) } })).await;
    let hello = socket.hear().await["hello"].clone();
    let text = |name: &str| hello[name].as_str().unwrap().to_owned();

    let keys: Value = reqwest::get(format!("{}/.well-known/ironmonger-channel-keys.json", app.root))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let jwk = keys["keys"].as_array().unwrap().iter().find(|jwk| jwk["kid"] == text("kid").as_str()).unwrap();
    let point = [vec![4], base64(jwk["x"].as_str().unwrap()), base64(jwk["y"].as_str().unwrap())].concat();
    let (server_key, server_nonce) = (base64(&text("key")), base64(&text("nonce")));
    let host = app.root.trim_start_matches("http://");
    let parts: [&[u8]; 8] = [
        b"ironmonger.sealed.v1",
        host.as_bytes(),
        &Sha256::digest(key),
        public.as_ref(),
        &client_nonce,
        &server_key,
        &server_nonce,
        jwk["kid"].as_str().unwrap().as_bytes(),
    ];
    let said =
        parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect::<Vec<_>>();
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(&said, &base64(&text("signature")))
        .unwrap();
    let keys = agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, server_key), |shared| {
        let prk = Salt::new(HKDF_SHA256, &Sha256::digest(&said)).extract(shared);
        ["client to server", "server to client"].map(|label| {
            let mut key = [0; 32];
            prk.expand(&[label.as_bytes()], ThirtyTwo).unwrap().fill(&mut key).unwrap();
            LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
        })
    });
    let [sends, takes] = keys.unwrap();
    Client { socket, sends, takes, sent: 0, taken: 0 }
}

impl Client {
    fn seal(&mut self, text: &str) -> Vec<u8> {
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(aad(0, 0, ""));
        self.sends.seal_in_place_append_tag(nonce(self.sent), aad, &mut sealed).unwrap();
        let frame = [&self.sent.to_be_bytes()[..], &[0, 0], &sealed].concat();
        self.sent += 1;
        frame
    }

    async fn send(&mut self, frame: Vec<u8>) {
        self.socket.0.send(Message::binary(frame)).await.unwrap();
    }

    /// The next message, of the topic that its channel stands for.
    async fn hear(&mut self, topic: impl Fn(u16) -> String) -> Value {
        let frame = self.socket.next().await.unwrap().into_data().to_vec();
        assert_eq!(frame[..8], self.taken.to_be_bytes());
        let channel = u16::from_be_bytes([frame[8], frame[9]]);
        let mut text = frame[10..].to_vec();
        let aad = Aad::from(aad(1, channel, &topic(channel)));
        let text = self.takes.open_in_place(nonce(self.taken), aad, &mut text).unwrap();
        self.taken += 1;
        serde_json::from_slice(text).unwrap()
    }
}

fn none(_: u16) -> String {
    String::new()
}

#[tokio::test]
async fn a_client_of_its_own_follows_through_it() {
    app(async |app| {
        app.goes_live().await;
        let key = key(app, &[Permission::OrdersRead]).await;
        let mut client = sealed(app, &key).await;
        let frame = client.seal(r#"{"follow":["admin:orders"]}"#);
        client.send(frame).await;
        let told = client.hear(none).await;
        assert_eq!(told, json!({ "following": "admin:orders", "channel": 1 }));
        let update = client.hear(|_| "admin:orders".to_owned()).await;
        assert_eq!(update["topic"], "admin:orders");
    })
    .await;
}

/// Each way of meddling ends the connection, and nothing of it is done.
#[tokio::test]
async fn what_is_not_the_next_frame_as_it_was_sent_ends_the_connection() {
    app(async |app| {
        app.goes_live().await;
        let key = key(app, &[Permission::OrdersRead]).await;
        type Meddle = fn(&mut Client, Vec<u8>) -> Vec<Vec<u8>>;
        let ways: [(&str, Meddle); 6] = [
            ("changed", |_, mut frame| {
                *frame.last_mut().unwrap() ^= 1;
                vec![frame]
            }),
            ("replayed", |_, frame| vec![frame.clone(), frame]),
            ("reordered", |client, frame| vec![client.seal("{}"), frame]),
            ("on another channel", |_, mut frame| {
                frame[9] = 1;
                vec![frame]
            }),
            ("renumbered", |_, mut frame| {
                frame[7] = 1;
                vec![frame]
            }),
            ("cut", |_, frame| vec![frame[..9].to_vec()]),
        ];
        for (name, meddle) in ways {
            let mut client = sealed(app, &key).await;
            let frame = client.seal(r#"{"unfollow":[]}"#);
            for frame in meddle(&mut client, frame) {
                let _ = client.socket.0.send(Message::binary(frame)).await;
            }
            assert_eq!(client.socket.next().await.err(), Some(1002), "{name}");
        }
        // in the clear, or with a key that is no point
        let mut client = sealed(app, &key).await;
        client.socket.follow(&["admin:orders".into()]).await;
        assert_eq!(client.socket.next().await.err(), Some(1002));
        let protocol = [("sec-websocket-protocol", "ironmonger.sealed.v1".to_owned())];
        let mut socket = open(app, "/ws", &protocol).await.unwrap();
        let hello = json!({ "hello": { "key": to_base64(&[4; 65]), "nonce": to_base64(&[0; 32]) } });
        socket.say(&hello).await;
        assert_eq!(socket.next().await.err(), Some(1002));
    })
    .await;
}
