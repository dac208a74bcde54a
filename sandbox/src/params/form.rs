//! From `a[b][0]=x` to a tree.

use crate::errors::ApiError;

/// Deeper nesting than any documented parameter has.
const MAX_DEPTH: usize = 8;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Branch(Vec<(String, Node)>),
}

/// `a[b][0]` → `["a", "b", "0"]`.
pub(super) fn segments(key: &str) -> Result<Vec<&str>, ApiError> {
    let malformed = || ApiError::invalid_param(format!("Invalid parameter name: {key}"), key);
    let (head, mut rest) = match key.find('[') {
        Some(at) => key.split_at(at),
        None => (key, ""),
    };
    if head.is_empty() {
        return Err(malformed());
    }
    let mut segments = vec![head];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or_else(malformed)?;
        let (segment, after) = inner.split_once(']').ok_or_else(malformed)?;
        segments.push(segment);
        rest = after;
        if segments.len() > MAX_DEPTH {
            return Err(malformed());
        }
    }
    Ok(segments)
}

pub(super) fn insert(
    branch: &mut Vec<(String, Node)>,
    segments: &[&str],
    value: String,
    key: &str,
) -> Result<(), ApiError> {
    let [segment, rest @ ..] = segments else {
        return Ok(());
    };
    // `a[]` appends.
    let name = if segment.is_empty() { branch.len().to_string() } else { (*segment).to_owned() };
    let at = branch.iter().position(|(existing, _)| *existing == name);
    if rest.is_empty() {
        match at {
            Some(at) => branch[at].1 = Node::Text(value),
            None => branch.push((name, Node::Text(value))),
        }
        return Ok(());
    }
    let at = match at {
        Some(at) => at,
        None => {
            branch.push((name, Node::Branch(Vec::new())));
            branch.len() - 1
        }
    };
    match &mut branch[at].1 {
        Node::Branch(inner) => insert(inner, rest, value, key),
        Node::Text(_) => Err(ApiError::invalid_param(format!("Invalid parameter name: {key}"), key)),
    }
}

pub(super) fn collect_leaves(path: String, node: &Node, leaves: &mut Vec<(String, String)>) {
    match node {
        Node::Text(text) => leaves.push((path, text.clone())),
        Node::Branch(entries) => {
            for (key, node) in entries {
                collect_leaves(format!("{path}[{key}]"), node, leaves);
            }
        }
    }
}
