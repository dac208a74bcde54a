//! Those who follow, as tests write them.

use crate::support::{Browser, TestApp};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const PATIENCE: Duration = Duration::from_secs(20);

/// The tickets of a page, one for each part.
pub fn tickets(html: &str) -> Vec<String> {
    let attribute = |from: &str| from.split('"').next().unwrap_or_default().to_owned();
    html.split("data-ticket=\"").skip(1).map(attribute).collect()
}

/// What a page says that it shows of one kind of thing.
pub fn shown_of(html: &str, kind: &str) -> (String, String) {
    shown(html).into_iter().find(|(topic, _)| topic.starts_with(kind)).expect("is followed")
}

/// What the parts of a page say they show.
pub fn shown(html: &str) -> Vec<(String, String)> {
    let attribute = |from: &str| from.split('"').next().unwrap_or_default().to_owned();
    let all: Vec<_> = html.split("data-live=\"").skip(1).map(attribute).collect();
    let pairs = all.iter().flat_map(|live| live.split(' ')).filter_map(|pair| pair.split_once('='));
    pairs.map(|(topic, version)| (topic.to_owned(), version.to_owned())).collect()
}

/// A page's connection.
pub struct Events {
    response: reqwest::Response,
    text: String,
}

pub async fn events(browser: &Browser, tickets: &[String]) -> reqwest::Response {
    let query: Vec<_> = tickets.iter().map(|ticket| ("t", ticket)).collect();
    browser.client.get(format!("{}/live", browser.root)).query(&query).send().await.unwrap()
}

impl Events {
    pub async fn of(browser: &Browser, html: &str) -> Self {
        Self::from(events(browser, &tickets(html)).await)
    }

    /// The same, of one kind of thing alone.
    pub async fn of_kind(browser: &Browser, html: &str, kind: &str) -> Self {
        let all = tickets(html).into_iter().filter(|ticket| ticket.starts_with(kind));
        Self::from(events(browser, &all.collect::<Vec<_>>()).await)
    }

    pub fn from(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// The next message; `None` when there will be none.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                // what only keeps the connection alive
                if message.starts_with(':') || message.starts_with("retry:") {
                    continue;
                }
                return Some(message);
            }
            let more = timeout(PATIENCE, self.response.chunk()).await.expect("something comes").unwrap_or(None)?;
            self.text += std::str::from_utf8(&more).unwrap();
        }
    }

    /// The next topic and version.
    pub async fn update(&mut self) -> Value {
        let message = self.next().await.expect("goes on");
        serde_json::from_str(message.strip_prefix("data: ").unwrap()).unwrap()
    }
}

/// A program's connection.
pub struct Socket(pub WebSocketStream<TcpStream>);

/// Why it was refused, or the connection.
pub async fn open(app: &TestApp, path: &str, headers: &[(&'static str, String)]) -> Result<Socket, u16> {
    let host = app.root.trim_start_matches("http://");
    let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(host).await.unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(Socket(socket)),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

impl Socket {
    pub async fn say(&mut self, what: &Value) {
        self.0.send(Message::text(what.to_string())).await.unwrap();
    }

    pub async fn follow(&mut self, topics: &[String]) {
        self.say(&json!({ "follow": topics })).await;
    }

    /// The next message, or the code with which the connection was closed.
    pub async fn next(&mut self) -> Result<Message, u16> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("something comes") {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(message)) => return Ok(message),
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    pub async fn hear(&mut self) -> Value {
        let message = self.next().await.unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }
}
