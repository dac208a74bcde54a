//! Requests that write run to their end.
//!
//! axum drops a handler when its client disconnects. A write that was half done would be rolled back, which is fine,
//! but sqlx 0.9.0 can then return a connection inside an open transaction (see `shop::db::Db`); and a payment that was
//! just made deserves to be written down. So everything that is not a read runs in a task of its own. Only pictures
//! that nobody waits for any more give up their turn.

use super::error_page;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use shop::files::while_waited_for;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub async fn run_to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let gone = CancellationToken::new();
    // cancelled when the client hangs up and this future is dropped
    let _waiting = gone.clone().drop_guard();
    let work = while_waited_for(gone, next.run(request)).in_current_span();
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(e) => {
            tracing::error!(error = %e, "a request ended in a panic");
            error_page::status(StatusCode::INTERNAL_SERVER_ERROR, None)
        }
    }
}
