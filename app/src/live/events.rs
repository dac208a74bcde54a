//! Server-sent events for pages: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use crate::web::{Visit, error_page};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use shop::live::{Connection, End, LiveTopic, NoPlace, Standing, Ticket, Viewer, page_viewer};
use std::convert::Infallible;
use std::time::Duration;

/// Said when nothing else is, so that nobody on the way takes the connection for a dead one.
const QUIET: Duration = Duration::from_secs(25);
/// How soon a browser comes back that lost the connection.
const HELLO: &[u8] = b"retry: 2000\n\n";
const PING: &[u8] = b": \n\n";
/// Whoever hears this does not come back by itself.
const SIGNED_OUT: &[u8] = b"event: end\ndata: signed-out\n\n";

/// `GET /live?t=…&t=…`: what the tickets of a page name, each first as it is now and then each time it changes.
pub async fn serve(request: Request) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return error_page::status(StatusCode::INTERNAL_SERVER_ERROR, None);
    };
    if visit.param("t").is_none() {
        return error_page::status(StatusCode::BAD_REQUEST, None);
    }
    let Some(topics) = topics(&visit) else {
        return error_page::status(StatusCode::FORBIDDEN, None);
    };
    match follow(&visit, topics) {
        Ok(connection) => stream_of(connection),
        Err(NoPlace::Topics) => error_page::status(StatusCode::BAD_REQUEST, None),
        // pages come again later; they work without
        Err(why) => {
            tracing::debug!(%why, "somebody cannot follow");
            error_page::status(StatusCode::SERVICE_UNAVAILABLE, None)
        }
    }
}

/// `None` when a ticket is none of ours, of somebody else, or too old.
fn topics(visit: &Visit) -> Option<Vec<LiveTopic>> {
    let (shop, viewer) = (visit.shop(), page_viewer(&visit.visitor));
    let tickets: Vec<_> = visit.pairs().into_iter().filter(|(name, _)| name == "t").map(|(_, ticket)| ticket).collect();
    let read = |ticket: &String| Ticket::read(shop, "", ticket).or_else(|| Ticket::read(shop, &viewer, ticket));
    let all: Option<Vec<_>> = tickets.iter().map(read).collect();
    all.map(|topics| topics.concat()).filter(|topics: &Vec<_>| !topics.is_empty())
}

fn follow(visit: &Visit, topics: Vec<LiveTopic>) -> Result<Connection, NoPlace> {
    let is_personal = topics.iter().any(|topic| !matches!(topic, LiveTopic::Product(_)));
    let customer = visit.visitor.customer.as_ref();
    let standing = match (&visit.staff, customer) {
        (Some(staff), _) => Standing::of_staff(staff),
        (None, Some(customer)) => Standing::of_customer(customer),
        (None, None) => None,
    };
    let viewer = Viewer {
        visitor: Some(page_viewer(&visit.visitor)).filter(|viewer| !viewer.is_empty()),
        network: visit.visitor.origin.network(),
        standing: standing.filter(|_| is_personal),
        staff: visit.staff.clone(),
    };
    let mut connection = visit.app.live.connect(&viewer)?;
    for topic in topics {
        connection.follow(topic)?;
    }
    Ok(connection)
}

fn stream_of(connection: Connection) -> Response {
    enum Stage {
        Hello,
        Going,
        Over,
    }
    let said = |bytes: &'static [u8]| Ok::<_, Infallible>(Bytes::from_static(bytes));
    let messages = stream::unfold((connection, Stage::Hello), move |(connection, stage)| async move {
        match stage {
            Stage::Hello => Some((said(HELLO), (connection, Stage::Going))),
            Stage::Over => None,
            Stage::Going => match tokio::time::timeout(QUIET, connection.next()).await {
                Err(_) => Some((said(PING), (connection, Stage::Going))),
                Ok(Ok(update)) => Some((Ok(update.event.clone()), (connection, Stage::Going))),
                Ok(Err(End::SignedOut)) => Some((said(SIGNED_OUT), (connection, Stage::Over))),
                Ok(Err(End::Closing)) => None,
            },
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would wait until there is enough to send
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(messages)).into_response()
}
