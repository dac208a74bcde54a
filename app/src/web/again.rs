//! A form that was sent too often: the page that says so holds all that was typed, with a button that sends it again.

use super::error_page;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::fmt::Write;
use std::time::Duration;

/// What is larger is not held: the browser's Back button has it still.
const LARGEST: usize = 128 << 10;
/// How long the body of a refused request is read.
const TIMEOUT: Duration = Duration::from_secs(5);

/// 429 with the seconds to wait.
pub async fn later(request: Request, wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1);
    let action = request.uri().path_and_query().map_or("/", |to| to.as_str()).to_owned();
    let typed = typed(request).await;
    let words = format!("<p>Wait {seconds} seconds, please.");
    let more = match &typed {
        Some(fields) => format!("{words} What you typed is kept here.</p>{}", form(&action, fields)),
        None => format!("{words} Then go back in your browser and send it again: what you typed is still there.</p>"),
    };
    let mut response = error_page::with_more(StatusCode::TOO_MANY_REQUESTS, None, &more);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The fields of a plain form. None of one with a password, which must not stand in a page, nor of an upload.
async fn typed(request: Request) -> Option<Vec<(String, String)>> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let body = tokio::time::timeout(TIMEOUT, to_bytes(request.into_body(), LARGEST)).await.ok()?.ok()?;
    let fields: Vec<_> = url::form_urlencoded::parse(&body).into_owned().collect();
    let has_secrets = fields.iter().any(|(name, _)| name.to_lowercase().contains("password"));
    (!has_secrets).then_some(fields)
}

fn form(action: &str, fields: &[(String, String)]) -> String {
    let mut html = format!(r#"<form method="post" action="{}">"#, escaped(action));
    for (name, value) in fields {
        // writing to a String cannot fail
        let _ = write!(html, r#"<input type="hidden" name="{}" value="{}">"#, escaped(name), escaped(value));
    }
    html.push_str(r#"<p><button class="button">Send it again</button></p></form>"#);
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_text() {
        let fields = [("note".to_owned(), "\"><script>alert('x')</script> & co".to_owned())];
        let html = form("/do/x?a=1&b=\"2", &fields);
        assert!(!html.contains("<script") && !html.contains("b=\"2"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; co"), "{html}");
    }
}
