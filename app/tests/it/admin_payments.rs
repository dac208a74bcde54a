//! The staff's pages of payments, over HTTP: the list with its totals, differences with their repairs, and both as
//! files.

use crate::support::desk::{send, signed_in};
use crate::support::stripe::{StripeApp, stripe_app};
use crate::support::{Browser, location};
use shop::accounts::Permission;
use shop::payments::{self, Begun, Wish};
use std::time::Duration;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const LIST: &str = "/admin/payments";
const DIFFERENCES: &str = "/admin/payments/differences";
const REPAIR: &str = "/do/ironmonger/admin/payments/acts/repair";
const DISMISS: &str = "/do/ironmonger/admin/payments/acts/dismiss";
const COMPARE: &str = "/do/ironmonger/admin/payments/acts/compare";
const DESK: &[Permission] = &[Permission::PaymentsRead, Permission::OrdersRefund, Permission::OrdersRead];

/// An order whose page is open, and its session.
async fn at_the_page(app: &StripeApp, name: &str) -> (shop::checkout::Placed, String) {
    let product = app.product(name).priced(70_00).await;
    let placed = app.order_of(&product, 1).await;
    let url = payments::begin(app, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
    let session = url.path().rsplit('/').next().unwrap().to_owned();
    (placed, session)
}

/// Five minutes and a round, twice: nothing is too young any more.
async fn rounds(app: &StripeApp) {
    for _ in 0..2 {
        payments::compare(app).await.unwrap();
        app.clock.advance(chrono::TimeDelta::minutes(5));
        app.stripe.advance(Duration::from_secs(300));
    }
    payments::compare(app).await.unwrap();
}

async fn the_one(app: &StripeApp) -> String {
    let id: uuid::Uuid = sqlx::query_scalar("select id from payment_differences where status = 'open'")
        .fetch_one(&app.db)
        .await
        .unwrap();
    id.to_string()
}

async fn csv(browser: &Browser, path: &str) -> String {
    let response = browser.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(response.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
    response.text().await.unwrap()
}

#[tokio::test]
async fn payments_are_found_filtered_and_added_up() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        assert!(staff.page(LIST).await.contains("No payments yet"));
        let (paid, session) = at_the_page(app, "Plane").await;
        app.stripe.pay(&session, Way::Pay).unwrap();
        payments::settle(app, paid.payment).await.unwrap();
        let admin = app.admin().await;
        let part = payments::RefundInput { amount: "20".into(), ..Default::default() };
        payments::refund(app, &admin, paid.order, part, "a").await.unwrap();
        let (open, _) = at_the_page(app, "Rasp").await;
        rounds(app).await;

        let html = staff.page(LIST).await;
        assert!(html.contains("2 payments") && html.contains(&paid.number) && html.contains(&open.number), "{html}");
        // 2.9 % and 30 pence are Stripe's
        for sum in ["£70.00", "£20.00", "£2.33", "£47.67"] {
            assert!(html.contains(sum), "{sum}: {html}");
        }
        let html = staff.page("/admin/payments?status=pending").await;
        assert!(html.contains("1 payment<") && html.contains(&open.number) && !html.contains(&paid.number), "{html}");
        assert!(staff.page(&format!("{LIST}?q={}", paid.number)).await.contains("1 payment<"));
        assert!(staff.page("/admin/payments?q=pi_").await.contains("1 payment<"));
        assert!(staff.page("/admin/payments?method=offline").await.contains("No payment fits"));
        assert!(staff.page("/admin/payments?from=2099-01-01").await.contains("No payment fits"));
        let html = staff.page("/admin/payments?sort=amount:asc&page=99").await;
        assert!(html.contains("aria-sort=\"ascending\"") && html.contains("2 payments"), "{html}");

        let text = csv(&staff, "/admin/payments.csv?status=succeeded").await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[1].contains(&format!(",{},", paid.number)) && lines[1].contains(",70.00,70.00,20.00,2.33,"));
        assert_eq!(csv(&staff, "/admin/payments.csv").await.lines().count(), 3);

        // whose work it is not
        let packer = signed_in(app, &[Permission::OrdersRead]).await;
        for page in [LIST, DIFFERENCES, "/admin/payments.csv", "/admin/payments/differences.csv"] {
            assert_eq!(packer.get(page).await.status(), 403, "{page}");
            assert!(location(&app.browser().get(page).await).starts_with("/admin/login"), "{page}");
        }
        assert!(!packer.page("/admin").await.contains("href=\"/admin/payments\""));
    })
    .await;
}

/// What stands on the page is what the filter counts by: one clock for both, and for the file.
#[tokio::test]
async fn times_are_those_of_the_shop() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        let product = app.product("Plane").stock(10).await;
        app.goes_by_the_clock_of("Asia/Tokyo").await;
        app.order_of(&product, 1).await;
        // the clock of tests stands at noon, 14 November 2026
        sqlx::query("update payments set created_at = '2026-11-14 15:05Z'").execute(&app.db).await.unwrap();
        assert!(staff.page(LIST).await.contains("15 Nov 2026, 00:05"));
        assert!(staff.page("/admin/payments?from=2026-11-15&until=2026-11-15").await.contains("1 payment<"));
        assert!(staff.page("/admin/payments?until=2026-11-14").await.contains("No payment fits"));
        let text = csv(&staff, "/admin/payments.csv?from=2026-11-15").await;
        assert!(text.contains(",Begun (Asia/Tokyo),") && text.contains(",2026-11-15 00:05:00,"), "{text}");
    })
    .await;
}

/// Fails when cells are written as they are: `+44@…` would be a formula.
#[tokio::test]
async fn files_are_whole_and_hold_no_formulas() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        let product = app.product("Plane").stock(10).await;
        app.order_of(&product, 1).await;
        sqlx::query("update orders set email = '=cmd@example.org'").execute(&app.db).await.unwrap();
        // more than one piece, many begun at the same moment
        sqlx::query(
            "insert into payments (id, order_id, provider, method, idempotency_key, currency, amount, status, created_at)
             select gen_random_uuid(), order_id, provider, method, n::text, currency, amount, 'failed', created_at
             from payments, generate_series(1, 1200) n",
        )
        .execute(&app.db)
        .await
        .unwrap();
        let text = csv(&staff, "/admin/payments.csv").await;
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.split(',').next().unwrap()).collect();
        assert_eq!((rows.len(), ids.len()), (1201, 1201));
        assert!(text.contains(",'=cmd@example.org,") && !text.contains(",=cmd"), "{}", rows[0]);
        assert_eq!(csv(&staff, "/admin/payments.csv?status=failed").await.lines().count(), 1201);
    })
    .await;
}

#[tokio::test]
async fn a_difference_is_seen_and_repaired_with_one_click() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        assert!(staff.page(DIFFERENCES).await.contains("Not compared yet"));
        let (placed, session) = at_the_page(app, "Plane").await;
        rounds(app).await;
        let html = staff.page(DIFFERENCES).await;
        assert!(html.contains("The books agree") && html.contains("was last compared with our books on"), "{html}");
        assert!(!html.contains("admin-nav__count"), "{html}");

        app.stripe.pay(&session, Way::Pay).unwrap();
        rounds(app).await;
        let html = staff.page(DIFFERENCES).await;
        assert!(html.contains("Paid at Stripe, not in our books") && html.contains("Settle again"), "{html}");
        assert!(
            html.contains("£70.00") && html.contains(&placed.number) && html.contains("admin-nav__count"),
            "{html}"
        );
        assert!(staff.page(LIST).await.contains("Differs"));
        let id = the_one(app).await;
        let page = format!("{DIFFERENCES}/{id}");
        let html = staff.page(&page).await;
        assert!(html.contains("the order follows") && html.contains("Leave it as it is"), "{html}");
        assert!(csv(&staff, "/admin/payments/differences.csv").await.contains(",70.00,"));

        // looking is one thing, moving money another
        let looker = signed_in(app, &[Permission::PaymentsRead]).await;
        let html = looker.page(&page).await;
        assert!(!html.contains("Settle again") && !html.contains("Leave it as it is"), "{html}");
        let click = [("difference", id.as_str()), ("how", "settle")];
        assert_eq!(looker.post(&page, REPAIR, &click).await.status(), 403);
        assert_eq!(looker.post(&page, DISMISS, &[("difference", &id), ("reason", "x")]).await.status(), 403);

        let wrong = send(&staff, &page, REPAIR, &[("difference", id.as_str()), ("how", "give_back")]).await;
        assert!(wrong.1.contains("does not help here"), "{}", wrong.1);
        let (back, html) = send(&staff, DIFFERENCES, REPAIR, &click).await;
        assert!(back == DIFFERENCES && html.contains("Repaired:") && html.contains("The books agree"), "{html}");
        let (_, html) = send(&staff, &page, REPAIR, &click).await;
        assert!(html.contains("Somebody else was quicker"), "{html}");
        let html = staff.page(&format!("{DIFFERENCES}?status=resolved")).await;
        assert!(html.contains("Repaired by"), "{html}");
        assert_eq!(app.count("select count(*) from orders where status = 'paid'").await, 1);

        for nothing in ["nothing", "0190163d-8694-739b-aea5-966c26f8ad91"] {
            assert_eq!(staff.get(&format!("{DIFFERENCES}/{nothing}")).await.status(), 404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_difference_is_dismissed_with_a_reason() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        let (placed, session) = at_the_page(app, "Plane").await;
        app.stripe.pay(&session, Way::Pay).unwrap();
        rounds(app).await;
        let id = the_one(app).await;
        let page = format!("{DIFFERENCES}/{id}");
        let (back, html) = send(&staff, &page, DISMISS, &[("difference", &id), ("reason", " ")]).await;
        assert!(back == page && html.contains("id=\"f-reason-error\""), "{html}");
        let (_, html) = send(&staff, &page, DISMISS, &[("difference", &id), ("reason", "=Known <b>case</b>")]).await;
        assert!(html.contains("Dismissed by") && html.contains("=Known &lt;b&gt;case"), "{html}");
        assert!(staff.page(DIFFERENCES).await.contains("The books agree"));
        let dismissed = csv(&staff, "/admin/payments/differences.csv?status=dismissed").await;
        assert!(dismissed.contains(",'=Known <b>case</b>"), "{dismissed}");
        payments::settle(app, placed.payment).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn while_stripe_is_down_the_page_says_so() {
    stripe_app(async |app| {
        let staff = signed_in(app, DESK).await;
        rounds(app).await;
        app.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
        let (back, html) = send(&staff, DIFFERENCES, COMPARE, &[]).await;
        assert!(back == DIFFERENCES && html.contains("is being compared"), "{html}");
        app.work().await;
        let html = staff.page(DIFFERENCES).await;
        assert!(html.contains("cannot be read at the moment") && html.contains("The books agree"), "{html}");
        app.stripe.set_faults(Faults::default());
        send(&staff, DIFFERENCES, COMPARE, &[]).await;
        app.work().await;
        assert!(!staff.page(DIFFERENCES).await.contains("cannot be read at the moment"));
    })
    .await;
}
