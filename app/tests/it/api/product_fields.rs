//! Every field of a product through every door. Which fields there are, the API's document says: one that is added is
//! tested here without being named.

use super::document::document;
use super::{Machine, key};
use crate::support::desk::{CATALOGUE, send, signed_in};
use crate::support::forms::PageForm;
use crate::support::{Browser, app};
use reqwest::Method;
use serde_json::{Map, Value, json};
use shop::accounts::System;
use shop::catalog::import;
use shop::catalog::products::{self, ProductInput};
use shop::id::ProductId;
use shop::input::patched;
use shop::testing::TestShop;

const SAVE: &str = "/do/ironmonger/admin/products/acts/save";

/// Fields that say in another way what others say, or that are lists of things with tests of their own.
const APART: [&str; 5] = ["isActive", "options", "variants", "variantOptions", "images"];

/// A value for each field, none of which a product has by itself. Texts begin with the word.
fn filled(document: &Value, word: &str, category: &str) -> Map<String, Value> {
    let schema = &document["components"]["schemas"]["ProductInput"];
    let mut filled = Map::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        // an earlier name of a field that stands here under its own
        if property["deprecated"] == true {
            continue;
        }
        if !APART.contains(&name.as_str()) {
            filled.insert(name.clone(), value(document, property, name, word, category));
        }
    }
    filled
}

fn value(document: &Value, schema: &Value, name: &str, word: &str, category: &str) -> Value {
    if let Some(example) = schema.get("example").or(schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(to) = schema["$ref"].as_str() {
        return match to.rsplit('/').next().unwrap() {
            "CategoryId" => category.into(),
            // what it cost before is more than what it costs
            "Money" => if name.starts_with("compareAt") { "90.00" } else { "12.50" }.into(),
            _ => value(document, document.pointer(to.trim_start_matches('#')).unwrap(), name, word, category),
        };
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[1].clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        let object = properties.iter();
        return object.map(|(of, schema)| (of.clone(), value(document, schema, of, word, category))).collect();
    }
    let mut alternatives = ["oneOf", "anyOf", "allOf"].iter().flat_map(|kind| schema[kind].as_array()).flatten();
    if let Some(one) = alternatives.rfind(|one| one["type"] != "null") {
        return value(document, one, name, word, category);
    }
    let is =
        |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&json!(kind)));
    match () {
        () if is("array") => json!([value(document, &schema["items"], name, word, category)]),
        () if is("boolean") => true.into(),
        () if is("integer") => 12.into(),
        () => format!("{word}-{}", name.to_lowercase()).into(),
    }
}

/// As it is typed into a form.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(typed).collect::<Vec<_>>().join(", "),
        Value::Object(pair) => format!("{}: {}", typed(&pair["name"]), typed(&pair["value"])),
        other => other.to_string(),
    }
}

fn assert_says(answer: &Value, wanted: &Map<String, Value>, but: &[&str]) {
    for (name, value) in wanted.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
        assert_eq!(&answer[name], value, "{name}");
    }
}

async fn product_form(staff: &Browser, at: &str) -> PageForm {
    let html = staff.page(at).await;
    PageForm::all(&html).into_iter().find(|form| form.action == SAVE).unwrap()
}

async fn typed_now(shop: &TestShop, slug: &str) -> Map<String, Value> {
    let id: ProductId =
        sqlx::query_scalar("select id from products where slug = $1").bind(slug).fetch_one(&shop.db).await.unwrap();
    let product = products::for_edit(shop, &shop.admin().await, id).await.unwrap();
    let mut typed = serde_json::to_value(product.input).unwrap().as_object().unwrap().clone();
    let category: Option<String> = sqlx::query_scalar(
        "select c.name from products p left join categories c on c.id = p.category_id where p.id = $1",
    )
    .bind(id)
    .fetch_one(&shop.db)
    .await
    .unwrap();
    typed.insert("categoryId".into(), category.into());
    for variant in typed["variants"].as_array_mut().unwrap() {
        variant.as_object_mut().unwrap().remove("id");
    }
    typed
}

/// Fails when a form, a snapshot or a statement forgets a field.
#[tokio::test]
async fn every_field_is_written_and_read_by_each_door() {
    app(async |app| {
        let document = document(app).await;
        let shelf = app.category("Hinges").await;
        let category = shelf.id.to_string();
        let robot = Machine::at(&app.root, &key(app, CATALOGUE).await);
        let staff = signed_in(app, CATALOGUE).await;

        // the API
        let other = filled(&document, "other", &category);
        assert!(other.len() > 15, "{other:?}");
        let made = robot.send(Method::POST, "/api/products", &Value::Object(other.clone())).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_says(&made.body["data"], &other, &[]);
        let at = format!("/api/products/{}", made.body["data"]["id"].as_str().unwrap());
        let patched_nothing = robot.send(Method::PATCH, &at, &json!({})).await;
        assert_eq!(patched_nothing.body["data"], made.body["data"], "a patch of nothing changes nothing");

        // the form: what is on its page is what is sent
        let some = filled(&document, "some", &category);
        let blank = robot.send(Method::POST, "/api/products", &json!({ "name": "Blank" })).await;
        let id = blank.body["data"]["id"].as_str().unwrap();
        let page = format!("/admin/products/{id}");
        let mut fields = product_form(&staff, &page).await.filled();
        // received in the inventory, and a button
        let elsewhere = ["stockQuantity", "status"];
        for (name, value) in some.iter().filter(|(name, _)| !elsewhere.contains(&name.as_str())) {
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some((_, text)) => *text = typed(value),
                // a box that is not ticked
                None if value.is_boolean() => fields.push((name.clone(), "true".into())),
                None => panic!("{name} is not in the form"),
            }
        }
        fields.push(("status".into(), typed(&some["status"])));
        let (_, html) = send(&staff, &page, SAVE, &pairs(&fields)).await;
        assert!(html.contains("is published"), "{html}");
        let read = robot.get(&format!("/api/products/{id}")).await;
        assert_says(&read.body["data"], &some, &["stockQuantity"]);
        let fields = product_form(&staff, &page).await.filled();
        let (_, html) = send(&staff, &page, SAVE, &pairs(&fields)).await;
        assert!(html.contains("Nothing had changed"), "{html}");

        // two versions beside each other
        let blank = ProductInput::default();
        for (name, value) in some.iter().filter(|(name, _)| *name != "stockQuantity") {
            let changed = patched(&blank, &Map::from_iter([(name.clone(), value.clone())])).unwrap();
            assert!(!changed.differences(&blank).is_empty(), "{name} differs, and no line says so");
        }

        // a file, into another shop
        let hinge = app.product("Butt hinge").option("Size", &["50 mm", "75 mm"]).priced(3_20).costing(1_10);
        let hinge = hinge.in_category(&shelf).await;
        let file = staff.page("/admin/products.csv").await;
        let fresh = TestShop::open().await;
        let report = import::shopify_csv(&fresh, System, file.as_bytes(), |_| {}).await.unwrap();
        assert_eq!((report.created, report.failures), (3, 0), "{report:?}");
        for slug in ["some-slug", "other-slug", &hinge.slug] {
            assert_eq!(typed_now(&fresh, slug).await, typed_now(app, slug).await, "{slug} from {file}");
        }
        let stock = fresh.count("select count(*) from stock_levels where on_hand = 12").await;
        assert_eq!(stock, 1, "{file}");
        let again = import::shopify_csv(app, System, file.as_bytes(), |_| {}).await.unwrap();
        assert_eq!((again.unchanged, again.failures), (3, 0), "{again:?}");
        fresh.finish().await;
    })
    .await;
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// People see what is set, and machines read it by schema.org's names.
#[tokio::test]
async fn what_a_product_is_is_told_to_people_and_machines() {
    app(async |app| {
        let robot = Machine::at(&app.root, &key(app, CATALOGUE).await);
        let category = app.category("Tools").await.id;
        let plain = json!({ "name": "Plain saw", "price": "5", "status": "published", "categoryId": category });
        let mut whole = plain.clone();
        whole.as_object_mut().unwrap().extend(
            [
                ("name", "Whole saw"),
                ("countryOfOrigin", "gb"),
                ("gtin", "4 006381-333931"),
                ("mpn", "HRW-16"),
                ("condition", "refurbished"),
            ]
            .map(|(name, value)| (name.to_owned(), json!(value))),
        );
        for body in [&plain, &whole] {
            let made = robot.send(Method::POST, "/api/products", body).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let page = app.browser().page("/products/whole-saw").await;
        let told = ["United Kingdom", "4006381333931", "HRW-16", "Refurbished"];
        assert!(told.iter().all(|text| page.contains(text)), "{page}");
        let schema = [
            r#""countryOfOrigin":{"@type":"Country""#,
            r#""identifier":"GB""#,
            r#""gtin":"4006381333931""#,
            r#""mpn":"HRW-16""#,
            "https://schema.org/RefurbishedCondition",
        ];
        assert!(schema.iter().all(|text| page.contains(text)), "{page}");
        let page = app.browser().page("/products/plain-saw").await;
        let silent = ["Country of origin", "GTIN", "Condition</dt>", "countryOfOrigin", "\"gtin\"", "\"mpn\""];
        assert!(!silent.iter().any(|text| page.contains(text)), "{page}");
        assert!(page.contains("https://schema.org/NewCondition"), "{page}");

        let wrong = json!({ "name": "x", "countryOfOrigin": "XX", "gtin": "4006381333932", "condition": "broken" });
        let refused = robot.send(Method::POST, "/api/products", &wrong).await;
        assert_eq!(refused.status, 400);
        for field in ["countryOfOrigin", "gtin", "condition"] {
            refused.fault(field);
        }
    })
    .await;
}
