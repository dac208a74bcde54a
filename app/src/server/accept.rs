//! Accepts connections, so many and no more, and ends those that only hold a place. axum's own `serve` knows no bounds
//! and waits for ever for a client's headers.

use super::deadlines::{Counted, Deadlines, HEAD};
use super::entrance::Entrance;
use crate::config::Connections;
use crate::web::body::{Place, Stopping};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long requests under way may take to finish once a stop was asked for.
const GRACE: Duration = Duration::from_secs(20);
/// What is said to a connection too many, before it is closed.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves until `shutdown`, then lets the requests under way finish.
pub async fn serve(
    listener: TcpListener,
    entrance: impl Into<Entrance>,
    bounds: Connections,
    shutdown: CancellationToken,
) {
    let entrance = entrance.into();
    let (open, places) = (TaskTracker::new(), Places::new(bounds));

    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    // out of file descriptors, most likely: wait for some to be closed
                    tracing::warn!(error = %e, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
            () = shutdown.cancelled() => break,
        };
        let Some(seat) = places.take(peer.ip()) else {
            refuse(&stream);
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (entrance, shutdown) = (entrance.clone(), shutdown.clone());
        open.spawn(async move {
            if let Err(error) = converse(stream, peer, entrance, Place::held(seat), shutdown).await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(GRACE, open.wait()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Answers what is asked on a connection.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    entrance: Entrance,
    place: Place,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let is_http2 = tokio::select! {
        known = tokio::time::timeout(HEAD, is_http2(&stream)) => known??,
        () = shutdown.cancelled() => return Ok(()),
    };
    let stream = Deadlines::new(stream);
    let (expectation, stopping) = (stream.expectation(), Stopping(shutdown.clone()));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answering = expectation.request(request.version() == Version::HTTP_2);
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(stopping.clone());
        request.extensions_mut().insert(place.clone());
        let (entrance, expectation) = (entrance.clone(), expectation.clone());
        async move {
            let answer = entrance.router().await.oneshot(request).await;
            if answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::SWITCHING_PROTOCOLS) {
                expectation.upgraded();
            }
            answer.map(|response| response.map(|body| Body::new(Counted::new(body, answering))))
        }
    });
    let stream = TokioIo::new(stream);
    match is_http2 {
        true => {
            let mut server = http2::Builder::new(TokioExecutor::new());
            server.timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30)).max_concurrent_streams(100);
            let mut connection = Box::pin(server.serve_connection(stream, service));
            tokio::select! {
                done = connection.as_mut() => return Ok(done?),
                () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            connection.await?;
        }
        false => {
            let mut server = http1::Builder::new();
            // the deadlines of `Deadlines` take the place of hyper's
            server.timer(TokioTimer::new()).header_read_timeout(None);
            let mut connection = pin!(server.serve_connection(stream, service).with_upgrades());
            tokio::select! {
                done = connection.as_mut() => return Ok(done?),
                () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            connection.await?;
        }
    }
    Ok(())
}

/// Whether a client begins with the preface of HTTP/2 (RFC 9113, 3.4). It is only looked at: hyper then reads a whole
/// head at once. Where a few bytes are read first and put back, as `hyper_util`'s `auto` does, its buffer grows to
/// twice its size, for each connection.
async fn is_http2(stream: &TcpStream) -> io::Result<bool> {
    // no method of HTTP/1 begins like this
    const PREFACE: [u8; 4] = *b"PRI ";
    let mut begun = [0; 4];
    loop {
        match stream.peek(&mut begun).await? {
            n @ 1..4 if PREFACE.starts_with(&begun[..n]) => {
                // what is there already would be seen again at once
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            _ => return Ok(begun == PREFACE),
        }
    }
}

/// Says that the shop is full, if the connection takes it at once, and closes it.
fn refuse(stream: &TcpStream) {
    tracing::debug!("a connection too many");
    let _ = stream.try_write(FULL);
}

/// Counts the connections that are open, in all and from each network address.
struct Places {
    bounds: Connections,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// A connection's place, free again when it is dropped.
struct Seat {
    network: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    fn new(bounds: Connections) -> Self {
        Self { bounds, taken: Arc::default() }
    }

    fn take(&self, address: IpAddr) -> Option<Seat> {
        let network = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.bounds.all {
            return None;
        }
        let here = taken.by_network.entry(network).or_default();
        if self.bounds.per_address.is_some_and(|most| *here >= most) {
            return None;
        }
        *here += 1;
        taken.all += 1;
        Some(Seat { network, taken: self.taken.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(here) = taken.by_network.get_mut(&self.network) {
            *here -= 1;
            if *here == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// Whoever has an IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_by_network_and_come_back() {
        let places = Places::new(Connections { all: 3, per_address: Some(2) });
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = places.take(at("2001:db8::1")).unwrap();
        let _second = places.take(at("2001:db8::ffff:1")).unwrap();
        assert!(places.take(at("2001:db8::2")).is_none(), "the same /64");
        let third = places.take(at("192.0.2.1")).unwrap();
        assert!(places.take(at("192.0.2.2")).is_none(), "three in all");
        drop(third);
        drop(first);
        let _again = places.take(at("2001:db8::3")).unwrap();
        let mapped = places.take(at("::ffff:192.0.2.1")).unwrap();
        drop(mapped);
        assert_eq!(places.taken.lock().unwrap().by_network.len(), 1, "nothing is kept of who is gone");
    }

    #[test]
    fn behind_proxies_of_ours_only_the_sum_is_bounded() {
        let places = Places::new(Connections { all: 3, per_address: None });
        let proxy = "10.0.0.1".parse().unwrap();
        let held = [places.take(proxy), places.take(proxy), places.take(proxy)];
        assert!(held.iter().all(Option::is_some));
        assert!(places.take(proxy).is_none());
    }
}
