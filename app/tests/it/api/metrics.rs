//! What the program counts is for whoever has the token.

use super::Machine;
use crate::support::{TestApp, app};
use shop::testing::TestShop;

const TOKEN: &str = "a token of thirty-two characters";

async fn read(root: &str, token: &str) -> (u16, String) {
    read_at(root, "/metrics", token).await
}

async fn read_at(root: &str, path: &str, token: &str) -> (u16, String) {
    let request = reqwest::Client::new().get(format!("{root}{path}")).bearer_auth(token);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn requests_and_jobs_are_counted_for_whoever_has_the_token() {
    let app = TestApp::start_with(TestShop::open().await, &[("METRICS_TOKEN", TOKEN)]).await;
    Machine::nobody(&app.root).get("/api/orders/IM-1?key=secret").await;
    assert_eq!(read(&app.root, "wrong").await.0, 401);
    let (status, text) = read(&app.root, TOKEN).await;
    assert_eq!(status, 200);
    let counted = r#"http_requests_total{method="GET",route="/api/orders/{order}",status="404"} 1"#;
    assert!(text.lines().any(|line| line == counted), "{text}");
    for name in ["http_request_duration_seconds_bucket", "database_connections", "jobs{state=\"dead\"} 0"] {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(!text.contains("IM-1") && !text.contains("secret"), "{text}");
    // the same within the API, and only by the same token
    for path in ["/api/metrics", "/api/v1/metrics"] {
        assert_eq!(read_at(&app.root, path, "wrong").await.0, 401, "{path}");
        let (status, text) = read_at(&app.root, path, TOKEN).await;
        assert!(status == 200 && text.contains("http_requests_total"), "{path}: {text}");
    }
    app.finish().await;
}

#[tokio::test]
async fn without_a_token_there_is_nothing() {
    app(async |app| {
        assert_eq!(read(&app.root, TOKEN).await.0, 404);
        let (status, text) = read_at(&app.root, "/api/metrics", TOKEN).await;
        assert!(status == 404 && text.contains("no_such_route"), "{text}");
    })
    .await;
}
