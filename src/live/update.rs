//! What those who follow a topic are told.

use crate::live_topic::LiveTopic;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// A topic with its version of now, written once for all who follow it.
#[derive(Debug, Clone)]
pub struct Update {
    pub topic: LiveTopic,
    pub version: String,
    /// `{"topic":"order:0197…","version":"…"}`.
    pub json: Bytes,
    /// The same as a message of server-sent events.
    pub event: Bytes,
}

#[derive(Serialize)]
struct Written<'a> {
    topic: String,
    version: &'a str,
    /// Texts that can be put into a page as they are, by the places where they stand.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: &'a Parts,
    /// Within how many milliseconds those who read it anew shall do so, each at a moment of their own.
    #[serde(rename = "spreadMs")]
    spread: u64,
}

/// Texts of a page, by the places where they stand.
pub(super) type Parts = BTreeMap<String, Part>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    pub text: String,
    /// How it looks, where that depends on what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<&'static str>,
}

/// Those who read something anew do so within this time, so that they do not all come at once.
const SPREAD: u64 = 2_000;
/// Of many who follow the same, so many come in a second.
const A_SECOND: u64 = 500;

impl Update {
    pub(super) fn new(topic: LiveTopic, version: String, parts: &Parts, followers: usize) -> Self {
        let spread = SPREAD.max(followers as u64 * 1_000 / A_SECOND);
        let written = Written { topic: topic.to_string(), version: &version, parts, spread };
        // texts and numbers: there is nothing that could not be written
        let json = serde_json::to_string(&written).unwrap_or_default();
        let event = Bytes::from(format!("data: {json}\n\n"));
        Self { topic, version, json: Bytes::from(json), event }
    }
}
