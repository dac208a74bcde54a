//! What the program counts, as Prometheus reads it: `GET /metrics`, with `METRICS_TOKEN` as the bearer token. Without
//! that setting nothing is counted, and the address is not there.
//!
//! Names and units: <https://prometheus.io/docs/practices/naming/>

use crate::web::{App, error_page, errors};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret;
use shop::{Shop, jobs, token_hash, webhooks};
use std::sync::OnceLock;
use std::time::Instant;

const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The one recorder of this process; `None` where another library has set one.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let took = Matcher::Full("http_request_duration_seconds".into());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(took, &SECONDS).ok()?;
        builder.install_recorder().inspect_err(|e| tracing::error!("nothing is counted: {e}")).ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

/// Middleware: counts each request by its method, route and status, and how long it took.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.config.metrics_token.is_none() || recorder().is_none() {
        return next.run(request).await;
    }
    let method = known(request.method().as_str());
    // the pattern of the route, never the path: there are few of the one and any number of the other
    let route = request.extensions().get::<MatchedPath>().map_or("page", |path| path.as_str()).to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status).increment(1);
    histogram!("http_request_duration_seconds", "method" => method, "route" => route).record(begun.elapsed());
    response
}

fn known(method: &str) -> &'static str {
    let all = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    all.into_iter().find(|known| *known == method).unwrap_or("other")
}

pub async fn serve(State(app): State<App>, headers: HeaderMap) -> Response {
    let (Some(token), Some(recorder)) = (&app.config.metrics_token, recorder()) else {
        return error_page::status(StatusCode::NOT_FOUND, None);
    };
    let given =
        headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    // hashes are compared: how long it takes says nothing about the token
    if given.is_none_or(|given| token_hash(given) != token_hash(token.expose_secret())) {
        let come_with = [(header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")];
        return (StatusCode::UNAUTHORIZED, come_with).into_response();
    }
    if let Err(e) = look_round(&app.shop).await {
        errors::log(&e);
    }
    recorder.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()).into_response()
}

/// What is not counted as it happens, but is so now.
async fn look_round(shop: &Shop) -> shop::Result<()> {
    let connected = shop.db.connected();
    gauge!("database_connections", "state" => "idle").set(connected.idle as f64);
    gauge!("database_connections", "state" => "used").set((connected.all - connected.idle) as f64);
    gauge!("build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    let jobs = jobs::health(shop).await?;
    for (state, count) in [("waiting", jobs.waiting), ("running", jobs.running), ("dead", jobs.dead)] {
        gauge!("jobs", "state" => state).set(count as f64);
    }
    let messages = webhooks::backlog(shop).await?;
    for (state, count) in [("pending", messages.pending), ("dead", messages.dead)] {
        gauge!("webhook_messages", "state" => state).set(count as f64);
    }
    let late = jobs.oldest_due.map_or(0, |due| (shop.clock.now() - due).num_seconds().max(0));
    gauge!("jobs_oldest_due_seconds").set(late as f64);
    Ok(())
}
