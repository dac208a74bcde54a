use super::client::{Events, events, shown, shown_of, tickets};
use crate::support::stripe::{ENTER, sold, stripe_app};
use crate::support::{app, location};
use shop::accounts::Permission;
use shop::accounts::System;
use shop::inventory::{self, Adjustment, MovementCause};
use shop::testing::{PASSWORD, TestShop};
use shop::{Act, id::VariantId};

async fn count(shop: &TestShop, variant: VariantId, counted: i32) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    inventory::adjust(&mut act, variant, Adjustment::To(counted), MovementCause::reason("Counted")).await.unwrap();
    act.commit(()).await.unwrap();
}

#[tokio::test]
async fn a_product_page_hears_of_stock_and_price() {
    app(async |app| {
        app.goes_live().await;
        let rasp = app.product("Rasp").stock(3).await;
        let (browser, path) = (app.browser(), format!("/products/{}", rasp.slug));
        let html = browser.page(&path).await;
        let (topic, version) = shown(&html).remove(0);
        assert_eq!(topic, format!("product:{}", rasp.id));
        let mut events = Events::of(&browser, &html).await;
        assert_eq!(events.update().await["version"], version.as_str(), "the page is as it says");
        count(app, rasp.variant, 1).await;
        let update = events.update().await;
        assert_eq!(update["parts"][format!("stock-{}", rasp.variant)]["look"], "low");
        count(app, rasp.variant, 0).await;
        assert_ne!(events.update().await["version"], version.as_str());
        assert!(browser.page(&path).await.contains("stock--out"));
    })
    .await;
}

#[tokio::test]
async fn cart_and_order_are_heard_by_whose_they_are() {
    stripe_app(async |app| {
        app.goes_live().await;
        let rasp = app.product("Rasp").stock(5).await;
        let shopper = app.shopper_with(&[(&rasp, 2)]).await;
        let html = shopper.page("/cart").await;
        let mut events_of_cart = Events::of(&shopper, &html).await;
        let (_, version) = shown(&html).remove(0);
        assert_eq!(events_of_cart.update().await["version"], version.as_str());
        count(app, rasp.variant, 1).await;
        assert_ne!(events_of_cart.update().await["version"], version.as_str());
        // the same ticket in another browser
        assert_eq!(events(&app.browser(), &tickets(&html)).await.status(), 403);
        assert_eq!(events(&app.browser(), &["order:1~2~3".into()]).await.status(), 403);
        assert_eq!(events(&app.browser(), &[]).await.status(), 400);

        let number = sold(app).await;
        let (staff, browser) = (app.staff(&[Permission::OrdersRead, Permission::OrdersWrite]).await, app.browser());
        let who = [("email", staff.email()), ("password", PASSWORD)];
        assert!(location(&browser.post("/login", ENTER, &who).await).starts_with('/'));
        let page = browser.page(&format!("/admin/orders/{number}")).await;
        let (topic, version) = shown_of(&page, "order:");
        let mut order = Events::of_kind(&browser, &page, "order:").await;
        let list = browser.page("/admin/orders").await;
        assert!(list.contains("data-row"), "rows are known by name");
        let mut orders = Events::of_kind(&browser, &list, "admin:orders").await;
        assert_eq!(order.update().await["version"], version.as_str());
        assert_eq!(orders.update().await["topic"], "admin:orders");
        let id = topic.strip_prefix("order:").unwrap().to_owned();
        let note = shop::orders::AddNote { note: "Packed twice".into() };
        shop::orders::add_note(app, &staff, id.parse().unwrap(), note).await.unwrap();
        assert_eq!(order.update().await["topic"], topic.as_str());
    })
    .await;
}

/// Fails when pages that are read anew in the background take what is said once, or count as being used.
#[tokio::test]
async fn reading_anew_takes_nothing_away_and_is_no_use_of_a_session() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(5).await;
        let shopper = app.signed_in("ann@example.org").await;
        let fields = [("variantId", rasp.variant.to_string()), ("quantity", "40".to_owned())];
        shopper.send("/", crate::support::stripe::ADD, &fields).await;
        let anew = shopper.client.get(format!("{}/cart", app.root)).header("x-live", "1").send().await.unwrap();
        let anew = anew.text().await.unwrap();
        let said = "Only 5";
        assert!(!anew.contains(said), "{anew}");
        assert!(shopper.page("/cart").await.contains(said), "the reader sees it");

        let seen = "select extract(epoch from max(last_seen_at))::bigint from sessions where user_id is not null";
        let before = app.count(seen).await;
        app.clock.advance(chrono::TimeDelta::minutes(5));
        shopper.client.get(format!("{}/cart", app.root)).header("x-live", "1").send().await.unwrap();
        assert_eq!(app.count(seen).await, before);
        shopper.page("/cart").await;
        assert!(app.count(seen).await > before);
    })
    .await;
}

/// Fails when what came while nobody was connected is not told of, or told twice.
#[tokio::test]
async fn the_log_of_notifications_goes_on_where_it_was_left() {
    stripe_app(async |app| {
        app.goes_live().await;
        let (staff, browser) = (app.staff(&[Permission::OrdersRead]).await, app.browser());
        let who = [("email", staff.email()), ("password", PASSWORD)];
        browser.post("/login", ENTER, &who).await;
        let page = browser.page("/admin").await;
        let mut first = Events::of(&browser, &page).await;
        let heard = async |events: &mut Events, number: &str| loop {
            let message = events.next().await.expect("goes on");
            if message.contains("event: notification") {
                assert!(message.contains(number), "{message}");
                return message.lines().next().unwrap().strip_prefix("id: ").unwrap().to_owned();
            }
        };
        // the bell is followed before anything happens
        while first.update().await["topic"] != "admin:notifications" {}
        let one = sold(app).await;
        let at = heard(&mut first, &one).await;
        drop(first);
        let two = sold(app).await;
        let url = format!("{}/live", app.root);
        let query: Vec<_> = tickets(&page).into_iter().map(|ticket| ("t", ticket)).collect();
        let again = browser.client.get(url).query(&query).header("last-event-id", &at).send().await.unwrap();
        let mut second = Events::from(again);
        heard(&mut second, &two).await;
        assert!(browser.page("/admin").await.contains("bell__count"));
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_it_and_so_does_a_stop() {
    stripe_app(async |app| {
        app.goes_live().await;
        let rasp = app.product("Rasp").stock(5).await;
        let shopper = app.signed_in("ann@example.org").await;
        shopper.add(&rasp, 1).await;
        let mut personal = Events::of(&shopper, &shopper.page("/cart").await).await;
        let guest = app.browser();
        let page = guest.page(&format!("/products/{}", rasp.slug)).await;
        let mut public = Events::of(&guest, &page).await;
        personal.update().await;
        public.update().await;
        sqlx::query("delete from sessions").execute(&app.db).await.unwrap();
        assert_eq!(personal.next().await.as_deref(), Some("event: end\ndata: signed-out"));
        assert_eq!(personal.next().await, None);
        app.stop();
        assert_eq!(public.next().await, None);
    })
    .await;
}
