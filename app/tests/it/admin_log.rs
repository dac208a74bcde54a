//! The staff's pages of the audit log and of jobs, over HTTP.

use crate::support::desk::{send, signed_in};
use crate::support::{TestApp, app};
use shop::Act;
use shop::accounts::Permission::{self, AuditRead, CatalogRead, CustomersRead, JobsRead, JobsWrite, StaffRead};
use shop::accounts::System;
use shop::audit::{self, Entry};
use shop::jobs::{self, Job};

const RETRY: &str = "/do/ironmonger/admin/jobs/acts/retry";
const RETRY_ALL: &str = "/do/ironmonger/admin/jobs/acts/retry_all";
const DELETE: &str = "/do/ironmonger/admin/jobs/acts/delete";

async fn write(app: &TestApp, product: &str, was: &str, is: &str) {
    let mut act = Act::begin(app, &System).await.unwrap();
    let entry = Entry { action: "product.edit", entity_type: audit::Entity::Product, entity_id: product.into() };
    let (was, is) = (serde_json::json!({ "name": was }), serde_json::json!({ "name": is }));
    audit::record(&mut act, entry, &was, &is).unwrap();
    act.commit(()).await.unwrap();
}

#[tokio::test]
async fn the_log_is_filtered_and_compared() {
    app(async |app| {
        write(app, "hammer-1", "Claw <hammer>", "=1+1").await;
        write(app, "rasp-1", "Rasp", "File").await;
        let reader = signed_in(app, &[AuditRead]).await;
        let html = reader.page("/admin/audit?entityType=product").await;
        assert!(html.contains("2 entries") && html.contains("Product: edit"), "{html}");
        assert!(reader.page("/admin/audit?q=claw").await.contains("1 entry"));
        assert!(reader.page("/admin/audit?q=nowhere").await.contains("No entry fits"));
        assert!(reader.page("/admin/audit?entityType=product&entityId=rasp-1").await.contains("1 entry"));
        let html = reader.page("/admin/audit?q=claw").await;
        let (_, rest) = html.split_once(r#"href="/admin/audit/"#).expect("an entry");
        let entry = reader.page(&format!("/admin/audit/{}", rest.split('"').next().unwrap())).await;
        assert!(entry.contains("Claw &lt;hammer&gt;</del>") && entry.contains("=1+1</ins>"), "{entry}");
        assert_eq!(reader.get("/admin/audit/nonsense").await.status(), 404);
    })
    .await;
}

/// Accounts of both kinds stand in the log as users, and have pages of their own.
#[tokio::test]
async fn an_entry_leads_to_the_page_of_whom_it_is_about() {
    app(async |app| {
        let reader = signed_in(app, &[AuditRead, CustomersRead, StaffRead]).await;
        let customer = app.customer("ada@example.com").await.id();
        let staff: uuid::Uuid =
            sqlx::query_scalar("select id from users where role = 'staff'").fetch_one(&app.db).await.unwrap();
        for (id, page) in [(customer.to_string(), "customers"), (staff.to_string(), "staff")] {
            let mut act = Act::begin(app, &System).await.unwrap();
            let entry = Entry { action: "user.edit", entity_type: audit::Entity::User, entity_id: id.clone() };
            audit::record(&mut act, entry, &(), &serde_json::json!({ "name": "x" })).unwrap();
            act.commit(()).await.unwrap();
            let list = reader.page(&format!("/admin/audit?entityType=user&entityId={id}")).await;
            let (_, rest) = list.split_once(r#"href="/admin/audit/"#).expect("an entry");
            let entry = reader.page(&format!("/admin/audit/{}", rest.split('"').next().unwrap())).await;
            let address = format!("/admin/{page}/{id}");
            assert!(entry.contains(&format!("href=\"{address}\"")), "{entry}");
            assert_eq!(reader.get(&address).await.status(), 200, "{address}");
        }
    })
    .await;
}

/// Fails for the formula when the cells are not made harmless, and for the pieces when `after` is not handed on.
#[tokio::test]
async fn the_log_is_taken_away_as_a_file() {
    app(async |app| {
        for n in 0..1001 {
            write(app, &format!("={n}"), "a", "b").await;
        }
        let reader = signed_in(app, &[AuditRead]).await;
        let response = reader.get("/admin/audit.csv?entityType=product").await;
        assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
        assert!(response.headers()["content-disposition"].to_str().unwrap().contains("audit-log-"));
        let text = response.text().await.unwrap();
        let mut ids: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').nth(7).unwrap()).collect();
        assert!(ids.iter().all(|id| id.starts_with("'=")), "no cell is a formula");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1001);
        let others: Vec<_> = Permission::ALL.iter().copied().filter(|p| *p != AuditRead).collect();
        let clerk = signed_in(app, &others).await;
        for page in ["/admin/audit", "/admin/audit.csv", "/admin/audit/0190b5a0-7c1e-7000-8000-000000000002"] {
            assert_eq!(clerk.get(page).await.status(), 403, "{page}");
        }
        assert!(!clerk.page("/admin").await.contains("/admin/audit"));
    })
    .await;
}

/// Each thing shows its last changes to those who may read the log, and nobody else.
#[tokio::test]
async fn things_show_their_history() {
    app(async |app| {
        let product = app.product("Claw hammer").await;
        write(app, &product.id.to_string(), "Hammer", "Claw hammer").await;
        let page = format!("/admin/products/{}", product.id);
        let both = signed_in(app, &[CatalogRead, AuditRead]).await.page(&page).await;
        assert!(both.contains("Change history") && both.contains("Product: edit"), "{both}");
        let one = signed_in(app, &[CatalogRead]).await.page(&page).await;
        assert!(!one.contains("Change history"), "{one}");
    })
    .await;
}

#[tokio::test]
async fn jobs_are_seen_tried_again_and_deleted() {
    app(async |app| {
        let mut act = Act::begin(app, &System).await.unwrap();
        for _ in 0..3 {
            let job = Job::SettlePayment { payment: shop::id::PaymentId::new() };
            jobs::enqueue(&mut act, &job).unwrap();
        }
        act.commit(()).await.unwrap();
        let dead = "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no <answer>'";
        sqlx::query(dead).execute(&app.db).await.unwrap();
        let ids: Vec<i64> = sqlx::query_scalar("select id from graphile_worker._private_jobs order by id")
            .fetch_all(&app.db)
            .await
            .unwrap();
        let reader = signed_in(app, &[JobsRead]).await;
        let html = reader.page("/admin/jobs?state=dead").await;
        assert!(html.contains("Settle payment") && html.contains("no &lt;answer&gt;"), "{html}");
        assert!(html.contains("Reconcile payments") && !html.contains(RETRY), "{html}");
        let id = ids[0].to_string();
        for act in [RETRY, RETRY_ALL, DELETE] {
            assert_eq!(reader.post("/admin/jobs", act, &[("job", &id)]).await.status(), 403, "{act}");
        }
        let keeper = signed_in(app, &[JobsWrite]).await;
        let (_, html) = send(&keeper, "/admin/jobs", RETRY, &[("job", &id)]).await;
        assert!(html.contains("It is tried again now") && html.contains("Retry all 2"), "{html}");
        let (_, html) = send(&keeper, "/admin/jobs", DELETE, &[("job", &ids[1].to_string())]).await;
        assert!(html.contains("The job is deleted"), "{html}");
        let (_, html) = send(&keeper, "/admin/jobs", RETRY_ALL, &[]).await;
        assert!(html.contains("1 job tried again now"), "{html}");
        assert_eq!(jobs::health(app).await.unwrap().dead, 0);
        assert_eq!(keeper.post("/admin/jobs", DELETE, &[("job", "9999")]).await.status(), 404);
        let others: Vec<_> = Permission::ALL.iter().copied().filter(|p| ![JobsRead, JobsWrite].contains(p)).collect();
        assert_eq!(signed_in(app, &others).await.get("/admin/jobs").await.status(), 403);
    })
    .await;
}
