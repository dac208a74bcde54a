//! A request names the host that it is for, once: RFC 9112, 3.2. Two of them are read differently by a proxy and by us.

use super::error_page;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;

/// Middleware: refuses a request with two `Host` headers, one that names no host, or, in HTTP/1.1, none.
pub async fn named_once(request: Request, next: Next) -> Response {
    match is_named_once(request.headers(), request.version()) {
        true => next.run(request).await,
        false => error_page::status(StatusCode::BAD_REQUEST, None),
    }
}

fn is_named_once(headers: &HeaderMap, version: Version) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        // HTTP/1.0 knows none, and HTTP/2 has `:authority`
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => {
            let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
            host.is_some_and(|host| !host.as_str().contains('@'))
        }
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_host_is_named_once() {
        let with = |hosts: &[&'static str], version| {
            let mut headers = HeaderMap::new();
            hosts.iter().for_each(|host| _ = headers.append(header::HOST, HeaderValue::from_static(host)));
            is_named_once(&headers, version)
        };
        for good in ["shop.example", "shop.example:8080", "127.0.0.1:3000", "[::1]:3000", "localhost"] {
            assert!(with(&[good], Version::HTTP_11), "{good}");
        }
        for bad in ["", "a b", "a@b", "shop.example/x", "http://shop.example"] {
            assert!(!with(&[bad], Version::HTTP_11), "{bad}");
        }
        assert!(!with(&[], Version::HTTP_11) && with(&[], Version::HTTP_10) && with(&[], Version::HTTP_2));
        assert!(!with(&["a.example", "a.example"], Version::HTTP_11));
        assert!(!with(&["a.example", "b.example"], Version::HTTP_10));
    }
}
