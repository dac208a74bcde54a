//! An app's request finds its death half-way; the app sends it again under the same key.

use crate::world::World;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use shop::testing::PASSWORD;

const ADDRESSES: &str = "select count(*) from addresses";

/// Signed in at the program, which has a key of its own for tokens.
async fn signed_in(world: &World) -> String {
    world.theirs.customer("ada@example.org").await;
    let who = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = Client::new().post(format!("{}/api/auth/login", world.program.root)).json(&who).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["data"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn adds_an_address(world: &World, token: &str) -> RequestBuilder {
    let address = world.theirs.address_form();
    let request = Client::new().post(format!("{}/api/users/me/addresses", world.program.root));
    request.bearer_auth(token).header("idempotency-key", "home").json(&address)
}

/// Dies while it is done, and again for whoever asks again: what it says then.
async fn dies_at(point: &str) -> (World, u16, Value) {
    let mut world = World::open(point).await;
    let token = signed_in(&world).await;
    assert!(adds_an_address(&world, &token).send().await.is_err(), "no answer");
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    let again = adds_an_address(&world, &token).send().await.unwrap();
    let (status, body) = (again.status().as_u16(), again.json().await.unwrap());
    (world, status, body)
}

/// Fails without `idempotency::done` in `addresses::add`: two addresses.
#[tokio::test]
async fn it_was_done_and_its_answer_is_lost() {
    let (world, status, body) = dies_at("answer-made").await;
    assert_eq!((status, &body["code"]), (409, &json!("already_done")), "{body}");
    let id: uuid::Uuid = sqlx::query_scalar("select id from addresses").fetch_one(&world.theirs.db).await.unwrap();
    assert_eq!(body["details"], json!([{ "field": "address", "message": id }]));
    assert_eq!(world.count(ADDRESSES).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn it_was_not_done_and_is_done_now() {
    let (world, status, body) = dies_at("key-claimed").await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(world.count(ADDRESSES).await, 1);
    world.finish().await;
}

/// An order has a key of its own, which outlives the program: it is answered as if nothing had been.
#[tokio::test]
async fn an_order_was_placed_and_its_answer_is_lost() {
    let point = "answer-made";
    let mut world = World::open(point).await;
    let rasp = world.theirs.product("Rasp").priced(8_50).stock(3).await;
    let path = |path: &str| format!("{}{path}", world.program.root);
    let (cart, orders) = (path("/api/cart/items"), path("/api/orders"));
    let line = json!({ "variantId": rasp.variant });
    let filled: Value = Client::new().post(cart).json(&line).send().await.unwrap().json().await.unwrap();
    let token = filled["data"]["cartToken"].as_str().unwrap_or_else(|| panic!("{filled}")).to_owned();
    let mut form = serde_json::to_value(world.theirs.order_form()).unwrap();
    // in the API it is a header
    form.as_object_mut().unwrap().remove("idempotencyKey");
    let order = || {
        let request = Client::new().post(&orders).header("x-cart-token", &token);
        request.header("idempotency-key", "the-order").json(&form).send()
    };
    assert!(order().await.is_err(), "no answer");
    world.dies_and_starts_again().await;
    world.program.died_at(point);
    let again = order().await.unwrap();
    let (status, body): (_, Value) = (again.status().as_u16(), again.json().await.unwrap());
    assert_eq!(status, 201, "{body}");
    let number: String = sqlx::query_scalar("select number from orders").fetch_one(&world.theirs.db).await.unwrap();
    assert_eq!(body["data"]["number"], json!(number), "{body}");
    let once_more = order().await.unwrap();
    assert_eq!(once_more.headers()["idempotent-replayed"], "true");
    assert_eq!(once_more.json::<Value>().await.unwrap(), body);
    assert_eq!((world.count("select count(*) from orders").await, world.stripe.statement().sessions.len()), (1, 1));
    world.finish().await;
}
