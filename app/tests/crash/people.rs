//! Shoppers and staff whose requests may find nobody there. They try again, as people do.

use crate::world::World;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response, Result};
use serde::Serialize;
use shop::testing::browser::{client, filled_in, location};
use shop::testing::pictures::png;
use shop::testing::stripe::session_of;
use shop::testing::{PASSWORD, TestProduct};
use std::time::Duration;

const ADD: &str = "/do/ironmonger/storefront/cart/add";
const PLACE: &str = "/do/ironmonger/storefront/checkout/place";
const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";
const REFUND: &str = "/do/ironmonger/admin/orders/acts/refund";

struct Browser {
    client: Client,
    root: String,
}

impl Browser {
    fn at(root: &str) -> Self {
        Self { client: client(root), root: root.to_owned() }
    }

    async fn get(&self, path: &str) -> Result<Response> {
        self.client.get(format!("{}{path}", self.root)).send().await
    }

    /// The text of a page that must be there.
    async fn page(&self, path: &str) -> String {
        let response = self.get(path).await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("a whole page")
    }

    /// Sends a form as from the page `from`.
    async fn send<K: Serialize, V: Serialize>(&self, from: &str, action: &str, fields: &[(K, V)]) -> Result<Response> {
        let request = self.client.post(format!("{}{action}", self.root));
        request.header("referer", format!("{}{from}", self.root)).form(fields).send().await
    }
}

pub struct Shopper {
    browser: Browser,
    /// The order's id on Stripe's page.
    session: String,
}

impl Shopper {
    pub async fn with_a_hammer(world: &World) -> Self {
        let hammer = world.theirs.product("Claw hammer").priced(18_50).stock(500).await;
        let shopper = Self::at(&world.program.root);
        shopper.add(&hammer).await.expect("goes in the cart");
        shopper
    }

    pub fn at(root: &str) -> Self {
        Self { browser: Browser::at(root), session: String::new() }
    }

    pub async fn add(&self, product: &TestProduct) -> Result<()> {
        let fields = [("variantId", product.variant.to_string()), ("quantity", "1".to_owned())];
        let added = self.browser.send("/", ADD, &fields).await?;
        assert_eq!(location(&added), "/");
        Ok(())
    }

    /// The checkout's form, filled in.
    pub async fn form(&self) -> Result<Vec<(String, String)>> {
        Ok(filled_in(&self.browser.get("/checkout").await?.text().await?))
    }

    /// Sends the form: where it leads.
    pub async fn place(&self, form: &[(String, String)]) -> Result<String> {
        Ok(location(&self.browser.send("/checkout", PLACE, form).await?).to_owned())
    }

    /// Orders what is in the cart, if need be twice: the session of the payment page.
    pub async fn order(&mut self, world: &mut World) -> String {
        let form = self.form().await.expect("the checkout");
        self.order_by(world, &form).await
    }

    /// The same with this form.
    pub async fn order_by(&mut self, world: &mut World, form: &[(String, String)]) -> String {
        let page = match self.place(form).await {
            Ok(page) => page,
            Err(_) => {
                world.dies_and_starts_again().await;
                self.place(form).await.expect("an answer")
            }
        };
        assert!(page.contains("/pay/cs_"), "{page}");
        self.session = session_of(&page);
        self.session.clone()
    }

    /// Comes back from the payment page, late or not: the order is there, and paid.
    pub async fn sees_the_order(&self, world: &World) {
        let session =
            world.stripe.statement().sessions.into_iter().find(|s| s.id == self.session).expect("the session");
        let payment = &session.metadata["payment_id"];
        let number: String = sqlx::query_scalar(
            "select number from orders o join payments p on p.order_id = o.id where p.id::text = $1",
        )
        .bind(payment)
        .fetch_one(&world.theirs.db)
        .await
        .unwrap();
        let key = world.theirs.access_key(&number).await;
        let back = self.browser.get(&format!("/checkout/return?payment={payment}&key={key}")).await.expect("an answer");
        let html = self.browser.page(location(&back)).await;
        assert!(html.contains("Thank you, Ada"), "{html}");
    }
}

/// Keeps trying, while the program dies and comes back: for a minute at most.
pub async fn sooner_or_later<T>(act: impl AsyncFn() -> Result<T>) -> T {
    let mut last = None;
    for _ in 0..600 {
        match act().await {
            Ok(done) => return done,
            Err(e) => last = Some(e),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody answers: {last:?}");
}

pub struct Staff {
    browser: Browser,
}

impl Staff {
    pub async fn signed_in(world: &World) -> Self {
        let admin = world.theirs.admin().await;
        let browser = Browser::at(&world.program.root);
        let who = [("email", admin.email()), ("password", PASSWORD)];
        let entered = browser.send("/admin/login", ENTER, &who).await.expect("an answer");
        assert!(location(&entered).starts_with("/admin"));
        Self { browser }
    }

    /// Gives back a part of the only order. The job that asks Stripe for it runs later.
    pub async fn refunds(&self, world: &World, amount: &str) {
        let (order, number): (uuid::Uuid, String) =
            sqlx::query_as("select id, number from orders").fetch_one(&world.theirs.db).await.unwrap();
        let order = order.to_string();
        let fields = [("order", order.as_str()), ("key", "one refund"), ("amount", amount), ("reason", "A dent")];
        // the program may be dead before its answer has left
        if let Ok(answer) = self.browser.send(&format!("/admin/orders/{number}"), REFUND, &fields).await {
            assert!(location(&answer).starts_with("/admin/orders/"), "{}", location(&answer));
        }
    }

    pub async fn sends_a_picture(&self, product: &TestProduct) -> Result<()> {
        let address = format!("{}/admin/products/{}/images", self.browser.root, product.id);
        let form = Form::new().part("files", Part::bytes(png(1, 1)).file_name("hook.png"));
        let answer = self.browser.client.post(address).multipart(form).send().await?;
        assert!(location(&answer).starts_with("/admin/products/"), "{}", location(&answer));
        Ok(())
    }

    pub async fn sees_the_picture(&self, product: &TestProduct) -> bool {
        let html = self.browser.page(&format!("/products/{}", product.slug)).await;
        let Some((_, rest)) = html.split_once("/images/") else { return false };
        let file = rest.split(['"', ' ', '?']).next().unwrap_or_default();
        self.browser.get(&format!("/images/{file}")).await.expect("an answer").status() == 200
    }
}
