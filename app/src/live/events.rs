//! Server-sent events for pages: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use crate::web::errors::log;
use crate::web::{Visit, error_page, sessions};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::json;
use shop::live::{Connection, End, LiveTopic, NoPlace, Standing, Ticket, Viewer, page_viewer};
use shop::notifications::{self, Cursor, Notification};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

/// Said when nothing else is, so that nobody on the way takes the connection for a dead one.
const QUIET: Duration = Duration::from_secs(25);
/// Notifications that are read at once.
const AT_ONCE: u32 = 50;
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
        Ok(connection) => {
            // a browser says the last one by itself, a script that opened anew says it in the address
            let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
            let last = last.or_else(|| visit.param("after"));
            stream_of(visit, last.and_then(|last| last.parse().ok()), connection)
        }
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

/// What is said to one page.
struct Talk {
    visit: Visit,
    connection: Connection,
    /// What was read and is still to be said.
    waiting: VecDeque<Bytes>,
    /// Up to where the log of notifications was told, for those who follow it.
    told: Option<Cursor>,
    is_over: bool,
}

impl Talk {
    /// `None` when there is nothing more to say.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some(message);
            }
            if self.is_over {
                return None;
            }
            match tokio::time::timeout(QUIET, self.connection.next()).await {
                Err(_) => return Some(Bytes::from_static(PING)),
                Ok(Ok(update)) => {
                    if update.topic == LiveTopic::AdminNotifications {
                        // the next change says so again; apart, for its place would be held by those who follow no log
                        let _ = Box::pin(self.read_log()).await.inspect_err(log);
                    }
                    self.waiting.push_back(update.event.clone());
                }
                Ok(Err(End::SignedOut)) => {
                    self.waiting.push_back(Bytes::from_static(SIGNED_OUT));
                    self.is_over = true;
                }
                Ok(Err(End::Closing)) => return None,
            }
        }
    }

    /// Each with its place in the log, by which a browser that lost the connection goes on (`Last-Event-ID`).
    async fn read_log(&mut self) -> shop::Result<()> {
        let shop = self.visit.shop();
        let Some(cursor) = self.told else {
            // who comes without a place hears what comes from here on
            self.told = Some(notifications::end(&shop.db).await?);
            return Ok(());
        };
        // by what they may see now
        let Some(staff) = sessions::staff_now(&self.visit).await? else { return Ok(()) };
        let mut more = notifications::after(&shop.db, &staff, cursor, AT_ONCE).await?;
        while !more.is_empty() {
            for notification in &more {
                self.waiting.push_back(message(notification));
                self.told = Some(notification.cursor);
            }
            let cursor = self.told.unwrap_or_default();
            more = notifications::after(&shop.db, &staff, cursor, AT_ONCE).await?;
        }
        Ok(())
    }
}

fn message(notification: &Notification) -> Bytes {
    let said = json!({
        "kind": notification.what.kind().word(),
        "text": notification.what.message().to_string(),
        "path": notification.what.path(),
        "at": notification.at,
    });
    Bytes::from(format!("id: {}\nevent: notification\ndata: {said}\n\n", notification.cursor))
}

fn stream_of(visit: Visit, told: Option<Cursor>, connection: Connection) -> Response {
    let waiting = VecDeque::from([Bytes::from_static(HELLO)]);
    let talk = Talk { visit, connection, waiting, told, is_over: false };
    let messages = stream::unfold(talk, |mut talk| async move {
        let message = talk.next().await?;
        Some((Ok::<_, Infallible>(message), talk))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would wait until there is enough to send
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(messages)).into_response()
}
