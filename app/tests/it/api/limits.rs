//! How often one may ask, and which pages may read the answers.

use super::{Answered, Machine, key};
use crate::support::TestApp;
use reqwest::{Method, Response};
use shop::accounts::Permission::{CatalogRead, OrdersRead};
use shop::testing::TestShop;

async fn app_with(vars: &'static [(&str, &str)], test: impl AsyncFnOnce(&TestApp)) {
    let app = TestApp::start_with(TestShop::open().await, vars).await;
    test(&app).await;
    app.finish().await;
}

fn standing(answer: &Answered) -> (&str, &str, &str) {
    (answer.header("ratelimit-limit"), answer.header("ratelimit-remaining"), answer.header("ratelimit-reset"))
}

/// Fails without `limits::by_address`. Three in an hour: one comes back after twenty minutes, so no slow machine
/// matters.
#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_again() {
    app_with(&[("API_RATE_ADDRESS", "3/h")], async |app| {
        let nobody = reqwest::Client::new();
        let get = async |path: &str| Answered::from(nobody.get(format!("{}{path}", app.root))).await;
        let first = get("/api/orders").await;
        assert_eq!((first.status, standing(&first)), (401, ("3", "2", "1200")), "errors say it too");
        assert_eq!(get("/api/v1/nowhere").await.header("ratelimit-remaining"), "1");
        assert_eq!(get("/api").await.header("ratelimit-remaining"), "0");
        for path in ["/api/orders", "/api/nowhere", "/api/v1/orders"] {
            let refused = get(path).await;
            assert_eq!(refused.status, 429);
            assert_eq!((&refused.body["error"], &refused.body["path"]), (&"TooManyRequests".into(), &path.into()));
            assert_eq!((refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")), ("3", "0"));
            let wait: u64 = refused.header("retry-after").parse().unwrap();
            assert!((1..=1200).contains(&wait), "{wait}");
            assert_eq!(refused.header("ratelimit-reset"), wait.to_string());
        }
        // pages, health and Stripe are none of it
        for _ in 0..5 {
            let page = app.browser().get("/login").await;
            assert_eq!(page.status(), 200);
            assert!(!page.headers().contains_key("ratelimit-limit"));
            let told = nobody.post(format!("{}/api/stripe/webhook", app.root)).body("{}").send().await.unwrap();
            assert_eq!(told.status(), 400, "unsigned, and not too often");
            assert!(!told.headers().contains_key("ratelimit-limit"));
        }
    })
    .await;
}

/// Forms are counted like the API, in a budget of their own: three in an hour. What was typed is on the page that says
/// so, but for passwords. Fails without the branch for forms in `limits::by_address`.
#[tokio::test]
async fn an_address_that_sends_forms_too_often_loses_nothing() {
    app_with(&[("FORM_RATE_ADDRESS", "3/h")], async |app| {
        let rasp = app.product("Rasp").stock(50).await;
        let (browser, add) = (app.browser(), "/do/ironmonger/storefront/cart/add");
        let variant = rasp.variant.to_string();
        let fields = [("variantId", variant.as_str()), ("quantity", "2"), ("note", "\"<b>Ring</b>\"\ntwice")];
        for _ in 0..3 {
            assert_eq!(browser.post("/", add, &fields).await.status(), 303);
        }
        let refused = browser.post("/", add, &fields).await;
        assert_eq!(refused.status(), 429);
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=1200).contains(&wait), "{wait}");
        let html = refused.text().await.unwrap();
        let again = format!("<form method=\"post\" action=\"{add}\">");
        assert!(html.contains(&again) && html.contains(&variant), "{html}");
        assert!(html.contains("&quot;&lt;b&gt;Ring&lt;/b&gt;&quot;\ntwice") && !html.contains("<b>Ring"), "{html}");
        let who = [("email", "ada@example.org"), ("password", "hunter2 hunter2")];
        let refused = browser.post("/login", "/do/ironmonger/storefront/sign_in/enter", &who).await;
        assert_eq!(refused.status(), 429);
        let html = refused.text().await.unwrap();
        assert!(!html.contains("hunter2") && !html.contains("<form"), "{html}");
        // pages, and the API's own budget, are none of it
        assert_eq!(browser.get("/cart").await.status(), 200);
        let machine = Machine::nobody(&app.root);
        assert_eq!(machine.get("/api/cart").await.header("ratelimit-limit"), "600");
        assert_eq!(
            sqlx::query_scalar::<_, i64>("select sum(quantity)::bigint from cart_items")
                .fetch_one(&app.db)
                .await
                .unwrap(),
            6
        );
    })
    .await;
}

/// Fails without `limits::by_principal`: a key may not do more from several addresses, nor a user with several tokens.
#[tokio::test]
async fn a_key_and_a_user_have_limits_of_their_own() {
    app_with(&[("API_RATE_PRINCIPAL", "2/h"), ("TRUSTED_PROXIES", "1")], async |app| {
        let (one, other) = (key(app, &[OrdersRead]).await, key(app, &[CatalogRead]).await);
        app.customer("anna@shop.test").await;
        let (phone, tablet) = (Machine::of(app, "anna@shop.test").await, Machine::of(app, "anna@shop.test").await);
        let get = async |who: &Machine, ip: &str| {
            let request = who.request(Method::GET, "/api/orders").header("x-forwarded-for", ip);
            let answer = Answered::from(request).await;
            (
                answer.status,
                answer.header("ratelimit-limit").to_owned(),
                answer.header("ratelimit-remaining").to_owned(),
            )
        };
        let with = |status: u16, limit: &str, remaining: &str| (status, limit.to_owned(), remaining.to_owned());
        let (one, other) = (Machine::at(&app.root, &one), Machine::at(&app.root, &other));
        assert_eq!(get(&one, "192.0.2.1").await, with(200, "2", "1"));
        assert_eq!(get(&one, "192.0.2.2").await, with(200, "2", "0"));
        assert_eq!(get(&one, "192.0.2.3").await, with(429, "2", "0"));
        assert_eq!(get(&other, "192.0.2.3").await, with(403, "2", "1"));
        assert_eq!(get(&phone, "192.0.2.1").await, with(200, "2", "1"));
        assert_eq!(get(&tablet, "192.0.2.2").await, with(200, "2", "0"));
        assert_eq!(get(&phone, "192.0.2.3").await, with(429, "2", "0"));
        // nobody in particular has the address's limit only
        assert_eq!(get(&Machine::nobody(&app.root), "192.0.2.3").await.0, 401);
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_limit() {
    app_with(&[("API_RATE_ADDRESS", "1/h"), ("TRUSTED_PROXIES", "1")], async |app| {
        let from = async |ip: &str| {
            let request = reqwest::Client::new().get(format!("{}/api", app.root)).header("x-forwarded-for", ip);
            Answered::from(request).await.status
        };
        assert_eq!([from("192.0.2.1").await, from("192.0.2.2").await], [404, 404]);
        assert_eq!(from("203.0.113.9, 192.0.2.1").await, 429, "what a client writes itself counts for nothing");
        assert_eq!(
            [from("2001:db8::1").await, from("2001:db8::ffff:2").await, from("2001:db8:0:1::1").await],
            [404, 429, 404]
        );
    })
    .await;
}

#[tokio::test]
async fn limits_can_be_off() {
    app_with(&[("API_RATE_ADDRESS", "off"), ("API_RATE_PRINCIPAL", "off")], async |app| {
        let machine = Machine::at(&app.root, &key(app, &[OrdersRead]).await);
        let answer = machine.get("/api/orders").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("ratelimit-limit"));
    })
    .await;
}

async fn from_page(app: &TestApp, method: Method, path: &str, origin: &str) -> Response {
    let request = reqwest::Client::new().request(method, format!("{}{path}", app.root)).header("origin", origin);
    request.send().await.unwrap()
}

async fn beforehand(app: &TestApp, path: &str, origin: &str) -> Response {
    let request = reqwest::Client::new().request(Method::OPTIONS, format!("{}{path}", app.root));
    let request = request.header("origin", origin).header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "x-api-key,content-type").send().await.unwrap()
}

fn cors(response: &Response) -> Vec<String> {
    let names = response.headers().keys().map(|name| name.as_str().to_owned());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn no_page_of_another_site_reads_anything_by_default() {
    app_with(&[], async |app| {
        for path in ["/api/orders", "/", "/assets/x/y"] {
            assert!(cors(&from_page(app, Method::GET, path, "https://app.example").await).is_empty(), "{path}");
            assert!(cors(&beforehand(app, path, "https://app.example").await).is_empty(), "{path}");
        }
    })
    .await;
}

/// Fails without `cors::tell_pages`; were it inside of `fault::write_out`, the errors would lack the headers.
#[tokio::test]
async fn pages_of_the_named_sites_read_answers_and_errors_of_the_api_only() {
    let vars = &[("CORS_ORIGINS", "https://app.example,capacitor://localhost"), ("API_RATE_ADDRESS", "3/h")];
    app_with(vars, async |app| {
        for origin in ["https://app.example", "capacitor://localhost"] {
            let asked = beforehand(app, "/api/orders/x/refund", origin).await;
            assert_eq!(
                (asked.status(), &asked.headers()["access-control-allow-origin"]),
                (reqwest::StatusCode::OK, &origin.parse().unwrap())
            );
            assert!(asked.headers()["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
            let headers = asked.headers()["access-control-allow-headers"].to_str().unwrap();
            for name in ["authorization", "x-api-key", "content-type", "idempotency-key", "x-cart-token", "if-match"] {
                assert!(headers.contains(name), "{name}: {headers}");
            }
            assert!(!asked.headers().contains_key("access-control-allow-credentials"));
            assert!(!asked.headers().contains_key("ratelimit-limit"), "a question beforehand is not counted");
        }
        let error = from_page(app, Method::GET, "/api/v1/orders", "https://app.example").await;
        assert_eq!(error.status(), 401);
        assert_eq!(error.headers()["access-control-allow-origin"], "https://app.example");
        assert_eq!(error.headers()["ratelimit-remaining"], "2");
        let shown = error.headers()["access-control-expose-headers"].to_str().unwrap();
        for name in [
            "etag",
            "ratelimit-remaining",
            "retry-after",
            "x-request-id",
            "idempotent-replayed",
            "x-cart-token",
            "location",
        ] {
            assert!(shown.contains(name), "{name}: {shown}");
        }
        let vary: Vec<_> = error.headers().get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
        assert!(vary.join(",").contains("origin"), "{vary:?}");

        let other = from_page(app, Method::GET, "/api/orders", "https://app.example.evil").await;
        assert!(!other.headers().contains_key("access-control-allow-origin"));
        for path in ["/", "/apis", "/login", "/health/live", "/robots.txt"] {
            assert!(cors(&from_page(app, Method::GET, path, "https://app.example").await).is_empty(), "{path}");
            assert!(cors(&beforehand(app, path, "https://app.example").await).is_empty(), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn open_to_all_sites_is_open_without_credentials() {
    app_with(&[("CORS_ORIGINS", "*")], async |app| {
        let answer = from_page(app, Method::GET, "/api/nowhere", "https://anybody.example").await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    })
    .await;
}
