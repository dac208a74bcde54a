//! Live updates: what a connection costs the program, and how soon all who follow the same hear of a change.

use super::server::{self, Server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const FOLLOWERS: usize = 9_500;
const CHANGES: usize = 5;
const SHOP: u32 = 1_000;
const PASSWORD: &str = "hammer and tongs";

pub async fn run() {
    server::stock(SHOP);
    let many = "20000";
    let bounds = ["CONNECTIONS", "CONNECTIONS_PER_ADDRESS", "LIVE_CONNECTIONS", "LIVE_CONNECTIONS_PER_ADDRESS"];
    let shop = Server::shop_with(SHOP, &bounds.map(|name| (name, many))).await;
    println!("\nLive updates, {FOLLOWERS} who follow one product: kB for each, and milliseconds until they heard");
    println!("{:<28} {:>8} {:>8} {:>8} {:>8}", "", "kB each", "half", "99 of 100", "the last");
    let desk = Desk::open(&shop).await;
    let path = format!("/products/{}", desk.product["slug"].as_str().unwrap_or_default());
    let page = shop.text(&path).await;
    let ticket = page.split("data-ticket=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a ticket");
    let ticket: String = url::form_urlencoded::byte_serialize(ticket.as_bytes()).collect();
    let events = format!("GET /live?t={ticket} HTTP/1.1\r\nhost: {}\r\n\r\n", shop.address);
    line(&shop, &desk, "server-sent events", events.into_bytes(), None).await;

    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        shop.address
    );
    let topic =
        json!({ "follow": [format!("product:{}", desk.product["id"].as_str().unwrap_or_default())] }).to_string();
    line(&shop, &desk, "WebSockets", upgrade.into_bytes(), Some(frame(topic.as_bytes()))).await;
}

async fn line(shop: &Server, desk: &Desk, what: &str, first: Vec<u8>, then: Option<Vec<u8>>) {
    // what the first ones cost once is not theirs
    let (told, mut heard) = mpsc::unbounded_channel();
    let warm = followers(shop.address, 200, &first, then.as_ref(), &told).await;
    let before = shop.kilobytes();
    let all = followers(shop.address, FOLLOWERS, &first, then.as_ref(), &told).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (shop.kilobytes() as f64 - before as f64) / FOLLOWERS as f64;
    while heard.try_recv().is_ok() {}
    let mut late = Vec::new();
    for change in 0..CHANGES {
        let left = if change % 2 == 0 { 2 } else { 1 };
        desk.count(left).await;
        // from when it was done
        let done = Instant::now();
        let mut times = Vec::new();
        while times.len() < FOLLOWERS + 200 {
            match tokio::time::timeout(Duration::from_secs(20), heard.recv()).await {
                Ok(Some(moment)) => {
                    times.push(Instant::saturating_duration_since(&moment, done).as_secs_f64() * 1_000.0)
                }
                _ => break,
            }
        }
        assert_eq!(times.len(), FOLLOWERS + 200, "all hear of it");
        late.extend(times);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    late.sort_by(f64::total_cmp);
    let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    println!("{what:<28} {each:>8.1} {:>8.0} {:>8.0} {:>8.0}", at(0.5), at(0.99), at(1.0));
    for task in warm.into_iter().chain(all) {
        task.abort();
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
}

type Follower = tokio::task::JoinHandle<()>;

/// So many connections; each tells when something comes that is more than its beginning.
async fn followers(
    to: SocketAddr,
    count: usize,
    first: &[u8],
    then: Option<&Vec<u8>>,
    told: &mpsc::UnboundedSender<Instant>,
) -> Vec<Follower> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(to).await.expect("connects");
        stream.write_all(first).await.expect("asks");
        let mut buffer = [0; 2_048];
        if let Some(then) = then {
            let read = stream.read(&mut buffer).await.expect("is answered");
            assert!(buffer[..read].starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&buffer[..read]));
            stream.write_all(then).await.expect("follows");
        }
        let told = told.clone();
        all.push(tokio::spawn(async move {
            let mut buffer = [0; 1_024];
            while let Ok(1..) = stream.read(&mut buffer).await {
                let _ = told.send(Instant::now());
            }
        }));
    }
    all
}

/// A text of a client (RFC 6455, 5.2), with a mask that changes nothing.
fn frame(text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("is short");
    [&[0x81, 0x80 | length][..], &[0; 4], text].concat()
}

/// Where stock is counted.
struct Desk {
    client: reqwest::Client,
    root: String,
    token: String,
    product: Value,
    variant: String,
}

impl Desk {
    async fn open(shop: &Server) -> Self {
        let (client, root) = (reqwest::Client::new(), format!("http://{}", shop.address));
        let who = json!({ "email": "admin@ironmonger.example", "password": PASSWORD });
        let entered: Value = answer(client.post(format!("{root}/api/auth/login")).json(&who)).await;
        let token = entered["data"]["accessToken"].as_str().expect("a token").to_owned();
        let found: Value = answer(client.get(format!("{root}/api/products?limit=1"))).await;
        let slug = found["data"][0]["slug"].as_str().expect("a product").to_owned();
        let product: Value = answer(client.get(format!("{root}/api/products/{slug}"))).await;
        let product = product["data"].clone();
        let variant = product["variants"][0]["id"].as_str().expect("a variant").to_owned();
        let desk = Self { client, root, token, product, variant };
        desk.count(1).await;
        desk
    }

    async fn count(&self, pieces: i32) {
        let url = format!("{}/api/inventory/{}/adjust", self.root, self.variant);
        let body = json!({ "counted": pieces, "reason": "Counted" });
        answer(self.client.post(url).bearer_auth(&self.token).json(&body)).await;
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("an answer");
    let (status, text) = (response.status(), response.text().await.expect("a text"));
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).expect("JSON")
}
