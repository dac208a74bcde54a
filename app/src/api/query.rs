//! What stands behind the question mark, value by value. What cannot be understood is refused by the name of its
//! parameter.

use chrono::NaiveDate;
use shop::input::Raw;
use shop::{Invalid, Paging};

/// `page` and `limit`.
pub fn paging(page: &Raw, limit: &Raw, faults: &mut Invalid) -> Paging {
    let page = count(page, "page", 1, Paging::MAX_PAGE, faults);
    Paging::new(page, count(limit, "limit", 20, Paging::MAX_LIMIT, faults))
}

fn count(raw: &Raw, field: &'static str, otherwise: u32, most: u32, faults: &mut Invalid) -> u32 {
    if raw.is_empty() {
        return otherwise;
    }
    let most = i32::try_from(most).unwrap_or(i32::MAX);
    raw.whole(field, 1..=most, faults).map_or(otherwise, i32::unsigned_abs)
}

pub fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// One of the words that there are.
pub fn word<T>(raw: &Raw, field: &'static str, parse: impl Fn(&str) -> Option<T>, faults: &mut Invalid) -> Option<T> {
    if raw.is_empty() {
        return None;
    }
    let parsed = parse(raw.trimmed());
    if parsed.is_none() {
        faults.add(field, "is not one of the values that it can have");
    }
    parsed
}

/// `true` or `false`; left out, it is false.
pub fn flag(raw: &Raw, field: &'static str, faults: &mut Invalid) -> bool {
    let truth = |text: &str| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    word(raw, field, truth, faults).unwrap_or_default()
}
