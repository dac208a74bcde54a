//! Reads that are answered with nothing when nothing changed: RFC 9110, 13.1.2.

use super::headers::API_KEY;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_128;

/// Caches between us and many may keep what anybody sees. Prices are asked for anew when an order is placed.
const FOR_ANYBODY: HeaderValue = HeaderValue::from_static("public, max-age=30, stale-while-revalidate=60");
/// The client itself may keep it, and asks each time whether it still holds.
const FOR_ONE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What an answer depends on beside its address. What pages of other sites and compression add, they say themselves.
const VARIES: HeaderValue = HeaderValue::from_static("authorization, x-api-key");

/// Our answers are far smaller; what is larger would be no answer to a read of the catalogue.
const LARGEST: usize = 64 << 20;

/// Marks an answer that is the same for everybody who may ask; the others are not kept anywhere.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// Middleware: a weak `ETag` for each public answer, and 304 when the client has it already. Weak, since compression
/// changes the bytes behind us.
pub async fn read(request: Request, next: Next) -> Response {
    let is_read = request.method().is_safe();
    let given = request.headers();
    let is_anybody = !given.contains_key(header::AUTHORIZATION) && !given.contains_key(API_KEY);
    let known: Vec<HeaderValue> = given.get_all(header::IF_NONE_MATCH).iter().cloned().collect();
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK || response.extensions().get::<Public>().is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(tag) = HeaderValue::try_from(format!("W/\"{:032x}\"", xxh3_128(&body))) else {
        return Response::from_parts(parts, Body::from(body));
    };
    parts.headers.insert(header::CACHE_CONTROL, if is_anybody { FOR_ANYBODY } else { FOR_ONE });
    parts.headers.append(header::VARY, VARIES);
    let has_it = known.iter().filter_map(|list| list.to_str().ok()).any(|list| names(list, &tag));
    parts.headers.insert(header::ETAG, tag);
    if has_it {
        return (StatusCode::NOT_MODIFIED, kept(&parts.headers)).into_response();
    }
    Response::from_parts(parts, Body::from(body))
}

/// RFC 9110, 15.4.5: what a 304 says again.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let again = [header::ETAG, header::CACHE_CONTROL, header::VARY, header::CONTENT_LOCATION, header::EXPIRES];
    headers.iter().filter(|(name, _)| again.contains(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether a list of entity tags has this one, weak or strong, or is `*`. Tags may hold commas.
fn names(list: &str, tag: &HeaderValue) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let wanted = tag.to_str().unwrap_or_default().trim_start_matches("W/");
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        rest = rest.strip_prefix("W/").unwrap_or(rest);
        let Some(end) = rest.strip_prefix('"').and_then(|inner| inner.find('"')) else { return false };
        let (one, behind) = rest.split_at(end + 2);
        if one == wanted {
            return true;
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Method;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use axum::{Extension, Router};
    use tower::ServiceExt;
    use tower_http::compression::CompressionLayer;

    #[test]
    fn finds_a_tag_in_a_list() {
        let has = |list: &str| names(list, &HeaderValue::from_static("W/\"abc\""));
        for list in ["*", " * ", "\"abc\"", "W/\"abc\"", "\"x\", W/\"abc\"", "\"a,b\",\t\"abc\"", ",, \"abc\" ,"] {
            assert!(has(list), "{list}");
        }
        for list in ["", "abc", "\"abcd\"", "\"x,\"abc", "w/\"abc\"", "\"ab", "\"*\"", "*, \"x\"", "\"x\" é \"abc\""] {
            assert!(!has(list), "{list}");
        }
        assert!(names("\"7\"", &HeaderValue::from_static("\"7\"")));
    }

    const TEXT: &str = "{\"data\":\"hammers and hammers and hammers and hammers and hammers\"}";

    async fn asked(method: Method, path: &str, headers: &[(&str, &str)]) -> (Response, Vec<u8>) {
        let own = get(|| async { ([(header::ETAG, "\"7\"")], TEXT) });
        let json = || async { (Extension(Public), [(header::CONTENT_TYPE, "application/json")], TEXT) };
        let router = Router::new()
            .route("/", get(json).post(json))
            .route("/own", own)
            .route("/gone", get(|| async { (StatusCode::NOT_FOUND, Extension(Public)) }))
            .layer(from_fn(read))
            .layer(CompressionLayer::new());
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, body) = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        (Response::from_parts(parts, Body::empty()), bytes)
    }

    fn said<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
        response.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn whoever_has_it_gets_nothing_again() {
        let (first, body) = asked(Method::GET, "/", &[]).await;
        let tag = said(&first, "etag")[0].to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");
        assert_eq!((first.status(), body), (StatusCode::OK, TEXT.as_bytes().to_vec()));
        for known in [tag.as_str(), &tag[2..], "*", &format!("\"other\", {tag}")] {
            let (again, body) = asked(Method::GET, "/", &[("if-none-match", known)]).await;
            assert_eq!((again.status(), body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!(said(&again, "etag"), [tag.as_str()]);
            for name in ["cache-control", "vary"] {
                assert_eq!(said(&again, name)[0], said(&first, name)[0], "{name}");
            }
            assert!(said(&again, "content-type").is_empty());
        }
        assert_eq!(asked(Method::GET, "/", &[("if-none-match", "\"other\"")]).await.0.status(), StatusCode::OK);
        let (head, body) = asked(Method::HEAD, "/", &[]).await;
        assert_eq!((said(&head, "etag"), body.len()), (vec![tag.as_str()], 0));
        assert_eq!(asked(Method::HEAD, "/", &[("if-none-match", &tag)]).await.0.status(), StatusCode::NOT_MODIFIED);
        // a write and an error are no reads of something
        let (write, _) = asked(Method::POST, "/", &[("if-none-match", "*")]).await;
        assert_eq!((write.status(), said(&write, "etag").len()), (StatusCode::OK, 0));
        assert_eq!(asked(Method::GET, "/gone", &[("if-none-match", "*")]).await.0.status(), StatusCode::NOT_FOUND);
        // what is not the same for everybody keeps the name of its version, which says nothing of all that stands in it
        let (own, _) = asked(Method::GET, "/own", &[("if-none-match", "\"7\"")]).await;
        assert_eq!((own.status(), said(&own, "etag")), (StatusCode::OK, vec!["\"7\""]));
        assert!(said(&own, "cache-control").is_empty());
    }

    #[tokio::test]
    async fn compressed_it_is_the_same_one() {
        let (plain, _) = asked(Method::GET, "/", &[]).await;
        for coding in ["gzip", "br"] {
            let (packed, body) = asked(Method::GET, "/", &[("accept-encoding", coding)]).await;
            assert_eq!(said(&packed, "content-encoding"), [coding]);
            assert_ne!(body, TEXT.as_bytes());
            assert_eq!(said(&packed, "etag"), said(&plain, "etag"));
            let vary = said(&packed, "vary").join(", ");
            for name in ["authorization", "x-api-key", "accept-encoding"] {
                assert!(vary.contains(name), "{vary}");
            }
            let known = said(&packed, "etag")[0];
            let (again, body) = asked(Method::GET, "/", &[("accept-encoding", coding), ("if-none-match", known)]).await;
            assert_eq!((again.status(), body.len()), (StatusCode::NOT_MODIFIED, 0));
        }
    }

    /// Fails where one kind of answer is kept for all.
    #[tokio::test]
    async fn only_what_anybody_sees_is_kept_for_many() {
        let kept = |response: &Response| said(response, "cache-control").join("");
        assert!(kept(&asked(Method::GET, "/", &[]).await.0).starts_with("public, max-age="));
        for proof in ["authorization", "x-api-key"] {
            assert_eq!(kept(&asked(Method::GET, "/", &[(proof, "x")]).await.0), "private, no-cache");
        }
    }
}
