//! How a form is answered: post, redirect, get.
//!
//! A server function is a door: it reads the form, calls the shop and says where to go next:
//!
//! ```text
//! #[server]
//! pub async fn add(#[server(flatten)] line: AddToCart) -> Done {
//!     form(|visit| async move {
//!         let changed = cart::add(visit.shop(), &visit.visitor, line).await?;
//!         let mut next = with_notices(&visit, Next::back(), &changed);
//!         if changed.notices.is_empty() {
//!             let cart = &changed.cart;
//!             next = next.say(t!("cart-added", count = cart.pieces, total = cart.subtotal));
//!         }
//!         Ok(next)
//!     })
//!     .await
//! }
//! ```
//!
//! If the shop refuses the input, the page that the form stood on is shown again, with all that was typed and a message
//! beside each field. Other refusals are shown as a message there, or as an error page with the right status.

use super::errors::{log, message};
use super::flash::{Flash, Message, Refused, Tone};
use super::redirect::{leave, page_before};
use super::typed::typed;
use super::visit::Visit;
use super::{error_page, kept, staff_only};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::{Owner, expect_context, provide_context};
use leptos::reactive::computed::ScopedFuture;
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use shop::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// What a server function returns. The answer itself is left in the context by [`form`].
pub type Done = std::result::Result<(), NotAForm>;

/// The request was not the form that the server function reads.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct NotAForm;

impl std::fmt::Display for NotAForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a form that this address reads")
    }
}

impl FromServerFnError for NotAForm {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(e: ServerFnErrorErr) -> Self {
        tracing::debug!(error = %e, "a form did not parse");
        Self
    }

    fn status_code(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

/// Where to go after a form, and what to say there.
#[derive(Debug, Clone, Default)]
pub struct Next {
    to: Option<String>,
    messages: Vec<Message>,
    cookies: Vec<String>,
    keep: Option<String>,
    show: Option<Refused>,
}

impl Next {
    /// On to another page of ours, or to the payment page.
    pub fn to(address: impl Into<String>) -> Self {
        Self { to: Some(address.into()), ..Self::default() }
    }

    /// Back to the page that the form stood on.
    pub fn back() -> Self {
        Self::default()
    }

    /// With good news.
    pub fn say(self, text: impl Into<String>) -> Self {
        self.tell(Tone::Success, text)
    }

    /// With a message, which the next page shows once.
    pub fn tell(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.messages.push(Message { tone, text: text.into() });
        self
    }

    /// The form that posts to `action` is shown again with all that was typed, although nothing was wrong with it.
    pub fn keeping(mut self, action: &str) -> Self {
        self.keep = Some(action.to_owned());
        self
    }

    /// The form that posts to `action` (of several, the one called `which`) is shown again with these values.
    pub fn showing(mut self, action: &str, which: &str, values: Vec<(String, String)>) -> Self {
        self.show = Some(Refused { action: action.to_owned(), which: which.to_owned(), values, ..Refused::default() });
        self
    }

    /// Sets a cookie with the answer (a whole `Set-Cookie` value).
    pub fn cookie(mut self, cookie: Option<String>) -> Self {
        self.cookies.extend(cookie);
        self
    }
}

#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<shop::Result<Next>>>>);

/// Runs the command of a server function and keeps its answer for [`answer`].
pub async fn form<F>(command: impl FnOnce(Visit) -> F) -> Done
where
    F: Future<Output = shop::Result<Next>>,
{
    let (visit, slot): (Visit, Slot) = (expect_context(), expect_context());
    let result = command(visit).await;
    *slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    Ok(())
}

/// The largest form: a product with all its texts and a hundred variants fits many times over.
const MAX_FORM: usize = 1 << 20;

/// Axum's handler for `/do/…`.
pub async fn answer(request: Request) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return error_page::of(&Error::internal("no visit in the request"), None).into_response();
    };
    let path = request.uri().path().to_owned();
    let Some(mut service) = server_fn::axum::get_server_fn_service(&path, request.method().clone()) else {
        return error_page::of(&Error::NotFound, Some(&visit)).into_response();
    };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_FORM).await else {
        return error_page::status(StatusCode::PAYLOAD_TOO_LARGE, Some(&visit)).into_response();
    };
    let back = page_before(&parts.headers, &visit);
    if let Some(answer) = kept::instead(&visit, &parts.headers, &path, &body, &back).await {
        return answer;
    }
    // Without this header the server function leaves redirects to us.
    parts.headers.remove(header::ACCEPT);

    let slot = Slot::default();
    let owner = Owner::new();
    let run = owner.with(|| {
        provide_context(visit.clone());
        provide_context(slot.clone());
        let request = Request::from_parts(parts, Body::from(body.clone()));
        ScopedFuture::new(async move { service.run(request).await })
    });
    run.await;
    let result = slot.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    match result {
        Some(result) => conclude(&visit, &path, &body, back, result).await,
        None => error_page::status(StatusCode::BAD_REQUEST, Some(&visit)).into_response(),
    }
}

/// Turns the result of a command into the answer to its form; also for multipart routes, which are plain axum handlers.
pub async fn conclude(visit: &Visit, action: &str, body: &Bytes, back: String, result: shop::Result<Next>) -> Response {
    let mut flash = Flash::default();
    let (to, cookies) = match result {
        Ok(next) => {
            flash.messages = next.messages;
            flash.refused = next.show.or_else(|| next.keep.map(|action| typed(&action, body)));
            (next.to.unwrap_or(back), next.cookies)
        }
        Err(Error::Invalid(faults)) => {
            flash.refused = Some(Refused { faults: faults.0, ..typed(action, body) });
            (back, Vec::new())
        }
        Err(e @ (Error::Conflict { .. } | Error::KeyReused | Error::TooMany { .. } | Error::Gone(_))) => {
            flash.messages.push(Message { tone: Tone::Danger, text: message(visit.locale(), &e).into_owned() });
            flash.refused = Some(typed(action, body));
            (back, Vec::new())
        }
        Err(e @ (Error::Unavailable(_) | Error::Busy | Error::Internal(_))) => {
            log(&e);
            let mut text = vec![message(visit.locale(), &e).into_owned()];
            if visit.is_development() {
                text.extend(e.causes());
            }
            flash.messages.push(Message { tone: Tone::Danger, text: text.join(" — ") });
            flash.refused = Some(typed(action, body));
            (back, Vec::new())
        }
        Err(Error::Unauthenticated) => (staff_only::login_address(&back), Vec::new()),
        Err(e @ (Error::NotFound | Error::Forbidden)) => return error_page::of(&e, Some(visit)).into_response(),
    };
    leave(visit, flash, &to, cookies).await
}
