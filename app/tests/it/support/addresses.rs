//! The addresses that the source gives to a router.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each of them, with a word in place of what varies.
pub fn in_source() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let source = fs::read_to_string(&entry).unwrap();
            // the tests of a file have routers of their own
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            // the API's addresses all begin alike, and its document names them
            let source = source.replace(".nest(\"/api\", resources)", "");
            // others would hide where an address begins
            assert!(!source.contains(".nest(") && !source.contains("route_service("), "{}", entry.display());
            for (at, opening) in source.match_indices(".route(") {
                let literal = source[at + opening.len()..].trim_start().strip_prefix('"');
                let path = literal.unwrap_or_else(|| panic!("a route that is no literal in {}", entry.display()));
                found.insert(without_names(path.split('"').next().unwrap()));
            }
        }
    }
    found
}

pub fn without_names(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}
