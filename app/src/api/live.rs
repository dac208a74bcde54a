//! Tickets for the WebSocket, for pages: a page cannot send headers with it. The WebSocket itself is in `crate::live`.

use super::answer::{Answer, Envelope};
use super::document::Faults;
use super::fault::Result;
use super::headers::{API_KEY, CART_TOKEN};
use crate::web::App;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, Utc};
use serde::Serialize;
use shop::live::{CREDENTIAL_LIFETIME, Credential, lend};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ticket))
}

/// A ticket for `/ws`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LiveTicket)]
pub struct TicketView {
    /// For `/ws?ticket=…`.
    #[schema(example = "AZrgG0dCcQG9Y2K0kq2m9wE0c3J0")]
    ticket: String,
    expires_at: DateTime<Utc>,
}

/// Makes a ticket for the WebSocket
///
/// It stands for the credentials that it is asked for with, for a minute: for pages, which cannot send headers when
/// they open a WebSocket.
#[utoipa::path(
    post, path = "/live/tickets", tag = "Live updates",
    responses((status = 201, body = Envelope<TicketView>), Faults),
    security((), ("token" = []), ("key" = []), ("cart" = [])),
)]
async fn ticket(State(app): State<App>, headers: HeaderMap) -> Result<Answer<TicketView>> {
    // whether they are good was looked at on the way here
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    let credential =
        Credential { authorization: text(header::AUTHORIZATION), api_key: text(API_KEY), cart_token: text(CART_TOKEN) };
    let expires_at = app.shop.clock.now() + CREDENTIAL_LIFETIME;
    Ok(Answer::created(TicketView { ticket: lend(&app.shop, credential)?, expires_at }))
}
