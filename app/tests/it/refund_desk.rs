//! Staff give money back: asking, looking at what it comes to, sending; and two of them at once.

use crate::support::stripe::{StripeApp, sold, stripe_app};
use crate::support::{Browser, location};
use shop::accounts::Permission::{self, OrdersRead, OrdersRefund, OrdersWrite};
use shop::testing::PASSWORD;
use shop::testing::browser::value_of;

const REFUND: &str = "/do/ironmonger/admin/orders/acts/refund";
const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";

async fn at_the_desk(app: &StripeApp, permissions: &[Permission]) -> (Browser, String) {
    let (staff, browser) = (app.staff(permissions).await, app.browser());
    browser.post("/admin/login", ENTER, &[("email", staff.email()), ("password", PASSWORD)]).await;
    (browser, staff.name().to_owned())
}

/// The form of a page as it stands there: every hidden field of the form that posts to `action`.
fn hidden(html: &str, action: &str) -> Vec<(String, String)> {
    let form = html.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("no form in {html}"));
    let form = form.split("</form>").next().unwrap();
    let inputs = form.split("<input type=\"hidden\"").skip(1).map(|input| input.split('>').next().unwrap());
    let of = |input: &str, name: &str| {
        input
            .split(&format!(" {name}=\""))
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().replace("&lt;", "<").replace("&gt;", ">"))
    };
    inputs.filter_map(|input| Some((of(input, "name")?, of(input, "value")?))).collect()
}

/// Fills in the form for a refund and asks for the review: its address and page.
async fn asks(desk: &Browser, number: &str, fields: &[(&str, &str)]) -> (String, String) {
    let page = format!("/admin/orders/{number}/refund");
    let form = desk.page(&page).await;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("key", &value_of(&form, "key"));
    for n in 0..2 {
        query.append_pair(&format!("lines[{n}][item]"), &value_of(&form, &format!("lines[{n}][item]")));
    }
    let address = format!("{page}?{}&review=1", query.extend_pairs(fields).finish());
    let html = desk.page(&address).await;
    (address, html)
}

async fn sends(desk: &Browser, review: &(String, String)) -> (String, String) {
    let answer = desk.send(&review.0, REFUND, &hidden(&review.1, REFUND)).await;
    let next = location(&answer).to_owned();
    let html = desk.page(&next).await;
    (next, html)
}

#[tokio::test]
async fn pieces_are_paid_back_and_go_on_the_shelf() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let (desk, _) = at_the_desk(app, &[OrdersRead, OrdersRefund]).await;
        let order = format!("/admin/orders/{number}");
        assert!(desk.page(&order).await.contains(&format!("href=\"{order}/refund\"")));
        let fields = [
            ("what", "parts"),
            ("lines[0][quantity]", "1"),
            ("lines[0][restock]", "true"),
            ("amount", "3"),
            ("cause", "damaged"),
            ("reason", "A scratch <b>"),
        ];
        let review = asks(&desk, &number, &fields).await;
        for part in ["Give £35.00 back?", "1 × Plane", "back on the shelf", "£5.83", "Of the £78.50, £43.50 is left"]
        {
            assert!(review.1.contains(part), "{part}: {}", review.1);
        }
        assert!(review.1.contains("Damaged or faulty: A scratch &lt;b&gt;"), "{}", review.1);
        assert_eq!(app.count("select count(*) from refunds").await, 0, "nothing is done before it is sent");
        let (next, html) = sends(&desk, &review).await;
        assert_eq!(next, order);
        for part in ["£35.00 is on its way to the customer", "Including tax", "1 × Plane, back on the shelf", "Partly"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(
            html.contains("£35.00 goes back (£35.00 for goods, including £5.83 of tax): Damaged or faulty"),
            "{html}"
        );
        // sent once more, and looked at once more: the same refund
        sends(&desk, &review).await;
        let again = desk.page(&review.0).await;
        assert!(again.contains("This was sent already") && again.contains("makes no second refund"), "{again}");
        assert_eq!(app.stripe.statement().refunds.len(), 1);
        assert_eq!(app.count("select sum(reserved_quantity) from order_items").await, 2, "one of three is free again");
        app.work().await;
        let mail = app.mailer.kept().pop().unwrap();
        for part in
            ["£35.00", "1 × Plane", "Goods: £35.00", "Including tax: £5.83", "Damaged or faulty: A scratch <b>."]
        {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert!(mail.html.contains("Including tax") && !mail.html.contains("scratch <b>"), "{}", mail.html);
    })
    .await;
}

#[tokio::test]
async fn faults_stand_beside_what_was_typed() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let (desk, _) = at_the_desk(app, &[OrdersRead, OrdersRefund]).await;
        let parts = [("what", "parts"), ("lines[1][quantity]", "2"), ("lines[0][quantity]", "1"), ("reason", "Bent")];
        let (_, html) = asks(&desk, &number, &parts).await;
        assert!(
            html.contains("id=\"f-lines-1--quantity-error\"") && html.contains("is more than the 1 ordered"),
            "{html}"
        );
        assert!(html.contains("href=\"#f-lines-1--quantity\""), "{html}");
        assert_eq!(value_of(&html, "lines[0][quantity]"), "1");
        assert!(html.contains("Bent</textarea>"), "{html}");
        let (_, html) = asks(&desk, &number, &[("what", "amount"), ("amount", "100"), ("cause", "other")]).await;
        assert!(html.contains("f-reason-error") && value_of(&html, "amount") == "100", "{html}");
        let words = [("what", "amount"), ("amount", "100"), ("cause", "other"), ("reason", "Because")];
        let (_, html) = asks(&desk, &number, &words).await;
        assert!(html.contains("is more than the £78.50 that is left"), "{html}");
        let (_, html) = asks(&desk, &number, &[("what", "parts")]).await;
        assert!(html.contains("must name a product"), "{html}");
    })
    .await;
}

/// Both look, both send: the second is told what the first one did, and has everything there to look at again.
#[tokio::test]
async fn the_second_of_two_is_told() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let (first, name) = at_the_desk(app, &[OrdersRead, OrdersRefund]).await;
        let (second, _) = at_the_desk(app, &[OrdersRead, OrdersRefund]).await;
        let ones = asks(&first, &number, &[("what", "amount"), ("amount", "50")]).await;
        let twos = asks(&second, &number, &[("what", "amount"), ("amount", "40"), ("reason", "Dented")]).await;
        sends(&first, &ones).await;
        let (next, html) = sends(&second, &twos).await;
        assert_eq!(next, twos.0, "the page that it was sent from");
        let told = format!("{name} gave £50.00 back meanwhile: £28.50 is left");
        assert!(html.contains(&told), "{told}: {html}");
        assert!(html.contains("is more than the £28.50 that is left") && html.contains("Dented</textarea>"), "{html}");
        assert_eq!(value_of(&html, "amount"), "40");
        let rest = asks(&second, &number, &[("what", "all")]).await;
        assert!(rest.1.contains("Give £28.50 back?") && rest.1.contains("Nothing is left of the £28.50 after this"));
        sends(&second, &rest).await;
        assert!(
            second.page(&format!("/admin/orders/{number}/refund")).await.contains("There is no money to give back")
        );
        assert_eq!(app.stripe.statement().charges[0].amount_refunded, 78_50);
    })
    .await;
}

/// Fails without `staff.may(OrdersRefund)` on the page, in `preview_refund` and in `refund`.
#[tokio::test]
async fn who_may_move_orders_may_not_give_money_back() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let page = format!("/admin/orders/{number}/refund");
        let (mover, _) = at_the_desk(app, &[OrdersRead, OrdersWrite]).await;
        let html = mover.page(&format!("/admin/orders/{number}")).await;
        assert!(html.contains("Start preparing") && !html.contains(&page), "{html}");
        assert_eq!(mover.get(&page).await.status(), 403);
        let order: uuid::Uuid = sqlx::query_scalar("select id from orders").fetch_one(&app.db).await.unwrap();
        let fields = [("order", order.to_string()), ("key", "k".into()), ("amount", "1".into())];
        assert_eq!(mover.send(&page, REFUND, &fields).await.status(), 403);
        let (payer, _) = at_the_desk(app, &[OrdersRead, OrdersRefund]).await;
        let html = payer.page(&format!("/admin/orders/{number}")).await;
        assert!(!html.contains("Start preparing") && html.contains(&page), "{html}");
        assert_eq!(payer.get(&page).await.status(), 200);
        assert_eq!(app.count("select count(*) from refunds").await, 0);
    })
    .await;
}
