//! Descriptions: plain text, or a little HTML.
//!
//! What staff type is kept as they typed it when it holds no markup; paragraphs and lists are made of it on display.
//! Text with markup (pasted from elsewhere, imported) is kept as HTML, cleaned **when it is stored** down to what a
//! description needs: paragraphs, emphasis, headings below the page's own, lists, tables and links. The two are told
//! apart by one rule, [`is_html`], when storing and when showing alike; text is escaped when shown, so nothing that was
//! not cleaned can reach a page as markup.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const TAGS: &[&str] = &[
    "p", "br", "strong", "b", "em", "i", "u", "ul", "ol", "li", "h2", "h3", "h4", "a", "table", "caption", "thead",
    "tbody", "tfoot", "tr", "th", "td",
];

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::empty();
    cleaner
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("th", HashSet::from(["colspan", "rowspan", "scope"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener"));
    cleaner
});

/// Whether a text holds markup of the kinds that may be kept, or other tags that HTML is usually made of.
pub fn is_html(text: &str) -> bool {
    const OTHERS: &[&str] =
        &["div", "span", "h1", "h5", "h6", "img", "blockquote", "pre", "code", "hr", "font", "section"];
    text.match_indices('<').any(|(at, _)| {
        let rest = text[at + 1..].strip_prefix('/').unwrap_or(&text[at + 1..]);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        after.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace())
            && after.contains('>')
            && (TAGS.contains(&name.as_str()) || OTHERS.contains(&name.as_str()))
    })
}

/// What is stored of what was typed.
pub fn clean(text: &str) -> String {
    let text = text.trim();
    if !is_html(text) {
        return text.to_owned();
    }
    let cleaned = CLEANER.clean(text).to_string();
    match cleaned.trim() {
        "" => String::new(),
        html if is_html(html) => html.to_owned(),
        // nothing but text is left, with its special characters escaped: it must still be told for HTML
        text => format!("<p>{text}</p>"),
    }
}

/// What a page shows of a stored description: safe HTML.
pub fn description_html(stored: &str) -> String {
    if is_html(stored) {
        return stored.to_owned();
    }
    let mut html = String::new();
    for block in stored.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let item = |line: &str| line.trim().strip_prefix(['-', '*', '•']).map(|rest| escape(rest.trim()));
        match block.lines().map(item).collect::<Option<Vec<_>>>() {
            Some(items) => html += &format!("<ul><li>{}</li></ul>", items.join("</li><li>")),
            None => {
                let lines: Vec<_> = block.lines().map(|line| escape(line.trim())).collect();
                html += &format!("<p>{}</p>", lines.join("<br>"));
            }
        }
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_a_description_needs() {
        let typed = r#"<h2 onclick="x()">Steel</h2><p style="x">Good <strong>steel</strong> <a href="https://example.com/a" target="_blank">here</a>
            <a href="javascript:alert(1)">there</a></p><script>alert(1)</script><img src=x onerror=alert(1)><div>Plain</div>"#;
        let kept = clean(typed);
        assert!(kept.contains("<h2>Steel</h2>") && kept.contains("<strong>steel</strong>"), "{kept}");
        assert!(kept.contains(r#"href="https://example.com/a" rel="nofollow noopener""#), "{kept}");
        for bad in ["onclick", "style", "javascript", "script", "alert", "<img", "<div", "target"] {
            assert!(!kept.contains(bad), "{bad} in {kept}");
        }
        assert_eq!(description_html(&kept), kept);
        assert_eq!(clean(&kept), kept, "cleaning twice changes nothing");
    }

    #[test]
    fn makes_paragraphs_of_plain_text() {
        assert_eq!(clean(" For bolts < 8 mm & > 4 mm. "), "For bolts < 8 mm & > 4 mm.");
        assert_eq!(
            description_html("One < two\nand \"three\"\n\n- a\n- b & c\n\n\n\nEnd"),
            "<p>One &lt; two<br>and &quot;three&quot;</p><ul><li>a</li><li>b &amp; c</li></ul><p>End</p>"
        );
        assert_eq!(description_html(""), "");
    }

    /// Text that slips past the cleaner must be shown as text.
    #[test]
    fn what_is_not_cleaned_is_escaped() {
        for text in ["<svg/onload=alert(1)>", "<iframe src=x>", "<p", "< p>", "<script>alert(1)</script>", "<math><b"] {
            let stored = clean(text);
            let shown = description_html(&stored);
            assert!(!shown.contains("<s") && !shown.contains("<i") && !shown.contains("<m"), "{text}: {shown}");
        }
        assert_eq!(
            description_html(&clean("<div>&lt;img src=x&gt; &amp; so</div>")),
            "<p>&lt;img src=x&gt; &amp; so</p>"
        );
    }
}
