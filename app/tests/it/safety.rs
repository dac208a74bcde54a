//! Safety from the first day: origins, headers, sessions, errors.

use crate::support::{TestApp, app, png};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use shop::accounts::Permission;
use shop::testing::TestShop;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

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

/// Every address that the source gives to a router, and every server function. A new one is tested without being
/// written down here.
fn addresses() -> BTreeSet<String> {
    let functions = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    functions.chain(crate::support::addresses::in_source()).collect()
}

#[tokio::test]
async fn a_foreign_origin_is_refused_at_every_address() {
    app(async |app| {
        let (mut addresses, client) = (addresses(), reqwest::Client::new());
        for known in ["/do/x", "/admin/products/x/images", "/do/ironmonger/storefront/cart/add", "/checkout/return"] {
            assert!(addresses.contains(known), "{known} is not among {addresses:?}");
        }
        // Apps and machines are no pages of ours: they are let in, and asked for a key or a signature; never for a
        // cookie, so there is nothing to forge (the next test but one).
        let let_in = addresses.extract_if(.., |path| path.starts_with("/api/")).collect::<Vec<_>>();
        assert_eq!(let_in, ["/api/", "/api/metrics", "/api/openapi.json", "/api/x"]);
        let unsigned = client.post(format!("{}/api/stripe/webhook", app.root)).header("origin", "https://evil.example");
        assert_eq!(unsigned.body("{}").send().await.unwrap().status(), 400);

        addresses.extend(["/".to_owned(), "/admin/products".to_owned()]);
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for path in &addresses {
                for (name, value) in
                    [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
                {
                    // mail programs post there, and the secret in the address is the proof (RFC 8058)
                    let one_click = (path.as_str(), &method) == ("/watches/one-click", &Method::POST);
                    let request = client.request(method.clone(), format!("{}{path}", app.root));
                    let response = request.header(name, value).send().await.unwrap();
                    let refused = if one_click { 410 } else { 403 };
                    assert_eq!(response.status(), refused, "{method} {path} {name}: {value}");
                }
            }
        }
        // and a request that does not say where it comes from is no page of ours either
        let silent = client.post(format!("{}/", app.root)).send().await.unwrap();
        assert_eq!(silent.status(), 403);
    })
    .await;
}

/// Whether anything at all is different: a hash over all rows of all tables.
async fn all_rows(app: &TestApp) -> Vec<(String, Option<String>)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(table_name) from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
    )
    .fetch_all(&app.db)
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = format!("select md5(string_agg(t::text, ',' order by t::text)) from {table} t");
        all.push((table, sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&app.db).await.unwrap()));
    }
    all
}

/// The very requests that work from a page of ours do nothing from elsewhere, although the browser sends the cookies of
/// staff along. Fails without `csrf::refuse_foreign`.
#[tokio::test]
async fn a_foreign_page_cannot_act_for_who_is_signed_in() {
    app(async |app| {
        use Permission::{CatalogRead, CatalogWrite, InventoryRead, InventoryWrite};
        let staff = app.staff(&[CatalogRead, CatalogWrite, InventoryRead, InventoryWrite]).await;
        let browser = app.browser();
        let who = [("email", staff.email()), ("password", shop::testing::PASSWORD)];
        browser.post("/admin/login", "/do/ironmonger/admin/sign_in/enter", &who).await;
        let rasp = app.product("Rasp").stock(5).await;

        let form = |action: &str, fields: &[(&str, &str)]| {
            browser.client.post(format!("{}/do/ironmonger/{action}", app.root)).form(fields)
        };
        let variant = rasp.variant.to_string();
        let picture = || {
            let part = Part::bytes(png()).file_name("rasp.png");
            let upload = browser.client.post(format!("{}/admin/products/{}/images", app.root, rasp.id));
            upload.multipart(Form::new().part("files", part))
        };
        let acts: [(&str, &dyn Fn() -> RequestBuilder); 4] = [
            ("a form of staff", &|| form("admin/inventory/receive", &[("variant", &variant), ("quantity", "1")])),
            ("an upload", &picture),
            ("a shopper's form", &|| form("storefront/cart/add", &[("variantId", &variant)])),
            ("signing out", &|| form("admin/sign_in/leave", &[])),
        ];
        for (what, act) in acts {
            let before = all_rows(app).await;
            for foreign in ["https://evil.example", "null"] {
                assert_eq!(act().header("origin", foreign).send().await.unwrap().status(), 403, "{what}");
            }
            assert_eq!(all_rows(app).await, before, "{what}");
            let own = act().header("referer", format!("{}/", app.root)).send().await.unwrap();
            assert_eq!(own.status(), 303, "{what}");
            assert_ne!(all_rows(app).await, before, "{what} from our own page does something");
        }
    })
    .await;
}

/// Whatever comes with the cookies of an admin to the API comes from nobody. Fails where `Caller` takes whoever is
/// signed in.
#[tokio::test]
async fn the_api_knows_nobody_by_a_cookie() {
    app(async |app| {
        let (admin, browser) = (app.admin().await, app.browser());
        let who = [("email", admin.email()), ("password", shop::testing::PASSWORD)];
        browser.post("/admin/login", "/do/ironmonger/admin/sign_in/enter", &who).await;
        assert_eq!(browser.get("/admin").await.status(), 200);
        let placed = app.order_of(&app.product("Rasp").stock(5).await, 1).await;
        let before = all_rows(app).await;
        let order = format!("/api/orders/{}", placed.number);
        let refund = format!("{order}/refund");
        for (method, path, status) in [
            (Method::GET, "/api/orders", 401),
            // a guest's, for whoever has its key: to all others there is none
            (Method::GET, order.as_str(), 404),
            (Method::POST, refund.as_str(), 401),
            (Method::GET, "/api/payments/0190a2c4-0000-7000-8000-000000000000", 404),
            (Method::GET, "/api/payments", 401),
            (Method::GET, "/api/users/me", 401),
            (Method::GET, "/api/settings", 401),
        ] {
            let request = browser.client.request(method.clone(), format!("{}{path}", app.root));
            let request = request.header("idempotency-key", "k").header("content-type", "application/json");
            assert_eq!(request.body(r#"{"what":"all"}"#).send().await.unwrap().status(), status, "{method} {path}");
        }
        assert_eq!(all_rows(app).await, before);
    })
    .await;
}

/// Fails without `sessions::or_unavailable`: tower-sessions answers with an empty 500.
#[tokio::test]
async fn without_a_database_pages_say_that_the_shop_is_busy() {
    let mut app = TestApp::start(TestShop::open().await).await;
    let variant = app.product("Rasp").stock(5).await.variant.to_string();
    let (newcomer, known) = (app.browser(), app.browser());
    let add = "/do/ironmonger/storefront/cart/add";
    known.post("/", add, &[("variantId", &variant)]).await;
    app.db.close().await;
    let answers = [
        // what there is to say cannot be kept in a new session
        newcomer.post("/", add, &[("variantId", &variant)]).await,
        // the session that there is cannot be read
        known.post("/", add, &[("variantId", &variant)]).await,
        known.get("/").await,
        newcomer.get("/products/rasp").await,
    ];
    for answer in answers {
        let url = answer.url().to_string();
        assert_eq!(answer.status(), 503, "{url}");
        assert_eq!(answer.headers()["retry-after"], "2", "{url}");
        assert!(answer.text().await.unwrap().contains("Very busy just now"), "{url}");
    }
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
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

/// What is answered to these very bytes: the status line and headers, in lower case.
async fn answered_to(app: &TestApp, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = app.root.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split("\r\n\r\n").next().unwrap().to_lowercase()
}

/// Fails without `host::named_once`: of two hosts a proxy may read the one and we the other.
#[tokio::test]
async fn a_request_names_its_host_once() {
    app(async |app| {
        let host = app.root.trim_start_matches("http://");
        let ask = async |version: &str, path: &str, hosts: &[&str]| {
            let lines: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
            answered_to(app, &format!("GET {path} HTTP/{version}\r\n{lines}Connection: close\r\n\r\n")).await
        };
        for path in ["/health/live", "/", "/api/products"] {
            assert!(ask("1.1", path, &[host]).await.starts_with("http/1.1 200"), "{path}");
            for wrong in [&[][..], &[host, host], &[host, "evil.example"], &[""], &["a b"], &["user@shop.example"]] {
                let answer = ask("1.1", path, wrong).await;
                assert!(answer.starts_with("http/1.1 400"), "{path} {wrong:?}: {answer}");
                assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
            }
            assert!(ask("1.0", path, &[]).await.starts_with("http/1.0 200"), "{path}");
        }
        let answer = ask("1.1", "/api/products", &[host, host]).await;
        assert!(answer.contains("application/json"), "{answer}");
    })
    .await;
}

/// Fails where pages are rendered for whatever is "safe", as TRACE and OPTIONS are.
#[tokio::test]
async fn trace_and_a_bare_options_are_refused() {
    app(async |app| {
        let client = reqwest::Client::new();
        for method in [Method::TRACE, Method::OPTIONS, Method::CONNECT, Method::from_bytes(b"PROPFIND").unwrap()] {
            for path in
                ["/", "/cart", "/admin", "/products/none", "/health", "/robots.txt", "/api/products", "/api/cart"]
            {
                if method == Method::CONNECT {
                    continue;
                }
                let request = client.request(method.clone(), format!("{}{path}", app.root));
                let answer = request.header("origin", &app.root).send().await.unwrap();
                assert_eq!(answer.status(), 405, "{method} {path}");
                let allowed = answer.headers()["allow"].to_str().unwrap();
                assert!(allowed.contains("GET") && !allowed.contains("TRACE"), "{method} {path}: {allowed}");
            }
        }
    })
    .await;
}

/// Fails where `cors::tell_pages` takes any OPTIONS for a question beforehand.
#[tokio::test]
async fn with_cors_only_a_question_beforehand_is_answered() {
    let app = TestApp::start_with(TestShop::open().await, &[("CORS_ORIGINS", "https://app.example.com")]).await;
    let asked = |headers: &'static [(&'static str, &'static str)]| {
        let request = reqwest::Client::new().request(Method::OPTIONS, format!("{}/api/products", app.root));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send()
    };
    let beforehand =
        asked(&[("origin", "https://app.example.com"), ("access-control-request-method", "GET")]).await.unwrap();
    assert_eq!(beforehand.status(), 200);
    assert_eq!(beforehand.headers()["access-control-allow-origin"], "https://app.example.com");
    for bare in [&[][..], &[("origin", "https://app.example.com")], &[("access-control-request-method", "GET")]] {
        let answer = asked(bare).await.unwrap();
        assert_eq!(answer.status(), 405, "{bare:?}");
        assert!(answer.headers().contains_key("allow"), "{bare:?}");
    }
    app.finish().await;
}

/// What is different for each who asks says by what: a cache that keeps it all the same would hand it to others.
#[tokio::test]
async fn personal_answers_say_what_they_depend_on() {
    app(async |app| {
        let varies = async |path: &str| -> String {
            let answer = app.browser().get(path).await;
            let all = answer.headers().get_all("vary").iter().map(|v| v.to_str().unwrap().to_lowercase());
            all.collect::<Vec<_>>().join(", ")
        };
        for page in ["/", "/cart", "/login", "/nowhere", "/admin"] {
            assert!(varies(page).await.contains("cookie"), "{page}");
        }
        for path in ["/api/cart", "/api/users/me", "/api/orders/x", "/api/nowhere"] {
            let names = varies(path).await;
            for name in ["authorization", "x-api-key", "x-cart-token"] {
                assert!(names.contains(name), "{path}: {names}");
            }
        }
        // what is the same for all who ask
        assert!(!varies("/robots.txt").await.contains("cookie"));
        assert!(!varies("/api/products").await.contains("x-cart-token"));
    })
    .await;
}
