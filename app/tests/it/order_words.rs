//! How an order stands, on every page: the words of tabs and badges are the same, and no two badges of an order say the
//! same.

use crate::support::desk::{signed_in, signed_in_as};
use crate::support::{TestApp, app};
use shop::Act;
use shop::accounts::Permission::{self, CustomersRead, OrdersRead, OrdersWrite};
use shop::accounts::System;
use shop::id::OrderId;
use shop::orders::{self, CancelOrder, Fulfilment, MoveOrder, PaymentFilter, PaymentWord, ShipItem, ShipOrder};
use std::collections::BTreeSet;

const DESK: &[Permission] = &[OrdersRead, OrdersWrite, CustomersRead];

/// What stands in the badges of a page, in the order of the page.
fn badges(html: &str) -> Vec<String> {
    let inside = |rest: &str| rest.split_once('>').unwrap().1.split('<').next().unwrap().trim().to_owned();
    html.split("class=\"badge").skip(1).map(inside).collect()
}

/// The tabs of the list: word, count, and where each leads.
fn tabs(html: &str) -> Vec<(String, i64, String)> {
    let nav = html.split("class=\"tabs\"").nth(1).unwrap().split("</nav>").next().unwrap();
    let one = |tab: &str| {
        let href = tab.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let text = tab.split_once('>').unwrap().1;
        let count = text.split("tabs__count\">").nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
        (text.split('<').next().unwrap().trim().to_owned(), count, href)
    };
    nav.split("<a ").skip(1).map(one).collect()
}

/// A customer's orders, one for each step of an order's life; their account's address.
async fn orders_of_every_kind(app: &TestApp) -> (String, shop::id::UserId, Vec<String>) {
    let ada = app.customer("ada@example.org").await;
    let clerk = app.staff(&[OrdersRead, OrdersWrite]).await;
    let rasp = app.product("Rasp").priced(8_50).stock(500).await;
    let mut numbers = Vec::new();
    for steps in 0..=8 {
        let visitor = app.with_in_cart(app.visitor_of(&ada), rasp.variant, 2).await;
        let placed = app.placed(&visitor).await;
        walk(app, &clerk, placed.order, steps).await;
        numbers.push(placed.number);
    }
    (ada.email().to_owned(), ada.id(), numbers)
}

async fn walk(app: &TestApp, clerk: &shop::accounts::Staff, order: OrderId, steps: u32) {
    let plain = MoveOrder::default;
    if steps == 7 {
        return orders::cancel(app, clerk, order, CancelOrder { reason: "Twice".into() }).await.unwrap();
    }
    if steps >= 1 {
        app.take_money(order).await;
    }
    if steps == 8 {
        return app.give_money_back(order).await;
    }
    if steps >= 2 {
        orders::process(app, clerk, order, plain()).await.unwrap();
    }
    if steps >= 3 {
        let view = orders::for_staff(app, clerk, &order.to_string()).await.unwrap();
        let item = ShipItem { item_id: view.items[0].id.to_string().into(), quantity: "1".into() };
        orders::ship(app, clerk, order, ShipOrder { items: vec![item], ..ShipOrder::default() }).await.unwrap();
    }
    if steps >= 4 {
        orders::ship(app, clerk, order, ShipOrder::default()).await.unwrap();
    }
    if steps >= 5 {
        orders::deliver(app, clerk, order, plain()).await.unwrap();
    }
    if steps >= 6 {
        orders::complete(app, clerk, order, plain()).await.unwrap();
    }
}

fn is_a_pair(pair: &[String]) {
    let (payment, fulfilment) = (&pair[0], &pair[1]);
    assert!(PaymentWord::ALL.iter().any(|word| word.to_string() == *payment), "{payment}");
    assert!(Fulfilment::ALL.iter().any(|word| word.to_string() == *fulfilment), "{fulfilment}");
    assert_ne!(payment, fulfilment);
}

#[tokio::test]
async fn tabs_badges_and_filters_have_one_vocabulary() {
    app(async |app| {
        let (email, id, numbers) = orders_of_every_kind(app).await;
        let desk = signed_in(app, DESK).await;
        let html = desk.page("/admin/orders").await;
        let tabs = tabs(&html);
        let words: Vec<&str> = tabs.iter().map(|(word, ..)| word.as_str()).collect();
        let all: Vec<String> = Fulfilment::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(words[0], "All");
        assert_eq!(words[1..], all.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(tabs[0].1, numbers.len() as i64);
        let shown = badges(&html);
        assert_eq!(shown.len(), 2 * numbers.len(), "{shown:?}");
        shown.chunks(2).for_each(is_a_pair);
        // behind each tab: as many orders as it says, each with its word
        for (word, count, href) in &tabs[1..] {
            let html = desk.page(href).await;
            let shown = badges(&html);
            let fulfilments: Vec<&String> = shown.iter().skip(1).step_by(2).collect();
            assert_eq!(fulfilments.len() as i64, *count, "{word}");
            assert!(fulfilments.iter().all(|shown| *shown == word), "{word}: {fulfilments:?}");
            assert!(*count > 0, "{word}");
        }
        // and behind each choice of payment
        for filter in PaymentFilter::ALL {
            assert!(html.contains(&format!(">{filter}</option>")), "{filter}");
            let shown = badges(&desk.page(&format!("/admin/orders?payment={}", filter.word())).await);
            let payments: BTreeSet<&String> = shown.iter().step_by(2).collect();
            if let PaymentFilter::Word(word) = filter {
                assert!(payments.iter().all(|shown| **shown == word.to_string()), "{word}: {payments:?}");
            }
        }

        // the page of each order: the two words, each with what it is about, and no badge beside them
        let shopper = signed_in_as(app, &email, "/login").await;
        let list: Vec<String> = badges(&shopper.page("/account/orders").await);
        assert_eq!(list.len(), 2 * numbers.len());
        for (number, pair) in numbers.iter().rev().zip(list.chunks(2)) {
            is_a_pair(pair);
            for html in
                [desk.page(&format!("/admin/orders/{number}")).await, shopper.page(&format!("/orders/{number}")).await]
            {
                assert_eq!(badges(&html), pair, "{number}: {html}");
                let standing = html.split("<dl class=\"standing\">").nth(1).unwrap().split("</dl>").next().unwrap();
                assert!(standing.contains("<dt>Payment</dt>") && standing.contains("<dt>Delivery</dt>"), "{standing}");
            }
        }
        let customer = badges(&desk.page(&format!("/admin/customers/{id}")).await);
        assert_eq!(customer[1..], badges(&desk.page("/admin/orders").await), "after the badge of the account");
    })
    .await;
}

#[tokio::test]
async fn the_dashboard_leads_to_what_it_counts() {
    app(async |app| {
        orders_of_every_kind(app).await;
        let desk = signed_in(app, DESK).await;
        let html = desk.page("/admin").await;
        let links: Vec<String> = html
            .split("href=\"/admin/orders?")
            .skip(1)
            .map(|rest| format!("/admin/orders?{}", rest.split('"').next().unwrap().replace("&amp;", "&")))
            .collect();
        for (href, pair) in [
            ("/admin/orders?delivery=unfulfilled&payment=received", ["Paid", "Not shipped"]),
            ("/admin/orders?delivery=in_preparation", ["Paid", "In preparation"]),
            ("/admin/orders?delivery=partially_shipped", ["Paid", "Partly shipped"]),
        ] {
            assert!(links.iter().any(|link| link == href), "{href}: {links:?}");
            assert_eq!(badges(&desk.page(href).await), pair);
        }
        assert!(html.contains("In preparation: 1") && html.contains("Partly shipped: 1"), "{html}");
    })
    .await;
}

/// The delivery that was chosen stands on the page, and a declined card is told without alarm: what the bank said
/// stands with the button to pay again only.
#[tokio::test]
async fn the_shopper_reads_how_it_is_delivered_and_nothing_frightening() {
    app(async |app| {
        let rasp = app.product("Rasp").priced(8_50).stock(5).await;
        let placed = app.order_of(&rasp, 1).await;
        let mut act = Act::begin(app, &System).await.unwrap();
        shop::lifecycle::lock(&mut act, placed.order).await.unwrap();
        let declined = orders::Happening::PaymentDeclined { words: "Your card was stolen.".to_owned() };
        shop::lifecycle::note_down(&mut act, placed.order, &declined).unwrap();
        act.commit(()).await.unwrap();
        app.take_money(placed.order).await;
        let page = format!("/orders/{}?key={}", placed.number, placed.access_key);
        let html = app.browser().page(&page).await;
        for part in
            ["Delivery method", "Standard", "Three to five working days", "did not go through; nothing was charged"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("stolen") && !html.contains("Declined"), "{html}");
        let staff = signed_in(app, DESK).await.page(&format!("/admin/orders/{}", placed.number)).await;
        assert!(staff.contains("Declined: Your card was stolen."), "{staff}");
    })
    .await;
}
