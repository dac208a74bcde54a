//! Forms that come when the account they were made for is not signed in: nothing that was typed is lost, and nothing is
//! done in the name of another.

use crate::support::desk::{CATALOGUE, picture, signed_in_as};
use crate::support::{Browser, TestApp, app, location, png};
use chrono::TimeDelta;
use reqwest::Response;
use reqwest::multipart::Form;
use shop::kept_forms::KEPT_FOR;
use shop::testing::{PASSWORD, TestProduct};

const SAVE: &str = "/do/ironmonger/admin/products/acts/save";
const DESK: &str = "/do/ironmonger/admin/sign_in/enter";
const ENTER: &str = "/do/ironmonger/storefront/sign_in/enter";
const LEAVE: &str = "/do/ironmonger/admin/sign_in/leave";
const STORY: &str = "Forged in one piece,\r\nand <b>blacked</b> in oil & wax.";
const SHOWN_AGAIN: &str = "What you had typed is here again";

/// The value of the hidden field by which the form that is sent to `action` says for whom it was made.
fn made_for(html: &str, action: &str) -> String {
    let form = html.split("<form").find(|form| form.contains(&format!("action=\"{action}"))).expect("the form");
    let value = form.split(r#"name="madeFor" value=""#).nth(1).expect("it says for whom it was made");
    value.split('"').next().unwrap().to_owned()
}

/// A product on the desk of somebody who may write the catalogue, and the fields of its form with a long text.
async fn half_written(app: &TestApp, desk: &Browser) -> (TestProduct, String, Vec<(String, String)>) {
    let hook = app.product("Coat hook").draft().await;
    let page = format!("/admin/products/{}", hook.id);
    let html = desk.page(&page).await;
    let id = hook.id.to_string();
    let fields = [
        ("madeFor", made_for(&html, SAVE)),
        ("form", id.clone()),
        ("product", id),
        ("version", "1".to_owned()),
        ("name", "Coat hook, large".to_owned()),
        ("description", STORY.to_owned()),
        ("price", "12.50".to_owned()),
    ];
    (hook, page, fields.map(|(name, value)| (name.to_owned(), value)).into())
}

async fn send(browser: &Browser, from: &str, action: &str, fields: &[(String, String)]) -> Response {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(from, action, &fields).await
}

async fn sign_in(browser: &Browser, door: &str, action: &str, email: &str, next: &str) -> String {
    let fields = [("email", email), ("password", PASSWORD), ("next", next)];
    location(&browser.post(door, action, &fields).await).to_owned()
}

/// The form with the long text, shown again.
fn has_story(html: &str) -> bool {
    html.contains("and &lt;b&gt;blacked&lt;/b&gt; in oil &amp; wax.") && html.contains("Coat hook, large")
}

async fn kept(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from kept_forms").fetch_one(&app.db).await.unwrap()
}

async fn name_of(app: &TestApp, product: &TestProduct) -> String {
    sqlx::query_scalar("select name from products where id = $1").bind(product.id).fetch_one(&app.db).await.unwrap()
}

/// Fails without the call of `kept::instead` in `form::answer`, and where `welcome` does not look for what is kept.
#[tokio::test]
async fn what_was_typed_is_there_again_after_the_sign_in() {
    app(async |app| {
        let staff = app.staff(CATALOGUE).await;
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (hook, page, fields) = half_written(app, &desk).await;
        // in a second tab
        desk.post("/admin", LEAVE, &[]).await;

        let answer = send(&desk, &page, SAVE, &fields).await;
        let login = format!("/admin/login?next={}", page.replace('/', "%2F"));
        assert_eq!(location(&answer), login);
        let cookie = answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        let cookie = cookie.into_iter().find(|cookie| cookie.starts_with("kept=")).expect("the browser gets a secret");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=3600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let html = desk.page(&login).await;
        assert!(html.contains("What you typed is kept for an hour: sign in"), "{html}");
        assert!(!html.contains("blacked"), "{html}");
        assert_eq!(name_of(app, &hook).await, "Coat hook");
        // neither in the row nor in the session
        let all: String = sqlx::query_scalar(
            "select concat((select string_agg(k::text || encode(sealed, 'escape'), '') from kept_forms k),
                           (select string_agg(s::text, '') from sessions s))",
        )
        .fetch_one(&app.db)
        .await
        .unwrap();
        assert!(!all.contains("blacked") && !all.contains(&hex::encode("blacked")), "{all}");

        assert_eq!(sign_in(&desk, &login, DESK, staff.email(), &page).await, page);
        let html = desk.page(&page).await;
        assert!(html.contains(SHOWN_AGAIN) && has_story(&html), "{html}");
        assert!(html.contains(r#"name="version" value="1""#) && html.contains(r#"data-asks="changed""#), "{html}");
        assert_eq!(kept(app).await, 0);
        let html = desk.page(&page).await;
        assert!(!html.contains(SHOWN_AGAIN) && !has_story(&html), "once only");
        // and the form that was shown again is saved
        let answer = send(&desk, &page, SAVE, &fields).await;
        assert_eq!(location(&answer), page);
        assert_eq!(name_of(app, &hook).await, "Coat hook, large");
    })
    .await;
}

/// The session is over by the clock, and its cookie is still there; or there is no cookie at all any more.
#[tokio::test]
async fn a_session_that_is_over_and_cookies_that_are_gone_lose_nothing() {
    app(async |app| {
        let staff = app.staff(CATALOGUE).await;
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (_, page, fields) = half_written(app, &desk).await;
        app.clock.advance(TimeDelta::hours(13));
        for browser in [desk, app.browser()] {
            let answer = send(&browser, &page, SAVE, &fields).await;
            assert!(location(&answer).starts_with("/admin/login?next="));
            // without the page it would have gone to: what is kept comes first
            assert_eq!(sign_in(&browser, "/admin/login", DESK, staff.email(), "").await, page);
            assert!(has_story(&browser.page(&page).await));
        }
    })
    .await;
}

/// Fails when neither the query nor the key of the seal asks for the account.
#[tokio::test]
async fn who_signs_in_in_between_neither_sees_nor_destroys_it() {
    app(async |app| {
        let (staff, other) = (app.staff(CATALOGUE).await, app.staff(CATALOGUE).await);
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (_, page, fields) = half_written(app, &desk).await;
        desk.post("/admin", LEAVE, &[]).await;
        send(&desk, &page, SAVE, &fields).await;

        assert_eq!(sign_in(&desk, "/admin/login", DESK, other.email(), &page).await, page);
        let html = desk.page(&page).await;
        assert!(!has_story(&html) && !html.contains(SHOWN_AGAIN), "{html}");
        desk.post("/admin", LEAVE, &[]).await;
        // another browser of the owner's does not have it either
        let elsewhere = signed_in_as(app, staff.email(), "/admin/login").await;
        assert!(!has_story(&elsewhere.page(&page).await));

        app.clock.advance(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(sign_in(&desk, "/admin/login", DESK, staff.email(), "").await, page);
        assert!(has_story(&desk.page(&page).await));
    })
    .await;
}

#[tokio::test]
async fn after_an_hour_it_is_gone() {
    app(async |app| {
        let staff = app.staff(CATALOGUE).await;
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (_, page, fields) = half_written(app, &desk).await;
        desk.post("/admin", LEAVE, &[]).await;
        send(&desk, &page, SAVE, &fields).await;
        app.clock.advance(KEPT_FOR);
        assert_eq!(sign_in(&desk, "/admin/login", DESK, staff.email(), "").await, "/admin");
        let html = desk.page(&page).await;
        assert!(!has_story(&html) && !html.contains(SHOWN_AGAIN), "{html}");
    })
    .await;
}

/// Fails when `kept::instead` asks only whether anybody is signed in.
#[tokio::test]
async fn a_form_is_not_carried_out_for_another_account() {
    app(async |app| {
        let (staff, other) = (app.staff(CATALOGUE).await, app.staff(CATALOGUE).await);
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (hook, page, fields) = half_written(app, &desk).await;
        // in a second tab
        desk.post("/admin", LEAVE, &[]).await;
        sign_in(&desk, "/admin/login", DESK, other.email(), "").await;

        let answer = send(&desk, &page, SAVE, &fields).await;
        let login = location(&answer).to_owned();
        assert!(login.starts_with("/admin/login?next="), "{login}");
        assert_eq!(name_of(app, &hook).await, "Coat hook");
        let html = desk.page(&login).await;
        assert!(
            html.contains("You are signed in as Staff Tester, but this form was filled in by another account"),
            "{html}"
        );
        assert!(!has_story(&desk.page(&page).await));

        assert_eq!(sign_in(&desk, &login, DESK, staff.email(), &page).await, page);
        assert!(has_story(&desk.page(&page).await));
        // signing in and out is for whoever does it
        assert_eq!(location(&desk.post("/admin", LEAVE, &[]).await), "/admin/login");
    })
    .await;
}

/// Fails when a mark is believed without its digest, and when a form without one is kept.
#[tokio::test]
async fn strangers_make_us_keep_nothing() {
    app(async |app| {
        let staff = app.staff(CATALOGUE).await;
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (_, page, mut fields) = half_written(app, &desk).await;
        let stranger = app.browser();
        let forged = format!("{}-{} {SAVE}", staff.id().0.simple(), "0".repeat(32));
        for mark in [forged.as_str(), "", " ", "x-y z"] {
            fields[0].1 = mark.to_owned();
            let answer = send(&stranger, &page, SAVE, &fields).await;
            assert!(location(&answer).starts_with("/admin/login?next="));
        }
        let answer = send(&stranger, &page, SAVE, &fields[1..]).await;
        assert!(location(&answer).starts_with("/admin/login?next="));
        assert!(answer.headers().get("set-cookie").is_none());
        assert_eq!(kept(app).await, 0);
    })
    .await;
}

/// Fails without the layer `kept::before_uploads`: the guard sends the form away.
#[tokio::test]
async fn of_a_form_with_files_the_fields_are_kept() {
    app(async |app| {
        let (staff, other) = (app.staff(CATALOGUE).await, app.staff(CATALOGUE).await);
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let html = desk.page("/admin/products/new").await;
        let form = html.split("<form").find(|form| form.contains(r#"action="/admin/products/new/save?"#)).unwrap();
        let to = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let mark = made_for(&html, "/admin/products/new/save?");
        let new_product = || {
            Form::new()
                .text("madeFor", mark.clone())
                .text("form", "new")
                .text("name", "Coat hook, large")
                .part("files", picture("hook.png", png()))
                .text("description", STORY)
        };
        let post = async |form: Form| {
            let request = desk.client.post(format!("{}{to}", app.root)).multipart(form);
            location(&request.send().await.unwrap()).to_owned()
        };
        // signed out, and with somebody else signed in
        for somebody in [None, Some(other.email())] {
            desk.post("/admin", LEAVE, &[]).await;
            if let Some(email) = somebody {
                sign_in(&desk, "/admin/login", DESK, email, "").await;
            }
            let login = post(new_product()).await;
            assert_eq!(login, "/admin/login?next=%2Fadmin%2Fproducts%2Fnew");
            assert_eq!(sign_in(&desk, &login, DESK, staff.email(), "/admin/products/new").await, "/admin/products/new");
            let html = desk.page("/admin/products/new").await;
            assert!(has_story(&html) && html.contains("Files have to be chosen again"), "{html}");
        }
        let products: i64 = sqlx::query_scalar("select count(*) from products").fetch_one(&app.db).await.unwrap();
        assert_eq!((products, kept(app).await), (0, 0));
        // and for whom it was made, it is carried out
        assert!(post(new_product().text("price", "3")).await.starts_with("/admin/products/"));
        assert!(desk.page("/admin/products").await.contains("Coat hook, large"));
    })
    .await;
}

/// A page that does not have the form any more says so, and shows what was typed.
#[tokio::test]
async fn what_has_no_form_any_more_is_shown_all_the_same() {
    app(async |app| {
        let staff = app.staff(CATALOGUE).await;
        let desk = signed_in_as(app, staff.email(), "/admin/login").await;
        let (hook, page, fields) = half_written(app, &desk).await;
        desk.post("/admin", LEAVE, &[]).await;
        send(&desk, &page, SAVE, &fields).await;
        // from a page that was never one of a form
        send(&desk, "/admin/categories", SAVE, &fields).await;
        sqlx::query("delete from products where id = $1").bind(hook.id).execute(&app.db).await.unwrap();

        assert_eq!(sign_in(&desk, "/admin/login", DESK, staff.email(), &page).await, page);
        let response = desk.get(&page).await;
        assert_eq!(response.status(), 404);
        for html in [response.text().await.unwrap(), desk.page("/admin/categories").await] {
            assert!(html.contains("that is not on this page any more") && has_story(&html), "{html}");
            assert!(
                !html.contains(SHOWN_AGAIN) && !html.contains(&format!("<dd class=\"pre-line\">{}", hook.id)),
                "{html}"
            );
        }
        assert_eq!(kept(app).await, 0);
    })
    .await;
}

/// Fails when a form that is made for a customer is carried out as a guest's.
#[tokio::test]
async fn a_customer_finds_the_checkout_filled_in() {
    app(async |app| {
        let (place, add) = ("/do/ironmonger/storefront/checkout/place", "/do/ironmonger/storefront/cart/add");
        let update = "/do/ironmonger/storefront/checkout/update";
        let (ada, rasp) = (app.customer("ada@example.org").await, app.product("Rasp").stock(5).await);
        let shopper = signed_in_as(app, ada.email(), "/login").await;
        let variant = rasp.variant.to_string();
        shopper.post("/products/rasp", add, &[("variantId", &variant), ("quantity", "1")]).await;
        let html = shopper.page("/checkout").await;
        let mark = made_for(&html, place);
        shopper.post("/account", "/do/ironmonger/storefront/sign_in/leave", &[]).await;

        let typed = [("madeFor", mark.as_str()), ("shippingAddress[line1]", "Rosebud Cottage"), ("note", "Ring twice")];
        // by whatever button
        for action in [place, update] {
            assert_eq!(location(&shopper.post("/checkout", action, &typed).await), "/login?next=%2Fcheckout");
            assert_eq!(sign_in(&shopper, "/login", ENTER, ada.email(), "/checkout").await, "/checkout");
            let html = shopper.page("/checkout").await;
            assert!(html.contains(SHOWN_AGAIN) && html.contains("Rosebud Cottage"), "{html}");
            shopper.post("/account", "/do/ironmonger/storefront/sign_in/leave", &[]).await;
        }

        // what a script sends while the page is left is neither kept nor done
        let keep = "/do/ironmonger/storefront/checkout/keep";
        let beacon =
            shopper.client.post(format!("{}{keep}", app.root)).header("sec-fetch-mode", "no-cors").form(&typed);
        assert_eq!(beacon.send().await.unwrap().status(), 204);
        assert_eq!(kept(app).await, 0);
        // and what a guest does just as well is done
        let more = [("madeFor", format!("{} {add}", mark.split(' ').next().unwrap())), ("variantId", variant)];
        let more = more.map(|(name, value)| (name.to_owned(), value));
        send(&shopper, "/products/rasp", add, &more).await;
        assert!(shopper.page("/cart").await.contains("Rasp"));
        // but not for another account
        app.customer("grace@example.org").await;
        let grace = signed_in_as(app, "grace@example.org", "/login").await;
        assert!(location(&send(&grace, "/products/rasp", add, &more).await).starts_with("/login"));
        assert!(!grace.page("/cart").await.contains("Rasp"));
    })
    .await;
}

#[tokio::test]
async fn passwords_are_never_kept() {
    app(async |app| {
        let change = "/do/ironmonger/storefront/account/profile/change_email";
        let ada = app.customer("ada@example.org").await;
        let shopper = signed_in_as(app, ada.email(), "/login").await;
        let mark = made_for(&shopper.page("/account/profile").await, change);
        shopper.post("/account", "/do/ironmonger/storefront/sign_in/leave", &[]).await;
        let typed = [("madeFor", mark.as_str()), ("email", "ada@new.example"), ("password", PASSWORD)];
        let answer = shopper.post("/account/profile", change, &typed).await;
        let secret = answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|v| v.to_str().ok())
            .find_map(|cookie| Some(cookie.strip_prefix("kept=")?.split(';').next()?.to_owned()));
        let (_, form) = shop::kept_forms::at_page(&app.shop, &ada, &secret.unwrap(), "/account/profile")
            .await
            .unwrap()
            .expect("it is kept");
        assert_eq!(form.values, [("email".to_owned(), "ada@new.example".to_owned())]);
        sign_in(&shopper, "/login", ENTER, ada.email(), "/account/profile").await;
        let html = shopper.page("/account/profile").await;
        assert!(html.contains("ada@new.example") && !html.contains(PASSWORD), "{html}");
    })
    .await;
}
