//! What a page or a mail says past `words/en.ftl`, found in one whose language is `Locale::Pseudo`.

use std::collections::BTreeSet;

/// Attributes that people read.
const READ: &[&str] =
    &["alt", "aria-label", "data-label", "data-refused", "data-said", "data-unclear", "placeholder", "title"];

/// Lines outside of messages with words in small letters, but for `data`: what owner and customers have written.
pub fn unsaid(html: &str, data: &[&str]) -> BTreeSet<String> {
    let mut html = html.to_owned();
    for element in ["script", "style", "svg"] {
        html = without(&html, element);
    }
    let mut text = String::new();
    let mut found = BTreeSet::new();
    for (n, part) in html.split('<').enumerate() {
        let (tag, after) = if n == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        for value in READ.iter().filter_map(|name| attribute(tag, name)) {
            found.extend(outside(value, data));
        }
        text.push('\n');
        text.push_str(after);
    }
    found.extend(outside(&text, data));
    found
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// Without the elements of this name.
fn without(html: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut parts = html.split(open.as_str());
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once(close.as_str()).map_or("", |(_, after)| after))
}

fn outside(text: &str, data: &[&str]) -> Vec<String> {
    let (mut depth, mut outside) = (0, String::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("[!!") {
            (depth, rest) = (depth + 1, after);
        } else if let Some(after) = rest.strip_prefix("!!]") {
            (depth, rest) = (depth - 1, after);
        } else {
            if depth == 0 {
                outside.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    assert_eq!(depth, 0, "brackets are closed: {text}");
    let is_data = |line: &str| {
        let rest = data.iter().fold(line.to_owned(), |line, data| line.replace(data, ""));
        !rest.chars().any(char::is_lowercase)
    };
    outside.lines().map(str::trim).filter(|line| !is_data(line)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_of_messages_are_seen() {
        let html = r#"<p title="Far">[!! Hello <b>Ada</b> [!! inner !!] !!] and <i>Tom</i> £4.95</p><svg>on</svg>"#;
        assert_eq!(unsaid(html, &["Tom"]), BTreeSet::from(["Far".to_owned(), "and".to_owned()]));
    }
}
