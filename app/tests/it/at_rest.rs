//! What the doors leave in the database: sessions with forms that were refused, answers under idempotency keys,
//! messages of Stripe.

use crate::support::location;
use crate::support::stripe::stripe_app;
use reqwest::Method;
use serde_json::{Value, json};
use shop::testing::PASSWORD;
use shop::testing::dump::assert_hidden;
use shop::testing::stripe::session_of;
use stripe_sandbox::Way;

fn home(n: usize) -> Value {
    json!({
        "firstName": "Ada", "lastName": "Byron", "line1": format!("{n} Cinnabar Row"), "city": "London",
        "postalCode": "SW1Y 4JH", "country": "GB", "phone": format!("+44 7700 900{n}"),
    })
}

/// Fails when the values of a session are kept plain, when an answer under a key is, and when a message of Stripe is,
/// which holds the way back to a guest's order.
#[tokio::test]
async fn what_comes_in_by_the_doors_is_in_no_dump() {
    stripe_app(async |app| {
        app.webhooks_arrive();
        let rasp = app.product("Rasp").stock(9).await;
        // the form of a checkout is refused, and lies in the session until the page is shown
        let shopper = app.shopper_with(&[(&rasp, 1)]).await;
        let mut form = shopper.checkout().await;
        for (field, value) in [
            ("shippingAddress[line1]", "601 Cinnabar Row"),
            ("shippingAddress[phone]", "+44 7700 900601"),
            ("shippingAddress[city]", ""),
        ] {
            form.retain(|(name, _)| name != field);
            form.push((field.to_owned(), value.to_owned()));
        }
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let typed = ["601 Cinnabar Row", "+44 7700 900601"].map(str::to_owned);
        assert_hidden(&app.dump().await, &typed);
        let html = shopper.page("/checkout").await;
        assert!(typed.iter().all(|value| html.contains(value)), "{html}");
        // corrected, it is an order, whose payment Stripe tells of
        form.push(("shippingAddress[city]".to_owned(), "Leeds".to_owned()));
        form.retain(|(name, value)| name != "shippingAddress[city]" || !value.is_empty());
        let page = location(&shopper.place(&form).await).to_owned();
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        app.taken_in(1).await;
        let number: String = sqlx::query_scalar("select number from orders").fetch_one(&app.db).await.unwrap();
        let key = app.access_key(&number).await;
        let messages = app.stripe_messages().await;
        let tells_key = |(_, body): &(String, Vec<u8>)| String::from_utf8_lossy(body).contains(&key);
        assert!(messages.iter().any(tells_key), "Stripe tells the way back");
        assert_hidden(&app.dump().await, &[key]);

        // an app sends its requests under keys, and what is answered is kept
        app.customer("ada@example.org").await;
        let client = reqwest::Client::new();
        let send = async |path: &str, proof: (&'static str, String), body: Value| {
            let request = client.request(Method::POST, format!("{}{path}", app.root)).header(proof.0, proof.1);
            let answer = request.header("idempotency-key", "once").json(&body).send().await.unwrap();
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            answer.json::<Value>().await.unwrap()["data"].clone()
        };
        let proof = json!({ "email": "ada@example.org", "password": PASSWORD });
        let entered = client.post(format!("{}/api/auth/login", app.root)).json(&proof).send().await.unwrap();
        let tokens = entered.json::<Value>().await.unwrap()["data"].clone();
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let bearer = ("authorization", format!("Bearer {}", token("accessToken")));
        send("/api/users/me/addresses", bearer, home(602)).await;
        let guest = app.guest_with(&[(&rasp, 1)]).await.cart_token.unwrap();
        let order = json!({ "email": "eve@example.org", "shippingMethod": "standard", "shippingAddress": home(603) });
        let placed = send("/api/orders", ("x-cart-token", guest.clone()), order).await;
        let key = placed["accessKey"].as_str().unwrap().to_owned();
        let mut canaries = vec![guest, key, token("refreshToken"), PASSWORD.to_owned()];
        for n in [602, 603] {
            canaries.extend([format!("{n} Cinnabar Row"), format!("+44 7700 900{n}")]);
        }
        assert_hidden(&app.dump().await, &canaries);
    })
    .await;
}
