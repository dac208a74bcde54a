//! The whole application with the offline Stripe behind it, and shoppers who fill in its forms.

use super::{Browser, TestApp, location};
use reqwest::Response;
use shop::Currency;
use shop::testing::TestProduct;
use shop::testing::browser::filled_in;
use shop::testing::stripe::{OfflineStripe, WEBHOOK_SECRET, session_of};
use std::ops::Deref;
use std::time::Duration;
use stripe_sandbox::Way;

pub const ADD: &str = "/do/ironmonger/storefront/cart/add";
pub const PLACE: &str = "/do/ironmonger/storefront/checkout/place";
pub const ENTER: &str = "/do/ironmonger/storefront/sign_in/enter";

pub struct StripeApp {
    pub app: TestApp,
    pub stripe: OfflineStripe,
}

impl Deref for StripeApp {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// Runs a test against an application and a Stripe of its own, then checks that nothing happened which must never
/// happen.
pub async fn stripe_app<T>(test: impl AsyncFnOnce(&StripeApp) -> T) -> T {
    stripe_app_on(10, test).await
}

/// The same with so many connections to the database.
pub async fn stripe_app_on<T>(connections: u32, test: impl AsyncFnOnce(&StripeApp) -> T) -> T {
    run(StripeApp::open(Currency::GBP, connections, &[]).await, test).await
}

/// The same where shoppers may pay in place.
pub async fn stripe_app_in_place<T>(test: impl AsyncFnOnce(&StripeApp) -> T) -> T {
    run(StripeApp::open(Currency::GBP, 10, &[("STRIPE_EMBEDDED", "on")]).await, test).await
}

/// The same where another currency is traded in.
pub async fn stripe_app_in<T>(currency: Currency, test: impl AsyncFnOnce(&StripeApp) -> T) -> T {
    run(StripeApp::open(currency, 10, &[]).await, test).await
}

async fn run<T>(app: StripeApp, test: impl AsyncFnOnce(&StripeApp) -> T) -> T {
    let answer = test(&app).await;
    app.app.finish().await;
    answer
}

impl StripeApp {
    async fn open(currency: Currency, connections: u32, vars: &'static [(&str, &str)]) -> Self {
        let stripe = OfflineStripe::start().await;
        let app = TestApp::start_with(stripe.open_shop(currency, connections).await, vars).await;
        Self { app, stripe }
    }

    /// Webhooks reach the shop from now on.
    pub fn webhooks_arrive(&self) {
        self.stripe.add_webhook(&format!("{}/api/stripe/webhook", self.root).parse().unwrap(), WEBHOOK_SECRET);
    }

    /// Waits until the news of `n` completed payment pages was taken in.
    pub async fn taken_in(&self, n: i64) {
        for _ in 0..500 {
            if self.count("select count(*) from stripe_events where type = 'checkout.session.completed'").await >= n {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {n} webhooks came");
    }

    /// How many mails with such a subject left.
    pub fn mails(&self, subject: &str) -> usize {
        self.subjects().iter().filter(|sent| sent.contains(subject)).count()
    }

    /// A shopper with so many of a product in the cart.
    pub async fn shopper_with(&self, lines: &[(&TestProduct, i32)]) -> Browser {
        let browser = self.browser();
        for (product, quantity) in lines {
            browser.add(product, *quantity).await;
        }
        browser
    }

    /// A shopper who is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        self.customer(email).await;
        let browser = self.browser();
        let who = [("email", email), ("password", shop::testing::PASSWORD)];
        assert_eq!(location(&browser.post("/login", ENTER, &who).await), "/account");
        browser
    }
}

impl Browser {
    pub async fn add(&self, product: &TestProduct, quantity: i32) -> Response {
        let fields = [("variantId", product.variant.to_string()), ("quantity", quantity.to_string())];
        self.send("/", ADD, &fields).await
    }

    /// Sends fields as from the page `from`.
    pub async fn send<K: AsRef<str>>(&self, from: &str, action: &str, fields: &[(K, String)]) -> Response {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        self.post(from, action, &fields).await
    }

    /// The checkout's form, filled in well by a guest.
    pub async fn checkout(&self) -> Vec<(String, String)> {
        filled_in(&self.page("/checkout").await)
    }

    pub async fn place(&self, form: &[(String, String)]) -> Response {
        self.send("/checkout", PLACE, form).await
    }

    /// Orders what is in the cart: the address of the payment page.
    pub async fn order(&self) -> String {
        let form = self.checkout().await;
        let response = self.place(&form).await;
        let to = location(&response).to_owned();
        assert!(to.contains("/pay/cs_"), "{to}");
        to
    }
}

/// Two planes at £35 and a rasp, with delivery free, are paid: the order's number.
pub async fn sold(app: &StripeApp) -> String {
    let (plane, rasp) = (app.product("Plane").priced(35_00).await, app.product("Rasp").priced(8_50).await);
    let shopper = app.shopper_with(&[(&plane, 2), (&rasp, 1)]).await;
    app.stripe.pay(&session_of(&shopper.order().await), Way::Pay).unwrap();
    let (payment, number): (uuid::Uuid, String) =
        sqlx::query_as("select p.id, o.number from payments p join orders o on o.id = p.order_id order by p.id desc")
            .fetch_one(&app.db)
            .await
            .unwrap();
    shop::payments::settle(app, shop::id::PaymentId(payment)).await.unwrap();
    app.work().await;
    number
}
