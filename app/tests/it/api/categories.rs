//! Categories: the tree for everybody, hidden branches and changes for those who work here.

use super::{Answered, Machine, key};
use crate::support::app;
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{CatalogRead, CatalogWrite};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|category| category["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_sees_what_is_shown() {
    app(async |app| {
        let tools = app.category("Tools").await;
        let saws = app.category("Saws").below(&tools).await;
        let hidden = app.category("Back room").inactive().await;
        app.product("Rip saw").in_category(&saws).await;
        let nobody = Machine::nobody(&app.root);
        let tree = nobody.get("/api/categories").await;
        assert_eq!(names(&tree.body["data"]), ["Tools"]);
        let root = &tree.body["data"][0];
        assert_eq!((names(&root["children"]), &root["productCount"]), (vec!["Saws"], &json!(1)));
        assert!(root["isActive"] == true && root["createdAt"].is_string() && root["updatedAt"].is_string());
        assert!(!tree.body.to_string().contains("isShown") && tree.header("etag").starts_with("W/"));
        for name in [&saws.slug, &saws.id.to_string()] {
            let one = nobody.get(&format!("/api/categories/{name}")).await;
            assert_eq!(names(&one.body["data"]["path"]), ["Tools", "Saws"]);
            assert_eq!(one.body["data"]["parentId"], json!(tools.id));
        }
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let (writer, reader) = (key(app, &[CatalogWrite]).await, key(app, &[CatalogRead]).await);
        let (writer, reader) = (Machine::at(&app.root, &writer), Machine::at(&app.root, &reader));
        for (who, status) in [(&nobody, 401), (&ada, 403), (&writer, 403)] {
            assert_eq!(who.get("/api/categories?includeHidden=true").await.status, status);
            for name in [&hidden.slug, &hidden.id.to_string(), "no-such-thing"] {
                assert_eq!(who.get(&format!("/api/categories/{name}")).await.status, 404);
            }
        }
        assert_eq!(nobody.get("/api/categories?includeHidden=perhaps").await.status, 400);
        let all = reader.get("/api/categories?includeHidden=true").await;
        assert_eq!(names(&all.body["data"]).len(), 2);
        let one = reader.get(&format!("/api/categories/{}", hidden.slug)).await;
        assert_eq!((&one.body["data"]["isActive"], &one.body["data"]["isShown"]), (&json!(false), &json!(false)));
    })
    .await;
}

/// Fails without `IfMatch::check`.
#[tokio::test]
async fn those_who_may_change_the_tree_one_at_a_time() {
    app(async |app| {
        let clerk = Machine::at(&app.root, &key(app, &[CatalogRead, CatalogWrite]).await);
        let made = clerk.send(Method::POST, "/api/categories", &json!({ "name": "Tools" })).await;
        assert_eq!((made.status, &made.body["data"]["isActive"]), (201, &json!(true)), "{}", made.body);
        let tools = made.body["data"]["id"].clone();
        let path = made.header("location").to_owned();
        for name in ["Saws", "Files"] {
            let below = clerk.send(Method::POST, "/api/categories", &json!({ "name": name, "parentId": tools })).await;
            assert_eq!(below.status, 201);
        }
        let first = json!({ "name": "Axes", "parentId": tools, "position": 1 });
        assert_eq!(clerk.send(Method::POST, "/api/categories", &first).await.status, 201);
        let seen = clerk.get(&path).await;
        assert_eq!(names(&seen.body["data"]["children"]), ["Axes", "Saws", "Files"]);

        let tag = seen.header("etag").to_owned();
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let patch = async |tag: &str, body: Value| {
            Answered::from(clerk.request(Method::PATCH, &path).header("if-match", tag).json(&body)).await
        };
        let changed = patch(&tag, json!({ "description": "For hands" })).await;
        assert_eq!((changed.status, &changed.body["data"]["name"]), (200, &json!("Tools")), "{}", changed.body);
        let lost = patch(&tag, json!({ "name": "Instruments" })).await;
        assert_eq!((lost.status, &lost.body["code"]), (412, &json!("edited_meanwhile")));
        let lost = Answered::from(clerk.request(Method::DELETE, &path).header("if-match", &tag)).await;
        assert_eq!(lost.status, 412);
        let full = Answered::from(clerk.request(Method::DELETE, &path)).await;
        assert_eq!((full.status, &full.body["code"]), (409, &json!("category_has_children")));
        let saws = seen.body["data"]["children"][1]["id"].as_str().unwrap();
        let up = clerk
            .send(Method::PATCH, &format!("/api/categories/{saws}"), &json!({ "parentId": null, "position": 1 }))
            .await;
        assert_eq!(
            (&up.body["data"]["parentId"], &up.body["data"]["position"]),
            (&Value::Null, &json!(1)),
            "{}",
            up.body
        );
        let gone = Answered::from(clerk.request(Method::DELETE, &format!("/api/categories/{saws}"))).await;
        assert_eq!((gone.status, &gone.body["data"]), (200, &Value::Null));

        let cycle = patch("*", json!({ "parentId": tools })).await;
        assert_eq!((cycle.status, cycle.fault("parentId")), (400, "lies below the category itself"));
        let wrong = clerk.send(Method::POST, "/api/categories", &json!({ "parentId": "x", "position": 0 })).await;
        assert_eq!((wrong.fault("name"), wrong.fault("parentId")), ("is required", "is not known"));
        wrong.fault("position");

        app.customer("ada@example.org").await;
        let strangers = [
            (Machine::nobody(&app.root), 401),
            (Machine::of(app, "ada@example.org").await, 403),
            (Machine::at(&app.root, &key(app, &[CatalogRead]).await), 403),
        ];
        for (who, status) in strangers {
            for (method, path) in [(Method::POST, "/api/categories"), (Method::PATCH, &path), (Method::DELETE, &path)] {
                assert_eq!(who.send(method, path, &json!({ "name": "x" })).await.status, status);
            }
        }
    })
    .await;
}
