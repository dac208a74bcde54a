//! Being told of goods, over HTTP: the forms of a product's page, the links of the mails, the account's list.

use crate::support::desk::signed_in_as;
use crate::support::{TestApp, app, location};
use reqwest::{Client, redirect};
use shop::accounts::{Permission, System};
use shop::inventory::{self, ReceiveStock};
use shop::testing::TestProduct;
use shop::watches;

const ASK: &str = "/do/ironmonger/storefront/watches/ask";
const CONFIRM: &str = "/do/ironmonger/storefront/watches/confirm";
const STOP: &str = "/do/ironmonger/storefront/watches/stop";
const MINE: &str = "/account/watches";

fn token(app: &TestApp) -> String {
    let mail = app.mailer.kept().pop().expect("a mail was sent");
    let (_, link) = mail.text.split_once("token=").expect("with a link");
    link.chars().take_while(char::is_ascii_hexdigit).collect()
}

async fn receive(app: &TestApp, what: &TestProduct, pieces: &str) {
    let goods = ReceiveStock { quantity: pieces.into(), ..ReceiveStock::default() };
    inventory::receive_goods(app, &System, what.variant, goods).await.unwrap();
}

/// A mail server: no cookies, no origin, follows nothing.
fn mail_program() -> Client {
    Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

#[tokio::test]
async fn a_guest_asks_confirms_is_told_and_stops() {
    app(async |app| {
        let rasp = app.product("Rasp").slug("rasp").priced(9_00).stock(0).await;
        let at = "/products/rasp";
        let guest = app.browser();
        let html = guest.page(at).await;
        assert!(html.contains("Tell me when it is back") && html.contains("Tell me when the price drops"), "{html}");
        let is_open = |html: &str| {
            let before = html.split("Tell me when the price drops").next().unwrap();
            before.rsplit("<details").next().unwrap().split('>').next().unwrap().contains(" open")
        };
        assert!(!is_open(&html), "quiet");
        let variant = rasp.variant.to_string();
        let ask = async |kind: &str, email: &str| {
            let which = if kind == "price_drop" { "price" } else { "back" };
            let fields = [("form", which), ("kind", kind), ("variant", &variant), ("email", email)];
            let answer = guest.post(at, ASK, &fields).await;
            assert_eq!(location(&answer), at);
            guest.page(at).await
        };
        // refused: the fault beside the field of the form that was sent, and what was typed in it
        let html = ask("price_drop", "ada@").await;
        let (_, refused) = html.split_once(r#"id="f-price-email""#).unwrap();
        let refused = refused.split("</form>").next().unwrap();
        assert!(
            refused.contains(r#"value="ada@""#) && refused.contains("must look like name@example.com"),
            "{refused}"
        );
        assert!(is_open(&html), "and the form is to be seen");
        let (_, other) = html.split_once(r#"id="f-back-email""#).unwrap();
        assert!(!other.split("</form>").next().unwrap().contains("ada@"), "{other}");

        let html = ask("back_in_stock", "ada@example.org").await;
        assert!(html.contains("we sent a link to ada@example.org"), "{html}");
        app.work().await;
        let link = token(app);
        let page = format!("/watches/confirm?token={link}");
        let html = guest.page(&page).await;
        assert!(html.contains("when Rasp is back in stock"), "{html}");
        assert_eq!(
            app.count("select count(*) from watches where status = 'active'").await,
            0,
            "a look changes nothing"
        );
        let confirmed = guest.post(&page, CONFIRM, &[("token", &link)]).await;
        assert!(location(&confirmed).starts_with("/products/rasp?sku="));
        assert!(guest.page(location(&confirmed)).await.contains("Thank you. We write to you when Rasp"));

        receive(app, &rasp, "3").await;
        watches::tell(&app.shop).await.unwrap();
        app.work().await;
        assert_eq!(app.subjects().last().unwrap(), "Rasp is back in stock");
        app.shop.cache.forget();
        assert!(!guest.page(at).await.contains("Tell me when it is back"), "it can be bought");

        let html = ask("price_drop", "ada@example.org").await;
        assert!(html.contains("we sent a link"), "{html}");
        app.work().await;
        let page = format!("/watches/unsubscribe?token={}", token(app));
        let html = guest.page(&page).await;
        assert!(html.contains("the price of Rasp"), "{html}");
        assert_eq!(app.count("select count(*) from watches where status = 'ended'").await, 0);
        let html = {
            let answer = guest.post(&page, STOP, &[("token", &token(app))]).await;
            guest.page(location(&answer)).await
        };
        assert!(html.contains("We do not write to you about Rasp any more"), "{html}");
        assert_eq!(app.count("select count(*) from watches where status = 'ended'").await, 1);
    })
    .await;
}

/// RFC 8058. Fails without the exemption in `csrf`, and where a GET ends it.
#[tokio::test]
async fn a_mail_program_stops_it_with_one_post() {
    app(async |app| {
        app.product("Rasp").slug("rasp").stock(0).await;
        let saw = app.product("Saw").slug("saw").stock(0).await;
        let guest = app.browser();
        for what in [&saw] {
            let variant = what.variant.to_string();
            let fields = [("kind", "back_in_stock"), ("variant", variant.as_str()), ("email", "ada@example.org")];
            guest.post("/products/saw", ASK, &fields).await;
        }
        app.work().await;
        let address = app.mailer.kept().pop().unwrap().unsubscribe.unwrap();
        assert!(address.as_str().starts_with(&app.root), "{address}");
        let program = mail_program();
        let looked = program.get(address.clone()).send().await.unwrap();
        let page = location(&looked).to_owned();
        assert!(page.starts_with("/watches/unsubscribe?token="), "{page}");
        assert!(guest.page(&page).await.contains("Saw"));
        assert_eq!(app.count("select count(*) from watches where status = 'pending'").await, 1);

        let body = || vec![("List-Unsubscribe", "One-Click")];
        let wrong = format!("{}/watches/one-click?token={}", app.root, "0".repeat(64));
        assert_eq!(program.post(&wrong).form(&body()).send().await.unwrap().status(), 410);
        let none = format!("{}/watches/one-click", app.root);
        assert_eq!(program.post(&none).form(&body()).send().await.unwrap().status(), 410);
        let from_elsewhere = program
            .post(address.clone())
            .header("origin", "https://mail.example")
            .header("sec-fetch-site", "cross-site")
            .form(&body());
        let posted = from_elsewhere.send().await.unwrap();
        assert_eq!(posted.status(), 200);
        assert!(posted.headers().get("set-cookie").is_none());
        assert!(posted.text().await.unwrap().contains("do not write"));
        assert_eq!(app.count("select count(*) from watches where status = 'ended'").await, 1);
        assert_eq!(program.post(address).form(&body()).send().await.unwrap().status(), 200, "again is the same");
        // and nothing else is exempt
        let other = program.post(format!("{}{STOP}", app.root)).form(&[("token", "x")]).send().await.unwrap();
        assert_eq!(other.status(), 403);
    })
    .await;
}

#[tokio::test]
async fn an_account_sees_and_ends_what_it_watches() {
    app(async |app| {
        let rasp = app.product("Rasp").slug("rasp").priced(9_00).stock(0).await;
        app.customer("ada@example.org").await;
        let ada = signed_in_as(app, "ada@example.org", "/login").await;
        assert!(ada.page(MINE).await.contains("You watch nothing"));
        let html = ada.page("/products/rasp").await;
        assert!(html.contains(r#"value="ada@example.org""#), "prefilled");
        let variant = rasp.variant.to_string();
        for kind in ["back_in_stock", "price_drop"] {
            let fields = [("kind", kind), ("variant", variant.as_str()), ("email", "ada@example.org")];
            ada.post("/products/rasp", ASK, &fields).await;
            assert!(ada.page("/products/rasp").await.contains("We will write to ada@example.org"));
        }
        let html = ada.page(MINE).await;
        assert!(html.contains("Back in stock") && html.contains("Price drop") && html.contains("Waiting"), "{html}");
        let id = shop::testing::browser::value_of(&html, "id");
        let end = "/do/ironmonger/storefront/account/watches/end";
        assert_eq!(location(&ada.post(MINE, end, &[("id", &id)]).await), MINE);
        assert!(ada.page(MINE).await.contains("We do not tell you about this any more"));
        assert!(!ada.page(MINE).await.contains("Price drop"));
        assert!(ada.page("/account/watches?page=7").await.contains("There is nothing on this page"));
        // somebody else's
        app.customer("eve@example.org").await;
        let eve = signed_in_as(app, "eve@example.org", "/login").await;
        let left: String = sqlx::query_scalar("select id::text from watches where status = 'active'")
            .fetch_one(&app.db)
            .await
            .unwrap();
        assert_eq!(eve.post(MINE, end, &[("id", &left)]).await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn all_mails_to_an_address_stop_at_once() {
    app(async |app| {
        let rasp = app.product("Rasp").stock(0).await;
        let saw = app.product("Saw").stock(0).await;
        let guest = app.browser();
        for variant in [rasp.variant.to_string(), saw.variant.to_string()] {
            let fields = [("kind", "back_in_stock"), ("variant", &variant), ("email", "ada@example.org")];
            guest.post("/", ASK, &fields).await;
        }
        app.work().await;
        let link = token(app);
        let page = format!("/watches/unsubscribe?token={link}");
        assert!(guest.page(&page).await.contains("Stop this and the other such mail"));
        guest.post(&page, STOP, &[("token", &link), ("all", "true")]).await;
        assert_eq!(app.count("select count(*) from watches where status = 'ended'").await, 2);
    })
    .await;
}

/// What the owner turned off is offered nowhere, and staff see how many wait.
#[tokio::test]
async fn staff_turn_it_off_and_see_who_waits() {
    app(async |app| {
        let rasp = app.product("Rasp").slug("rasp").priced(9_00).stock(0).await;
        let ada = app.customer("ada@example.org").await;
        let wanted = watches::AskForWatch {
            kind: "back_in_stock".into(),
            variant_id: rasp.variant.to_string().into(),
            ..watches::AskForWatch::default()
        };
        watches::ask(app, &app.visitor_of(&ada), wanted).await.unwrap();
        let clerk = crate::support::desk::signed_in(app, &[Permission::InventoryRead]).await;
        let html = clerk.page("/admin/inventory?stock=watched&sort=watchers%3Adesc").await;
        assert!(html.contains("Rasp") && html.contains("Waited for"), "{html}");
        let html = clerk.page(&format!("/admin/inventory/{}", rasp.variant)).await;
        assert!(html.contains("Wait for it") && html.contains("Watch its price"), "{html}");
        sqlx::query(
            "insert into settings (key, value) values ('watchBackInStock', 'false'), ('watchPriceDrop', 'false')",
        )
        .execute(&app.db)
        .await
        .unwrap();
        app.shop.cache.forget();
        let html = app.browser().page("/products/rasp").await;
        assert!(!html.contains("Tell me when") && html.contains("Sold out for now"), "{html}");
    })
    .await;
}
