//! Forms as they stand on a page: read from its HTML and sent as a browser would.

use super::{Browser, location};
use reqwest::multipart;

/// The parts of a page from each `open` to the next `close`.
fn between<'a>(html: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    html.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

/// The value of an attribute of a tag, as it is meant.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(plain)
}

fn plain(text: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    signs.into_iter().fold(text.to_owned(), |text, (written, sign)| text.replace(written, sign))
}

/// What is read of a part of a page.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    for (n, part) in html.split('<').enumerate() {
        text.push_str(if n == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) });
    }
    plain(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first element that has this id: its tag, and the page from there on.
fn element<'a>(html: &'a str, id: &str) -> Option<(&'a str, &'a str)> {
    let at = html.find(&format!(" id=\"{id}\""))?;
    let open = html[..at].rfind('<')?;
    html[open..].split_once('>')
}

#[derive(Debug, Clone)]
pub struct PageForm {
    pub action: String,
    has_files: bool,
    /// What is sent as it stands.
    carried: Vec<(String, String)>,
    /// What is typed.
    pub typed: Vec<String>,
    /// What stands in the fields that are typed.
    values: Vec<String>,
}

impl PageForm {
    /// The forms of a page that are posted.
    pub fn all(html: &str) -> Vec<Self> {
        between(html, "<form ", "</form>").into_iter().filter_map(Self::read).collect()
    }

    fn read(html: &str) -> Option<Self> {
        let (tag, content) = html.split_once('>')?;
        let tag = format!(" {tag}");
        if attribute(&tag, "method")? != "post" {
            return None;
        }
        let (mut carried, mut typed, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for field in content.split('<') {
            let tag = field.split('>').next().unwrap_or_default();
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            match (tag.split(' ').next().unwrap_or_default(), kind.as_str()) {
                ("input", "hidden") => carried.push((name, value)),
                ("input", "radio" | "checkbox") if tag.contains(" checked") => carried.push((name, value)),
                ("input", "radio" | "checkbox" | "file") | ("button", _) => {}
                ("textarea", _) => {
                    let text = field.split_once('>').map_or("", |(_, text)| text);
                    values.push(plain(text.strip_prefix('\n').unwrap_or(text)));
                    typed.push(name);
                }
                ("input", _) => {
                    values.push(value);
                    typed.push(name);
                }
                ("select", _) => {
                    let options = content.split(&format!(" name=\"{name}\"")).nth(1).unwrap_or_default();
                    let options = between(options.split("</select>").next().unwrap_or_default(), "<option", ">");
                    let chosen = options.iter().find(|option| option.contains(" selected")).or(options.first());
                    carried.push((name, chosen.and_then(|option| attribute(option, "value")).unwrap_or_default()));
                }
                _ => {}
            }
        }
        let action = attribute(&tag, "action")?;
        let has_files = tag.contains("multipart/form-data");
        Some(Self { action, has_files, carried, typed, values })
    }

    /// All that is sent when nothing is typed.
    pub fn filled(&self) -> Vec<(String, String)> {
        let typed = self.typed.iter().cloned().zip(self.values.iter().cloned());
        self.carried.iter().cloned().chain(typed).collect()
    }

    /// Sends the form with the same in every field that is typed: the page that follows.
    pub async fn send(&self, browser: &Browser, from: &str, typed: &str) -> Option<String> {
        let fields = self.carried.iter().cloned();
        let fields: Vec<_> = fields.chain(self.typed.iter().map(|name| (name.clone(), typed.to_owned()))).collect();
        let request = browser.client.post(format!("{}{}", browser.root, self.action));
        let request = request.header("referer", format!("{}{from}", browser.root));
        let request = match self.has_files {
            true => {
                let form = multipart::Form::new();
                request.multipart(fields.into_iter().fold(form, |form, (name, value)| form.text(name, value)))
            }
            false => request.form(&fields),
        };
        let response = request.send().await.unwrap();
        if !response.status().is_redirection() {
            return None;
        }
        let next = browser.get(location(&response)).await;
        (next.status() == 200).then_some(())?;
        next.text().await.ok()
    }
}

/// What a page says of a form that was refused, held against itself: what is odd about it, and how many lines it has.
/// `is_shown`: the form is on the page.
pub fn told(html: &str, is_shown: bool) -> (Vec<String>, usize) {
    let mut odd = Vec::new();
    let summary = between(html, "class=\"notice notice--danger\"", "</div>");
    let lines: Vec<&str> = summary.iter().flat_map(|notice| between(notice, "<li>", "</li>")).collect();
    let beside = between(html, "<p ", "</p>").into_iter().filter_map(|note| note.split_once('>'));
    let beside: Vec<_> = beside.filter(|(tag, _)| tag.contains("field__error") && !tag.contains(" hidden")).collect();
    for line in &lines {
        let sentence = text(line);
        if !sentence.ends_with(['.', '?', '!', '”']) || sentence.contains("  ") || sentence.contains("..") {
            odd.push(format!("no sentence: {sentence}"));
        }
        if !sentence.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || "“¾½".contains(c)) {
            odd.push(format!("begins small: {sentence}"));
        }
        let Some(id) = attribute(line, "href").map(|href| href.trim_start_matches('#').to_owned()) else {
            if is_shown {
                odd.push(format!("leads nowhere: {sentence}"));
            }
            continue;
        };
        let Some((tag, rest)) = element(html, &id) else {
            odd.push(format!("leads to {id}, which is not there: {sentence}"));
            continue;
        };
        let label = match between(html, &format!(" for=\"{id}\""), "</label>").first() {
            Some(label) => label.split_once('>').map(|(_, label)| text(label)),
            None if tag.starts_with("<fieldset") => rest
                .split_once("<legend")
                .and_then(|(_, legend)| between(legend, ">", "</legend>").first().map(|l| text(l))),
            None => attribute(tag, "aria-label"),
        };
        let label = label.map(|label| label.trim_end_matches('*').trim_end_matches("(optional)").trim().to_owned());
        let goes_on = label.as_ref().is_some_and(|label| sentence.to_lowercase().starts_with(&label.to_lowercase()));
        let is_whole = WHOLE.iter().any(|whole| sentence.starts_with(whole));
        if label.is_some() && !goes_on && !is_whole {
            odd.push(format!("does not begin with its label, {label:?}: {sentence}"));
        }
        if !beside.iter().any(|(_, note)| text(note) == sentence) {
            odd.push(format!("is not said beside the field: {sentence}"));
        }
    }
    for (_, note) in &beside {
        if !lines.iter().any(|line| text(line) == text(note)) {
            odd.push(format!("is not in the summary: {}", text(note)));
        }
    }
    (odd, lines.len())
}

/// Sentences that are whole without the label.
const WHOLE: &[&str] = &["E-mail address and password do not belong together", "Choose the pictures first"];
