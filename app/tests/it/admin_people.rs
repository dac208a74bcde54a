//! Customers as staff see them, and the own account of staff.

use crate::support::desk::{send, signed_in, signed_in_as};
use crate::support::{app, location};
use shop::accounts::Permission::{self, CustomersRead, CustomersWrite, OrdersRead};
use shop::testing::PASSWORD;

const LIST: &str = "/admin/customers";
const DISABLE: &str = "/do/ironmonger/admin/customers/acts/disable";
const ENABLE: &str = "/do/ironmonger/admin/customers/acts/enable";
const CLERK: &[Permission] = &[CustomersRead, CustomersWrite, OrdersRead];

#[tokio::test]
async fn customers_are_found_filtered_sorted_and_paged() {
    app(async |app| {
        let clerk = signed_in(app, CLERK).await;
        assert!(clerk.page(LIST).await.contains("No customers yet"));
        for name in ["zoe", "ada", "grace"] {
            app.clock.advance(chrono::TimeDelta::minutes(1));
            app.customer(&format!("{name}@example.org")).await;
        }
        let shown = async |query: &str| {
            let html = clerk.page(&format!("{LIST}{query}")).await;
            let mut found: Vec<_> = ["Zoe Tester", "Ada Tester", "Grace Tester"]
                .into_iter()
                .filter_map(|name| Some((html.find(&format!(">{name}</a>"))?, name)))
                .collect();
            found.sort_unstable();
            found.into_iter().map(|(_, name)| name.split(' ').next().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(shown("").await, ["Grace", "Ada", "Zoe"]);
        assert_eq!(shown("?sort=name:asc").await, ["Ada", "Grace", "Zoe"]);
        assert_eq!(shown("?sort=email:desc").await, ["Zoe", "Grace", "Ada"]);
        assert_eq!(shown("?sort=x&page=0&status=x").await.len(), 3);
        assert_eq!(shown("?q=ZOE").await, ["Zoe"]);
        assert_eq!(shown("?q=ada%40example").await, ["Ada"]);
        sqlx::query("update users set is_active = false where email = 'ada@example.org'")
            .execute(&app.db)
            .await
            .unwrap();
        assert_eq!(
            (shown("?status=inactive").await, shown("?status=active").await),
            (vec!["Ada"], vec!["Grace", "Zoe"])
        );
        assert!(clerk.page(&format!("{LIST}?q=100%25")).await.contains("No customer fits"));
        for n in 0..50 {
            app.customer(&format!("b{n}@example.org")).await;
        }
        let html = clerk.page(&format!("{LIST}?sort=name:asc&page=2")).await;
        assert!(
            html.contains("53 customers") && html.contains(">Zoe Tester</a>") && !html.contains(">Ada Tester</a>"),
            "{html}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_shown_with_all_that_belongs_to_them() {
    app(async |app| {
        let ada = app.customer("ada@example.org").await;
        let rasp = app.product("Rasp").stock(5).await;
        let visitor = app.with_in_cart(app.visitor_of(&ada), rasp.variant, 2).await;
        let placed = app.placed(&visitor).await;
        app.with_in_cart(app.visitor_of(&ada), rasp.variant, 1).await;
        signed_in_as(app, ada.email(), "/login").await;
        let page = format!("{LIST}/{}", ada.id());
        let html = signed_in(app, CLERK).await.page(&page).await;
        for part in ["Ada Tester", "ada@example.org", &placed.number, "/admin/products/", "1 piece", "Last signed in"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("Nowhere at the moment."), "{html}");
        // orders are for who may see orders
        let html = signed_in(app, &[CustomersRead]).await.page(&page).await;
        assert!(!html.contains(&placed.number) && !html.contains("Disable the account"), "{html}");
        let staff = app.staff(&[]).await;
        for none in ["x".to_owned(), staff.id().to_string(), uuid::Uuid::now_v7().to_string()] {
            assert_eq!(signed_in(app, CLERK).await.get(&format!("{LIST}/{none}")).await.status(), 404, "{none}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_is_disabled_with_a_reason_and_opened_again() {
    app(async |app| {
        let ada = app.customer("ada@example.org").await;
        let browser = signed_in_as(app, ada.email(), "/login").await;
        let clerk = signed_in(app, CLERK).await;
        let (page, id) = (format!("{LIST}/{}", ada.id()), ada.id().to_string());
        let (_, html) = send(&clerk, &page, DISABLE, &[("customer", &id), ("reason", " ")]).await;
        assert!(html.contains(r#"id="f-reason-error""#), "{html}");
        assert_eq!(browser.get("/account").await.status(), 200);
        let (next, html) = send(&clerk, &page, DISABLE, &[("customer", &id), ("reason", "Stolen cards")]).await;
        assert!(next == page && html.contains("Stolen cards") && html.contains("This account is disabled"), "{html}");
        assert_eq!(browser.get("/account").await.status(), 303, "signed out at once");
        let enter = "/do/ironmonger/storefront/sign_in/enter";
        let refused = browser.post("/login", enter, &[("email", ada.email()), ("password", PASSWORD)]).await;
        assert!(location(&refused).starts_with("/login"));
        let kept: serde_json::Value =
            sqlx::query_scalar("select after from audit_logs where action = 'customer.deactivate'")
                .fetch_one(&app.db)
                .await
                .unwrap();
        assert_eq!(kept["reason"], "Stolen cards");
        let (_, html) = send(&clerk, &page, ENABLE, &[("customer", &id), ("reason", "")]).await;
        assert!(html.contains("The account is open again.") && !html.contains("This account is disabled"), "{html}");
        signed_in_as(app, ada.email(), "/login").await;
    })
    .await;
}

/// Fails without `devices::end_all` in `change_password`.
#[tokio::test]
async fn staff_look_after_their_own_account() {
    app(async |app| {
        let ruth = app.staff(&[]).await;
        let (here, there) = (
            signed_in_as(app, ruth.email(), "/admin/login").await,
            signed_in_as(app, ruth.email(), "/admin/login").await,
        );
        let page = "/admin/account";
        let door = |name: &str| format!("/do/ironmonger/admin/account/{name}");
        let html = here.page(page).await;
        assert!(
            html.contains(ruth.email()) && html.contains("This device") && html.contains("Sign out everywhere else"),
            "{html}"
        );
        let (_, html) = send(&here, page, &door("save"), &[("firstName", ""), ("lastName", "Cald")]).await;
        assert!(html.contains(r#"value="Cald""#) && html.contains(r#"id="f-firstName-error""#), "{html}");
        send(&here, page, &door("save"), &[("firstName", "Ruth"), ("lastName", "Calder")]).await;
        assert!(here.page(page).await.contains(r#"value="Calder""#));

        let change = async |old: &str, new: &str| {
            send(&here, page, &door("change_password"), &[("currentPassword", old), ("newPassword", new)]).await.1
        };
        assert!(change("not this one", "five other words entirely").await.contains("is not right"));
        assert!(change(PASSWORD, "short").await.contains(r#"id="f-newPassword-error""#));
        assert_eq!(there.get(page).await.status(), 200);
        assert!(change(PASSWORD, "five other words entirely").await.contains("Your password is changed"));
        assert_eq!((here.get(page).await.status().as_u16(), there.get(page).await.status().as_u16()), (200, 303));

        // devices one by one, and no one else's
        let enter = "/do/ironmonger/admin/sign_in/enter";
        there.post("/admin/login", enter, &[("email", ruth.email()), ("password", "five other words entirely")]).await;
        assert_eq!(there.get(page).await.status(), 200);
        let html = here.page(page).await;
        let id = html.split_once(r#"name="id" value=""#).unwrap().1.split('"').next().unwrap().to_owned();
        let other = signed_in(app, &[]).await;
        assert_eq!(other.post(page, &door("end"), &[("id", &id)]).await.status(), 404);
        send(&here, page, &door("end"), &[("id", &id)]).await;
        assert_eq!(there.get(page).await.status(), 303);
        let (_, html) = send(&here, page, &door("end_others"), &[]).await;
        assert!(html.contains("Signed out of 0 other devices."), "{html}");
    })
    .await;
}
