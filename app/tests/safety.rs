//! Safety from the first day: origins, headers, sessions, errors.

mod support;

use reqwest::Method;
use support::app;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    app(async |app| {
        for path in ["/", "/nowhere", "/health", "/admin/login", "/favicon.svg"] {
            let response = app.browser().get(path).await;
            let header =
                |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(header("x-frame-options"), "DENY", "{path}");
            assert!(!header("x-request-id").is_empty(), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn scripts_carry_the_nonce_of_their_own_answer() {
    app(async |app| {
        let response = app.browser().get("/").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
        let html = response.text().await.unwrap();
        let scripts: Vec<&str> =
            html.match_indices("<script").map(|(at, _)| &html[at..][..html[at..].find('>').unwrap()]).collect();
        assert!(!scripts.is_empty());
        for script in scripts.iter().filter(|s| !s.contains("application/ld+json")) {
            assert!(script.contains(&nonce) && script.contains("src="), "{script}");
        }
        let other = app.browser().get("/").await.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_ne!(policy, other);
    })
    .await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_have_their_own_pages() {
    app(async |app| {
        let browser = app.browser();
        for path in ["/nowhere", "/products/none/such", "/%00", "/..%2f..%2fetc/passwd"] {
            assert_eq!(browser.get(path).await.status(), 404, "{path}");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let response = browser.client.request(method, format!("{}/", app.root)).send().await.unwrap();
            assert_eq!(response.status(), 405);
        }
        assert_eq!(browser.post("/", "/do/none", &[]).await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn a_foreign_origin_is_refused_before_anything_happens() {
    app(async |app| {
        let mut addresses = vec!["/".to_owned(), "/admin/products".to_owned()];
        addresses.extend(server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for path in &addresses {
                for (name, value) in
                    [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
                {
                    let request = reqwest::Client::new().request(method.clone(), format!("{}{path}", app.root));
                    let response = request.header(name, value).send().await.unwrap();
                    assert_eq!(response.status(), 403, "{method} {path} {name}: {value}");
                }
            }
        }
        // and a request that does not say where it comes from is no page of ours either
        let silent = reqwest::Client::new().post(format!("{}/", app.root)).send().await.unwrap();
        assert_eq!(silent.status(), 403);
    })
    .await;
}

#[tokio::test]
async fn the_admin_is_closed_to_guests() {
    app(async |app| {
        for path in ["/admin", "/admin/products", "/admin/orders/IM-1", "/admin/x/y/z"] {
            let response = app.browser().get(path).await;
            assert_eq!(response.status(), 303, "{path}");
            assert!(response.headers()["location"].to_str().unwrap().starts_with("/admin/login"), "{path}");
            assert_eq!(response.text().await.unwrap(), "", "{path}");
        }
    })
    .await;
}
