//! The words of the shop: what the sources say is in `words/en.ftl`, and the other way round; and no page or mail says
//! anything past it.

use crate::support::{files, read, sources};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files whose views shoppers never see, and so in English: a page for developers, which is there in development only,
/// and the bar chart of the dashboard.
const ENGLISH: &[&str] =
    &["app/src/storefront/dev_mail.rs", "app/src/storefront/dev_webhooks.rs", "app/src/ui/chart.rs"];

/// Faults that only a program can bring about: no form sends such a thing.
const FOR_PROGRAMS: &[&str] =
    &["says something else than the line", "must be checkout or intent", "has a form that cannot be read"];

/// Attributes and props that people read.
const READ: &[&str] = &[
    "alt",
    "aria-label",
    "data-label",
    "data-refused",
    "data-said",
    "data-unclear",
    "hint",
    "label",
    "legend",
    "note",
    "placeholder",
    "text",
    "title",
];

/// Names under which pages and mail have amounts.
const AMOUNTS: &[&str] = &[
    "amount",
    "compare_at",
    "discount",
    "less",
    "line_total",
    "missing",
    "money",
    "now",
    "price",
    "price_seen",
    "price_to",
    "saved",
    "shipping",
    "subtotal",
    "tax",
    "tax_included",
    "total",
    "unit_price",
    "was",
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
                Some(wanted) if *wanted != args && !(key.starts_with("fault-") && *wanted == with_label(&args)) => {
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

/// What is wrong with a field is said with the field's label, which only the page knows.
fn with_label(args: &BTreeSet<String>) -> BTreeSet<String> {
    args.iter().cloned().chain(["label".to_owned()]).collect()
}

/// Fails for a fault or a refusal in English that a shopper could meet: in the slices whose acts are shoppers' own. A
/// message that is said in English there is one too.
#[test]
fn no_act_of_a_shopper_is_refused_in_a_literal() {
    let own = [
        "src/address",
        "src/cart",
        "src/checkout",
        "src/input",
        "src/pricing",
        "src/kept_forms",
        "src/throttle",
        "src/watches",
    ];
    let files = ["addresses", "links", "password", "profile", "recovery", "registration", "sign_in"];
    let own = own.into_iter().flat_map(|slice| [format!("{slice}.rs"), slice.to_owned()]);
    let own = own.chain(files.into_iter().map(|file| format!("src/accounts/{file}.rs")));
    let paying = ["begin_payment", "next_attempt", "pay_again"].map(|file| format!("src/payments/{file}.rs"));
    let own = own.chain(paying).chain(["src/orders/unpaid.rs".to_owned()]);
    let sources: Vec<String> = own.flat_map(|path| sources_at(&path)).collect();
    assert!(sources.len() > 30, "{sources:?}");
    let faults: Vec<String> = sources
        .into_iter()
        .flat_map(|path| {
            let source = without_tests(&tokens(&read(&path)));
            let faults = refusals(&source).into_iter().chain(in_english(&source));
            faults.map(|text| format!("{path}: {text}")).collect::<Vec<_>>()
        })
        .filter(|fault| !FOR_PROGRAMS.iter().any(|known| fault.contains(known)))
        .collect();
    assert!(faults.is_empty(), "say them by said!(…):\n{}", faults.join("\n"));
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

/// Fails for an amount that a page or a mail writes itself, and so in English whatever its language.
#[test]
fn no_page_of_the_storefront_writes_an_amount_by_itself() {
    let sources = ["app/src/storefront", "app/src/ui", "src/email"].into_iter().flat_map(sources);
    let faults: Vec<String> = sources
        .flat_map(|path| amounts(&tokens(&read(&path))).into_iter().map(move |name| format!("{path}: {name}")))
        .collect();
    assert!(faults.is_empty(), "`money` of app/src/ui/money.rs and `Locale::money` write them:\n{}", faults.join("\n"));
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
        }; next.say("Done."); say!(shop.locale, "e", x = y); said!("h", n = left) }
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
        ("h", vec!["n"]),
        ("f", vec![]),
        ("g", vec![]),
    ];
    assert_eq!(said, all.map(|(key, args)| (key.to_owned(), args.into_iter().map(str::to_owned).collect::<Vec<_>>())));
    let source =
        tokens(r#"faults.add("a", "is wrong"); Error::conflict("b", said!("c")); f.invalid("d", format!("e {x}"))"#);
    assert_eq!(refusals(&source), ["\"is wrong\"", "format!(\"e {x}\")"]);
    let source = tokens(
        r#"impl fmt::Display for A { fn fmt(&self) { f.write_str(&self.say(Locale::English)) } }
        impl A { fn b(&self, locale: Locale) { match locale { Locale::English => self.say(Locale::English) } } }"#,
    );
    assert_eq!(in_english(&source), ["say in English"]);
    let source = tokens(
        r#"fn sums() { order.total.to_string(); order.id.to_string(); view! { <dd>{format!("−{discount}, {id}")}</dd> };
        format!("{} × {}", item.quantity, item.unit_price); format!("{}", money(item.total)) }"#,
    );
    assert_eq!(amounts(&source), ["total", "discount", "unit_price"]);
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
        if let (TokenTree::Literal(key), [.., TokenTree::Punct(arrow), TokenTree::Ident(say)]) = (token, &tokens[..n])
            && (arrow.as_char(), say.to_string().as_str()) == ('>', "say")
        {
            all.push(Said { key: key.to_string().trim_matches('"').to_owned(), args: BTreeSet::new() });
        }
        if let TokenTree::Group(group) = token {
            let inner: Vec<_> = group.stream().into_iter().collect();
            if let Some(name) = macro_before(tokens, n)
                && ["t", "rich", "say", "said", "html"].contains(&name.as_str())
            {
                all.extend(message(&inner, name == "say" || name == "html"));
            }
            all.extend(said(&inner));
        }
    }
    all
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

/// The words of faults and refusals that are made of a literal: the last argument of what makes one.
fn refusals(tokens: &[TokenTree]) -> Vec<String> {
    let mut all = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<_> = group.stream().into_iter().collect();
        let made_by = n.checked_sub(1).map(|before| tokens[before].to_string()).unwrap_or_default();
        if ["add", "invalid", "conflict", "taken", "Gone"].contains(&made_by.as_str())
            && let Some(last) = inner.split(|token| is_punct(token, ',')).rfind(|part| !part.is_empty())
        {
            let is_made_here = macro_before(last, last.len().saturating_sub(1)).is_some_and(|name| name == "format");
            let literal = last.first().filter(|_| last.len() == 1).and_then(words);
            all.extend(literal.or_else(|| is_made_here.then(|| last.iter().map(ToString::to_string).collect())));
        }
        all.extend(refusals(&inner));
    }
    all
}

/// What is called with `Locale::English`, but for how a value is written for programs and the log.
fn in_english(tokens: &[TokenTree]) -> Vec<String> {
    let mut all = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        if group.delimiter() == Delimiter::Brace && is_written_for_programs(&tokens[..n]) {
            continue;
        }
        let inner: Vec<_> = group.stream().into_iter().collect();
        if group.delimiter() == Delimiter::Parenthesis && inner.split(|token| is_punct(token, ',')).any(is_english) {
            let called = n.checked_sub(1).map(|before| tokens[before].to_string());
            all.push(format!("{} in English", macro_before(tokens, n).or(called).unwrap_or_default()));
        }
        all.extend(in_english(&inner));
    }
    all
}

/// `crate::words::Locale::English`, or a shorter path to it.
fn is_english(part: &[TokenTree]) -> bool {
    matches!(part, [.., TokenTree::Ident(kind), _, _, TokenTree::Ident(word)] if kind == "Locale" && word == "English")
}

/// The braces behind this are those of an `impl` of `Display` or `Serialize`.
fn is_written_for_programs(before: &[TokenTree]) -> bool {
    let head = before.rsplit(|token| matches!(token, TokenTree::Group(_)) || is_punct(token, ';')).next();
    let head: Vec<String> = head.unwrap_or_default().iter().map(ToString::to_string).collect();
    let has = |name: &str| head.iter().any(|word| word == name);
    has("impl") && (has("Display") || has("Serialize"))
}

/// Amounts that become text by `to_string()` or in a `format!`, by their names.
fn amounts(tokens: &[TokenTree]) -> Vec<String> {
    let known = |name: &String| AMOUNTS.contains(&name.as_str());
    let mut all = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        if let [.., TokenTree::Ident(name), TokenTree::Punct(dot), TokenTree::Ident(call)] = &tokens[..=n]
            && (dot.as_char(), call.to_string().as_str()) == ('.', "to_string")
        {
            all.extend(Some(name.to_string()).filter(known));
        }
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<_> = group.stream().into_iter().collect();
        if macro_before(tokens, n).as_deref() == Some("format") {
            let text = inner.first().map(ToString::to_string).unwrap_or_default();
            let named = AMOUNTS.iter().filter(|name| text.contains(&format!("{{{name}}}")));
            all.extend(named.map(|name| (*name).to_owned()));
            let last = |arg: &[TokenTree]| match arg {
                [.., TokenTree::Ident(name)] => Some(name.to_string()),
                _ => None,
            };
            all.extend(inner.split(|token| is_punct(token, ',')).skip(1).filter_map(last).filter(known));
        }
        all.extend(amounts(&inner));
    }
    all
}

/// Without the module of tests at the end of a file.
fn without_tests(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let is_tests = |pair: &[TokenTree]| pair[0].to_string() == "mod" && pair[1].to_string() == "tests";
    let end = tokens.windows(2).position(is_tests).unwrap_or(tokens.len());
    tokens[..end].to_vec()
}

/// A file, which must be there; or the sources of a folder, if there is one.
fn sources_at(path: &str) -> Vec<String> {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if path.ends_with(".rs") {
        assert!(there.is_file(), "there is no {path}: was it renamed?");
        vec![path.to_owned()]
    } else if there.is_dir() {
        sources(path)
    } else {
        Vec::new()
    }
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
