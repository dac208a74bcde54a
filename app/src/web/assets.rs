//! The stylesheet, scripts, typefaces and pictures of the shop's own look: embedded in the program, named by their
//! content.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../style"]
#[include = "*.css"]
struct Style;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../public"]
struct Public;

struct Asset {
    body: Cow<'static, [u8]>,
    content_type: &'static str,
}

struct Bundle {
    assets: BTreeMap<String, Asset>,
    hash: String,
}

/// All assets, and one hash over them: their addresses change when any of them does.
static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let mut assets = BTreeMap::new();
    for name in Public::iter() {
        if let Some(file) = Public::get(&name) {
            assets.insert(name.to_string(), Asset { body: file.data, content_type: content_type(&name) });
        }
    }
    let mut hash = Sha256::new();
    assets.iter().for_each(|(name, asset)| {
        hash.update(name);
        hash.update(&asset.body);
    });
    let css = stylesheet();
    hash.update(&css);
    let hash = hex::encode(&hash.finalize()[..8]);
    let css = css.replace("url(\"/fonts/", &format!("url(\"/assets/{hash}/fonts/"));
    assets.insert("app.css".into(), Asset { body: css.into_bytes().into(), content_type: "text/css; charset=utf-8" });
    Bundle { assets, hash }
});

/// One stylesheet out of all; the tokens come first, for they fix the order of the layers.
fn stylesheet() -> String {
    let mut names: Vec<String> = Style::iter().map(Into::into).collect();
    names.sort_by_key(|name| (name != "tokens.css", name.clone()));
    let files = names.iter().filter_map(|name| Style::get(name));
    files.map(|file| String::from_utf8_lossy(&file.data).into_owned()).collect::<Vec<_>>().join("\n")
}

/// The address of an asset, such as `app.css` or `js/gallery.js`.
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", BUNDLE.hash)
}

/// `/assets/{hash}/{name}`. An old page's assets are served under their old hash too, so that an open tab survives a
/// deploy.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let for_ever = hash == BUNDLE.hash;
    answer(&name, if for_ever { "public, max-age=31536000, immutable" } else { "public, max-age=300" })
}

/// Files that browsers look for at a fixed address.
pub async fn favicon() -> Response {
    answer("favicon.svg", "public, max-age=86400")
}

fn answer(name: &str, cache: &'static str) -> Response {
    let Some(asset) = BUNDLE.assets.get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    let body = match &asset.body {
        Cow::Borrowed(bytes) => axum::body::Bytes::from_static(bytes),
        Cow::Owned(bytes) => axum::body::Bytes::copy_from_slice(bytes),
    };
    (headers, body).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
