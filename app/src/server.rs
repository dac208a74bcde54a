//! Every route, grouped by who calls it, and the middleware in order.

mod accept;
mod deadlines;
mod entrance;
mod metrics;
mod notice;

use crate::web::flash::Flash;
use crate::web::live::EVENTS;
use crate::web::load::{self, Turns};
use crate::web::name::ShopName;
use crate::web::redirect::see_other;
use crate::web::{
    App, Visit, assets, attach, body, complete_writes, csrf, error_page, errors, form, headers, host, kept, links,
    requests, sessions, staff_only, timeout,
};
use crate::{admin, api, live, pages, storefront};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::{Stream, StreamExt, stream};
use leptos::prelude::{IntoView, provide_context};
use memchr::memmem;
use std::any::Any;
use std::pin::Pin;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use accept::serve;
pub use entrance::Entrance;
pub use notice::{Notice, Stage, router as notice};

/// The whole application.
pub fn router(app: App) -> Router {
    // Leptos spawns through this; a second router in the same process finds it set, which is fine
    let _ = any_spawner::Executor::init_tokio();

    // browsers: pages, forms, uploads; with session, visit and guard
    let browsers = leptos_pages()
        .route("/do/{*path}", post(form::answer))
        .merge(storefront::routes())
        .merge(admin::routes())
        .merge(live::pages())
        .layer(from_fn(staff_only::staff_only))
        .layer(from_fn(kept::before_uploads))
        .layer(from_fn_with_state(app.clone(), attach::attach))
        .layer(sessions::layer(&app))
        .layer(from_fn(sessions::or_unavailable));

    // apps and other machines, by a token or key, never by a cookie; and Stripe
    let machines = api::routes(&app).merge(live::machines(&app));

    // anybody: files and health, without a look into the database for who asks
    let open = Router::new()
        .route("/assets/{hash}/{*name}", get(assets::serve))
        .route("/favicon.svg", get(assets::favicon))
        .route("/favicon.ico", get(assets::favicon))
        .route("/images/{hash}/{file}", get(storefront::picture))
        .route("/robots.txt", get(storefront::robots))
        .route("/sitemap.xml", get(storefront::sitemap))
        .route("/sitemap/{page}", get(storefront::sitemap_page))
        .route("/watches/one-click", get(storefront::ask_to_stop).post(storefront::stop_at_once))
        .route("/health", get(api::health::ready))
        .route("/health/ready", get(api::health::ready))
        .route("/health/live", get(api::health::live))
        .route("/metrics", get(metrics::serve))
        .route("/api/metrics", get(metrics::serve));

    let stack = ServiceBuilder::new()
        .layer(from_fn_with_state(app.config.clone(), headers::secure))
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(from_fn(requests::log))
        .layer(from_fn_with_state(api::cors::layer(&app.config.cors_origins), api::cors::tell_pages))
        .layer(from_fn_with_state((app.shop.clock.clone(), app.config.clone()), api::fault::write_out))
        .layer(from_fn_with_state(app.clone(), error_page::write_out))
        .layer(from_fn_with_state(api::limits::Addresses::of(&app.config), api::limits::by_address))
        .layer(from_fn(host::named_once))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), timeout::bounded))
        .layer(from_fn(compressed))
        .layer(from_fn_with_state(app.clone(), csrf::refuse_foreign))
        .layer(from_fn(complete_writes::run_to_the_end))
        .layer(from_fn(timeout::for_connections))
        .layer(from_fn_with_state(Turns::of(app.config.requests_at_once), load::admit))
        .layer(from_fn_with_state(app.clone(), body::bounded));
    api::versions_alike(browsers.merge(machines).merge(open).with_state(app).layer(stack))
}

/// Compresses answers, but not those that stay open: what compresses takes 6 kB of each, even where it does nothing.
async fn compressed(request: Request, next: Next) -> Response {
    if request.uri().path() == EVENTS {
        return next.run(request).await;
    }
    let answer = CompressionLayer::new().layer(next).oneshot(request).await;
    answer.map_or_else(|never| match never {}, IntoResponse::into_response)
}

/// The pages that Leptos renders, one handler for all: which page it is, its router decides.
fn leptos_pages() -> Router<App> {
    let render = |request: Request| async move {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut refused = error_page::status(StatusCode::METHOD_NOT_ALLOWED, None);
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        let Some(visit) = request.extensions().get::<Visit>().cloned() else {
            return error_page::status(StatusCode::INTERNAL_SERVER_ERROR, None);
        };
        // not while there is something to say: it is said once, on the page that comes first
        if let Some(address) = links::without_empty_fields(&visit)
            && visit.flash == Flash::default()
        {
            return see_other(&address);
        }
        let (parts, body) = request.into_parts();
        let mut response = rendered(visit.clone(), Request::from_parts(parts.clone(), body)).await;
        match kept::shown(&visit, &response) {
            None | Some(kept::Shown::NotYet) => return response,
            Some(kept::Shown::Whole) => {}
            Some(kept::Shown::Without) => {
                let again = Request::from_parts(parts, Body::empty());
                response = rendered(kept::without_form(&visit), again).await;
            }
        }
        kept::forget(&visit, &mut response).await;
        response
    };
    // mail programs post to the address of a page
    Router::new().route("/notifications/unsubscribe", get(render).post(storefront::one_click)).fallback(render)
}

/// The page that the address asks for.
async fn rendered(visit: Visit, request: Request) -> Response {
    // Read before anything is rendered. Leptos starts all futures of a page but drives them one after the other: two
    // that wait for the same read, or for a connection each, could wait for each other. So a page has one future, its
    // own.
    let context = storefront::PageContext::of(&visit).await;
    let badges = admin::Badges::of(&visit).await;
    let name = ShopName::of(visit.shop()).await;
    // a page whose times cannot be told is shown all the same, and says what else is wrong
    let zone = shop::settings::time_zone(visit.shop()).await.inspect_err(errors::log).unwrap_or_default();
    let provide = move || {
        provide_context(visit.clone());
        provide_context(context.clone());
        provide_context(badges.clone());
        provide_context(name.clone());
        provide_context(zone);
    };
    leptos_axum::handle_response_inner(provide, pages::shell, request, whole_page).await
}

/// Renders a page to its end before the first byte is sent, so that it can still set its status and title. What Leptos
/// would append for hydration, and the marks that it sets for it, are left out: nothing hydrates, and the
/// Content-Security-Policy forbids scripts inline. (Text cannot hold such a mark: it is escaped.)
fn whole_page<V: IntoView + 'static>(
    app: V,
    _scripts: Box<dyn FnOnce() -> PinnedHtml + Send>,
    _out_of_order: bool,
) -> Pin<Box<dyn Future<Output = PinnedHtml> + Send>> {
    let html = app.to_html_stream_in_order().collect::<String>();
    Box::pin(async move {
        // collected here, where the page's context still is: what belongs in the head finds its way through it
        let html = without_marks(&html.await);
        Box::pin(stream::once(async move { html })) as PinnedHtml
    })
}

fn without_marks(html: &str) -> String {
    let opening = memmem::Finder::new("<!");
    let (mut clean, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(at) = opening.find(rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        rest = match ["<!>", "<!--<() />-->"].iter().find_map(|mark| from.strip_prefix(mark)) {
            Some(rest) => rest,
            None => {
                clean.push_str("<!");
                &from[2..]
            }
        };
    }
    clean + rest
}

type PinnedHtml = Pin<Box<dyn Stream<Item = String> + Send>>;

fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("?");
    tracing::error!(panic = text, "a request panicked");
    error_page::panicked(text)
}

#[cfg(test)]
mod tests {
    use super::without_marks;

    #[test]
    fn marks_are_left_out_and_nothing_else() {
        let html = "<!DOCTYPE html><p>a<!> <!--HEAD-->“b”<!--<() />--><!><!</p><!";
        assert_eq!(without_marks(html), "<!DOCTYPE html><p>a <!--HEAD-->“b”<!</p><!");
        assert_eq!(without_marks(""), "");
    }
}
