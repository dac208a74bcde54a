//! How a page is made: a future that ends in a view, or in the error page with the right status.

use super::error_page;
use axum::http::header::RETRY_AFTER;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use shop::Error;

/// Renders the future's view, below what the last request left to say; an error becomes its error page, with its status.
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
        view! { {crate::ui::messages()} {content} }
    })
}

/// The view for an error; sets the status of the answer, or turns it into a redirect to the sign-in page.
pub fn refusal(e: &Error) -> AnyView {
    log(e);
    if matches!(e, Error::Unauthenticated) {
        redirect(&super::guard::login_address(&super::use_visit().here()), axum::http::StatusCode::SEE_OTHER);
        return ().into_any();
    }
    let status = error_page::status_of(e);
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(status);
        if let Some(wait) = error_page::retry_after(status) {
            options.insert_header(RETRY_AFTER, wait);
        }
    }
    let words = error_page::words(status);
    let causes = if super::use_visit().is_development() { e.causes() } else { Vec::new() };
    view! { <crate::ui::ErrorView words causes/> }.into_any()
}

/// Answers with a redirect instead of a page.
pub fn redirect(to: &str, status: axum::http::StatusCode) {
    if let (Some(options), Ok(location)) = (use_context::<ResponseOptions>(), to.parse()) {
        options.set_status(status);
        options.insert_header(axum::http::header::LOCATION, location);
    }
}

/// Faults of ours are logged once, here at the edge.
pub fn log(e: &Error) {
    match e {
        Error::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "internal error"),
        Error::Unavailable(cause) => tracing::warn!(error = format!("{cause:#}"), "unavailable"),
        Error::Busy => tracing::warn!("gave up after repeated serialisation failures"),
        _ => {}
    }
}
