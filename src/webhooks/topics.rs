//! Which topics an endpoint wants.

use crate::Invalid;
use crate::events::{TOPICS, Topic, test_topic};
use crate::input::Raw;

/// All topics, and those that come later as well.
pub const ALL_TOPICS: &str = "*";
/// The topics that can be chosen: all but that of tests, which go to the one endpoint that is tested.
pub fn selectable() -> impl Iterator<Item = &'static Topic> {
    TOPICS.iter().copied().filter(|topic| topic.name != test_topic().name)
}

/// Checks topics that were chosen; each stands once, in the order of the catalogue.
pub(super) fn check(chosen: &[Raw], faults: &mut Invalid) -> Vec<String> {
    for (n, raw) in chosen.iter().enumerate() {
        let word = raw.trimmed();
        if word != ALL_TOPICS && !selectable().any(|topic| topic.name == word) {
            faults.add(format!("topics.{n}"), "is not a topic that we know");
        }
    }
    let has = |word: &str| chosen.iter().any(|raw| raw.trimmed() == word);
    if has(ALL_TOPICS) {
        return vec![ALL_TOPICS.to_owned()];
    }
    let topics: Vec<String> = selectable().filter(|topic| has(topic.name)).map(|topic| topic.name.to_owned()).collect();
    if chosen.is_empty() {
        faults.add("topics", "must name one topic at least");
    }
    topics
}

pub(super) fn wants(topics: &[String], topic: &str) -> bool {
    topic != test_topic().name && topics.iter().any(|wanted| wanted == ALL_TOPICS || wanted == topic)
}

/// Whether its messages hold more of a person than ids. One that is not known any more may.
pub(super) fn is_personal(topic: &str) -> bool {
    TOPICS.iter().find(|known| known.name == topic).is_none_or(|known| known.is_personal)
}
