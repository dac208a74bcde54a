//! Is it alive, is it ready: for load balancers and people.

use crate::web::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// The process answers.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers and has this program's schema. 503 when not, so that traffic goes elsewhere.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let check = shop::db::pending_migrations(&app.shop.db);
    let (status, database) = match tokio::time::timeout(Duration::from_secs(2), check).await {
        Ok(Ok(pending)) if pending.is_empty() => (StatusCode::OK, "ok"),
        Ok(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "migrations are pending"),
        Ok(Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "does not answer"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "answers too slowly"),
    };
    let word = if status == StatusCode::OK { "ok" } else { "unavailable" };
    (status, Json(json!({ "status": word, "database": database, "version": env!("CARGO_PKG_VERSION") })))
}
