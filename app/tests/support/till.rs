//! A shop whose money goes through the offline Stripe, over loopback, with its webhooks; and shoppers who fill in forms.

use super::{Browser, TestApp, location};
use reqwest::Response;
use shop::payments::{Gateway, GatewayConfig};
use shop::testing::{TestProduct, TestShop};
use shop::{Clock, Currency, jobs};
use std::ops::Deref;
use std::time::Duration;
use stripe_sandbox::{Config, Sandbox, Way};
use tokio::net::TcpListener;

const KEY: &str = "sk_test_till";
pub const PUBLISHABLE_KEY: &str = "pk_test_till";
const SECRET: &str = "whsec_till";

pub const ADD: &str = "/do/ironmonger/storefront/cart/add";
pub const PLACE: &str = "/do/ironmonger/storefront/checkout/place";
pub const ENTER: &str = "/do/ironmonger/storefront/sign_in/enter";

pub struct Till {
    pub app: TestApp,
    pub stripe: Sandbox,
    /// Where the offline Stripe answers.
    pub api: String,
}

impl Deref for Till {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// Runs a test at a till of its own, then checks that nothing happened which must never happen.
pub async fn till<T>(test: impl AsyncFnOnce(&Till) -> T) -> T {
    till_with(10, test).await
}

/// The same with so many connections to the database.
pub async fn till_with<T>(connections: u32, test: impl AsyncFnOnce(&Till) -> T) -> T {
    at(Till::open(connections, &[]).await, test).await
}

/// The same where shoppers may pay in place.
pub async fn till_in_place<T>(test: impl AsyncFnOnce(&Till) -> T) -> T {
    at(Till::open(10, &[("STRIPE_EMBEDDED", "on")]).await, test).await
}

/// The same where another currency is traded in.
pub async fn till_in<T>(currency: Currency, test: impl AsyncFnOnce(&Till) -> T) -> T {
    at(Till::open_in(currency, 10, &[]).await, test).await
}

async fn at<T>(till: Till, test: impl AsyncFnOnce(&Till) -> T) -> T {
    let answer = test(&till).await;
    till.app.finish().await;
    answer
}

impl Till {
    async fn open(connections: u32, vars: &'static [(&str, &str)]) -> Self {
        Self::open_in(Currency::GBP, connections, vars).await
    }

    /// The clock stands at the present, beside that of the offline Stripe.
    async fn open_in(currency: Currency, connections: u32, vars: &'static [(&str, &str)]) -> Self {
        let mut shop = TestShop::open_with(Clock::standing_at(Clock::real().now()), connections).await;
        shop.currency = currency;
        let mut config = Config::new(KEY, SECRET);
        config.publishable_key = Some(PUBLISHABLE_KEY.into());
        config.pay_later_after = Duration::from_secs(3600);
        let stripe = Sandbox::new(config);
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", api.local_addr().unwrap());
        let served = stripe.clone();
        tokio::spawn(async move { served.serve(api, std::future::pending()).await });
        shop.gateway = Gateway::new(GatewayConfig {
            secret_key: KEY.into(),
            publishable_key: Some(PUBLISHABLE_KEY.into()),
            webhook_secrets: vec![SECRET.into()],
            api_base: Some(base.parse().unwrap()),
        });
        let app = TestApp::start_with(shop, vars).await;
        Self { app, stripe, api: base }
    }

    /// Webhooks reach the shop from now on.
    pub fn webhooks_arrive(&self) {
        self.stripe.add_webhook(&format!("{}/api/stripe/webhook", self.root).parse().unwrap(), SECRET);
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

    pub async fn work(&self) {
        jobs::run_pending(self).await.expect("works");
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.db).await.unwrap()
    }

    /// How many mails with such a subject left.
    pub fn mails(&self, subject: &str) -> usize {
        self.mailer.kept().iter().filter(|mail| mail.subject.contains(subject)).count()
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

/// The checkout's page as a guest fills it in.
pub fn filled_in(html: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> =
        ["cartId", "expectedTotal", "idempotencyKey"].map(|name| (name.to_owned(), value_of(html, name))).to_vec();
    let typed = [
        ("email", "ada@example.org"),
        ("shippingAddress[firstName]", "Ada"),
        ("shippingAddress[lastName]", "Byron"),
        ("shippingAddress[line1]", "12 St James's Square"),
        ("shippingAddress[city]", "London"),
        ("shippingAddress[postalCode]", "SW1Y 4JH"),
        ("shippingAddress[country]", "GB"),
        ("shippingMethod", "standard"),
        ("billingSame", "true"),
    ];
    fields.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields
}

/// Replaces a field's value.
pub fn set(form: &mut [(String, String)], name: &str, value: &str) {
    let field = form.iter_mut().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}"));
    field.1 = value.to_owned();
}

/// The value of the first input of that name in a page.
pub fn value_of(html: &str, name: &str) -> String {
    let at = html.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {html}"));
    let open = html[..at].rfind('<').unwrap();
    let element = &html[open..open + html[open..].find('>').unwrap()];
    let (_, value) = element.split_once(" value=\"").unwrap_or_else(|| panic!("no value in {element}"));
    value.split('"').next().unwrap().to_owned()
}

/// The session of a payment page.
pub fn session_of(url: &str) -> String {
    let id = url.rsplit('/').next().unwrap_or_default();
    id.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Two planes at £35 and a rasp, with delivery free, are paid: the order's number.
pub async fn sold(till: &Till) -> String {
    let (plane, rasp) = (till.product("Plane").priced(35_00).await, till.product("Rasp").priced(8_50).await);
    let shopper = till.shopper_with(&[(&plane, 2), (&rasp, 1)]).await;
    till.stripe.pay(&session_of(&shopper.order().await), Way::Pay).unwrap();
    let (payment, number): (uuid::Uuid, String) =
        sqlx::query_as("select p.id, o.number from payments p join orders o on o.id = p.order_id")
            .fetch_one(&till.db)
            .await
            .unwrap();
    shop::payments::settle(till, shop::id::PaymentId(payment)).await.unwrap();
    till.work().await;
    number
}
