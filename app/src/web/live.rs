//! What parts of a page follow: they are marked with topics and versions, and `public/js/live.js` reads them anew when
//! those are others.

use super::errors::log;
use super::visit::Visit;
use axum::http::{HeaderMap, HeaderName};
use shop::live::{LiveTopic, Ticket, page_viewer};

/// Where pages hear of changes.
pub const EVENTS: &str = "/live";

/// Sent by the script that reads a page anew in the background.
pub const REFRESH: HeaderName = HeaderName::from_static("x-live");

/// Whether a page is asked for by the script, and not by somebody who reads all of it.
pub fn is_refresh(headers: &HeaderMap) -> bool {
    headers.contains_key(REFRESH)
}

/// The marks of a part of a page: `data-live` and `data-ticket`.
#[derive(Debug, Clone, Default)]
pub struct Follows {
    /// `order:0197…=8c1f… product:0197…=…`
    pub live: Option<String>,
    pub ticket: Option<String>,
}

/// Follows these topics, of which the page shows these versions. Whether this visitor may see them is for the page to
/// know.
pub fn follows(visit: &Visit, topics: &[(LiveTopic, String)]) -> Follows {
    let names: Vec<_> = topics.iter().map(|(topic, _)| *topic).collect();
    // what everybody may see is signed for everybody, so that pages are alike
    let is_public = names.iter().all(|topic| matches!(topic, LiveTopic::Product(_)));
    let viewer = if is_public { String::new() } else { page_viewer(&visit.visitor) };
    // a page that is not live is still a page
    let Ok(ticket) = Ticket::write(visit.shop(), &viewer, &names).inspect_err(log) else { return Follows::default() };
    let live: Vec<_> = topics.iter().map(|(topic, version)| format!("{topic}={version}")).collect();
    Follows { live: Some(live.join(" ")), ticket: Some(ticket) }
}

/// The same of one topic, asked for its version now: before what the page shows of it is read.
pub async fn follows_one(visit: &Visit, topic: LiveTopic) -> shop::Result<Follows> {
    let version = shop::live::version(visit.shop(), topic).await?;
    Ok(follows(visit, &[(topic, version)]))
}
