//! Is it alive, is it ready: for load balancers and people, under `/health` and `/api/health`.

use super::fault;
use crate::web::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready)).routes(routes!(live))
}

#[derive(Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    status: &'static str,
    /// `ok`, or what is wrong.
    #[schema(example = "ok")]
    database: &'static str,
    #[schema(example = "1.0.0")]
    version: &'static str,
}

/// The process answers
#[utoipa::path(get, path = "/health/live", tag = "Health", responses((status = 200, body = Alive), (status = 401, description = "A token or key that is not good", body = fault::Body)),
    security(()))]
pub async fn live() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// The database answers and has this program's schema
///
/// 503 when not, so that traffic goes elsewhere.
#[utoipa::path(
    get, path = "/health/ready", tag = "Health",
    responses(
        (status = 200, body = Readiness),
        (status = 401, description = "A token or key that is not good", body = fault::Body),
        (status = 503, description = "Not ready", body = Readiness),
    ),
    security(()),
)]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let check = shop::db::pending_migrations(&app.shop.db);
    let (code, database) = match tokio::time::timeout(Duration::from_secs(2), check).await {
        Ok(Ok(pending)) if pending.is_empty() => (StatusCode::OK, "ok"),
        Ok(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "migrations are pending"),
        Ok(Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "does not answer"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "answers too slowly"),
    };
    report(code, database)
}

/// For `/health/ready` while the shop is being prepared.
pub async fn preparing() -> (StatusCode, Json<Readiness>) {
    report(StatusCode::SERVICE_UNAVAILABLE, "is being prepared")
}

fn report(code: StatusCode, database: &'static str) -> (StatusCode, Json<Readiness>) {
    let status = if code == StatusCode::OK { "ok" } else { "unavailable" };
    (code, Json(Readiness { status, database, version: env!("CARGO_PKG_VERSION") }))
}

/// The same as `/health/ready`
#[utoipa::path(
    get, path = "/health", tag = "Health",
    responses(
        (status = 200, body = Readiness),
        (status = 401, description = "A token or key that is not good", body = fault::Body),
        (status = 503, description = "Not ready", body = Readiness),
    ),
    security(()),
)]
pub async fn health(app: State<App>) -> (StatusCode, Json<Readiness>) {
    ready(app).await
}
