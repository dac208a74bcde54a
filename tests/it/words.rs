//! The words of the shop: what the sources say is in `words/en.ftl`, and the other way round; and no page or mail says
//! anything past it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Files whose views are for developers and staff, and so in English.
const ENGLISH: &[&str] = &["app/src/storefront/dev_mail.rs", "app/src/ui/chart.rs"];

/// Attributes and props that people read.
const READ: &[&str] = &[
    "alt",
    "aria-label",
    "data-label",
    "data-said",
    "hint",
    "label",
    "legend",
    "note",
    "placeholder",
    "text",
    "title",
];

/// Fails when a key has no message, a message no use, or the arguments differ.
#[test]
fn sources_and_messages_fit() {
    let messages = messages(&read("words/en.ftl"));
    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for (path, said) in all_said() {
        for Said { key, args } in said {
            match messages.get(&key) {
                None => faults.push(format!("{path}: there is no message {key}")),
                Some(wanted) if *wanted != args => {
                    faults.push(format!("{path}: {key} takes {wanted:?} and is given {args:?}"));
                }
                Some(_) => {}
            }
            used.insert(key);
        }
    }
    faults.extend(messages.keys().filter(|key| !used.contains(*key)).map(|key| format!("nobody says {key}")));
    assert!(used.len() > 400, "the walk sees the sources");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Fails for a literal that shoppers would read in another language than the page.
#[test]
fn no_page_of_the_storefront_says_a_literal() {
    let pages = ["app/src/storefront", "app/src/ui"].into_iter().flat_map(sources);
    let faults: Vec<String> = pages
        .filter(|path| !ENGLISH.contains(&path.as_str()))
        .flat_map(|path| literals(&tokens(&read(&path))).into_iter().map(move |text| format!("{path}: {text}")))
        .collect();
    assert!(faults.is_empty(), "say them by words/en.ftl:\n{}", faults.join("\n"));
}

/// Fails for words in a mail's template.
#[test]
fn no_mail_says_a_literal() {
    let faults: Vec<String> = files("templates")
        .into_iter()
        .flat_map(|path| written(&read(&path)).into_iter().map(move |text| format!("{path}: {text}")))
        .collect();
    assert!(faults.is_empty(), "say them by words/en.ftl:\n{}", faults.join("\n"));
}

#[test]
fn the_walks_see_what_they_are_for() {
    let source = tokens(
        r#"fn page() { view! {
            <p title="Far" class="near">"Home " {if a { "off" } else { view! { <b>"on"</b> } }} {t!("a-b", n = 1)}</p>
            {rich!("c", [count = n], link = view! { <a href="/">{t!("d")}</a> })} "…"
        }; next.say("Done."); say!(shop.locale, "e", x = y) }
        words! { /// So it stands.
            pub enum State { On = "on" => say "f", Off = "off" => say "g" } }"#,
    );
    assert_eq!(literals(&source), ["title=\"Far\"", "\"Home \"", "\"on\"", "\"Done.\""]);
    let said: Vec<_> = said(&source).into_iter().map(|s| (s.key, s.args.into_iter().collect::<Vec<_>>())).collect();
    let all = [
        ("a-b", vec!["n"]),
        ("c", vec!["count", "link"]),
        ("d", vec![]),
        ("e", vec!["x"]),
        ("f", vec![]),
        ("g", vec![]),
    ];
    assert_eq!(said, all.map(|(key, args)| (key.to_owned(), args.into_iter().map(str::to_owned).collect::<Vec<_>>())));
    assert_eq!(written("<p class=\"a\">Hello {{ name }}, {% if x %}2 x {% endif %}</p>"), ["Hello , 2 x"]);
    let file = "# a\nb = { $n ->\n    [one] x\n   *[other] { $m } x\n  }\n\nc = d\n";
    let args = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(messages(file), BTreeMap::from([("b".to_owned(), args(&["m", "n"])), ("c".to_owned(), args(&[]))]));
}

/// A message as the sources say it.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    key: String,
    args: BTreeSet<String>,
}

fn all_said() -> Vec<(String, Vec<Said>)> {
    let rust = ["src", "app/src"].into_iter().flat_map(sources).map(|path| {
        let said = said(&tokens(&read(&path)));
        (path, said)
    });
    let templates = files("templates").into_iter().map(|path| {
        let text = read(&path);
        let calls = ["say!(", "html!("]
            .into_iter()
            .flat_map(|name| text.match_indices(name))
            .map(|(at, _)| tokens(call(&text[at..])));
        (path, calls.flat_map(|call| said(&call)).collect())
    });
    rust.chain(templates).collect()
}

/// From the name of a macro to the bracket that closes it.
fn call(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if c == ')' && depth == 0 {
            return &text[..=at];
        }
    }
    text
}

/// Lines of a template with words in them that stand in no tag.
fn written(template: &str) -> Vec<String> {
    let mut text = template.to_owned();
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("<", ">")] {
        let mut parts = text.split(open);
        let first = parts.next().unwrap_or_default().to_owned();
        text = parts.fold(first, |kept, part| kept + part.split_once(close).map_or("", |(_, after)| after));
    }
    let has_word = |line: &&str| line.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 1);
    text.lines().map(str::trim).filter(has_word).map(str::to_owned).collect()
}

fn said(tokens: &[TokenTree]) -> Vec<Said> {
    let mut all = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let inner: Vec<_> = group.stream().into_iter().collect();
            if let Some(name) = macro_before(tokens, n)
                && ["t", "rich", "say", "html"].contains(&name.as_str())
            {
                all.extend(message(&inner, name == "say" || name == "html"));
            }
            if macro_before(tokens, n).as_deref() == Some("words") {
                all.extend(inner.iter().flat_map(of_variants));
            }
            all.extend(said(&inner));
        }
    }
    all
}

/// What the variants of `words! { enum … { A = "a" => say "key" } }` say.
fn of_variants(part: &TokenTree) -> Vec<Said> {
    let TokenTree::Group(variants) = part else { return Vec::new() };
    let tokens: Vec<_> = variants.stream().into_iter().collect();
    let said = tokens.windows(3).filter_map(|three| match three {
        [arrow, TokenTree::Ident(say), TokenTree::Literal(key)] if is_punct(arrow, '>') && say == "say" => {
            Some(Said { key: key.to_string().trim_matches('"').to_owned(), args: BTreeSet::new() })
        }
        _ => None,
    });
    said.collect()
}

/// The name of the macro whose arguments stand here.
fn macro_before(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at.checked_sub(2)?..at)? {
        [TokenTree::Ident(name), TokenTree::Punct(bang)] if bang.as_char() == '!' => Some(name.to_string()),
        _ => None,
    }
}

/// `"key", [a = 1], b = 2`, behind a language where there is one.
fn message(tokens: &[TokenTree], has_language: bool) -> Option<Said> {
    let mut parts = tokens.split(|token| is_punct(token, ',')).skip(usize::from(has_language));
    let key = match parts.next()? {
        [TokenTree::Literal(key)] => key.to_string().trim_matches('"').to_owned(),
        _ => return None,
    };
    let mut args = BTreeSet::new();
    for part in parts {
        match part {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                args.extend(inner.split(|token| is_punct(token, ',')).filter_map(name));
            }
            part => args.extend(name(part)),
        }
    }
    Some(Said { key, args })
}

fn name(part: &[TokenTree]) -> Option<String> {
    match part {
        [TokenTree::Ident(name), equals, ..] if is_punct(equals, '=') => Some(name.to_string()),
        _ => None,
    }
}

/// Strings with letters in them that stand in a view as text or as what people read, or are said after a form.
fn literals(tokens: &[TokenTree]) -> Vec<String> {
    let mut all = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<_> = group.stream().into_iter().collect();
        if macro_before(tokens, n).as_deref() == Some("view") {
            all.extend(shown(&inner));
        } else if let [.., TokenTree::Punct(dot), TokenTree::Ident(name)] = &tokens[..n]
            && (dot.as_char(), name.to_string().as_str()) == ('.', "say")
        {
            all.extend(inner.first().and_then(words).filter(|_| inner.len() == 1));
        }
        all.extend(literals(&inner));
    }
    all
}

fn shown(view: &[TokenTree]) -> Vec<String> {
    let of = |n: usize| {
        let text = words(&view[n])?;
        match n.checked_sub(1).map(|before| &view[before]) {
            Some(equals) if is_punct(equals, '=') => {
                let name = attribute(&view[..n - 1]);
                READ.contains(&name.as_str()).then(|| format!("{name}={text}"))
            }
            _ => Some(text),
        }
    };
    (0..view.len()).filter_map(of).collect()
}

/// The name before an equals sign, such as `aria-label`.
fn attribute(before: &[TokenTree]) -> String {
    let mut name = Vec::new();
    let mut wants_word = true;
    for token in before.iter().rev() {
        match token {
            TokenTree::Ident(word) if wants_word => name.push(word.to_string()),
            token if !wants_word && is_punct(token, '-') => {}
            _ => break,
        }
        wants_word = !wants_word;
    }
    name.reverse();
    name.join("-")
}

fn words(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = literal.to_string();
    (text.starts_with('"') && text.chars().any(char::is_alphabetic)).then_some(text)
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}

/// The messages of a Fluent file with the names of their arguments.
fn messages(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
            key = name.to_owned();
        }
        let args = line.split('$').skip(1);
        let args = args.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or(""));
        all.entry(key.clone()).or_default().extend(args.map(str::to_owned));
    }
    all
}

fn tokens(source: &str) -> Vec<TokenTree> {
    source.parse::<TokenStream>().unwrap().into_iter().collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn sources(below: &str) -> Vec<String> {
    files(below).into_iter().filter(|path| path.ends_with(".rs")).collect()
}

/// All files below a folder, by their paths from the root.
fn files(below: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(below)]);
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let (inner, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        found.extend(files.iter().map(|path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()));
    }
    found.sort();
    found
}
