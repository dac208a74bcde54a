//! `GET /ws`: what changes, for programs. A client says which topics it follows; the shop says their versions.

use super::follow::{may_follow, viewer};
use super::sealed::Channel;
use crate::api::caller::Caller;
use crate::api::codes;
use crate::api::fault::Fault;
use crate::api::headers::{API_KEY, CART_TOKEN};
use crate::config::Origins;
use crate::web::body::Place;
use crate::web::errors::status_of;
use crate::web::{App, csrf};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use shop::live::channel::{self, Handshake};
use shop::live::{Connection, End, LiveTopic, NoPlace, lent};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// How the plain protocol is called.
const PLAIN: &str = "ironmonger.v1";
/// What a client says is short.
const LARGEST: usize = 8 << 10;
/// So many messages at once, and after that so many a second.
const BURST: f64 = 30.0;
const A_SECOND: f64 = 2.0;
const PING_EVERY: Duration = Duration::from_secs(25);
/// Whoever answers no ping for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Close codes: RFC 6455, 7.4.1, and of our own.
const PROTOCOL_ERROR: u16 = 1002;
const POLICY: u16 = 1008;
const RESTART: u16 = 1012;
const SIGNED_OUT: u16 = 4401;

/// Middleware: `?ticket=` stands for the headers that it was asked for with.
pub async fn by_ticket(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let ticket = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
    if let Some((_, ticket)) = ticket {
        let Some(credential) = lent(&app.shop, &ticket) else {
            return Fault::of(StatusCode::UNAUTHORIZED).into_response();
        };
        let given = [
            (header::AUTHORIZATION, credential.authorization),
            (API_KEY, credential.api_key),
            (CART_TOKEN, credential.cart_token),
        ];
        for (name, value) in given {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                request.headers_mut().insert(name, value);
            }
        }
    }
    next.run(request).await
}

/// Opens the WebSocket. A page of another site is refused, unless `CORS_ORIGINS` names it: browsers send WebSockets
/// anywhere.
pub async fn serve(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    place: axum::Extension<Place>,
) -> Response {
    if !is_welcome(&app, &headers) {
        return Fault::of(StatusCode::FORBIDDEN).into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(_) => {
            let fault = Fault::of(StatusCode::UPGRADE_REQUIRED).saying("This address speaks WebSocket (RFC 6455)");
            return ([(header::UPGRADE, "websocket")], fault).into_response();
        }
    };
    let connection = match app.live.connect(&viewer(&caller)) {
        Ok(connection) => connection,
        Err(why) => {
            let status = match why {
                NoPlace::Network | NoPlace::Visitor => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            return Fault::of(status).saying(why.to_string()).retry_after(30).into_response();
        }
    };
    let text =
        |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (host, key, token) = (text(header::HOST), text(API_KEY), text(header::AUTHORIZATION));
    let credential = if key.is_empty() { token } else { key };
    let live = app.live.clone();
    upgrade
        .protocols([channel::PROTOCOL, PLAIN])
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        // an idle connection is to cost little
        .read_buffer_size(2_048)
        .write_buffer_size(0)
        .on_upgrade(move |socket| {
            let talk = Box::new(Talk {
                app,
                caller,
                connection,
                socket,
                channel: None,
                numbers: HashMap::new(),
                tokens: BURST,
                counted: Instant::now(),
                heard: Instant::now(),
            });
            live.track(async move {
                let _place = place;
                talk.run(host, credential).await;
            })
        })
}

fn is_welcome(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    match &app.config.cors_origins {
        Origins::Any => true,
        Origins::These(origins) if origins.contains(origin) => true,
        _ => csrf::is_our_own_origin(headers, &app.config.public_url),
    }
}

/// One client.
struct Talk {
    app: App,
    caller: Caller,
    connection: Connection,
    socket: WebSocket,
    channel: Option<Box<Channel>>,
    /// Of the subscriptions, on a sealed channel.
    numbers: HashMap<LiveTopic, u16>,
    /// Messages that may come at once.
    tokens: f64,
    counted: Instant,
    heard: Instant,
}

/// What a client says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Said {
    Follow(Vec<String>),
    Unfollow(Vec<String>),
    /// On a sealed channel: its next key takes over.
    Rekey(#[expect(dead_code, reason = "that it is said is all")] bool),
}

/// Why the connection ends.
type Over = (u16, &'static str);

impl Talk {
    async fn run(mut self: Box<Self>, host: String, credential: String) {
        let over = self.talk(&host, &credential).await;
        let Err((code, reason)) = over else { return };
        let frame = CloseFrame { code, reason: reason.into() };
        // whoever does not take it is gone
        let _ = tokio::time::timeout(Duration::from_secs(2), self.socket.send(Message::Close(Some(frame)))).await;
    }

    /// `Ok` when the client is gone.
    async fn talk(&mut self, host: &str, credential: &str) -> Result<(), Over> {
        if self.socket.protocol().is_some_and(|protocol| protocol == channel::PROTOCOL) {
            let handshake = Handshake { host, credential };
            let opened = Box::pin(Channel::open(&self.app.shop, &mut self.socket, &handshake)).await;
            self.channel = Some(Box::new(opened.ok_or((PROTOCOL_ERROR, "no handshake"))?));
        }
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        loop {
            tokio::select! {
                update = self.connection.next() => match update {
                    Ok(update) => {
                        let number = self.numbers.get(&update.topic).copied().unwrap_or_default();
                        let sent = self.send(number, &update.topic.to_string(), &update.json).await;
                        if sent.is_err() {
                            return Ok(());
                        }
                    }
                    Err(End::Closing) => return Err((RESTART, "the shop starts anew")),
                    Err(End::SignedOut) => return Err((SIGNED_OUT, "signed out")),
                },
                message = self.socket.recv() => match message {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return Ok(()),
                    // apart: what is rarely done shall not take its place all the time
                    Some(Ok(message)) => Box::pin(self.hear(message)).await?,
                },
                _ = pings.tick() => {
                    let is_gone = self.heard.elapsed() > PATIENCE;
                    if is_gone || self.socket.send(Message::Ping(Default::default())).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Over> {
        self.heard = Instant::now();
        let text = match (message, &mut self.channel) {
            (Message::Ping(_) | Message::Pong(_) | Message::Close(_), _) => return Ok(()),
            (Message::Text(text), None) => text.as_bytes().to_vec(),
            (Message::Binary(frame), Some(channel)) => {
                channel.open_next(&frame).ok_or((PROTOCOL_ERROR, "a frame does not open"))?
            }
            (Message::Binary(_), None) => return Err((PROTOCOL_ERROR, "messages are texts")),
            (Message::Text(_), Some(_)) => return Err((PROTOCOL_ERROR, "frames are binary")),
        };
        self.count()?;
        match serde_json::from_slice::<Said>(&text) {
            Ok(Said::Follow(topics)) => self.follow(topics).await,
            Ok(Said::Unfollow(topics)) => {
                for topic in topics.iter().filter_map(|topic| topic.parse().ok()) {
                    self.connection.unfollow(topic);
                    self.numbers.remove(&topic);
                }
                Ok(())
            }
            Ok(Said::Rekey(_)) => match self.channel.as_mut().and_then(|channel| channel.turn()) {
                Some(()) => Ok(()),
                None => Err((PROTOCOL_ERROR, "there is no key")),
            },
            Err(_) => self.refuse(None, codes::UNREADABLE, r#"Say {"follow":["…"]} or {"unfollow":["…"]}"#).await,
        }
    }

    /// A bucket of tokens.
    fn count(&mut self) -> Result<(), Over> {
        let passed = self.counted.elapsed().as_secs_f64();
        self.counted = Instant::now();
        self.tokens = (self.tokens + passed * A_SECOND).min(BURST) - 1.0;
        if self.tokens < 0.0 { Err((POLICY, "too many messages")) } else { Ok(()) }
    }

    async fn follow(&mut self, topics: Vec<String>) -> Result<(), Over> {
        for name in topics {
            let Ok(topic) = name.parse::<LiveTopic>() else {
                self.refuse(Some(&name), codes::NOT_FOUND, "There is no such topic").await?;
                continue;
            };
            if let Err(error) = may_follow(&self.app.shop, &self.caller, topic).await {
                let code = match error {
                    shop::Error::NotFound => codes::NOT_FOUND,
                    _ => codes::of_status(status_of(&error)),
                };
                self.refuse(Some(&name), code, "You may not follow this").await?;
                continue;
            }
            let number = match self.numbers.get(&topic) {
                Some(number) => *number,
                None => (1..=u16::MAX).find(|n| !self.numbers.values().any(|taken| taken == n)).unwrap_or_default(),
            };
            self.numbers.insert(topic, number);
            // said before the first version comes
            let told = match self.channel {
                Some(_) => json!({ "following": name, "channel": number }),
                None => json!({ "following": name }),
            };
            self.say(&told).await;
            if let Err(why) = self.connection.follow(topic) {
                self.numbers.remove(&topic);
                self.refuse(Some(&name), codes::of_status(StatusCode::TOO_MANY_REQUESTS), &why.to_string()).await?;
            }
        }
        Ok(())
    }

    async fn refuse(&mut self, topic: Option<&str>, code: &str, message: &str) -> Result<(), Over> {
        self.say(&json!({ "error": { "topic": topic, "code": code, "message": message } })).await;
        Ok(())
    }

    /// Something about the connection. Whether the client is gone is found out by the next read.
    async fn say(&mut self, what: &serde_json::Value) {
        let _ = self.send(0, "", what.to_string().as_bytes()).await;
    }

    async fn send(&mut self, number: u16, topic: &str, text: &[u8]) -> Result<(), axum::Error> {
        let Some(channel) = &mut self.channel else {
            let text = String::from_utf8_lossy(text).into_owned();
            return self.socket.send(Message::text(text)).await;
        };
        for frame in channel.seal(number, topic, text).unwrap_or_default() {
            self.socket.send(Message::binary(frame)).await?;
        }
        Ok(())
    }
}
