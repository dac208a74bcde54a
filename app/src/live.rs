//! Live updates for those who have something open: pages by server-sent events, other programs by a WebSocket.

mod events;
mod follow;
mod sealed;
mod socket;

use crate::api::caller;
use crate::web::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

/// For browsers, by their session.
pub fn pages() -> Router<App> {
    Router::new().route("/live", get(events::serve))
}

/// For other programs, by a token, key or ticket.
pub fn machines(app: &App) -> Router<App> {
    Router::new()
        .route("/ws", get(socket::serve))
        .layer(from_fn_with_state(app.clone(), caller::identify))
        .layer(from_fn_with_state(app.clone(), socket::by_ticket))
        .route("/.well-known/ironmonger-channel-keys.json", get(sealed::keys))
}
