//! Forms that come when the account they were made for is not signed in: they are kept ([`shop::kept_forms`]), and
//! shown again once it is.
//!
//! Every form of a page of somebody signed in says for whom it was made ([`made_for`]), so it is never carried out for
//! another account. What it held is kept under a secret that a cookie brings to the browser with the answer: no cookie
//! has to be left for that. After the sign-in the page of the form is shown as if the form had been refused. It is
//! forgotten once it was shown; what nobody opens goes with its hour.

mod offered;

use super::body::is_form;
use super::cookies::kept_cookie;
use super::errors::log;
use super::flash::{Flash, Message, Refused, Tone};
use super::made_for::{self, FIELD};
use super::redirect::{leave, page_before};
use super::staff_only;
use super::typed::without_secrets;
use super::visit::Visit;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::accounts::SignedIn;
use shop::kept_forms::{self, KeptForm, MadeFor};
use shop::{Result, say, secret_token};

pub use offered::KeptForms;

/// More text than a form may have is not kept.
const MOST_TYPED: usize = 1 << 20;
/// What a guest does just as well: nothing has to be kept of it.
const FOR_GUESTS_TOO: &[&str] = &["/do/ironmonger/storefront/cart/add", "/do/ironmonger/storefront/watches/ask"];
/// A script sends it while its page is left. Nobody sees an answer, and the cart has most of it already.
const IN_PASSING: &str = "/do/ironmonger/storefront/checkout/keep";

/// The answer to a form that was made for an account that is not signed in. `None`: it may be carried out.
pub async fn instead(visit: &Visit, headers: &HeaderMap, path: &str, body: &Bytes, back: &str) -> Option<Response> {
    let fields = || url::form_urlencoded::parse(body);
    let (_, value) = fields().find(|(name, _)| name == FIELD)?;
    let (owner, action) = made_for::read(visit, &value)?;
    let is_guest = visit.visitor.customer.is_none();
    if owner.is(&visit.visitor) || is_guest && FOR_GUESTS_TOO.contains(&path) {
        return None;
    }
    let by_script = headers.get("sec-fetch-mode").is_some_and(|mode| mode != "navigate");
    if path == IN_PASSING && by_script {
        return Some(StatusCode::NO_CONTENT.into_response());
    }
    let action = if action.is_empty() { path.to_owned() } else { action };
    let typed = without_secrets(&action, fields().into_owned());
    Some(keep(visit, owner, typed, back.to_owned(), false).await)
}

/// Middleware: the same for forms with files. Their fields are kept, their files are not.
pub async fn before_uploads(request: Request, next: Next) -> Response {
    let Some((visit, owner)) = upload_of_another(&request) else { return next.run(request).await };
    let (path, back) = (visit.path.clone(), page_before(request.headers(), &visit));
    let (fields, had_files) = fields(request).await;
    let named = fields.iter().find(|(name, _)| name == FIELD).and_then(|(_, value)| made_for::read(&visit, value));
    let action = named.map(|(_, action)| action).filter(|action| !action.is_empty()).unwrap_or(path);
    keep(&visit, owner, without_secrets(&action, fields.into_iter()), back, had_files).await
}

fn upload_of_another(request: &Request) -> Option<(Visit, MadeFor)> {
    if request.method() != Method::POST || !is_form(request.headers()) {
        return None;
    }
    let visit = request.extensions().get::<Visit>()?;
    let (owner, _) = made_for::read(visit, &visit.param(FIELD)?)?;
    (!owner.is(&visit.visitor)).then(|| (visit.clone(), owner))
}

/// The texts of a form, and whether files came with it. Those are read, too: a browser that is still sending hears no
/// answer.
async fn fields(request: Request) -> (Vec<(String, String)>, bool) {
    let (mut fields, mut size, mut had_files) = (Vec::new(), 0, false);
    let Ok(mut sent) = Multipart::from_request(request, &()).await else { return (fields, had_files) };
    while let Ok(Some(mut part)) = sent.next_field().await {
        let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let mut text = Vec::new();
        while let Ok(Some(piece)) = part.chunk().await {
            had_files |= file.is_some() && !piece.is_empty();
            size += if file.is_none() { piece.len() } else { 0 };
            if file.is_none() && size <= MOST_TYPED {
                text.extend_from_slice(&piece);
            }
        }
        if file.is_none() {
            fields.push((name, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    (fields, had_files)
}

/// Keeps a form for its owner, and asks for the sign-in.
async fn keep(visit: &Visit, owner: MadeFor, typed: Refused, page: String, had_files: bool) -> Response {
    let secret = visit.kept.secret.clone().unwrap_or_else(secret_token);
    let to = staff_only::login_address(&page);
    let form = KeptForm { page, action: typed.action, which: typed.which, values: typed.values, had_files };
    let kept = kept_forms::keep(visit.shop(), owner, &secret, &form).await.inspect_err(log).unwrap_or(false);
    let locale = visit.locale();
    let why = match &visit.visitor.customer {
        None => say!(locale, "kept-signed-out"),
        Some(other) => say!(locale, "kept-of-another", name = other.name()),
    };
    let then = match (kept, &visit.visitor.customer) {
        (true, None) => say!(locale, "kept-for-an-hour"),
        (true, Some(_)) => say!(locale, "kept-for-that-account"),
        (false, _) => say!(locale, "kept-not"),
    };
    let mut flash = Flash::default();
    flash.messages.push(Message { tone: Tone::Warning, text: format!("{why} {then}") });
    let cookie = kept.then(|| kept_cookie(&visit.app.config, Some(&secret)));
    leave(visit, flash, &to, cookie.into_iter().collect()).await
}

/// Where somebody who just signed in finds what was kept for them.
pub async fn page_after(visit: &Visit, who: &SignedIn, wanted: &str) -> Result<Option<String>> {
    match &visit.kept.secret {
        Some(secret) => kept_forms::page_after(visit.shop(), who, secret, wanted).await,
        None => Ok(None),
    }
}

/// How a page was answered that was to show a form that was kept.
pub enum Shown {
    /// It is not over: the page leads on, or could not be made.
    NotYet,
    /// It has the form.
    Whole,
    /// It does not have the form, or there is no such page any more.
    Without,
}

/// `None`: there was nothing to show.
pub fn shown(visit: &Visit, response: &Response) -> Option<Shown> {
    visit.kept.offered?;
    let status = response.status();
    Some(if status.is_redirection() || status.is_server_error() {
        Shown::NotYet
    } else if status.is_success() && visit.flash.was_taken_up() {
        Shown::Whole
    } else {
        Shown::Without
    })
}

/// The same visit, with what was typed told apart from the form that is not there.
pub fn without_form(visit: &Visit) -> Visit {
    visit.but(|visit| {
        // the last message is ours
        visit.flash.messages.pop();
        visit.kept.homeless = visit.flash.refused.take().map(|refused| refused.values);
    })
}

/// Forgets the form that was shown; with the last one of this browser its secret goes.
pub async fn forget(visit: &Visit, response: &mut Response) {
    let (Some(id), Some(secret), Some(customer)) = (visit.kept.offered, &visit.kept.secret, &visit.visitor.customer)
    else {
        return;
    };
    match kept_forms::forget(visit.shop(), customer, secret, id).await {
        Ok(true) => {}
        Ok(false) => {
            if let Ok(gone) = HeaderValue::from_str(&kept_cookie(&visit.app.config, None)) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
        }
        Err(e) => log(&e),
    }
}
