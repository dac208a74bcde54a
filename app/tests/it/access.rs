//! Every address of the shop, asked for by everybody: what `table.rs` says is what happens.
//!
//! The addresses come from where they are made: the pages from their router, the server functions from their registry,
//! the endpoints from the API's document, the other routes from the source. One without a row in the table fails.

mod api;
mod people;
mod table;

use crate::support::addresses::{in_source, without_names};
use crate::support::app_with;
use people::{Person, everybody};
use std::collections::BTreeSet;
use table::{FORMS, PAGES, ROUTES, Who};

/// Nobody is refused for asking often: there are thousands of requests.
const PATIENT: &[(&str, &str)] = &[("API_RATE_ADDRESS", "1000000/min"), ("API_RATE_PRINCIPAL", "1000000/min")];

/// What has a row twice, what has none, and which rows are of nothing.
fn compare(what: &str, rows: impl Iterator<Item = String>, found: BTreeSet<String>) {
    let mut known = BTreeSet::new();
    for row in rows {
        assert!(known.insert(row.clone()), "{what}: two rows for {row}");
    }
    let missing: Vec<_> = found.difference(&known).collect();
    assert!(missing.is_empty(), "{what}: who may do this? A row in app/tests/it/access/table.rs for {missing:#?}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "{what}: rows of what is not there any more: {gone:#?}");
}

#[tokio::test]
async fn every_page_has_a_row() {
    let pages = leptos_axum::generate_route_list(ironmonger::pages::AllPages);
    let pages: BTreeSet<_> = pages.iter().map(|page| page.path().to_owned()).collect();
    assert!(pages.contains("/admin/orders/{number}"), "{pages:?}");
    compare("pages", PAGES.iter().map(|row| row.0.to_owned()), pages);
}

#[test]
fn every_server_function_has_a_row() {
    let found = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    compare("server functions", FORMS.iter().map(|row| format!("/do/ironmonger/{}", row.0)), found);
}

#[test]
fn every_other_route_has_a_row() {
    let acts: BTreeSet<_> = ROUTES.iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(acts.len(), ROUTES.len(), "two rows for one method of a route");
    // a route of two methods has two rows
    let paths: BTreeSet<_> = ROUTES.iter().map(|row| without_names(row.1)).collect();
    compare("routes", paths.into_iter(), in_source());
}

impl Who {
    /// Whether this person is let in to a page.
    fn lets_in(self, person: &Person) -> bool {
        match self {
            Self::Anyone => true,
            Self::SignedIn | Self::OwnOr(_) => person.is_signed_in(),
            Self::Staff => person.works_here(),
            Self::May(permissions) => person.may(permissions),
        }
    }
}

/// How an answer of a page or form refuses: by asking to sign in, or with 403.
fn refusal(response: &reqwest::Response) -> Option<&'static str> {
    let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    match response.status().as_u16() {
        403 => Some("403"),
        303 if to.starts_with("/admin/login") || to.starts_with("/login") => Some("sign in"),
        401 => Some("401"),
        _ => None,
    }
}

/// The refusal that this person should get, if any.
fn expected(who: Who, person: &Person) -> Option<&'static str> {
    match (who.lets_in(person), person.is_signed_in()) {
        (true, _) => None,
        (false, true) => Some("403"),
        (false, false) => Some("sign in"),
    }
}

/// Fails without `staff_only::staff_only` (guests and customers), and wherever a page reads without asking `may`.
#[tokio::test]
async fn pages_answer_whom_the_table_names() {
    app_with(PATIENT, async |app| {
        let (people, things) = (everybody(app).await, people::things(app).await);
        let mut wrong = Vec::new();
        for person in &people {
            for (page, who) in PAGES {
                let path = things.fill(page);
                let response = person.browser.get(&path).await;
                let (status, got) = (response.status().as_u16(), refusal(&response));
                if got != expected(*who, person) || (status >= 400 && ![403, 404, 410].contains(&status)) {
                    wrong.push(format!("{page} as {}: {status}, {got:?}", person.name));
                }
            }
        }
        assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
    })
    .await;
}

#[tokio::test]
async fn other_routes_answer_whom_the_table_names() {
    app_with(PATIENT, async |app| {
        let (people, things) = (everybody(app).await, people::things(app).await);
        let mut wrong = Vec::new();
        for person in &people {
            for (method, path, who) in ROUTES {
                let method: reqwest::Method = method.parse().unwrap();
                let url = format!("{}{}", app.root, things.fill(path));
                let mut request = person.browser.client.request(method.clone(), url);
                if method == reqwest::Method::POST {
                    // as an upload sends it
                    request = request.multipart(reqwest::multipart::Form::new().text("nothing", ""));
                }
                let response = request.send().await.unwrap();
                let (status, got) = (response.status().as_u16(), refusal(&response));
                if got != expected(*who, person) || status >= 500 {
                    wrong.push(format!("{path} as {}: {status}, {got:?}", person.name));
                }
            }
        }
        assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
    })
    .await;
}

/// Fails wherever a command does not ask `may` first. A form that does not parse would be refused before anybody is
/// asked who sends it: so 400 is wrong, too.
#[tokio::test]
async fn forms_answer_whom_the_table_names() {
    app_with(PATIENT, async |app| {
        let people = everybody(app).await;
        let mut wrong = Vec::new();
        for person in &people {
            // who signs out is somebody else afterwards
            let (out, others): (Vec<_>, Vec<_>) = FORMS.iter().partition(|row| row.0.ends_with("sign_in/leave"));
            for (form, who, fields) in others.into_iter().chain(out.into_iter().take(1)) {
                let fields = fields.replace("{uuid}", &uuid::Uuid::now_v7().to_string());
                let fields: Vec<_> = url::form_urlencoded::parse(fields.as_bytes()).collect();
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
                let response = person.browser.post("/", &format!("/do/ironmonger/{form}"), &fields).await;
                let (status, got) = (response.status().as_u16(), refusal(&response));
                if got != expected(who, person) || status == 400 || status >= 500 {
                    wrong.push(format!("{form} as {}: {status}, {got:?}", person.name));
                }
            }
        }
        assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
    })
    .await;
}

/// The addresses in the menu of the admin.
async fn menu(person: &Person) -> BTreeSet<String> {
    let html = person.browser.page("/admin").await;
    let links = html.split("<a ").skip(1).filter_map(|rest| rest.split('>').next());
    let href = |link: &str| Some(link.split_once("href=\"")?.1.split_once('"')?.0.to_owned());
    links.filter(|link| link.contains("admin-nav__link")).filter_map(href).collect()
}

/// An entry stands in the menu exactly when its page is answered with 200.
#[tokio::test]
async fn the_menu_shows_what_is_answered() {
    app_with(PATIENT, async |app| {
        let people = everybody(app).await;
        let all = menu(people.iter().find(|person| person.is_admin).unwrap()).await;
        for known in ["/admin", "/admin/orders", "/admin/customers", "/admin/settings", "/admin/account"] {
            assert!(all.contains(known), "{known} in {all:?}");
        }
        for person in people.iter().filter(|person| person.works_here()) {
            let shown = menu(person).await;
            for page in &all {
                let who = PAGES.iter().find(|row| row.0 == page).unwrap_or_else(|| panic!("{page} has no row")).1;
                let status = person.browser.get(page).await.status().as_u16();
                let good = who.lets_in(person);
                assert_eq!((shown.contains(page), status == 200), (good, good), "{page} as {}: {status}", person.name);
            }
        }
    })
    .await;
}
