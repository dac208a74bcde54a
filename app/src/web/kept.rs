//! Forms that come when the account they were made for is not signed in: they are kept ([`shop::kept_forms`]), and shown again
//! once it is.
//!
//! Every form of a page of somebody signed in says for whom it was made ([`field`]), so it is never carried out for another
//! account. What it held is kept under a secret that a cookie brings to the browser with the answer: no cookie has to be left
//! for that. After the sign-in the page of the form is shown as if the form had been refused. It is forgotten once it was
//! shown; what nobody opens goes with its hour.

use super::body::is_form;
use super::flash::{Flash, Message, Refused, Tone};
use super::form::{leave, page_before, without_secrets};
use super::visit::Visit;
use super::{guard, page, sessions};
use crate::config::Config;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::accounts::{SignedIn, Visitor};
use shop::id::KeptFormId;
use shop::kept_forms::{self, KeptForm, MadeFor};
use shop::{Result, Shop, secret_token};

/// The hidden field of a form that says for whom it was made, and by what its page knows it.
pub const FIELD: &str = "madeFor";
/// More text than a form may have is not kept.
const MOST_TYPED: usize = 1 << 20;
/// What a guest does just as well: nothing has to be kept of it.
const FOR_GUESTS_TOO: &[&str] = &["/do/ironmonger/storefront/cart/add"];
/// A script sends it while its page is left. Nobody sees an answer, and the cart has most of it already.
const IN_PASSING: &str = "/do/ironmonger/storefront/checkout/keep";

/// What a request knows of forms kept for its browser.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    secret: Option<String>,
    offered: Option<KeptFormId>,
    /// Of a form that was kept, on a page that does not have it.
    pub homeless: Option<Vec<(String, String)>>,
}

impl Kept {
    pub fn of(config: &Config, headers: &HeaderMap) -> Self {
        Self { secret: sessions::kept_token(config, headers), ..Self::default() }
    }

    /// Looks for a form that was kept of this page, and lays it before its owner.
    pub async fn offer(&mut self, shop: &Shop, visitor: &Visitor, page: &str, flash: &mut Flash) -> Result<()> {
        let (Some(secret), Some(customer)) = (&self.secret, &visitor.customer) else { return Ok(()) };
        let Some((id, form)) = kept_forms::at_page(shop, customer, secret, page).await? else { return Ok(()) };
        let mut text = "You were signed out before this was saved. What you had typed is here again: look it over and \
                        send it once more."
            .to_owned();
        if form.had_files {
            text.push_str(" Files have to be chosen again.");
        }
        flash.messages.push(Message { tone: Tone::Warning, text });
        flash.refused =
            Some(Refused { action: form.action, which: form.which, values: form.values, ..Refused::default() });
        self.offered = Some(id);
        Ok(())
    }
}

/// The value of [`FIELD`] in a form that is known by `action`; none for guests.
pub fn field(visit: &Visit, action: &str) -> Option<String> {
    let customer = visit.visitor.customer.as_ref()?;
    let mark = MadeFor::mark(visit.shop(), customer).inspect_err(page::log).ok()?;
    Some(format!("{mark} {action}"))
}

/// The address of a form with files: it says for whom the form was made before any file is read.
pub fn address(visit: &Visit, to: &str) -> String {
    match field(visit, "") {
        Some(mark) => format!("{to}?{FIELD}={}", mark.trim()),
        None => to.to_owned(),
    }
}

/// For whom a form was made, and by what its page knows it.
fn read(visit: &Visit, value: &str) -> Option<(MadeFor, String)> {
    let (mark, action) = value.split_once(' ').unwrap_or((value, ""));
    Some((MadeFor::read(visit.shop(), mark)?, action.to_owned()))
}

/// The answer to a form that was made for an account that is not signed in. `None`: it may be carried out.
pub async fn instead(visit: &Visit, headers: &HeaderMap, path: &str, body: &Bytes, back: &str) -> Option<Response> {
    let fields = || url::form_urlencoded::parse(body);
    let (_, value) = fields().find(|(name, _)| name == FIELD)?;
    let (owner, action) = read(visit, &value)?;
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
    let named = fields.iter().find(|(name, _)| name == FIELD).and_then(|(_, value)| read(&visit, value));
    let action = named.map(|(_, action)| action).filter(|action| !action.is_empty()).unwrap_or(path);
    keep(&visit, owner, without_secrets(&action, fields.into_iter()), back, had_files).await
}

fn upload_of_another(request: &Request) -> Option<(Visit, MadeFor)> {
    if request.method() != Method::POST || !is_form(request.headers()) {
        return None;
    }
    let visit = request.extensions().get::<Visit>()?;
    let (owner, _) = read(visit, &visit.param(FIELD)?)?;
    (!owner.is(&visit.visitor)).then(|| (visit.clone(), owner))
}

/// The texts of a form, and whether files came with it. Those are read, too: a browser that is still sending hears no answer.
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
    let to = guard::login_address(&page);
    let form = KeptForm { page, action: typed.action, which: typed.which, values: typed.values, had_files };
    let kept = kept_forms::keep(visit.shop(), owner, &secret, &form).await.inspect_err(page::log).unwrap_or(false);
    let why = match &visit.visitor.customer {
        None => "You are signed out, so nothing is saved yet.".to_owned(),
        Some(other) => format!(
            "You are signed in as {}, but this form was filled in by another account, so nothing is saved.",
            other.name()
        ),
    };
    let then = match (kept, &visit.visitor.customer) {
        (true, None) => "What you typed is kept for an hour: sign in, and you will find it in its form.",
        (true, Some(_)) => "What was typed is kept for an hour, for that account alone: sign in with it to go on.",
        (false, _) => "It could not be kept, either. Go back in your browser: what was typed may still be there.",
    };
    let mut flash = Flash::default();
    flash.messages.push(Message { tone: Tone::Warning, text: format!("{why} {then}") });
    let cookie = kept.then(|| sessions::kept_cookie(&visit.app.config, Some(&secret)));
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
            if let Ok(gone) = HeaderValue::from_str(&sessions::kept_cookie(&visit.app.config, None)) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
        }
        Err(e) => page::log(&e),
    }
}
