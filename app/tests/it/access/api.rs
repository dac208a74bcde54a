//! The JSON API: each operation of its document, by tokens and keys.

use super::people::{self, Person, everybody};
use super::table::{API, Who};
use super::{PATIENT, compare};
use crate::support::app_with;
use serde_json::Value;
use std::collections::BTreeSet;

async fn document(root: &str) -> Value {
    reqwest::get(format!("{root}/api/openapi.json")).await.unwrap().json().await.unwrap()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[tokio::test]
async fn every_operation_has_a_row() {
    app_with(PATIENT, async |app| {
        let document = document(&app.root).await;
        let mut found = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        compare("operations", API.iter().map(|(method, path, _)| format!("{method} {path}")), found);
    })
    .await;
}

/// The document says of each operation which scopes a key needs. Fails when it promises other ones than the table has.
#[tokio::test]
async fn the_document_names_the_scopes_of_the_table() {
    app_with(PATIENT, async |app| {
        let document = document(&app.root).await;
        for (method, path, who) in API {
            let operation = &document["paths"][path][method.to_lowercase()];
            let ways = operation["security"].as_array().cloned().unwrap_or_default();
            let scopes = ways.iter().find_map(|way| way.get("key")).and_then(Value::as_array);
            if let Who::May(permissions) | Who::OwnOr(permissions) = who {
                let words: Vec<_> = permissions.iter().map(|p| Value::from(p.word())).collect();
                assert_eq!(scopes, Some(&words), "{method} {path}");
            }
            let for_all = ways.is_empty() || ways.iter().any(|way| way.as_object().is_some_and(|way| way.is_empty()));
            assert_eq!(for_all, matches!(who, Who::Anyone), "{method} {path}: {ways:?}");
        }
    })
    .await;
}

fn lets_key_in(who: Who, person: &Person) -> Option<bool> {
    match who {
        // some of these are for people only, others for keys with a scope as well: their own tests say which
        Who::Anyone => None,
        Who::SignedIn | Who::Staff => Some(false),
        Who::May(permissions) | Who::OwnOr(permissions) => Some(person.may(permissions)),
    }
}

/// Fails wherever an endpoint does not ask `may` before it looks at anything.
#[tokio::test]
async fn operations_answer_whom_the_table_names() {
    app_with(PATIENT, async |app| {
        let (people, things) = (everybody(app).await, people::things(app).await);
        let client = reqwest::Client::new();
        let mut wrong = Vec::new();
        for person in &people {
            for (method, path, who) in API {
                // their sessions end with it
                if *path == "/api/auth/logout" {
                    continue;
                }
                let ask = async |header: Option<(&str, String)>| {
                    let url = format!("{}{}", app.root, things.fill(path));
                    let mut request = client.request(method.parse().unwrap(), url);
                    if let Some((name, value)) = header {
                        request = request.header(name, value);
                    }
                    let request = request.header("idempotency-key", uuid::Uuid::now_v7().to_string());
                    request.json(&serde_json::json!({})).send().await.unwrap().status().as_u16()
                };
                let token = person.token.as_ref().map(|token| ("authorization", format!("Bearer {token}")));
                let status = ask(token).await;
                let refused = [401, 403].contains(&status);
                // a wrong password is a 401 of its own
                let wrong_status = match (who.lets_in(person), person.is_signed_in()) {
                    (true, _) => matches!(who, Who::May(_) | Who::OwnOr(_)) && refused || status >= 500,
                    (false, false) => status != 401,
                    (false, true) => status != 403,
                };
                if wrong_status {
                    wrong.push(format!("{method} {path} as {}: {status}", person.name));
                }
                if let (Some(key), Some(lets_in)) = (&person.key, lets_key_in(*who, person)) {
                    let status = ask(Some(("x-api-key", key.clone()))).await;
                    if (status == 403) == lets_in || status == 401 || status >= 500 {
                        wrong.push(format!("{method} {path} as a key like {}: {status}", person.name));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
    })
    .await;
}
