//! Visitors: keep-alive connections that do one thing after the other, as quickly as they get their answers.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// So much is in a cart before a new one is begun: more than most shoppers buy, and fewer than a cart holds.
const MOST_LINES: usize = 20;

/// What a visitor does again and again.
#[derive(Clone)]
pub enum Doing {
    Read(Visits),
    /// Puts one of these variants in the visitor's own cart.
    AddToCart(Arc<Vec<String>>),
    /// Puts one of these variants in a new cart and orders it, up to the payment's page.
    Order(Arc<Vec<String>>),
}

/// Which addresses are visited, in an order that is the same in every run.
#[derive(Clone)]
pub struct Visits {
    addresses: Vec<String>,
    mostly_the_first: bool,
    header: Option<(&'static str, String)>,
}

impl Visits {
    /// All alike.
    pub fn to(addresses: Vec<String>) -> Self {
        assert!(!addresses.is_empty(), "nothing to visit");
        Self { addresses, mostly_the_first: false, header: None }
    }

    /// The n-th address is visited about 1/n as often as the first, as it is in shops.
    pub fn mostly_the_first(self) -> Self {
        Self { mostly_the_first: true, ..self }
    }

    pub fn with(self, header: &'static str, value: String) -> Self {
        Self { header: Some((header, value)), ..self }
    }

    fn pick(&self, chance: &mut SmallRng) -> &str {
        let n = self.addresses.len();
        let at = match self.mostly_the_first {
            // the density of n^u falls as 1/n
            true => (n as f64).powf(chance.random::<f64>()) as usize - 1,
            false => chance.random_range(0..n),
        };
        &self.addresses[at.min(n - 1)]
    }
}

/// What was seen: how long each page took, from the request to the last byte.
#[derive(Default)]
pub struct Figures {
    took: Vec<Duration>,
    bytes: usize,
    time: Duration,
}

impl Figures {
    pub fn per_second(&self) -> f64 {
        self.took.len() as f64 / self.time.as_secs_f64()
    }

    /// The time in which so many of a hundred pages came.
    pub fn milliseconds(&self, percent: usize) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        let at = (took.len() * percent).div_ceil(100).max(1) - 1;
        took.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1000.0)
    }

    /// Of a page, on average.
    pub fn bytes(&self) -> usize {
        self.bytes / self.took.len().max(1)
    }
}

/// One visitor.
pub async fn one_after_another(server: SocketAddr, doing: &Doing, time: Duration) -> Figures {
    let begun = Instant::now();
    let (took, bytes) = visit(server, doing.clone(), 0, begun + time).await;
    Figures { took, bytes, time: begun.elapsed() }
}

/// One visitor who begins something each time that so much has passed, and has leisure in between.
pub async fn now_and_then(server: SocketAddr, doing: &Doing, every: Duration, time: Duration) -> Figures {
    let (begun, mut figures) = (Instant::now(), Figures::default());
    let mut visitor = Visitor::at(server, 0).await;
    let mut ticks = tokio::time::interval(every);
    while begun.elapsed() < time {
        ticks.tick().await;
        let since = Instant::now();
        if let Some(bytes) = visitor.once(doing).await {
            figures.took.push(since.elapsed());
            figures.bytes += bytes;
        }
    }
    figures.time = begun.elapsed();
    figures
}

/// Many visitors, each on a connection of their own.
pub async fn at_once(server: SocketAddr, doing: &Doing, connections: usize, time: Duration) -> Figures {
    let begun = Instant::now();
    let visitors = (1..=connections).map(|n| tokio::spawn(visit(server, doing.clone(), n as u64, begun + time)));
    let mut figures = Figures::default();
    for visitor in visitors.collect::<Vec<_>>() {
        let (took, bytes) = visitor.await.expect("a visitor goes on to the end");
        figures.took.extend(took);
        figures.bytes += bytes;
    }
    figures.time = begun.elapsed();
    figures
}

async fn visit(server: SocketAddr, doing: Doing, seed: u64, end: Instant) -> (Vec<Duration>, usize) {
    let mut visitor = Visitor::at(server, seed).await;
    let (mut took, mut bytes) = (Vec::new(), 0);
    while Instant::now() < end {
        let begun = Instant::now();
        // a thing that is sold out meanwhile is no order
        if let Some(got) = visitor.once(&doing).await {
            took.push(begun.elapsed());
            bytes += got;
        }
    }
    (took, bytes)
}

struct Visitor {
    host: String,
    sender: http1::SendRequest<Full<Bytes>>,
    chance: SmallRng,
    cart: Option<String>,
    added: usize,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: usize,
}

impl Visitor {
    async fn at(server: SocketAddr, seed: u64) -> Self {
        let stream = TcpStream::connect(server).await.expect("the server listens");
        stream.set_nodelay(true).expect("a connection of ours");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("the server speaks HTTP");
        tokio::spawn(connection);
        Self { host: server.to_string(), sender, chance: SmallRng::seed_from_u64(seed), cart: None, added: 0 }
    }

    /// How many bytes came back; `None` where it could not be done.
    async fn once(&mut self, doing: &Doing) -> Option<usize> {
        match doing {
            Doing::Read(visits) => {
                let address = visits.pick(&mut self.chance);
                let header = visits.header.as_ref().map(|(name, value)| (*name, value.clone()));
                let answer = self.send(Method::GET, address, header, String::new()).await;
                assert_eq!(answer.status, 200, "{address}");
                Some(answer.bytes)
            }
            Doing::AddToCart(variants) => {
                self.added += 1;
                if self.added.is_multiple_of(MOST_LINES) {
                    self.cart = None;
                }
                self.add(variants).await
            }
            Doing::Order(variants) => {
                self.cart = None;
                let added = self.add(variants).await?;
                let cart = self.cart.clone().map(|token| ("x-cart-token", token));
                let order = serde_json::json!({
                    "email": "ada@example.org",
                    "shippingAddress": {
                        "firstName": "Ada", "lastName": "Byron", "line1": "12 St James's Square", "city": "London",
                        "postalCode": "SW1Y 4JH", "country": "GB",
                    },
                });
                let placed = self.send(Method::POST, "/api/orders", cart, order.to_string()).await;
                assert!(matches!(placed.status.as_u16(), 201 | 409), "an order: {}", placed.status);
                (placed.status == 201).then_some(added + placed.bytes)
            }
        }
    }

    /// `None` when others bought the last one.
    async fn add(&mut self, variants: &[String]) -> Option<usize> {
        let variant = &variants[self.chance.random_range(0..variants.len())];
        let cart = self.cart.clone().map(|token| ("x-cart-token", token));
        let body = format!("{{\"variantId\":\"{variant}\"}}");
        let added = self.send(Method::POST, "/api/cart/items", cart, body).await;
        assert!(matches!(added.status.as_u16(), 200 | 409), "to the cart: {variant}: {}", added.status);
        if added.status == 409 {
            return None;
        }
        if let Some(token) = added.headers.get("x-cart-token") {
            self.cart = Some(token.to_str().expect("a plain token").to_owned());
        }
        Some(added.bytes)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        extra: Option<(&'static str, String)>,
        body: String,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some((name, value)) = extra {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(body)).expect("a request");
        let response = self.sender.send_request(request).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.expect("a whole answer").to_bytes().len();
        Answer { status, headers, bytes }
    }
}
