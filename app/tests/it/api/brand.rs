//! A product's brand was called `vendor` in earlier versions: that name is read and answered until the next major one.

use super::document::document;
use super::{Answered, Machine, key};
use crate::support::desk::CATALOGUE;
use crate::support::{TestApp, app};
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

async fn robot(app: &TestApp) -> Machine {
    Machine::at(&app.root, &key(app, CATALOGUE).await)
}

/// What the answer calls the brand, by both names.
fn brand(answer: &Answered) -> &str {
    let data = &answer.body["data"];
    assert_eq!(data["brand"], data["vendor"], "{}", answer.body);
    data["brand"].as_str().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body))
}

fn assert_refused(answer: &Answered) {
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("validation_failed")), "{}", answer.body);
    assert_eq!(answer.fault("vendor"), "says something else than brand: give one of the two");
}

#[tokio::test]
async fn a_brand_is_read_by_both_names() {
    app(async |app| {
        let robot = robot(app).await;
        for body in [
            json!({ "name": "Awl", "brand": "Harrow" }),
            json!({ "name": "Awl", "vendor": "Harrow" }),
            json!({ "name": "Awl", "brand": "Harrow", "vendor": "Harrow" }),
        ] {
            let made = robot.send(Method::POST, "/api/products", &body).await;
            assert_eq!((made.status, brand(&made)), (201, "Harrow"));
        }
        let form = Form::new().text("product", r#"{"name": "Rasp", "vendor": "Harrow"}"#);
        let made = Answered::from(robot.request(Method::POST, "/api/products").multipart(form)).await;
        assert_eq!(brand(&made), "Harrow");
        let at = format!("/api/products/{}", made.body["data"]["id"].as_str().unwrap());
        for (patch, wanted) in [
            (json!({ "brand": "Threlby" }), "Threlby"),
            (json!({ "vendor": "Harrow" }), "Harrow"),
            (json!({ "brand": "Ox", "vendor": "Ox" }), "Ox"),
            (json!({ "summary": "Coarse" }), "Ox"),
            (json!({ "brand": null }), ""),
            (json!({ "brand": "Ox" }), "Ox"),
            (json!({ "vendor": null }), ""),
            (json!({ "vendor": "Ox" }), "Ox"),
            (json!({ "brand": null, "vendor": "" }), ""),
        ] {
            assert_eq!(brand(&robot.send(Method::PATCH, &at, &patch).await), wanted, "{patch}");
        }
        let form = Form::new().text("product", r#"{"vendor": "Elk"}"#);
        assert_eq!(brand(&Answered::from(robot.request(Method::PATCH, &at).multipart(form)).await), "Elk");
        for (body, wanted) in [
            (json!({ "name": "Rasp", "vendor": "Emu" }), "Emu"),
            (json!({ "name": "Rasp", "vendor": "Emu" }), "Emu"),
            (json!({ "name": "Rasp" }), ""),
            (json!({ "name": "Rasp", "brand": "Emu" }), "Emu"),
        ] {
            assert_eq!(brand(&robot.send(Method::PUT, &at, &body).await), wanted, "{body}");
        }
    })
    .await;
}

/// Fails when one of the two silently wins.
#[tokio::test]
async fn two_brands_for_one_product_are_refused() {
    app(async |app| {
        let robot = robot(app).await;
        let made = robot.send(Method::POST, "/api/products", &json!({ "name": "Awl", "brand": "Harrow" })).await;
        let at = format!("/api/products/{}", made.body["data"]["id"].as_str().unwrap());
        for (brand, vendor) in [("Ox", json!("Elk")), ("Ox", json!(null)), ("", json!("Elk"))] {
            let both = json!({ "name": "Rasp", "brand": brand, "vendor": vendor });
            assert_refused(&robot.send(Method::POST, "/api/products", &both).await);
            assert_refused(&robot.send(Method::PATCH, &at, &both).await);
            assert_refused(&robot.send(Method::PUT, &at, &both).await);
            for (method, at) in [(Method::POST, "/api/products"), (Method::PATCH, at.as_str())] {
                let form = Form::new().text("product", both.to_string());
                assert_refused(&Answered::from(robot.request(method, at).multipart(form)).await);
            }
        }
        let now = robot.get(&at).await;
        assert_eq!((brand(&now), &now.body["data"]["version"]), ("Harrow", &json!(1)));
        assert_eq!(app.count("select count(*) from products").await, 1);
    })
    .await;
}

/// What `GET` answered says it by both names, and is sent back with the one changed that the client knows.
/// Fails without `ProductInput::replacing`.
#[tokio::test]
async fn what_was_got_is_sent_back_with_either_name_changed() {
    app(async |app| {
        let robot = robot(app).await;
        let made = robot.send(Method::POST, "/api/products", &json!({ "name": "Awl", "brand": "Harrow" })).await;
        let at = format!("/api/products/{}", made.body["data"]["id"].as_str().unwrap());
        for (name, typed) in [("vendor", "Ox"), ("brand", "Elk"), ("brand", ""), ("vendor", "Emu"), ("vendor", "")] {
            let mut data = robot.get(&at).await.body["data"].clone();
            data[name] = typed.into();
            assert_eq!(brand(&robot.send(Method::PUT, &at, &data).await), typed, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn lists_are_narrowed_by_both_names() {
    app(async |app| {
        app.product("Rip saw").brand("Harrow").await;
        app.product("Tenon saw").brand("Threlby").await;
        app.product("Awl").brand("Ox").await;
        let robot = robot(app).await;
        for staff in ["", "&status=published"] {
            for (query, wanted) in [
                ("brand=Harrow", 1),
                ("vendor=Harrow", 1),
                ("vendor=Harrow,Threlby", 2),
                ("brand=Harrow,Threlby&vendor=Threlby;Harrow", 2),
            ] {
                let list = robot.get(&format!("/api/products?{query}{staff}")).await;
                assert_eq!(list.body["pagination"]["total"], wanted, "{query}{staff}: {}", list.body);
            }
            let all = robot.get(&format!("/api/products?sort=name{staff}")).await;
            let first = &all.body["data"][0];
            assert_eq!((&first["brand"], &first["vendor"]), (&json!("Ox"), &json!("Ox")));
            for apart in ["brand=Harrow&vendor=Threlby", "brand=Harrow&vendor=", "brand=&vendor=Harrow"] {
                assert_refused(&robot.get(&format!("/api/products?{apart}{staff}")).await);
            }
        }
        let facets = robot.get("/api/products?facets=true&brand=Ox").await.body["facets"].clone();
        assert_eq!(facets["brands"].as_array().unwrap().len(), 3, "{facets}");
        assert_eq!((&facets["brands"], &facets["inStock"]), (&facets["vendors"], &json!(1)), "{facets}");
    })
    .await;
}

/// Calls `f` with each field and parameter that the document describes, and its name.
fn described<'a>(part: &'a Value, f: &mut impl FnMut(&'a str, &'a Value)) {
    for (name, field) in part["properties"].as_object().into_iter().flatten() {
        f(name, field);
    }
    if let (Some(name), true) = (part["name"].as_str(), part["in"] == "query") {
        f(name, part);
    }
    match part {
        Value::Object(fields) => fields.values().for_each(|part| described(part, f)),
        Value::Array(parts) => parts.iter().for_each(|part| described(part, f)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_says_which_name_is_of_earlier_versions() {
    app(async |app| {
        let document = document(app).await;
        let (mut earlier, mut today) = (0, 0);
        described(&document, &mut |name, field| match name {
            "vendor" | "vendors" => {
                assert_eq!(field["deprecated"], true, "{name}: {field}");
                earlier += 1;
            }
            "brand" | "brands" => {
                assert_ne!(field["deprecated"], true, "{name}: {field}");
                today += 1;
            }
            _ => {}
        });
        // what is sent, a line of a list, the product, the facets, the parameter; some are described several times
        assert!(earlier >= 5 && today >= 5, "{earlier} {today}");
    })
    .await;
}
