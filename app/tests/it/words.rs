//! Pages in another language: what a shopper reads comes from `words/en.ftl`, or is data of the shop.

use crate::pages::{customer, walk};
use crate::support::{Browser, TestApp, app_on};
use shop::accounts::Country;
use shop::testing::TestShop;
use shop::testing::words::unsaid;
use shop::words::Locale;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What the shop's owner, customers and the mint have written. The goods are in capital letters.
const DATA: &[&str] = &[
    "My shop",
    "hello@shop.example",
    "Standard",
    "Three to five working days",
    "Express",
    "The next working day, if ordered by noon",
    "Collect in shop",
    "You get a mail when it is ready",
    // as the browser is kept with its sign-in
    "Unknown device",
    // what is shown of a category that a search does not find
    "hooks",
    "United Kingdom",
    "Ada Tester",
    "Ada Lovelace",
    "Ada",
    "Lovelace",
    "ada@example.org",
    "12 St James's Square",
    "London",
];

async fn in_another_language(test: impl AsyncFnOnce(&TestApp)) {
    let mut shop = TestShop::open().await;
    shop.locale = Locale::Pseudo;
    app_on(shop, test).await;
}

/// Fails for a page that says something past `words/en.ftl`.
#[tokio::test]
async fn every_page_of_the_storefront_speaks_the_language_of_the_visit() {
    in_another_language(async |app| {
        let shelf = app.category("HOOKS").await;
        let hook = app.product("COAT HOOK").option("SIZE", &["S", "M"]).in_category(&shelf).picture("HOOK").await;
        let rasp = app.product("RASP").stock(3).in_category(&shelf).await;
        app.product("FILE").stock(0).in_category(&shelf).await;
        let (guest, ada) = (app.browser(), customer(app).await);
        let who = app.visitor_of(&app.customer("grace@example.org").await);
        let placed = app.placed(&app.with_in_cart(who, hook.variants[0], 2).await).await;
        app.take_money(placed.order).await;
        let open = app.order_of(&rasp, 1).await;
        let order = format!("/orders/{}?key={}", placed.number, placed.access_key);
        let to_pay = format!("/orders/{}?key={}", open.number, open.access_key);
        let pay = format!("/orders/{}/pay?key={}", open.number, open.access_key);
        for browser in [&guest, &ada] {
            let line = [("variantId", &*rasp.variant.to_string())];
            browser.post("/", "/do/ironmonger/storefront/cart/add", &line).await;
        }
        let of_guests = [
            "/",
            "/cart",
            "/checkout",
            "/login",
            "/register",
            "/forgot-password",
            "/help",
            "/offers",
            "/new",
            "/search",
        ];
        let mut from = of_guests.to_vec();
        from.extend(["/search?q=hook", "/search?q=nothing", "/search?q=hok", "/search?inStock=true&minPrice=1"]);
        from.extend([order.as_str(), &to_pay, &pay]);
        let mut pages = walk(&guest, &from).await;
        let of_customers = ["/account", "/account/addresses/new", "/account/profile", "/account/cards", "/checkout"];
        pages.extend(walk(&ada, &of_customers).await);
        for missing in ["/nowhere", "/products/nothing"] {
            pages.insert(missing.to_owned(), guest.get(missing).await.text().await.unwrap());
        }
        pages.extend(refused(&guest).await);
        assert!(pages.len() > 25, "{:?}", pages.keys());
        // names of countries are kept beside their codes
        let mut data: Vec<_> =
            DATA.iter().copied().chain(Country::all().iter().map(|country| country.name())).collect();
        // the longer ones first: of Nigeria, Niger is not all
        data.sort_by_key(|data| Reverse(data.len()));
        let shown = pages.iter().filter(|(at, _)| !at.starts_with("/admin") && !at.starts_with("/dev/"));
        let unsaid: Vec<_> =
            shown.map(|(at, html)| (at, unsaid(html, &data))).filter(|(_, found)| !found.is_empty()).collect();
        assert!(unsaid.is_empty(), "{unsaid:#?}");
        assert!(pages["/"].contains(r#"<html lang="en-XA""#));
    })
    .await;
}

/// An error page that is no page of Leptos.
async fn refused(guest: &Browser) -> BTreeMap<String, String> {
    let answer = guest.post("/", "/do/ironmonger/storefront/nothing", &[]).await;
    BTreeMap::from([("a form that is none".to_owned(), answer.text().await.unwrap())])
}
