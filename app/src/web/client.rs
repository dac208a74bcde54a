//! From which address a request comes.

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use std::net::{IpAddr, SocketAddr};

/// The client's address, as it is written down.
pub fn address(request: &Parts, trusted_proxies: usize) -> Option<String> {
    ip(request, trusted_proxies).map(|ip| ip.to_string())
}

/// The client's address. Behind proxies it is the one that our outermost trusted proxy saw: entries of
/// `X-Forwarded-For` further left are whatever the client liked to write.
pub fn ip(request: &Parts, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if trusted_proxies == 0 {
        return peer.map(|ip| ip.to_canonical());
    }
    let forwarded = request.headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|v| v.split(',')).map(str::trim).collect();
    let hop = hops.len().checked_sub(trusted_proxies).and_then(|at| hops.get(at));
    let ip = hop.and_then(|hop| hop.parse::<IpAddr>().ok()).or(peer);
    ip.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(forwarded: &str, trusted: usize) -> Option<String> {
        let (mut request, ()) = axum::http::Request::new(()).into_parts();
        request.headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        request.extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 999))));
        address(&request, trusted)
    }

    #[test]
    fn trusts_only_as_many_proxies_as_there_are() {
        assert_eq!(seen("6.6.6.6, 1.2.3.4", 0).as_deref(), Some("10.0.0.1"));
        assert_eq!(seen("6.6.6.6, 1.2.3.4", 1).as_deref(), Some("1.2.3.4"));
        assert_eq!(seen("6.6.6.6, 1.2.3.4, 5.5.5.5", 2).as_deref(), Some("1.2.3.4"));
        assert_eq!(seen("nonsense", 1).as_deref(), Some("10.0.0.1"));
        assert_eq!(seen("1.2.3.4", 3).as_deref(), Some("10.0.0.1"));
    }
}
