//! Importing products from the admin: a file is sent, read in the background, and told of afterwards.

use crate::support::desk::{CATALOGUE, signed_in};
use crate::support::{Browser, TestApp, app, location};
use reqwest::Response;
use reqwest::multipart::{Form, Part};
use shop::accounts::Permission;
use shop::testing::TestShop;
use shop::worker;
use sqlx::ConnectOptions;
use std::process::{Command, Stdio};

const HERE: &str = "/admin/import";
const CSV: &str = "Handle,Title,Variant Price,Variant Inventory Qty,Published\n\
                   nail,Nail,1,5,true\nscrew,Screw,ten,5,true\nbolt,<b>Bolt</b>,3,,true\n";

async fn send(app: &TestApp, browser: &Browser, file: Option<(&str, Vec<u8>)>, untracked: &str) -> Response {
    let mut form = Form::new().text("untrackedStock", untracked.to_owned()).text("encoding", "");
    if let Some((name, content)) = file {
        form = form.part("file", Part::bytes(content).file_name(name.to_owned()));
    }
    browser.client.post(format!("{}{HERE}/send", app.root)).multipart(form).send().await.unwrap()
}

async fn imports(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from imports").fetch_one(&app.db).await.unwrap()
}

#[tokio::test]
async fn a_file_is_read_in_the_background_and_told_of() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let html = staff.page(HERE).await;
        assert!(html.contains("None so far") && html.contains(r#"href="/admin/import""#), "{html}");
        let answer = send(app, &staff, Some(("goods.csv", CSV.into())), "7").await;
        let page = location(&answer).to_owned();
        assert!(page.starts_with("/admin/import/"), "{page}");

        // before its turn: the page looks again by itself, or by a link
        let html = staff.page(&page).await;
        assert!(html.contains("it waits for its turn") && html.contains(r#"http-equiv="refresh""#), "{html}");
        assert!(html.contains(&format!(r#"href="{page}""#)), "{html}");
        assert!(staff.page(HERE).await.contains("Waiting"));

        worker::run_pending(&app.shop).await.unwrap();
        for html in [staff.page(&page).await, staff.page(&page).await] {
            assert!(html.contains("goods.csv") && !html.contains("http-equiv"), "{html}");
            assert!(html.contains("Rows left out") && html.contains("price must be an amount"), "{html}");
            assert!(html.contains("taken to be 7 of each"), "{html}");
        }
        let html = staff.page(HERE).await;
        assert!(html.contains("Done") && html.contains(&page), "{html}");
        assert!(staff.page("/admin/import?q=goods&status=done&sort=created:asc").await.contains(&page));
        assert!(staff.page("/admin/import?q=other").await.contains("No import fits"));
        assert!(staff.page("/admin/import?page=9").await.contains("The list is shorter"));
        let kept: i64 = sqlx::query_scalar("select count(*) from import_parts").fetch_one(&app.db).await.unwrap();
        assert_eq!(kept, 0, "the file is not kept when it was read");
        let names: Vec<(String, String)> = sqlx::query_as(
            "select distinct action, actor_type from audit_logs where action in ('import.start', 'product.create')",
        )
        .fetch_all(&app.db)
        .await
        .unwrap();
        assert_eq!(names.len(), 2, "both in the name of whoever sent it: {names:?}");
        assert!(names.iter().all(|(_, actor)| actor == "staff"));

        // a second time nothing changes
        let page = location(&send(app, &staff, Some(("goods.csv", CSV.into())), "7").await).to_owned();
        worker::run_pending(&app.shop).await.unwrap();
        assert!(staff.page(&page).await.contains("Unchanged"));
        let counts: Vec<(i64, i64)> = sqlx::query_as(
            "select (report->>'created')::bigint, (report->>'unchanged')::bigint from imports order by created_at, id",
        )
        .fetch_all(&app.db)
        .await
        .unwrap();
        assert_eq!(counts, [(2, 0), (0, 2)]);
        assert_eq!(imports(app).await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_said() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let refused = async |file: Option<(&str, Vec<u8>)>, untracked: &str| {
            let answer = send(app, &staff, file, untracked).await;
            assert_eq!(location(&answer), HERE);
            staff.page(HERE).await
        };
        for none in [None, Some(("", Vec::new())), Some(("empty.csv", Vec::new()))] {
            let html = refused(none, "12").await;
            assert!(html.contains("File must be chosen first"), "{html}");
            assert!(html.contains(r#"value="12""#), "what was typed stays: {html}");
        }
        let html = refused(Some(("goods.csv", CSV.into())), "many").await;
        assert!(html.contains("must be a whole number") && html.contains(r#"value="many""#), "{html}");
        assert_eq!(imports(app).await, 0, "nothing is left behind");

        // no product file, and one of which nothing can be kept: both are told of when they were read
        for (file, why) in [
            ("Name,Price\nNail,1\n", "is not a product CSV"),
            ("Handle,Title\n", "no rows below it"),
            ("Handle,Title\n,Nail\n", "Nothing of the file came in"),
        ] {
            let page = location(&send(app, &staff, Some(("x.csv", file.into())), "").await).to_owned();
            worker::run_pending(&app.shop).await.unwrap();
            let html = staff.page(&page).await;
            assert!(html.contains("The import failed") && html.contains(why), "{html}");
        }
        assert!(staff.page("/admin/import?status=failed").await.contains("x.csv"));
        assert_eq!(staff.get("/admin/import/nothing").await.status(), 404);
        assert_eq!(staff.get("/admin/import/0190b5a0-7c1e-7000-8000-000000000001").await.status(), 404);
    })
    .await;
}

/// Fails when page, route or command asks for less than the other two.
#[tokio::test]
async fn only_who_may_write_the_catalogue() {
    app(async |app| {
        let file = || Some(("goods.csv", CSV.into()));
        let looker = signed_in(app, &[Permission::CatalogRead, Permission::InventoryWrite]).await;
        assert_eq!(looker.get(HERE).await.status(), 403);
        assert_eq!(send(app, &looker, file(), "").await.status(), 403);
        assert!(!looker.page("/admin").await.contains(r#"href="/admin/import""#));
        let guest = app.browser();
        assert!(location(&guest.get(HERE).await).starts_with("/admin/login"));
        assert!(location(&send(app, &guest, file(), "").await).starts_with("/admin/login"));
        // from another site
        let staff = signed_in(app, CATALOGUE).await;
        let form = Form::new().part("file", Part::bytes(CSV.as_bytes()).file_name("goods.csv"));
        let request = staff.client.post(format!("{}{HERE}/send", app.root)).header("sec-fetch-site", "cross-site");
        assert_eq!(request.multipart(form).send().await.unwrap().status(), 403);
        assert_eq!(imports(app).await, 0);
    })
    .await;
}

/// Fails when an import is done in the request, or begun anew from nothing by a job that ran before.
#[tokio::test]
async fn an_import_that_was_broken_off_goes_on() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        // several parts of a megabyte
        let mut csv = "Handle,Title,Body (HTML),Variant Price,Published\n".to_owned();
        let body = "x".repeat(40_000);
        for n in 0..60 {
            csv.push_str(&format!("nail-{n},Nail {n},{body},1,true\n"));
        }
        let page = location(&send(app, &staff, Some(("big.csv", csv.into())), "3").await).to_owned();
        let parts: i64 = sqlx::query_scalar("select count(*) from import_parts").fetch_one(&app.db).await.unwrap();
        assert_eq!(parts, 3);
        // as a process leaves it that died
        sqlx::query(
            "update imports set status = 'running', started_at = now(), bytes_read = bytes / 2, rows_read = 30",
        )
        .execute(&app.db)
        .await
        .unwrap();
        assert!(staff.page(&page).await.contains("30 rows read"));
        worker::run_pending(&app.shop).await.unwrap();
        let products: i64 = sqlx::query_scalar("select count(*) from products").fetch_one(&app.db).await.unwrap();
        assert_eq!(products, 60);
        let (status, read, all): (String, i64, i64) =
            sqlx::query_as("select status, bytes_read, bytes from imports").fetch_one(&app.db).await.unwrap();
        assert_eq!((status.as_str(), read), ("done", all));
    })
    .await;
}

/// The command: what it says, and how it ends. Fails when a file of which nothing came in ends like any other.
#[tokio::test]
async fn the_command_fails_when_nothing_came_in() {
    let shop = TestShop::open().await;
    let folder = std::env::temp_dir().join(format!("ironmonger-import-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let address = shop.options().await.to_url_lossy().to_string();
    let run = |name: &str, csv: &str, more: &[&str]| -> (Option<i32>, String) {
        let file = folder.join(name);
        std::fs::write(&file, csv).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        program.env("DATABASE_URL", &address).env("DATA_DIR", &folder).current_dir(&folder).stdin(Stdio::null());
        let ended = program.arg("import").arg(&file).args(more).output().unwrap();
        let said = [ended.stdout, ended.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        (ended.status.code(), said)
    };
    let (code, said) = run("goods.csv", CSV, &["--untracked-stock", "7"]);
    assert!(code == Some(0) && said.contains("2 created") && said.contains("line 3: price must be"), "{code:?} {said}");
    assert!(said.contains("taken to be 7 of each"), "{said}");
    for (name, csv, more, why) in [
        ("none.csv", "Handle,Title\n,Nail\n", &[][..], "line 2: has no handle"),
        ("rows.csv", "Handle,Title\n", &[], "no rows below it"),
        ("other.csv", "Name,Price\nNail,1\n", &[], "is not a product CSV"),
        ("goods.csv", CSV, &["--untracked-stock", "many"], "must be a whole number"),
    ] {
        let (code, said) = run(name, csv, more);
        assert!(code == Some(1) && said.contains(why), "{name}: {code:?} {said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    shop.finish().await;
}
