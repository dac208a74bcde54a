//! Addresses of the same list, otherwise filtered, sorted or paged.

use super::redirect::local;
use super::visit::Visit;

/// This page's address with some parameters changed: an empty value takes one away, and any change but that of the page
/// itself goes back to the first page.
pub fn with(visit: &Visit, changes: &[(&str, &str)]) -> String {
    let turned = changes.iter().any(|(key, _)| *key == "page");
    let kept = visit.pairs().into_iter().filter(|(key, value)| {
        !value.is_empty() && !changes.iter().any(|(changed, _)| changed == key) && (turned || key != "page")
    });
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in kept {
        query.append_pair(&key, &value);
    }
    for (key, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(key, value);
    }
    match query.finish() {
        query if query.is_empty() => visit.path.clone(),
        query => format!("{}?{query}", visit.path),
    }
}

/// A form that is sent with GET names its empty fields, too. The address without them, if there are any: so that one
/// list has one address.
pub fn without_empty_fields(visit: &Visit) -> Option<String> {
    let is_empty = |field: &&str| field.split_once('=').is_some_and(|(_, value)| value.is_empty());
    let fields = || visit.query.split('&');
    if !fields().any(|field| is_empty(&field)) {
        return None;
    }
    let kept: Vec<&str> = fields().filter(|field| !is_empty(field)).collect();
    let address = match kept.is_empty() {
        true => visit.path.clone(),
        false => format!("{}?{}", visit.path, kept.join("&")),
    };
    // `//elsewhere?q=` is no way out
    local(&address)
}

/// The page that is asked for, from 1.
pub fn page_number(visit: &Visit) -> u32 {
    visit.param("page").and_then(|page| page.parse().ok()).unwrap_or(1)
}
