//! The staff's pages of API keys, over HTTP: found, made, shown once, revoked.

use crate::support::desk::{send, signed_in};
use crate::support::{Browser, TestApp, app, location};
use shop::accounts::api_keys::{self, CreateApiKey};
use shop::accounts::{Origin, Permission, System};
use shop::testing::TestShop;

const LIST: &str = "/admin/api-keys";
const NEW: &str = "/admin/api-keys/new";
const CREATE: &str = "/do/ironmonger/admin/api_keys/acts/create";
const REVOKE: &str = "/do/ironmonger/admin/api_keys/acts/revoke";
const HEAD: &[Permission] = &[Permission::StaffWrite, Permission::OrdersRead, Permission::CatalogRead];

async fn head(app: &TestApp) -> Browser {
    signed_in(app, HEAD).await
}

async fn made(shop: &TestShop, name: &str, expires: &str) -> api_keys::MadeApiKey {
    let input = CreateApiKey { name: name.into(), scopes: vec!["orders:read".into()], expires: expires.into() };
    shop.clock.advance(chrono::TimeDelta::minutes(1));
    api_keys::create_at_terminal(shop, System, input).await.unwrap()
}

fn secret_in(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once(r#"<code class="secret">"#)?;
    rest.split('<').next()
}

/// Fails when the answer does not take the cookie back: the key is shown again.
#[tokio::test]
async fn a_key_is_made_and_shown_once() {
    app(async |app| {
        let head = head(app).await;
        let form = head.page(NEW).await;
        for (scope, there) in [("orders:read", true), ("catalog:read", true), ("staff:write", true), ("orders:refund", false)]
        {
            assert_eq!(form.contains(&format!(r#"value="{scope}""#)), there, "{scope}: {form}");
        }
        let fields = [("name", "Warehouse robot"), ("expires", "90d"), ("scopes[]", "catalog:read"), ("scopes[]", "orders:read")];
        let created = head.post(NEW, CREATE, &fields).await;
        let page = location(&created).to_owned();
        let cookie = created.headers()["set-cookie"].to_str().unwrap().to_owned();
        for part in [&format!("Path={page};"), "HttpOnly", "SameSite=Strict", "Max-Age=60;"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let shown = head.get(&page).await;
        assert_eq!(shown.headers()["cache-control"], "no-store");
        let html = shown.text().await.unwrap();
        let secret = secret_in(&html).expect("it is shown").to_owned();
        assert!(html.contains("Warehouse robot") && html.contains("orders:read") && html.contains("catalog:read"));
        assert_eq!(secret_in(&head.page(&page).await), None, "this once");
        assert!(!page.contains(&secret[..15]));
        let client = api_keys::verify(app, &secret, &Origin::default()).await.unwrap();
        assert_eq!(client.name(), "Warehouse robot");
        // neither the page nor the way to it left it behind
        let kept: String = sqlx::query_scalar(
            "select coalesce((select string_agg(s::text, '') from sessions s), '') || (select string_agg(a::text, '') from audit_logs a)",
        )
        .fetch_one(&app.db)
        .await
        .unwrap();
        assert!(!kept.contains(&secret[16..]));
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_typed() {
    app(async |app| {
        let head = head(app).await;
        let (next, html) = send(&head, NEW, CREATE, &[("name", "Robot"), ("expires", "30d")]).await;
        assert_eq!(next, NEW);
        assert!(html.contains("must name one permission at least") && html.contains(r#"value="Robot""#), "{html}");
        assert!(html.contains(r#"value="30d" selected"#), "{html}");
        let (_, html) =
            send(&head, NEW, CREATE, &[("name", ""), ("expires", ""), ("scopes[]", "inventory:read")]).await;
        assert!(html.contains("is required") && html.contains(r#"value="" selected"#), "{html}");
        // ticked by hand: what they may not do themselves
        let refused = head.post(NEW, CREATE, &[("name", "Robot"), ("scopes[]", "orders:refund")]).await;
        assert_eq!(refused.status(), 403);
        let keys: i64 = sqlx::query_scalar("select count(*) from api_keys").fetch_one(&app.db).await.unwrap();
        assert_eq!(keys, 0);
    })
    .await;
}

#[tokio::test]
async fn keys_are_found_filtered_sorted_and_paged() {
    app(async |app| {
        let head = head(app).await;
        assert!(head.page(LIST).await.contains("No keys yet"));
        let (robot, _) = (made(app, "Robot", "").await, made(app, "Abacus", "2h").await);
        let till = made(app, "Till", "").await;
        api_keys::revoke_at_terminal(app, System, &till.prefix).await.unwrap();
        app.clock.advance(chrono::TimeDelta::hours(2));
        api_keys::verify(app, robot.secret.expose(), &Origin::default()).await.unwrap();
        let shown = async |query: &str| {
            let html = head.page(&format!("{LIST}{query}")).await;
            let mut found: Vec<_> =
                ["Robot<", "Abacus<", "Till<"].iter().filter_map(|n| Some((html.find(n)?, *n))).collect();
            found.sort_unstable();
            found.into_iter().map(|(_, name)| name.trim_end_matches('<')).collect::<Vec<_>>()
        };
        assert_eq!(shown("").await, ["Till", "Abacus", "Robot"]);
        assert_eq!(shown("?sort=name:asc").await, ["Abacus", "Robot", "Till"]);
        assert_eq!(shown("?sort=used:desc").await[0], "Robot");
        assert_eq!(shown("?sort=nonsense&page=0&state=x").await.len(), 3);
        assert_eq!(shown("?q=robo").await, ["Robot"]);
        assert_eq!(shown(&format!("?q={}", till.prefix)).await, ["Till"]);
        for (state, name) in [("good", "Robot"), ("expired", "Abacus"), ("revoked", "Till")] {
            assert_eq!(shown(&format!("?state={state}")).await, [name]);
        }
        assert!(head.page("/admin/api-keys?q=100%25").await.contains("No key fits"));
        for n in 0..50 {
            made(app, &format!("Key {n}"), "").await;
        }
        let html = head.page("/admin/api-keys?sort=name:asc&page=2").await;
        assert!(html.contains("53 keys") && html.contains("Till<") && !html.contains("Abacus<"), "{html}");
        assert!(html.contains("sort=name%3Aasc&amp;page=1") || html.contains("sort=name%3Aasc"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_revoked_after_asking_once_more() {
    app(async |app| {
        let head = head(app).await;
        let robot = made(app, "Robot", "").await;
        let page = format!("{LIST}/{}", robot.id);
        assert!(head.page(&page).await.contains(&format!("{page}/revoke")));
        let question = head.page(&format!("{page}/revoke")).await;
        assert!(question.contains("Revoke Robot?") && question.contains("It was never used"), "{question}");
        let id = robot.id.to_string();
        let (next, html) = send(&head, &page, REVOKE, &[("key", &id)]).await;
        assert!(next == LIST && html.contains("Revoked. It is refused from now on."), "{html}");
        assert!(api_keys::verify(app, robot.secret.expose(), &Origin::default()).await.is_err());
        assert!(!head.page(&page).await.contains("/revoke"));
        let (_, html) = send(&head, &page, REVOKE, &[("key", &id)]).await;
        assert!(html.contains("This key was revoked before"), "{html}");
        for none in ["x", "0190a2c4-7b1e-7000-8000-000000000000"] {
            assert_eq!(head.get(&format!("{LIST}/{none}")).await.status(), 404);
        }
    })
    .await;
}

/// Fails without `staff.may` in `list`, `get`, and on the page of the form.
#[tokio::test]
async fn only_who_may_make_staff_sees_keys() {
    app(async |app| {
        let robot = made(app, "Robot", "").await;
        let others: Vec<_> = Permission::ALL.iter().copied().filter(|p| *p != Permission::StaffWrite).collect();
        let clerk = signed_in(app, &others).await;
        let page = format!("{LIST}/{}", robot.id);
        for path in [LIST, NEW, &page, &format!("{page}/revoke")] {
            assert_eq!(clerk.get(path).await.status(), 403, "{path}");
        }
        assert_eq!(clerk.post(NEW, CREATE, &[("name", "x"), ("scopes[]", "orders:read")]).await.status(), 403);
        assert_eq!(clerk.post(&page, REVOKE, &[("key", &robot.prefix)]).await.status(), 403);
        assert!(!clerk.page("/admin").await.contains("/admin/api-keys"));
        assert!(head(app).await.page("/admin").await.contains("/admin/api-keys"));
    })
    .await;
}
