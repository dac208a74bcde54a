//! Pages in another language: what a shopper reads comes from `words/en.ftl`, or is data of the shop.

use crate::pages::{customer, walk};
use crate::support::forms::PageForm;
use crate::support::{Browser, TestApp, app_on};
use chrono::TimeDelta;
use shop::accounts::{Permission, System};
use shop::inventory::Missing;
use shop::lifecycle::{
    self, CancelCause, CancelReason, CorrectedPart, Happening, RefundCause, RefundOccasion, RefundReason,
};
use shop::orders::{self, MoveOrder, ShipOrder};
use shop::testing::browser::{filled_in, location};
use shop::testing::words::unsaid;
use shop::testing::{TestProduct, TestShop};
use shop::words::Locale;
use shop::{Act, Money};
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
    // what is shown of a category that a search does not find
    "hooks",
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
        let plane = app.product("PLANE").stock(50).await;
        // days pass
        let told_page = told(app, &plane).await;
        let cancelled_pages = cancelled(app, &plane).await;
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
        from.extend([order.as_str(), &to_pay, &pay, &told_page]);
        from.extend(cancelled_pages.iter().map(String::as_str));
        let mut pages = walk(&guest, &from).await;
        let of_customers = ["/account", "/account/addresses/new", "/account/profile", "/account/cards", "/checkout"];
        pages.extend(walk(&ada, &of_customers).await);
        for missing in ["/nowhere", "/products/nothing"] {
            pages.insert(missing.to_owned(), guest.get(missing).await.text().await.unwrap());
        }
        pages.extend(refused(&guest).await);
        assert!(pages.len() > 25, "{:?}", pages.keys());
        let shown = pages.iter().filter(|(at, _)| !at.starts_with("/admin") && !at.starts_with("/dev/"));
        let unsaid: Vec<_> =
            shown.map(|(at, html)| (at, unsaid(html, DATA))).filter(|(_, found)| !found.is_empty()).collect();
        assert!(unsaid.is_empty(), "{unsaid:#?}");
        assert!(pages["/"].contains(r#"<html lang="en-XA""#));
        for said in [
            "[!! Corrected before it was paid: ",
            "[!! Damaged or faulty !!]: SPLIT",
            "[!! By itself, 14 days after the delivery !!]",
        ] {
            assert!(pages[&told_page].contains(said), "{said}: {}", pages[&told_page]);
        }
        let sold_out = "[!! The payment came after the reservation had lapsed: [!! RASP is sold out !!] !!]";
        assert!(pages[&cancelled_pages[0]].contains(sold_out), "{}", pages[&cancelled_pages[0]]);
    })
    .await;
}

/// The page of an order to which everything has happened that shoppers are told of.
async fn told(app: &TestApp, goods: &TestProduct) -> String {
    let placed = app.order_of(goods, 1).await;
    let money = |minor| Money::new(minor, app.currency);
    let begun = |reason| Happening::RefundBegun {
        amount: money(4),
        goods: money(1),
        shipping: money(2),
        tax: money(1),
        tax_included: money(1),
        reason,
    };
    let mut all = vec![
        Happening::Corrected { parts: CorrectedPart::ALL.to_vec(), before_payment: false },
        Happening::Corrected { parts: CorrectedPart::ALL.to_vec(), before_payment: true },
        Happening::PartShipped { carrier: "ROYAL MAIL".to_owned(), tracking: "AB 123".to_owned() },
        Happening::PartShipped { carrier: String::new(), tracking: String::new() },
        Happening::PaymentReceived,
        Happening::PaymentDeclined { words: "NO".to_owned() },
        Happening::RefundMade { amount: money(4) },
        begun(RefundReason::default()),
    ];
    all.extend(RefundOccasion::ALL.map(|occasion| begun(occasion.into())));
    all.extend(
        RefundCause::ALL
            .map(|cause| begun(RefundReason { occasion: None, cause: Some(cause), text: "SPLIT".to_owned() })),
    );
    let mut act = Act::begin(app, &System).await.unwrap();
    lifecycle::lock(&mut act, placed.order).await.unwrap();
    for what in &all {
        lifecycle::note_down(&mut act, placed.order, what).unwrap();
    }
    act.commit(()).await.unwrap();
    app.take_money(placed.order).await;
    let clerk = app.staff(&[Permission::OrdersWrite, Permission::OrdersRead]).await;
    orders::process(app, &clerk, placed.order, MoveOrder::default()).await.unwrap();
    orders::ship(app, &clerk, placed.order, ShipOrder::default()).await.unwrap();
    orders::deliver(app, &clerk, placed.order, MoveOrder::default()).await.unwrap();
    app.clock.advance(TimeDelta::days(15));
    assert_eq!(orders::complete_delivered(app).await.unwrap(), 1);
    format!("/orders/{}?key={}", placed.number, placed.access_key)
}

/// The pages of orders that were cancelled for each of the reasons that nobody has typed.
async fn cancelled(app: &TestApp, goods: &TestProduct) -> Vec<String> {
    let missing = vec![Missing { name: "RASP".to_owned(), left: 0 }];
    let reasons = [
        CancelReason::SoldOut { missing },
        CancelReason::NotPaidInTime,
        CancelReason::PaymentFailed,
        CancelReason::ByCustomer,
        CancelReason::ByShop,
        CancelReason::BackToCart,
        CancelReason::NeverPaid,
    ];
    assert_eq!(reasons.len(), CancelCause::ALL.len());
    let mut pages = Vec::new();
    for reason in reasons {
        let placed = app.order_of(goods, 1).await;
        let mut act = Act::begin(app, &System).await.unwrap();
        assert!(lifecycle::cancel_unpaid(&mut act, placed.order, reason).await.unwrap());
        act.commit(()).await.unwrap();
        pages.push(format!("/orders/{}?key={}", placed.number, placed.access_key));
    }
    pages
}

/// Fails for a fault or a refusal that is said in English to whoever reads another language, or for a label in it.
#[tokio::test]
async fn every_refusal_speaks_the_language_of_the_visit() {
    in_another_language(async |app| {
        let shelf = app.category("HOOKS").await;
        let hook = app.product("COAT HOOK").option("SIZE", &["S", "M"]).in_category(&shelf).stock(5).await;
        let rasp = app.product("RASP").stock(3).in_category(&shelf).await;
        let (guest, ada) = (app.browser(), customer(app).await);
        for browser in [&guest, &ada] {
            let line = [("variantId", &*rasp.variant.to_string())];
            browser.post("/", "/do/ironmonger/storefront/cart/add", &line).await;
        }
        let shown = format!("/products/{}", rasp.slug);
        let mut said = BTreeMap::new();
        // what is too long first: the others may sign somebody out
        let long = "X".repeat(3_000);
        for (browser, from) in [
            (&guest, &["/checkout", "/cart", "/login", "/register", "/forgot-password", &*shown][..]),
            (&ada, &["/account", "/account/addresses/new", "/account/profile", "/checkout"][..]),
        ] {
            let pages = walk(browser, from).await;
            let forms = pages.iter().flat_map(|(at, html)| PageForm::all(html).into_iter().map(move |form| (at, form)));
            let forms: Vec<_> = forms.filter(|(_, form)| !form.typed.is_empty()).collect();
            for typed in [&long, "", "?!"] {
                for (at, form) in &forms {
                    let Some(html) = form.send(browser, at, typed).await else { continue };
                    let kind = if typed.len() > 2 { "long" } else { typed };
                    if html.contains("notice--danger") {
                        said.insert(format!("{} {kind}", form.action), html);
                    }
                }
            }
        }
        said.extend(refusals(app, &hook, &rasp).await);
        let unsaid: Vec<_> =
            said.iter().map(|(at, html)| (at, unsaid(html, DATA))).filter(|(_, found)| !found.is_empty()).collect();
        assert!(unsaid.is_empty(), "{unsaid:#?}");
        for form in ["checkout/place", "cart/set", "address_book", "profile", "sign_in", "recovery", "sold out", "link"]
        {
            assert!(said.keys().any(|at| at.contains(form)), "{form} was refused: {:#?}", said.keys());
        }
    })
    .await;
}

/// Refusals that no wrong field brings about, by what led to them.
async fn refusals(app: &TestApp, hook: &TestProduct, rasp: &TestProduct) -> BTreeMap<String, String> {
    const CART: &str = "/do/ironmonger/storefront/cart/add";
    let mut said = BTreeMap::new();
    let eve = app.browser();
    let mut refused = async |at: &str, from: &str, action: &str, fields: &[(&str, &str)]| {
        let answer = eve.post(from, action, fields).await;
        // a dead link leads to an error page
        let shown = if answer.status().is_redirection() { eve.get(location(&answer)).await } else { answer };
        let html = shown.text().await.unwrap();
        assert!(html.contains("notice--") || html.contains("error-page"), "{at}: {html}");
        said.insert(at.to_owned(), html);
    };
    let product = hook.id.to_string();
    refused("one of several", "/", CART, &[("productId", &product)]).await;
    let wrong = [("email", "ada@example.org"), ("password", "not this one")];
    refused("a wrong password", "/login", "/do/ironmonger/storefront/sign_in/enter", &wrong).await;
    let used = [("token", "used")];
    refused("a used link", "/verify-email?token=used", "/do/ironmonger/storefront/recovery/verify", &used).await;
    let fresh = [("token", "used"), ("password", "lantern kettle spade")];
    refused(
        "a used link for a password",
        "/reset-password?token=used",
        "/do/ironmonger/storefront/recovery/reset",
        &fresh,
    )
    .await;
    let variant = rasp.variant.to_string();
    refused("in the cart", "/", CART, &[("variantId", &variant)]).await;
    let form = filled_in(&eve.page("/checkout").await);
    app.order_of(rasp, 3).await;
    let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    refused("sold out at the checkout", "/checkout", "/do/ironmonger/storefront/checkout/place", &fields).await;
    refused("sold out", "/", CART, &[("variantId", &variant)]).await;
    said
}

/// An error page that is no page of Leptos.
async fn refused(guest: &Browser) -> BTreeMap<String, String> {
    let answer = guest.post("/", "/do/ironmonger/storefront/nothing", &[]).await;
    BTreeMap::from([("a form that is none".to_owned(), answer.text().await.unwrap())])
}
