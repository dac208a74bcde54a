//! What no endpoint reads is refused by its name, and what is not there is told by its kind: all endpoints alike, taken
//! from the API's own description.

use super::document::{document, operations};
use super::{Answered, Machine};
use crate::support::TestApp;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use shop::testing::{PASSWORD, TestShop};

const ID: &str = "0190a2c4-0000-7000-8000-000000000000";

/// With room for as many questions as there are endpoints.
async fn app(test: impl AsyncFnOnce(&TestApp, &Machine)) {
    let limits =
        &[("API_RATE_ADDRESS", "off"), ("API_RATE_PRINCIPAL", "off"), ("METRICS_TOKEN", "x".repeat(32).leak())];
    let app = TestApp::start_with(TestShop::open().await, Vec::from(limits).leak()).await;
    let admin = app.admin().await;
    let admin = Machine::of(&app, admin.email()).await;
    test(&app, &admin).await;
    app.finish().await;
}

/// With something in place of what varies.
fn filled(path: &str, with: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { with.to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn named(answer: &Answered, code: &str, field: &str, what: &str) {
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!(code)), "{what}: {}", answer.body);
    assert!(answer.body["message"].as_str().unwrap().contains(field), "{what}: {}", answer.body);
    assert!(answer.fault(field).starts_with("is not a "), "{what}: {}", answer.body);
}

/// Fails for an endpoint that is outside of the layer `known_fields::only`.
#[tokio::test]
async fn a_parameter_that_there_is_not_is_refused_everywhere() {
    app(async |app, admin| {
        let operations = operations(&document(app).await);
        assert!(operations.len() > 60, "{}", operations.len());
        for (method, path, _) in operations {
            let method: Method = method.to_uppercase().parse().unwrap();
            let at = format!("{}?colour=red", filled(&path, ID));
            let answer = Answered::from(admin.request(method.clone(), &at)).await;
            named(&answer, "unknown_parameter", "colour", &format!("{method} {path}"));
        }
        let meant = admin.get("/api/products?min_price=3&page=1").await;
        assert_eq!(meant.fault("min_price"), "is not a parameter of this request; minPrice is");
        let several = admin.get("/api/products?isActive=false&colour=red&colour=blue").await;
        assert_eq!(several.body["details"].as_array().unwrap().len(), 2, "{}", several.body);
    })
    .await;
}

/// Fails where a body is read by something else than `Json`, and where an endpoint that reads none is sent one.
#[tokio::test]
async fn a_field_that_there_is_not_is_refused_everywhere() {
    app(async |app, admin| {
        let mut bodies = 0;
        for (method, path, operation) in operations(&document(app).await) {
            // bodies of these mean nothing, and what Stripe sends is Stripe's to say
            if method == "get" || method == "delete" || path.ends_with("/webhook") {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = admin.request(method.clone(), &filled(&path, ID)).header("idempotency-key", &path);
            let is_form = !operation["requestBody"]["content"]["multipart/form-data"].is_null();
            let is_json = !operation["requestBody"]["content"]["application/json"].is_null();
            let request = match is_form && !is_json {
                true => request.multipart(Form::new().text("colour", "red")),
                false => request.json(&json!({ "colour": "red" })),
            };
            bodies += usize::from(is_form || is_json);
            named(&Answered::from(request).await, "unknown_field", "colour", &format!("{method} {path}"));
        }
        assert!(bodies > 30, "{bodies}");
    })
    .await;
}

#[tokio::test]
async fn fields_within_fields_are_looked_at_too() {
    app(async |app, admin| {
        let order = json!({ "shippingAddress": { "colour": "red", "line1": "x" }, "email": "a@b.example" });
        let answer = admin.send(Method::POST, "/api/orders", &order).await;
        assert_eq!(answer.fault("shippingAddress.colour"), "is not a field of this request");
        let product = json!({ "name": "Rasp", "variants": [{ "sku": "R" }, { "sku": "S", "colour": "red" }] });
        let answer = admin.send(Method::POST, "/api/products", &product).await;
        assert_eq!(answer.fault("variants.1.colour"), "is not a field of this request");
        let meant = admin.send(Method::PATCH, "/api/users/me", &json!({ "first_name": "Ada", "email": null })).await;
        assert_eq!(meant.fault("first_name"), "is not a field of this request; firstName is");
        assert_eq!(meant.fault("email"), "is not a field of this request");
        assert_eq!(meant.body["code"], "unknown_field");
        let nothing: i64 = sqlx::query_scalar("select count(*) from products").fetch_one(&app.db).await.unwrap();
        assert_eq!(nothing, 0);
    })
    .await;
}

/// Each thing that an address names, with a body that would do where there is one.
#[tokio::test]
async fn what_is_not_there_is_told_by_its_kind() {
    app(async |app, admin| {
        let mut kinds = std::collections::BTreeSet::new();
        for (method, path, operation) in operations(&document(app).await) {
            if !path.contains('{') {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let content = &operation["requestBody"]["content"]["application/json"];
            let request = admin.request(method.clone(), &filled(&path, ID)).header("idempotency-key", &path);
            let request = match content.is_null() {
                true => request,
                false => request.json(&match path.as_str() {
                    p if p.ends_with("/adjust") => json!({ "change": 1, "reason": "Found" }),
                    p if p.ends_with("/receive") => json!({ "quantity": 1 }),
                    p if p.ends_with("/cancel") => json!({ "reason": "So" }),
                    p if p.ends_with("/{item}") => json!({ "quantity": 1 }),
                    p if p.ends_with("/accept-price") => json!({ "price": "1.00" }),
                    p if p.ends_with("/refund") => json!({ "what": "all" }),
                    p if p.ends_with("/{order}") => json!({ "note": "So" }),
                    _ => json!({}),
                }),
            };
            let answer = Answered::from(request).await;
            let what = format!("{method} {path}: {}", answer.body);
            assert_eq!((answer.status, &answer.body["code"]), (404, &json!("not_found")), "{what}");
            let message = answer.body["message"].as_str().unwrap();
            let kind = message.strip_prefix("No such ").unwrap_or_else(|| panic!("{what}"));
            assert!(kind != "thing" && !kind.is_empty(), "{what}");
            kinds.insert(kind.to_owned());
        }
        let all =
            ["address", "category", "device", "line in the cart", "order", "payment", "picture", "product", "user"];
        for kind in all.into_iter().chain(["variant"]) {
            assert!(kinds.contains(kind), "{kind}: {kinds:?}");
        }
        let unknown = admin.send(Method::POST, "/api/payments", &json!({ "orderId": "IM-404" })).await;
        assert_eq!(unknown.body["message"], "No such order");
    })
    .await;
}

/// Values that are another's are conflicts, not mistakes in a form; beside a mistake they are one of several.
#[tokio::test]
async fn what_belongs_to_another_is_a_conflict() {
    app(async |app, admin| {
        app.customer("ada@example.org").await;
        let new = |email: &str| json!({ "email": email, "firstName": "Ada", "lastName": "Byron" });
        let taken = admin.send(Method::POST, "/api/users", &new("ADA@example.org")).await;
        assert_eq!((taken.status, &taken.body["code"]), (409, &json!("email_taken")), "{}", taken.body);
        assert_eq!(taken.fault("email"), "already has an account");
        app.customer("eve@example.org").await;
        let eve = Machine::of(app, "eve@example.org").await;
        let change = json!({ "email": "ada@example.org", "password": PASSWORD });
        let taken = eve.send(Method::PATCH, "/api/users/me/email", &change).await;
        assert_eq!((taken.status, &taken.body["code"]), (409, &json!("email_taken")), "{}", taken.body);

        let product = |sku: &str, price: &str| json!({ "name": "Rasp", "sku": sku, "price": price });
        assert_eq!(admin.send(Method::POST, "/api/products", &product("R-1", "5")).await.status, 201);
        let taken = admin.send(Method::POST, "/api/products", &product("R-1", "5")).await;
        assert_eq!((taken.status, &taken.body["code"]), (409, &json!("sku_taken")), "{}", taken.body);
        assert!(taken.fault("sku").contains("Rasp"));
        let category = json!({ "name": "Files", "slug": "files" });
        assert_eq!(admin.send(Method::POST, "/api/categories", &category).await.status, 201);
        let taken = admin.send(Method::POST, "/api/categories", &category).await;
        assert_eq!((taken.status, &taken.body["code"]), (409, &json!("slug_taken")), "{}", taken.body);
    })
    .await;
}

/// The document names every code that there is, so that clients made from it know them all.
#[tokio::test]
async fn the_document_lists_the_codes() {
    app(async |app, _| {
        let document = document(app).await;
        let listed =
            document["components"]["schemas"]["Error"]["properties"]["code"]["enum"].as_array().unwrap().clone();
        let codes: Vec<Value> = ironmonger::api::codes::CODES.iter().map(|(word, ..)| json!(word)).collect();
        assert_eq!(listed, codes);
    })
    .await;
}
