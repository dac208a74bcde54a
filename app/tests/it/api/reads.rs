//! Reads of the catalogue that many repeat: kept for whom they may be kept, not sent again, compressed.

use super::{Machine, key};
use crate::support::{TestApp, app};
use reqwest::{Method, Response};
use serde_json::json;
use shop::accounts::Permission::{CatalogRead, CatalogWrite};

async fn get(who: &Machine, path: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(who.request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

fn said(response: &Response, name: &str) -> String {
    let values = response.headers().get_all(name).iter().map(|value| value.to_str().unwrap());
    values.collect::<Vec<_>>().join(", ")
}

/// A product's address and that of its category.
async fn sells_saws(app: &TestApp) -> (String, String) {
    let saws = app.category("Saws").await;
    let saw = app.product("Tenon saw").in_category(&saws).priced(32_00).await;
    (format!("/api/products/{}", saw.slug), format!("/api/v1/categories/{}", saws.slug))
}

/// Fails without `conditional::read`.
#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    app(async |app| {
        let (product, category) = sells_saws(app).await;
        let nobody = Machine::nobody(&app.root);
        for path in [product.as_str(), "/api/products?search=saw", "/api/categories", &category] {
            let first = get(&nobody, path, &[]).await;
            let tag = said(&first, "etag");
            assert!(first.status() == 200 && tag.starts_with("W/\""), "{path}: {tag}");
            assert!(said(&first, "cache-control").starts_with("public, max-age="), "{path}");
            for known in [tag.as_str(), "*", &format!("\"other\", {tag}"), &tag[2..]] {
                let again = get(&nobody, path, &[("if-none-match", known)]).await;
                assert_eq!((again.status().as_u16(), said(&again, "etag")), (304, tag.clone()), "{path}: {known}");
                assert!(again.bytes().await.unwrap().is_empty());
            }
            assert_eq!(get(&nobody, path, &[("if-none-match", "W/\"other\"")]).await.status(), 200);
            let head = nobody.request(Method::HEAD, path).send().await.unwrap();
            assert_eq!((head.status().as_u16(), said(&head, "etag")), (200, tag), "{path}");
        }
        let gone = get(&nobody, "/api/products/none", &[("if-none-match", "*")]).await;
        assert_eq!((gone.status().as_u16(), said(&gone, "cache-control")), (404, "no-store".into()));
    })
    .await;
}

#[tokio::test]
async fn another_price_is_another_answer() {
    app(async |app| {
        let (product, _) = sells_saws(app).await;
        let clerk = Machine::at(&app.root, &key(app, &[CatalogRead, CatalogWrite]).await);
        let nobody = Machine::nobody(&app.root);
        let known = said(&get(&nobody, &product, &[]).await, "etag");
        let id = nobody.get(&product).await.body["data"]["id"].as_str().unwrap().to_owned();
        let change = json!({ "price": "33.00" });
        assert_eq!(clerk.send(Method::PATCH, &format!("/api/products/{id}"), &change).await.status, 200);
        let anew = get(&nobody, &product, &[("if-none-match", &known)]).await;
        assert_eq!(anew.status(), 200);
        assert_ne!(said(&anew, "etag"), known);
    })
    .await;
}

/// Fails where the mark `public` stands on what only staff may see.
#[tokio::test]
async fn only_what_anybody_sees_is_kept_for_many() {
    app(async |app| {
        let (product, category) = sells_saws(app).await;
        app.customer("anna@shop.test").await;
        let anna = Machine::of(app, "anna@shop.test").await;
        let clerk = Machine::at(&app.root, &key(app, &[CatalogRead]).await);
        let of_anna = get(&anna, &product, &[]).await;
        assert_eq!(said(&of_anna, "cache-control"), "private, no-cache");
        assert_eq!(get(&anna, &product, &[("if-none-match", &said(&of_anna, "etag"))]).await.status(), 304);
        for path in [product.as_str(), "/api/products?status=draft", &category] {
            let of_clerk = get(&clerk, path, &[]).await;
            assert_eq!(
                (of_clerk.status().as_u16(), said(&of_clerk, "cache-control")),
                (200, "no-store".into()),
                "{path}"
            );
        }
        // the version, for `If-Match`; more stands in the answer than it stands for
        let version = said(&get(&clerk, &product, &[]).await, "etag");
        assert!(version.starts_with('"'), "{version}");
        assert_eq!(get(&clerk, &product, &[("if-none-match", &version)]).await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn compressed_it_has_the_same_name() {
    app(async |app| {
        let (product, _) = sells_saws(app).await;
        let nobody = Machine::nobody(&app.root);
        let plain = get(&nobody, &product, &[]).await;
        assert_eq!(said(&plain, "content-encoding"), "");
        let tag = said(&plain, "etag");
        let whole = plain.bytes().await.unwrap().len();
        for coding in ["br", "gzip"] {
            let packed = get(&nobody, &product, &[("accept-encoding", coding)]).await;
            assert_eq!((said(&packed, "content-encoding"), said(&packed, "etag")), (coding.into(), tag.clone()));
            let vary = said(&packed, "vary");
            for name in ["authorization", "x-api-key", "accept-encoding"] {
                assert!(vary.contains(name), "{vary}");
            }
            assert!(packed.bytes().await.unwrap().len() < whole);
            let again = get(&nobody, &product, &[("accept-encoding", coding), ("if-none-match", &tag)]).await;
            assert_eq!((again.status().as_u16(), said(&again, "content-encoding")), (304, String::new()));
        }
    })
    .await;
}
