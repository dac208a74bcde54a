//! On to another page: which addresses are ours, and the answers that lead there.

use super::flash::Flash;
use super::visit::{FLASH, Visit};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// 303 with an empty body.
pub fn see_other(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The page of ours that a form stood on. Only its path and query are believed.
pub fn page_before(headers: &HeaderMap, visit: &Visit) -> String {
    let home = page_of(&visit.path);
    let referer = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).and_then(|r| url::Url::parse(r).ok());
    let Some(url) = referer else { return home.to_owned() };
    let mut address = url.path().to_owned();
    if let Some(query) = url.query() {
        address = format!("{address}?{query}");
    }
    local(&address).unwrap_or_else(|| home.to_owned())
}

/// Where the form of a server function stands, as far as its address tells: for browsers that name no page before.
fn page_of(action: &str) -> &str {
    // an upload's address is below its page's
    let Some(door) = action.strip_prefix("/do/ironmonger/") else {
        return action.rsplit_once('/').map_or("/", |(page, _)| page);
    };
    let pages = [
        ("admin", "/admin"),
        ("storefront/cart/", "/cart"),
        ("storefront/checkout/", "/checkout"),
        ("storefront/account/", "/account"),
    ];
    pages.into_iter().find(|(room, _)| door.starts_with(room)).map_or("/", |(_, page)| page)
}

/// An address on this site, or nothing: `//elsewhere`, `\\elsewhere` and absolute addresses are refused.
pub fn local(address: &str) -> Option<String> {
    let plain = address.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    (plain && address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/do/"))
        .then(|| address.to_owned())
}

/// Goes on to another page, where the flash is shown.
pub async fn leave(visit: &Visit, flash: Flash, to: &str, cookies: Vec<String>) -> Response {
    if flash != Flash::default()
        && let Err(e) = visit.session.insert(FLASH, &flash).await
    {
        tracing::error!(error = %e, "the session cannot be written");
    }
    let mut response = see_other(to);
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Answers with a redirect instead of the page that is being rendered.
pub fn redirect(to: &str, status: StatusCode) {
    if let (Some(options), Ok(location)) = (use_context::<ResponseOptions>(), to.parse()) {
        options.set_status(status);
        options.insert_header(header::LOCATION, location);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_only_to_pages_of_this_site() {
        for good in ["/", "/cart", "/search?q=a%20b&page=2"] {
            assert_eq!(local(good).as_deref(), Some(good));
        }
        for bad in ["", "cart", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nx: y", "/do/x"] {
            assert_eq!(local(bad), None, "{bad}");
        }
    }
}
