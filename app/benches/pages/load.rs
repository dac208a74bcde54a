//! Visitors: keep-alive connections that ask for one page after the other, as quickly as they get them.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Which addresses are visited, in an order that is the same in every run.
#[derive(Clone)]
pub struct Visits {
    addresses: Vec<String>,
    mostly_the_first: bool,
    cookie: Option<String>,
}

impl Visits {
    /// All alike.
    pub fn to(addresses: Vec<String>) -> Self {
        assert!(!addresses.is_empty(), "nothing to visit");
        Self { addresses, mostly_the_first: false, cookie: None }
    }

    /// The n-th address is visited about 1/n as often as the first, as it is in shops.
    pub fn mostly_the_first(self) -> Self {
        Self { mostly_the_first: true, ..self }
    }

    pub fn with(self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self }
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
pub async fn one_after_another(server: SocketAddr, visits: &Visits, time: Duration) -> Figures {
    let begun = Instant::now();
    let (took, bytes) = visit(server, visits.clone(), 0, begun + time).await;
    Figures { took, bytes, time: begun.elapsed() }
}

/// Many visitors, each on a connection of their own.
pub async fn at_once(server: SocketAddr, visits: &Visits, connections: usize, time: Duration) -> Figures {
    let begun = Instant::now();
    let visitors = (1..=connections).map(|n| tokio::spawn(visit(server, visits.clone(), n as u64, begun + time)));
    let mut figures = Figures::default();
    for visitor in visitors.collect::<Vec<_>>() {
        let (took, bytes) = visitor.await.expect("a visitor goes on to the end");
        figures.took.extend(took);
        figures.bytes += bytes;
    }
    figures.time = begun.elapsed();
    figures
}

async fn visit(server: SocketAddr, visits: Visits, seed: u64, end: Instant) -> (Vec<Duration>, usize) {
    let mut chance = SmallRng::seed_from_u64(seed);
    let stream = TcpStream::connect(server).await.expect("the server listens");
    stream.set_nodelay(true).expect("a connection of ours");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("the server speaks HTTP");
    tokio::spawn(connection);
    let (mut took, mut bytes) = (Vec::new(), 0);
    while Instant::now() < end {
        let address = visits.pick(&mut chance);
        let mut request = Request::get(address).header(header::HOST, server.to_string());
        if let Some(cookie) = &visits.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let begun = Instant::now();
        let response = sender.send_request(request.body(Empty::<Bytes>::new()).expect("a request")).await;
        let response = response.unwrap_or_else(|e| panic!("{address}: {e}"));
        assert_eq!(response.status(), 200, "{address}");
        let body = response.into_body().collect().await.expect("a whole page").to_bytes();
        took.push(begun.elapsed());
        bytes += body.len();
    }
    (took, bytes)
}
