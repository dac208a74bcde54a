//! The API's own description: whole, and true of the router.

use super::Machine;
use crate::support::{TestApp, app};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub async fn document(app: &TestApp) -> Value {
    let answer = Machine::nobody(&app.root).get("/api/v1/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.body
}

/// Each operation: its method, its path, and what is said of it.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap();
        let known = item.iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
        known.map(|(method, operation)| (method.clone(), path.clone(), operation.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Calls `f` with each reference in the document.
fn references<'a>(value: &'a Value, f: &mut impl FnMut(&'a str)) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                f(to);
            }
            fields.values().for_each(|value| references(value, f));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, f)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_whole() {
    app(async |app| {
        let document = document(app).await;
        assert_eq!(document["openapi"], "3.1.0");
        assert!(!document.to_string().contains(r#""default":"""#), "a default that says nothing");
        references(&document, &mut |to| {
            let pointer = to.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{to} leads nowhere");
        });
        let tags: BTreeSet<_> =
            document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone().to_string()).collect();
        let mut names = BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            let told = |what: &str| {
                assert!(operation[what].as_str().is_some_and(|t| !t.is_empty()), "{method} {path}: {what}")
            };
            told("operationId");
            told("summary");
            assert!(
                names.insert(operation["operationId"].clone().to_string()),
                "{method} {path}: its operationId is another's"
            );
            assert!(tags.contains(&operation["tags"][0].to_string()), "{method} {path}: {}", operation["tags"]);
            assert!(operation["security"].is_array(), "{method} {path}: who may call it");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            let placeholders = path.split('{').skip(1).map(|part| part.split('}').next().unwrap());
            for placeholder in placeholders {
                let all = operation["parameters"].as_array().unwrap();
                assert!(
                    all.iter().any(|p| p["in"] == "path" && p["name"] == placeholder),
                    "{method} {path}: {placeholder}"
                );
            }
            if !path.starts_with("/api/health") {
                let error = &responses["400"]["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(error, "#/components/schemas/Error", "{method} {path}");
            }
        }
        assert!(names.len() > 10);
    })
    .await;
}

/// What a part of the document refers to, or the part itself.
fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

/// Whether a reader is shown a whole body: by the part itself, by what it refers to, or by one of its alternatives.
fn is_shown(document: &Value, part: &Value) -> bool {
    let part = resolved(document, part);
    let alternatives = part["oneOf"].as_array().into_iter().flatten();
    !part["example"].is_null()
        || !part["examples"].is_null()
        || alternatives.into_iter().any(|one| is_shown(document, one))
}

/// Fails with one example taken away (`VerifyEmail`).
#[tokio::test]
async fn whatever_is_sent_has_an_example() {
    app(async |app| {
        let document = document(app).await;
        let mut bodies = 0;
        for (method, path, operation) in operations(&document) {
            let body = &operation["requestBody"]["content"]["application/json"];
            if !body.is_null() {
                bodies += 1;
                assert!(is_shown(&document, body) || is_shown(&document, &body["schema"]), "{method} {path}");
            }
        }
        assert!(bodies > 30, "{bodies}");
    })
    .await;
}

/// Collects the texts of which nothing says how they look: neither an example, nor a format, nor the words there are.
fn bare_texts<'a>(
    document: &'a Value,
    part: &'a Value,
    at: &str,
    seen: &mut BTreeSet<&'a str>,
    bare: &mut BTreeSet<String>,
) {
    if let Some(to) = part["$ref"].as_str() {
        if seen.insert(to) {
            let name = to.rsplit('/').next().unwrap();
            bare_texts(document, resolved(document, part), name, seen, bare);
        }
        return;
    }
    if ["example", "examples", "enum", "format"].iter().any(|told| !part[told].is_null()) {
        return;
    }
    let kinds = &part["type"];
    if kinds == "string" || kinds.as_array().is_some_and(|kinds| kinds.contains(&"string".into())) {
        bare.insert(at.to_owned());
    }
    for (name, property) in part["properties"].as_object().into_iter().flatten() {
        bare_texts(document, property, &format!("{at}.{name}"), seen, bare);
    }
    let several = ["oneOf", "anyOf", "allOf"].iter().flat_map(|kind| part[kind].as_array().into_iter().flatten());
    let inner = [&part["items"], &part["additionalProperties"]].into_iter().filter(|part| part.is_object());
    for part in several.chain(inner) {
        bare_texts(document, part, at, seen, bare);
    }
}

/// Fails with one example taken away (a category's slug).
#[tokio::test]
async fn whatever_is_answered_says_how_it_looks() {
    app(async |app| {
        let document = document(app).await;
        let operations = operations(&document);
        let (mut seen, mut bare) = (BTreeSet::new(), BTreeSet::new());
        for (_, _, operation) in &operations {
            for response in operation["responses"].as_object().unwrap().values() {
                for content in response["content"].as_object().into_iter().flatten() {
                    bare_texts(&document, &content.1["schema"], "", &mut seen, &mut bare);
                }
            }
        }
        assert!(seen.len() > 50, "{}", seen.len());
        assert!(bare.is_empty(), "these could be anything: {bare:#?}");
    })
    .await;
}

/// At each path the router takes the methods that are described, and no others: it says so itself, in `Allow`.
#[tokio::test]
async fn the_router_has_what_it_says() {
    app(async |app| {
        let document = document(app).await;
        let nobody = Machine::nobody(&app.root);
        for path in document["paths"].as_object().unwrap().keys() {
            let described: BTreeSet<_> =
                operations(&document).into_iter().filter(|(_, p, _)| p == path).map(|(method, ..)| method).collect();
            let at = path.replace(['{', '}'], "");
            let refused = super::Answered::from(nobody.request(Method::TRACE, &at)).await;
            assert_eq!(refused.status, 405, "{path}");
            let taken: BTreeSet<_> = refused.header("allow").split(',').map(|m| m.trim().to_lowercase()).collect();
            let taken: BTreeSet<_> = taken.into_iter().filter(|method| method != "head").collect();
            assert_eq!(taken, described, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn it_can_be_read_in_a_browser_without_the_rest_of_the_internet() {
    app(async |app| {
        let client = reqwest::Client::new();
        let page = client.get(format!("{}/api/docs", app.root)).send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/api/docs/"));
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self';"));
        let html = page.text().await.unwrap();
        for file in html.split(['"', '\'']).filter(|word| word.ends_with(".js") || word.ends_with(".css")) {
            let file = file.trim_start_matches("./");
            assert!(!file.contains("//"), "{file} is elsewhere");
            let response = client.get(format!("{}/api/docs/{file}", app.root)).send().await.unwrap();
            assert_eq!(response.status(), 200, "{file}");
            assert!(!response.bytes().await.unwrap().is_empty());
        }
    })
    .await;
}

/// What apps were promised; taking one of these away, or renaming it, breaks them.
#[tokio::test]
async fn nothing_that_was_promised_is_missing() {
    let promised = "
        post /auth/register | post /auth/login | post /auth/refresh | post /auth/logout | get /auth/sessions
        delete /auth/sessions/x | post /auth/forgot-password | post /auth/reset-password | post /auth/verify-email
        post /users/register | post /users/login | get /users/me | patch /users/me | get /users/profile
        put /users/profile | get /users/me/addresses | post /users/me/addresses | patch /users/me/addresses/x
        delete /users/me/addresses/x | get /users | get /users/x | patch /users/x | post /users | delete /users/x
        get /products | get /products/x | post /products | patch /products/x | put /products/x | delete /products/x
        post /products/x/publish | post /products/x/unpublish | post /products/x/archive
        get /categories | get /categories/x | post /categories | patch /categories/x | delete /categories/x
        get /cart | post /cart/items | patch /cart/items/x | delete /cart/items/x | delete /cart
        post /orders | get /orders | get /orders/x | patch /orders/x/cancel | put /orders/x | delete /orders/x
        post /orders/x/refund | post /payments | get /payments/x
        post /stripe/create-payment-intent | post /stripe/webhook
        get /inventory | get /inventory/x/movements | post /inventory/x/adjust | post /inventory/x/receive
        get /settings | patch /settings | get /audit-logs
        post /upload/single | post /upload/products | delete /upload/x
        get /health | get /health/ready | get /health/live";
    app(async |app| {
        let shortened = |path: &str| {
            let words = path.trim_start_matches("/api").split('/');
            words.map(|word| if word.starts_with('{') { "x" } else { word }).collect::<Vec<_>>().join("/")
        };
        let document = document(app).await;
        let all: BTreeSet<_> =
            operations(&document).iter().map(|(method, path, _)| format!("{method} {}", shortened(path))).collect();
        for operation in promised.split(['|', '\n']).map(str::trim).filter(|operation| !operation.is_empty()) {
            assert!(all.contains(operation), "{operation} is not among {all:?}");
        }
    })
    .await;
}
