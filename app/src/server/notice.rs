//! What the port answers while the shop is being prepared. It needs no database, for that may be what is being started.

use crate::api::{self, fault::Fault};
use crate::config::Config;
use crate::web::path::is_api;
use crate::web::{assets, error_page, headers};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use shop::seed::Progress;
use shop::words::Locale;
use shop::{Clock, say};
use std::borrow::Cow;
use std::sync::Arc;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;

/// Seconds until a page loads itself again, and until a machine should ask again.
const AGAIN_IN: u64 = 3;

/// What is being prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Database,
    Tables,
    Sample(Progress),
}

/// What the notice says.
#[derive(Clone)]
pub struct Notice {
    pub locale: Locale,
    /// The sample is written first. Else it is a shop that is brought up to date.
    pub sample: bool,
    pub stage: watch::Receiver<Stage>,
}

/// Answers everything until the shop is open.
pub fn router(config: Arc<Config>, notice: Notice) -> Router {
    // no line in the log for each request: a page that is left open would fill it
    let stack = ServiceBuilder::new()
        .layer(from_fn_with_state(config.clone(), headers::secure))
        .layer(from_fn_with_state(api::cors::layer(&config.cors_origins), api::cors::tell_pages))
        .layer(from_fn_with_state((Clock::real(), config), api::fault::write_out))
        .layer(CompressionLayer::new());
    let resources = health();
    let router = Router::new()
        .route("/assets/{hash}/{*name}", get(assets::serve))
        .route("/favicon.svg", get(assets::favicon))
        .route("/favicon.ico", get(assets::favicon))
        .merge(health())
        .nest("/api", resources)
        .fallback(answer)
        .with_state(notice)
        .layer(stack);
    api::versions_alike(router)
}

fn health() -> Router<Notice> {
    Router::new()
        .route("/health", get(api::health::preparing))
        .route("/health/ready", get(api::health::preparing))
        .route("/health/live", get(api::health::live))
}

async fn answer(State(notice): State<Notice>, request: Request) -> Response {
    if is_api(request.uri().path()) {
        let fault = Fault::of(StatusCode::SERVICE_UNAVAILABLE).retry_after(AGAIN_IN);
        return fault.saying("The shop is being prepared; please try again in a moment").into_response();
    }
    let page = notice.page(matches!(*request.method(), Method::GET | Method::HEAD));
    let headers = [
        (header::RETRY_AFTER, HeaderValue::from(AGAIN_IN)),
        // else going back leads to it when the shop is open
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(page)).into_response()
}

impl Notice {
    /// Loads itself again, but not in place of a form that was sent: that would be asked for, and not sent.
    fn page(&self, loads_again: bool) -> String {
        let locale = self.locale;
        let (title, text) = if self.sample {
            (say!(locale, "notice-sample"), say!(locale, "notice-sample-text"))
        } else {
            (say!(locale, "notice-update"), say!(locale, "notice-update-text"))
        };
        let (head, then) = if loads_again {
            (format!(r#"<meta http-equiv="refresh" content="{AGAIN_IN}">"#), say!(locale, "notice-loads-again"))
        } else {
            (String::new(), say!(locale, "notice-not-taken"))
        };
        let progress = self.progress();
        let body = format!(r#"<h1 class="error-page__title">{title}</h1><p>{text}</p>{progress}<p>{then}</p>"#);
        error_page::frame(locale, &title, &head, &body)
    }

    /// The step, and how far it is where that is known.
    fn progress(&self) -> String {
        let locale = self.locale;
        let stage = *self.stage.borrow();
        let (step, count, value): (Cow<'_, str>, Cow<'_, str>, String) = match stage {
            Stage::Database => (say!(locale, "notice-database"), "".into(), String::new()),
            Stage::Tables => (say!(locale, "notice-tables"), "".into(), String::new()),
            Stage::Sample(Progress { step, done, total }) => {
                let count = say!(locale, "notice-count", done = done, total = total);
                (step.said(locale), count, format!(r#" max="{total}" value="{done}""#))
            }
        };
        format!(
            r#"<div class="preparing"><p class="preparing__step"><span id="step">{step}</span> <span>{count}</span></p>
<progress class="progress" aria-labelledby="step"{value}></progress></div>"#
        )
    }
}
