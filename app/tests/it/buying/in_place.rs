//! Paying in place: Stripe's form on a page of ours, the button to Stripe's page beside it, and one open attempt at
//! most.

use super::{PAY, at, come_back, on_order};
use crate::support::stripe::{StripeApp, stripe_app, stripe_app_in_place};
use crate::support::{Browser, location};
use serde_json::Value;
use shop::testing::stripe::{PUBLISHABLE_KEY, session_of};
use stripe_sandbox::Way;

const INTENT: &str = "/checkout/intent";

/// Orders as a browser that runs the script: the address of the page to pay on.
async fn orders_in_place(shopper: &Browser) -> String {
    let mut form = shopper.checkout().await;
    form.push(("paymentMethod".to_owned(), "intent".to_owned()));
    location(&shopper.place(&form).await).to_owned()
}

/// What the script does first.
async fn begins(app: &StripeApp, shopper: &Browser) -> Value {
    let (number, _, key) = on_order(app).await;
    let answer = shopper.send("/", INTENT, &at(&number, &key)).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// What Stripe's script does when the shopper presses the button.
async fn confirms(app: &StripeApp, begun: &Value, method: &str) -> Value {
    let form = [
        ("key", begun["publishableKey"].as_str().unwrap()),
        ("client_secret", begun["clientSecret"].as_str().unwrap()),
        ("return_url", begun["returnUrl"].as_str().unwrap()),
        ("method", method),
    ];
    let url = app.stripe.api.join("/elements/confirm").unwrap();
    let answer = reqwest::Client::new().post(url).form(&form).send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

fn policy(response: &reqwest::Response) -> String {
    response.headers()["content-security-policy"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_shopper_is_declined_tries_again_and_pays_without_leaving() {
    stripe_app_in_place(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        assert!(shopper.page("/checkout").await.contains("data-pays-in-place=\"intent\""));
        let page = orders_in_place(&shopper).await;
        assert!(page.starts_with("/orders/IM-") && page.contains("/pay?key="), "{page}");
        let html = shopper.page(&page).await;
        assert!(html.contains("data-pay-here") && html.contains("Pay on Stripe’s page"), "{html}");
        assert_eq!(app.stripe.statement().intents.len(), 0, "showing the page begins nothing");

        let begun = begins(app, &shopper).await;
        assert_eq!(begun["publishableKey"], PUBLISHABLE_KEY);
        assert_eq!(begun["customerSession"], Value::Null, "guests have no kept cards");
        assert_eq!(begins(app, &shopper).await["clientSecret"], begun["clientSecret"]);
        let declined = confirms(app, &begun, "pm_card_chargeDeclined").await;
        assert_eq!(declined["error"]["message"], "Your card was declined.");
        let paid = confirms(app, &begun, "pm_card_visa").await;
        assert_eq!(paid["paymentIntent"]["status"], "succeeded");
        let back = begun["returnUrl"].as_str().unwrap().strip_prefix(&app.root).unwrap();
        let order = location(&shopper.get(back).await).to_owned();
        assert!(shopper.page(&order).await.contains("Thank you"));
        assert!(shopper.page(&page).await.contains("There is nothing to pay here"));
        assert_eq!(app.count("select count(*) from payments where status = 'succeeded'").await, 1);
    })
    .await;
}

/// Fails when `open_attempt` lets another attempt stand, or `prepare` does not close it at Stripe first.
#[tokio::test]
async fn the_form_here_and_the_page_there_are_never_open_both() {
    stripe_app_in_place(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        let there = shopper.order().await;
        // the form here closes the page there
        let here = begins(app, &shopper).await;
        app.stripe.pay(&session_of(&there), Way::Pay).unwrap_err();
        // and the page there closes the form here
        let (number, _, key) = on_order(app).await;
        let again = location(&shopper.send("/", PAY, &at(&number, &key)).await).to_owned();
        assert_ne!(again, there);
        assert_eq!(confirms(app, &here, "pm_card_visa").await["error"]["code"], "payment_intent_unexpected_state");
        assert_eq!(app.count("select count(*) from payments where status in ('created', 'pending')").await, 1);
        app.stripe.pay(&session_of(&again), Way::Pay).unwrap();
        assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
        assert_eq!(app.stripe.statement().charges.len(), 1);
        // paid: there is no form any more, in whichever tab
        let (number, _, key) = on_order(app).await;
        assert_eq!(shopper.send("/", INTENT, &at(&number, &key)).await.status(), 409);
        assert_eq!(app.stripe.statement().charges.len(), 1);
    })
    .await;
}

/// Both at the very same moment: whoever is first, one charge.
#[tokio::test]
async fn pressed_in_two_tabs_at_once_it_is_paid_once() {
    stripe_app_in_place(async |app| {
        let rasp = app.product("Rasp").stock(50).await;
        for _ in 0..5 {
            let shopper = app.shopper_with(&[(&rasp, 1)]).await;
            orders_in_place(&shopper).await;
            let here = begins(app, &shopper).await;
            let (number, _, key) = on_order(app).await;
            let (fields, tab) = (at(&number, &key), shopper.clone());
            let (paid, there) =
                tokio::join!(confirms(app, &here, "pm_card_visa"), async { tab.send("/", PAY, &fields).await });
            let there = location(&there).to_owned();
            if there.contains("/pay/cs_") {
                let _ = app.stripe.pay(&session_of(&there), Way::Pay);
            } else {
                assert_eq!(paid["paymentIntent"]["status"], "succeeded", "{paid}");
            }
            app.work().await;
        }
        let charges = app.stripe.statement().charges;
        assert_eq!(charges.iter().filter(|charge| charge.status == "succeeded").count(), 5);
    })
    .await;
}

/// Fails when the headers of that page are set on others, or not at all.
#[tokio::test]
async fn only_the_page_to_pay_on_is_open_to_stripe() {
    stripe_app_in_place(async |app| {
        let rasp = app.product("Rasp").await;
        let ada = app.signed_in("ada@example.org").await;
        ada.add(&rasp, 1).await;
        let here = orders_in_place(&ada).await;
        let open = policy(&ada.get(&here).await);
        let origin = "http://127.0.0.1:3001";
        for part in
            ["script-src 'nonce-".to_owned(), format!("frame-src {origin};"), format!("connect-src 'self' {origin};")]
        {
            assert!(open.contains(&part), "{part} in {open}");
        }
        ada.add(&rasp, 1).await;
        let (number, ..) = on_order(app).await;
        let order = format!("/orders/{number}");
        let product = format!("/products/{}", rasp.slug);
        let pages = ["/", "/search?q=rasp", "/cart", "/checkout", "/account", "/account/cards", "/login", "/help"];
        let others = ["/admin/login", "/nothing-here", "/orders/IM-0/pay", "/assets/x/app.css", &order, &product];
        for path in pages.into_iter().chain(others) {
            let policy = policy(&ada.get(path).await);
            assert!(!policy.contains("frame-src") && !policy.contains("stripe.com"), "{path}: {policy}");
            assert_eq!(policy.matches(origin).count(), 1, "only forms lead there: {path}: {policy}");
        }
        // once there is nothing to pay, that page is as closed as all others
        let begun = begins(app, &ada).await;
        confirms(app, &begun, "pm_card_visa").await;
        ada.get(begun["returnUrl"].as_str().unwrap().strip_prefix(&app.root).unwrap()).await;
        assert!(!policy(&ada.get(&here).await).contains("frame-src"));
    })
    .await;
}

#[tokio::test]
async fn switched_off_all_pay_on_stripes_page() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        assert!(!shopper.page("/checkout").await.contains("data-pays-in-place"));
        let page = shopper.order().await;
        let (number, _, key) = on_order(app).await;
        assert_eq!(shopper.send("/", INTENT, &at(&number, &key)).await.status(), 404);
        let here = shopper.get(&format!("/orders/{number}/pay?key={key}")).await;
        assert!(!policy(&here).contains("frame-src"));
        let html = here.text().await.unwrap();
        assert!(!html.contains("data-pay-here") && html.contains("Pay on Stripe’s page"), "{html}");
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
    })
    .await;
}

/// Fails when `begun` does not ask whose the order is.
#[tokio::test]
async fn strangers_get_no_payment_and_only_the_owner_finds_cards() {
    stripe_app_in_place(async |app| {
        let rasp = app.product("Rasp").await;
        let ada = app.signed_in("ada@example.org").await;
        ada.add(&rasp, 1).await;
        orders_in_place(&ada).await;
        let (number, _, key) = on_order(app).await;
        let own = begins(app, &ada).await;
        assert!(own["customerSession"].as_str().unwrap().starts_with("cuss_secret_"));

        let eve = app.browser();
        for wrong in ["", "wrong"] {
            assert_eq!(eve.send("/", INTENT, &at(&number, wrong)).await.status(), 404, "{wrong:?}");
        }
        // with the link anybody may pay, but not with the owner's cards, and never in the owner's attempt
        let friend: Value =
            serde_json::from_str(&eve.send("/", INTENT, &at(&number, &key)).await.text().await.unwrap()).unwrap();
        assert_eq!(friend["customerSession"], Value::Null);
        assert_ne!(friend["clientSecret"], own["clientSecret"]);
        assert!(confirms(app, &own, "pm_card_visa").await["error"].is_object());
        assert!(confirms(app, &friend, "pm_card_visa").await["error"].is_null());
        app.work().await;
    })
    .await;
}
