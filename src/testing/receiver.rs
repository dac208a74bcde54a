//! A server that webhooks are posted to: keeps what it receives, and answers as a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub path: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    /// With headers and a body.
    With(u16, Vec<(&'static str, String)>, String),
    /// Nothing, for a minute.
    Hang,
    /// The connection is cut.
    Cut,
}

/// Stands on this machine until it is dropped.
pub struct Receiver {
    pub url: Url,
    received: Arc<Mutex<Vec<Received>>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Answers 204 to everything.
    pub async fn start() -> Self {
        Self::answering(|_| Reply::Status(204)).await
    }

    /// Answers what `reply` says of what came.
    pub async fn answering(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("has an address");
        let url = Url::parse(&format!("http://{address}/hooks")).expect("is an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (received.clone(), Arc::new(reply));
        let serving = tokio::spawn(async move {
            // dropped with this task, and so are their connections
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, reply) = (kept.clone(), reply.clone());
                connections.spawn(async move {
                    serve(stream, &kept, &*reply).await;
                });
            }
        });
        Self { url, received, serving }
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A header of each message, in the order in which they came.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.received().into_iter().map(|one| one.headers.get(name).cloned().unwrap_or_default()).collect()
    }

    /// The bodies as JSON.
    pub fn bodies(&self) -> Vec<serde_json::Value> {
        self.received().iter().map(|one| serde_json::from_str(&one.body).unwrap_or_default()).collect()
    }
}

/// One request after the other, until the other side goes away.
async fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Received>>, reply: &(impl Fn(&Received) -> Reply + Sync)) {
    let mut read = Vec::new();
    while let Some(one) = request(&mut stream, &mut read).await {
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(one.clone());
        let (status, headers, body) = match reply(&one) {
            Reply::Status(status) => (status, Vec::new(), String::new()),
            Reply::With(status, headers, body) => (status, headers, body),
            Reply::Hang => return tokio::time::sleep(Duration::from_secs(60)).await,
            Reply::Cut => return,
        };
        let mut answer = format!("HTTP/1.1 {status} x\r\n");
        for (name, value) in headers {
            answer.push_str(&format!("{name}: {value}\r\n"));
        }
        if status != 204 {
            answer.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        answer.push_str("\r\n");
        answer.push_str(&body);
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < end + 4 + length {
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&read[end + 4..end + 4 + length]).into_owned();
    read.drain(..end + 4 + length);
    Some(Received { path, headers, body })
}
