//! What the path of an address tells by itself.

/// Whether it is that of a place, or of something below it.
pub fn is_below(place: &str, path: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether it is the JSON API's.
pub fn is_api(path: &str) -> bool {
    is_below("/api", path)
}

/// The pages of the admin that stand in the shop's frame.
pub fn is_preview(path: &str) -> bool {
    path.starts_with("/admin/products/") && path.ends_with("/preview")
}
