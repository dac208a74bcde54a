//! How a page is made: a future that ends in a view, or in the error page with the right status.

use super::messages::{ErrorView, messages};
use crate::web::errors::{log, retry_after, status_of, words};
use crate::web::redirect::redirect;
use crate::web::staff_only::login_address;
use crate::web::use_visit;
use crate::words::locale;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use shop::Error;

/// Renders the future's view, below what the last request left to say; an error becomes its error page, with its
/// status.
pub fn page<V>(content: impl Future<Output = shop::Result<V>> + Send + 'static) -> impl IntoView
where
    V: IntoView + 'static,
{
    Suspend::new(async move {
        let content = match content.await {
            Ok(view) => view.into_any(),
            Err(e) => refusal(&e),
        };
        // the fields of the content have said what is wrong with them
        view! {
            {messages()}
            {content}
        }
    })
}

/// The view for an error; sets the status of the answer, or turns it into a redirect to the sign-in page.
pub fn refusal(e: &Error) -> AnyView {
    log(e);
    if matches!(e, Error::Unauthenticated) {
        redirect(&login_address(&use_visit().here()), StatusCode::SEE_OTHER);
        return ().into_any();
    }
    let status = status_of(e);
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(status);
        if let Some(wait) = retry_after(status) {
            options.insert_header(RETRY_AFTER, wait);
        }
    }
    let words = words(locale(), status);
    let causes = if use_visit().is_development() { e.causes() } else { Vec::new() };
    view! { <ErrorView words causes /> }.into_any()
}
