//! The plan of the house: which slice may know which. A slice is a file or folder directly under `src/`.
//!
//! The lists below are the plan, the top floor first. A slice names only slices of the floors below its own, and no
//! files of a slice know each other in a circle. What is read are paths in the sources: `use` lines, and paths written
//! in full.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const SHOP: &[&str] = &[
    "testing",
    "live seed worker",
    "checkout kept_forms migrate",
    "conversations",
    "accounts",
    "watches",
    "email orders",
    "payments",
    "lifecycle",
    "cart",
    "catalog",
    "audit_log inventory pricing",
    "channel_keys webhooks",
    "notifications",
    "files jobs settings",
    "audit throttle",
    "address cache events idempotency sealed_column",
    "act announce input word",
    "words",
    "actors csv db entity invariants keys money outbound seal time_zone",
    "clock crash error live_topic number page schema",
    "id",
    "message",
];

const APP: &[&str] = &["commands", "server", "pages", "admin live storefront", "ui", "api words", "web", "config"];

#[test]
fn no_slice_of_the_shop_names_one_above_it() {
    assert_floors("src", SHOP);
}

#[test]
fn no_slice_of_the_app_names_one_above_it() {
    assert_floors("app/src", APP);
}

#[test]
fn no_files_of_a_slice_go_in_a_circle() {
    for root in ["src", "app/src"] {
        assert_no_circle(root);
    }
}

/// All acts have one frame: who begins a transaction in another way is named here, with the reason. Fails when somebody
/// else does.
#[test]
fn transactions_begin_in_one_place() {
    let may = [
        ("act", "the frame"),
        ("audit::chain", "seals rows of the log in batches, behind a lock of its own"),
        ("db", "the pool"),
        ("db::pool", "the pool"),
        ("invariants", "only reads, and says so to the server"),
        ("seed::big", "loads rows in bulk"),
        ("testing::catalog", "makes what rules forbid, for tests"),
    ];
    let mut sources = Vec::new();
    for root in ["src", "app/src"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), "", &mut sources);
    }
    let begins = |source: &str| source.contains(".begin()") || source.contains(".begin_with(");
    let who: Vec<&str> = sources.iter().filter(|(_, source)| begins(source)).map(|(name, _)| name.as_str()).collect();
    let others: Vec<_> = who.iter().filter(|name| !may.iter().any(|(known, _)| known == *name)).collect();
    assert!(others.is_empty(), "these begin transactions beside `act!`: {others:?}");
    assert!(who.contains(&"act") && who.len() > 3, "the sources are looked at");
}

/// Fails when an arrow up, or one within a floor, is not seen, and when a circle is not.
#[test]
fn an_arrow_up_and_a_circle_are_seen() {
    let house = House::of([
        ("orders", "use crate::money::Money;\nmod acts;\npub use acts::cancel;\npub fn note() {}"),
        ("orders::acts", "pub fn cancel() { super::note(); crate::payments::pay(); }"),
        (
            "payments",
            "pub fn pay() { format!(\"{}\", crate::orders::note()) }\n#[cfg(test)]\nmod tests { use crate::seed; }",
        ),
        ("money", "//! See [`crate::orders`].\npub struct Money;"),
    ]);
    assert_eq!(house.arrows_up(&["orders", "payments", "money"]), ["payments names orders"]);
    assert_eq!(house.arrows_up(&["orders payments", "money"]), ["orders names payments", "payments names orders"]);
    assert_eq!(
        house.arrows_up(&["orders", "payments"]),
        ["money is on no floor", "orders names money", "payments names orders"]
    );
    assert_eq!(house.circles(), Vec::<Vec<String>>::new(), "a front door that only hands on is no circle");
    let house = House::of([
        ("orders", "mod acts;\npub fn note() { acts::cancel() }"),
        ("orders::acts", "use super::note;\npub fn cancel() {}"),
    ]);
    assert_eq!(house.circles(), [["orders", "orders::acts"]]);
}

fn assert_floors(root: &str, floors: &[&str]) {
    let up = House::under(root).arrows_up(floors);
    assert!(up.is_empty(), "{root}: move what is shared to a floor below both:\n{}", up.join("\n"));
}

fn assert_no_circle(root: &str) {
    let circles: Vec<String> = House::under(root).circles().iter().map(|circle| circle.join(" ")).collect();
    assert!(circles.is_empty(), "{root}: move what is shared into a file of its own:\n{}", circles.join("\n"));
}

/// The modules of a package by their paths, `orders::acts`, without the root.
struct House(BTreeMap<String, Module>);

#[derive(Default)]
struct Module {
    /// Paths as they are written, `super` and all.
    named: Vec<Vec<String>>,
    /// What it hands on under a name of its own, and from where.
    handed_on: BTreeMap<String, Vec<String>>,
    children: BTreeSet<String>,
}

impl House {
    fn under(root: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let mut sources = Vec::new();
        collect(&root, "", &mut sources);
        assert!(sources.len() > 20, "{} holds the sources", root.display());
        Self::of(sources.iter().map(|(name, source)| (name.as_str(), source.as_str())))
    }

    fn of<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let modules = sources.into_iter().map(|(name, source)| (name.to_owned(), Module::of(source)));
        Self(modules.collect())
    }

    /// Arrows that do not lead down, as the names of two slices.
    fn arrows_up(&self, floors: &[&str]) -> Vec<String> {
        let floor = |slice: &str| floors.iter().position(|floor| floor.split(' ').any(|name| name == slice));
        let mut up = BTreeSet::new();
        for (name, module) in &self.0 {
            let slice = slice_of(name);
            let Some(here) = floor(slice) else {
                up.insert(format!("{slice} is on no floor"));
                continue;
            };
            let named = module.named.iter().chain(module.handed_on.values());
            for there in named.filter_map(|path| absolute(name, path)).filter_map(|path| path.first().cloned()) {
                if there != slice && self.0.contains_key(&there) && floor(&there).is_none_or(|there| there <= here) {
                    up.insert(format!("{slice} names {there}"));
                }
            }
        }
        up.into_iter().collect()
    }

    /// The files of each slice that can be reached from themselves.
    fn circles(&self) -> Vec<Vec<String>> {
        let known: BTreeMap<&str, BTreeSet<&str>> =
            self.0.keys().map(|name| (name.as_str(), self.known_to(name))).collect();
        let reached = |from: &str| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
            while let Some(name) = next.pop() {
                for there in &known[name.as_str()] {
                    if seen.insert((*there).to_owned()) {
                        next.push((*there).to_owned());
                    }
                }
            }
            seen
        };
        let all: BTreeMap<&str, BTreeSet<String>> = known.keys().map(|name| (*name, reached(name))).collect();
        let mut circles = BTreeSet::new();
        for (name, seen) in &all {
            if seen.contains(*name) {
                let circle = seen.iter().filter(|other| all[other.as_str()].contains(*name));
                circles.insert(circle.cloned().collect::<Vec<_>>());
            }
        }
        circles.into_iter().collect()
    }

    /// The other files of its slice that define what a file names.
    fn known_to(&self, name: &str) -> BTreeSet<&str> {
        let named = self.0[name].named.iter().filter_map(|path| self.defining(name, path, 0));
        named.filter(|there| *there != name && slice_of(there) == slice_of(name)).collect()
    }

    /// The file that defines what a path names, followed through whoever hands it on.
    fn defining(&self, from: &str, path: &[String], depth: usize) -> Option<&str> {
        let path = absolute(from, path).or_else(|| {
            let own = self.0[from].children.contains(path.first()?);
            own.then(|| from.split("::").map(str::to_owned).chain(path.iter().cloned()).collect())
        })?;
        let (name, rest) = (0..=path.len()).rev().find_map(|n| {
            let (name, _) = self.0.get_key_value(&path[..n].join("::"))?;
            Some((name, &path[n..]))
        })?;
        let handed_on = rest.first().and_then(|item| self.0[name].handed_on.get(item));
        match handed_on {
            Some(source) if depth < 8 => {
                let source: Vec<String> = source.iter().chain(&rest[1..]).cloned().collect();
                self.defining(name, &source, depth + 1)
            }
            _ => Some(name),
        }
    }
}

fn slice_of(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

fn collect(folder: &Path, above: &str, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let module = if above.is_empty() { name.to_owned() } else { format!("{above}::{name}") };
        if path.is_dir() {
            collect(&path, &module, sources);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !matches!(module.as_str(), "lib" | "main") {
            sources.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A path from the root of the package; `None` for one of another package, or of a child.
fn absolute(from: &str, path: &[String]) -> Option<Vec<String>> {
    let mut here: Vec<String> = from.split("::").map(str::to_owned).collect();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|segment| segment == "super") {
                here.pop();
                rest = &rest[1..];
            }
        }
        _ => return None,
    }
    Some(here.into_iter().chain(rest.iter().cloned()).collect())
}

impl Module {
    fn of(source: &str) -> Self {
        let mut module = Self::default();
        let tokens = source.parse::<TokenStream>().unwrap();
        module.read(&mut tokens.into_iter().collect::<Vec<_>>());
        module
    }

    fn read(&mut self, tokens: &mut [TokenTree]) {
        let mut at = 0;
        let mut is_public = false;
        while at < tokens.len() {
            match &tokens[at] {
                // what only tests use
                TokenTree::Punct(hash) if hash.as_char() == '#' && is_cfg_test(tokens.get(at + 1)) => {
                    at = end_of_item(tokens, at + 2);
                    continue;
                }
                TokenTree::Ident(word) if word == "pub" => is_public = true,
                TokenTree::Ident(word) if word == "mod" => {
                    if let Some(TokenTree::Ident(child)) = tokens.get(at + 1) {
                        self.children.insert(child.to_string());
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    let mut leaves = Vec::new();
                    at = read_path(tokens, at + 1, Vec::new(), &mut leaves);
                    for (path, name) in leaves {
                        match is_public {
                            true => drop(self.handed_on.insert(name, path)),
                            false => self.named.push(path),
                        }
                    }
                    is_public = false;
                    continue;
                }
                TokenTree::Ident(_) if is_path(tokens, at) => {
                    let mut leaves = Vec::new();
                    at = read_path(tokens, at, Vec::new(), &mut leaves);
                    self.named.extend(leaves.into_iter().map(|(path, _)| path));
                    continue;
                }
                TokenTree::Group(group) => {
                    // `pub(crate)` is followed by what is public
                    if !(is_public && group.delimiter() == Delimiter::Parenthesis) {
                        is_public = false;
                    }
                    self.read(&mut group.stream().into_iter().collect::<Vec<_>>());
                }
                _ => is_public = false,
            }
            at += 1;
        }
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The beginning of a path of more than one segment.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    is_colons(tokens, at + 1) && !(at >= 2 && is_colons(tokens, at - 2))
}

/// Reads a path or a tree of `use`, as its leaves with the names they get, and says where it ends.
fn read_path(
    tokens: &[TokenTree],
    mut at: usize,
    mut path: Vec<String>,
    leaves: &mut Vec<(Vec<String>, String)>,
) -> usize {
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(segment)) => path.push(segment.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut from = 0;
                while from < inner.len() {
                    from = read_path(&inner, from, path.clone(), leaves) + 1;
                }
                return at + 1;
            }
            // a glob, or the type arguments of a path
            _ => return at + 1,
        }
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if let (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(alias))) = (tokens.get(at), tokens.get(at + 1))
        && word == "as"
    {
        name = alias.to_string();
        at += 2;
    }
    leaves.push((path, name));
    at
}

fn is_cfg_test(attribute: Option<&TokenTree>) -> bool {
    matches!(attribute, Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    from + tokens[from.min(tokens.len())..].iter().position(ends).map_or(tokens.len(), |n| n + 1)
}
