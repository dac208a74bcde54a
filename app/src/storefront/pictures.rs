//! Pictures of what is sold: `/images/{hash}/{size}.webp`.

use crate::web::App;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shop::catalog::PictureSize;
use shop::files::{self, PictureHash};

/// The address names the content: it is never another one.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Anybody may show them: apps made of a web view, and mail read in a browser, are no pages of ours.
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub async fn picture(State(app): State<App>, Path(path): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some((hash, size)) = parse(&path) else { return not_found() };
    let tag = format!("\"{hash}-{}\"", size.word());
    let Ok(tag) = HeaderValue::try_from(tag) else { return not_found() };
    let kept = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, FOR_EVER), (RESOURCE_POLICY, CROSS_ORIGIN)];
    if knows(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    match files::open(&app.shop, &hash, size).await {
        Ok(webp) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"))];
            (kept, kind, webp).into_response()
        }
        Err(shop::Error::NotFound) => not_found(),
        Err(e) => {
            crate::web::errors::log(&e);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Nothing but a hash and one of our sizes reaches the file store.
fn parse((hash, file): &(String, String)) -> Option<(PictureHash, PictureSize)> {
    Some((hash.parse().ok()?, PictureSize::parse(file.strip_suffix(".webp")?)?))
}

fn knows(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut tags = known.split(',').map(|t| t.trim().trim_start_matches("W/"));
    tags.any(|t| t == "*" || t.as_bytes() == tag.as_bytes())
}

/// A picture that is not there yet may be there soon.
fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response()
}
