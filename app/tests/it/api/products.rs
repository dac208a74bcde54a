//! Products: for shoppers' apps what is published and no more; for those who work here all of it, one editor at a time.

use super::{Answered, Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{self, CatalogRead, CatalogWrite, InventoryWrite, OrdersRead};

async fn robot(app: &TestApp, scopes: &[Permission]) -> Machine {
    Machine::at(&app.root, &key(app, scopes).await)
}

fn names(answer: &Answered) -> Vec<&str> {
    answer.body["data"].as_array().unwrap().iter().map(|product| product["name"].as_str().unwrap()).collect()
}

async fn conditional(who: &Machine, method: Method, path: &str, tag: &str, body: &Value) -> Answered {
    Answered::from(who.request(method, path).header("if-match", tag).json(body)).await
}

#[tokio::test]
async fn lists_are_narrowed_sorted_and_paged() {
    app(async |app| {
        let tools = app.category("Tools").await;
        let saws = app.category("Saws").below(&tools).await;
        app.product("Rip saw").priced(30_00).brand("Harrow").tags(&["wood"]).in_category(&saws).await;
        app.product("Tenon saw").priced(20_00).brand("Threlby").stock(0).in_category(&saws).await;
        app.product("Awl").priced(20_00).brand("Harrow").in_category(&tools).await;
        app.product("Bucket").priced(5_00).await;
        app.product("Secret").draft().in_category(&tools).await;
        let nobody = Machine::nobody(&app.root);
        let get = async |query: &str| nobody.get(&format!("/api/products?{query}")).await;

        let all = get("sort=name").await;
        assert_eq!(names(&all), ["Awl", "Bucket", "Rip saw", "Tenon saw"]);
        assert_eq!(all.body["pagination"], json!({ "total": 4, "page": 1, "limit": 20, "totalPages": 1 }));
        // several orders: the second one decides where the first one does not
        assert_eq!(names(&get("sort=price:desc,name:asc").await), ["Rip saw", "Awl", "Tenon saw", "Bucket"]);
        assert_eq!(names(&get("sort=price:desc,name:desc").await), ["Rip saw", "Tenon saw", "Awl", "Bucket"]);
        let second = get("sort=price,name&page=2&limit=3").await;
        assert_eq!(names(&second), ["Rip saw"]);
        assert_eq!(second.body["pagination"]["totalPages"], 2);
        for (query, wanted) in [
            (format!("category={}", tools.slug), &["Awl", "Rip saw", "Tenon saw"][..]),
            (format!("category={}", saws.id), &["Rip saw", "Tenon saw"]),
            ("category=nowhere".into(), &[]),
            ("minPrice=6&maxPrice=20".into(), &["Awl", "Tenon saw"]),
            ("priceMin=6&priceMax=20.00".into(), &["Awl", "Tenon saw"]),
            ("inStock=true".into(), &["Awl", "Bucket", "Rip saw"]),
            ("brand=Harrow".into(), &["Awl", "Rip saw"]),
            ("brand=Harrow,Threlby".into(), &["Awl", "Rip saw", "Tenon saw"]),
            ("tag=wood".into(), &["Rip saw"]),
            ("search=saw".into(), &["Rip saw", "Tenon saw"]),
        ] {
            assert_eq!(names(&get(&format!("{query}&sort=name")).await), wanted, "{query}");
        }
        let faceted = get("facets=true&search=saw").await;
        assert_eq!(faceted.body["facets"]["brands"][0], json!({ "value": "Harrow", "count": 1, "selected": false }));
        assert_eq!((&faceted.body["facets"]["inStock"], &all.body["facets"]), (&json!(1), &Value::Null));
        let one = &get("search=rip").await.body["data"][0];
        assert_eq!(
            (&one["price"], &one["currency"], &one["brand"]),
            (&json!("30.00"), &json!("GBP"), &json!("Harrow"))
        );
        assert_eq!(
            (&one["inStock"], &one["availability"], &one["remaining"]),
            (&json!(true), &json!("in_stock"), &Value::Null)
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_by_its_name() {
    app(async |app| {
        let nobody = Machine::nobody(&app.root);
        for (query, field) in [
            ("page=0", "page"),
            ("limit=101", "limit"),
            ("sort=colour", "sort"),
            ("sort=price:asc,price:desc", "sort"),
            ("sort=name,relevance", "sort"),
            ("sort=updatedAt:desc", "sort"),
            ("minPrice=cheap", "minPrice"),
            ("priceMax=-1", "priceMax"),
            ("minPrice=5&maxPrice=4", "maxPrice"),
            ("inStock=perhaps", "inStock"),
            ("status=gone", "status"),
            ("option=Size", "option"),
            ("option=Size:M6&status=all", "option"),
            ("facets=some", "facets"),
        ] {
            let refused = nobody.get(&format!("/api/products?{query}")).await;
            assert_eq!(refused.status, 400, "{query}");
            refused.fault(field);
        }
        for nonsense in ["search=%00", "category=%F0%9F%94%A8&tag=%00", "brand=,,;,", "limit=20&limit=20"] {
            let answer = nobody.get(&format!("/api/products?{nonsense}")).await;
            assert!(answer.status < 500, "{nonsense}");
        }
    })
    .await;
}

/// Fails when `product_page::shown` lets everything through.
#[tokio::test]
async fn drafts_and_what_only_staff_know_never_get_out() {
    app(async |app| {
        let hidden = app.category("Back room").inactive().await;
        let draft = app.product("Draft saw").draft().await;
        let archived = app.product("Old saw").archived().await;
        let shut_away = app.product("Shut away saw").in_category(&hidden).await;
        let saw = app.product("Saw").costing(4_20).stock(3).await;
        app.customer("ada@example.org").await;
        let strangers = [
            Machine::nobody(&app.root),
            Machine::of(app, "ada@example.org").await,
            robot(app, &[OrdersRead, CatalogWrite]).await,
        ];
        for who in &strangers {
            for product in [&draft, &archived, &shut_away] {
                for name in [product.id.to_string(), product.slug.clone()] {
                    let refused = who.get(&format!("/api/products/{name}")).await;
                    assert_eq!((refused.status, &refused.body["message"]), (404, &json!("No such product")), "{name}");
                }
            }
            assert_eq!(names(&who.get("/api/products").await), ["Saw"]);
            assert_eq!(names(&who.get("/api/products?search=saw").await), ["Saw"]);
            let shown = who.get(&format!("/api/products/{}", saw.slug)).await.body.to_string();
            for secret in
                ["cost", "4.20", "onHand", "reserved", "\"available\"", "stockQuantity", "version", "\"status\":\"p"]
            {
                assert!(!shown.contains(secret), "{secret} in {shown}");
            }
        }
        let asked = async |who: &Machine| who.get("/api/products?status=all").await.status;
        assert_eq!(
            [asked(&strangers[0]).await, asked(&strangers[1]).await, asked(&strangers[2]).await],
            [401, 403, 403]
        );

        let clerk = robot(app, &[CatalogRead]).await;
        let all = clerk.get("/api/products?status=all&sort=name").await;
        assert_eq!(names(&all), ["Draft saw", "Old saw", "Saw", "Shut away saw"]);
        assert_eq!((&all.body["data"][0]["status"], &all.body["data"][2]["available"]), (&json!("draft"), &json!(3)));
        assert_eq!(
            names(&clerk.get("/api/products?status=draft&search=draft&sort=updatedAt:desc").await),
            ["Draft saw"]
        );
        let seen = clerk.get(&format!("/api/products/{}", draft.id)).await;
        assert_eq!((seen.status, &seen.body["data"]["status"]), (200, &json!("draft")));
        let seen = clerk.get(&format!("/api/products/{}", saw.slug)).await;
        assert_eq!((&seen.body["data"]["cost"], &seen.body["data"]["stockQuantity"]), (&json!("4.20"), &json!(3)));
    })
    .await;
}

#[tokio::test]
async fn a_page_has_all_that_an_app_shows() {
    app(async |app| {
        let tools = app.category("Tools").await;
        let saws = app.category("Saws").below(&tools).await;
        let bolt = app
            .product("Bolt")
            .slug("bolt")
            .description("Strong.\n\nVery.")
            .brand("Harrow")
            .tags(&["steel"])
            .option("Size", &["M6", "M8"])
            .priced(1_00)
            .stock(2)
            .in_category(&saws)
            .await;
        let nobody = Machine::nobody(&app.root);
        let shown = nobody.get("/api/products/bolt").await;
        let data = &shown.body["data"];
        assert_eq!(data["id"], json!(bolt.id));
        assert_eq!(
            data["categoryPath"].as_array().unwrap().iter().map(|c| &c["name"]).collect::<Vec<_>>(),
            ["Tools", "Saws"]
        );
        assert_eq!(data["options"], json!([{ "name": "Size", "values": ["M6", "M8"] }]));
        let variant = &data["variants"][0];
        assert_eq!((&variant["optionValues"], &variant["title"]), (&json!(["M6"]), &json!("M6")));
        assert_eq!(
            (&variant["price"], &variant["availability"], &variant["remaining"]),
            (&json!("1.00"), &json!("low_stock"), &json!(2))
        );
        assert!(data["descriptionHtml"].as_str().unwrap().starts_with("<p>Strong.</p>"));
        assert_eq!(nobody.get(&format!("/api/v1/products/{}", bolt.id)).await.body["data"], *data);
        assert_eq!(nobody.get("/api/products/no-such-thing").await.status, 404);

        for (option, found) in [("Size:M6", 1), ("Size:M6,Size:M8", 1), ("Size:M7", 0)] {
            let list = nobody.get(&format!("/api/products?option={option}")).await;
            assert_eq!(list.body["pagination"]["total"], found, "{option}");
        }

        // asked for again by its tag, it is not sent again until it is another one
        let tag = shown.header("etag").to_owned();
        assert!(tag.starts_with("W/"), "{tag}");
        let again =
            nobody.request(Method::GET, "/api/products/bolt").header("if-none-match", &tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().unwrap()), (304, &tag[..]));
        assert!(again.bytes().await.unwrap().is_empty());
        let clerk = robot(app, &[CatalogRead, CatalogWrite]).await;
        let path = format!("/api/products/{}", bolt.id);
        assert_eq!(
            clerk.send(Method::PATCH, &path, &json!({ "name": "Coach bolt", "slug": "coach-bolt" })).await.status,
            200
        );
        let anew =
            nobody.request(Method::GET, "/api/products/bolt").header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(anew.status().as_u16(), 200);
        let moved: Value = anew.json().await.unwrap();
        assert_eq!(moved["data"]["slug"], "coach-bolt", "under the address of former times, too");
    })
    .await;
}

#[tokio::test]
async fn a_product_is_made_changed_published_and_taken_away() {
    app(async |app| {
        let tools = app.category("Tools").await;
        let clerk = robot(app, &[CatalogRead, CatalogWrite]).await;
        let input = json!({
            "name": "Claw hammer", "price": 18.5, "cost": "9.10", "sku": "HAMMER", "stockQuantity": 7, "brand": "Harrow",
            "tags": ["hammers", "steel"], "specifications": [{ "name": "Weight", "value": "450 g" }],
        });
        let made = clerk.send(Method::POST, "/api/products", &input).await;
        assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.body);
        let (data, path) = (&made.body["data"], made.header("location").to_owned());
        assert_eq!(path, format!("/api/products/{}", data["id"].as_str().unwrap()));
        assert_eq!((&data["status"], &data["price"], &data["cost"]), (&json!("draft"), &json!("18.50"), &json!("9.10")));
        assert_eq!((&data["stockQuantity"], &data["variants"][0]["onHand"]), (&json!(7), &json!(7)));
        assert_eq!(data["specifications"], input["specifications"]);

        // in part: what is not named stays
        let changed = clerk.send(Method::PATCH, &path, &json!({ "price": "19.00", "brand": null })).await;
        let data = &changed.body["data"];
        assert_eq!((changed.status, &data["price"], &data["brand"]), (200, &json!("19.00"), &json!("")), "{}", changed.body);
        assert_eq!((&data["sku"], &data["tags"], &data["version"]), (&json!("HAMMER"), &json!(["hammers", "steel"]), &json!(2)));

        // what was got may be sent back as it is, and changes nothing
        let same = clerk.send(Method::PUT, &path, data).await;
        assert_eq!((same.status, same.header("etag")), (200, "\"2\""), "{}", same.body);
        // as a whole: what is left out is empty afterwards, but for slug and SKU
        let whole = json!({ "name": "Hammer", "price": "20" , "categoryId": tools.id });
        let replaced = clerk.send(Method::PUT, &path, &whole).await;
        let data = &replaced.body["data"];
        assert_eq!((&data["name"], &data["slug"], &data["sku"]), (&json!("Hammer"), &json!("claw-hammer"), &json!("HAMMER")));
        assert_eq!((&data["tags"], &data["cost"]), (&json!([]), &Value::Null));

        let step = async |step: &str| clerk.send(Method::POST, &format!("{path}/{step}"), &json!({})).await;
        let nobody = Machine::nobody(&app.root);
        assert_eq!(step("publish").await.body["data"]["status"], "published");
        assert_eq!(nobody.get(&path).await.status, 200);
        let shown = nobody.get(&path).await.body["data"].clone();
        for times in [&shown, &shown["variants"][0], &nobody.get("/api/products").await.body["data"][0]] {
            assert_eq!(times["isActive"], true, "{times}");
            assert!(times["createdAt"].is_string() && times["updatedAt"].is_string(), "{times}");
        }
        assert_eq!(step("unpublish").await.body["data"]["status"], "draft");
        assert_eq!(clerk.get(&path).await.body["data"]["isActive"], false);
        assert_eq!(nobody.get(&path).await.status, 404);
        step("publish").await;
        assert_eq!(step("archive").await.body["data"]["status"], "archived");
        let refused = step("publish").await;
        assert_eq!((refused.status, refused.fault("from"), refused.fault("to")), (409, "archived", "published"));
        assert_eq!(step("unpublish").await.body["data"]["status"], "draft");
        // a draft is put away as well, and comes back as one
        assert_eq!(step("archive").await.body["data"]["status"], "archived");
        assert_eq!(step("unpublish").await.body["data"]["status"], "draft");
    })
    .await;
}

/// Fails where a draft that shoppers once saw is deleted, or where the answer does not say what was done.
#[tokio::test]
async fn to_delete_archives_what_was_ever_published_or_ordered() {
    app(async |app| {
        let clerk = Machine::at(&app.root, &key(app, &[CatalogRead, CatalogWrite]).await);
        let delete = async |id: &str| {
            let answer = Answered::from(clerk.request(Method::DELETE, &format!("/api/products/{id}"))).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body["data"]["outcome"].as_str().unwrap().to_owned()
        };
        let status = async |id: &str| clerk.get(&format!("/api/products/{id}")).await.body["data"]["status"].clone();
        // never seen by anybody outside
        let draft = clerk.send(Method::POST, "/api/products", &json!({ "name": "Rasp", "price": "5" })).await;
        let draft = draft.body["data"]["id"].as_str().unwrap().to_owned();
        assert_eq!(delete(&draft).await, "deleted");
        assert_eq!(clerk.get(&format!("/api/products/{draft}")).await.body["message"], "No such product");
        // published now, or once
        let shown = app.product("Claw hammer").stock(3).await.id.to_string();
        assert_eq!((delete(&shown).await.as_str(), status(&shown).await), ("archived", json!("archived")));
        assert_eq!(delete(&shown).await, "archived", "done again, it stays");
        let once = app.product("Jack plane").await.id.to_string();
        clerk.send(Method::POST, &format!("/api/products/{once}/unpublish"), &json!({})).await;
        assert_eq!((delete(&once).await.as_str(), status(&once).await), ("archived", json!("archived")));
        // ordered, whatever it was since
        let sold = app.product("Chisel").stock(3).await;
        app.order_of(&sold, 1).await;
        let sold = sold.id.to_string();
        assert_eq!((delete(&sold).await.as_str(), status(&sold).await), ("archived", json!("archived")));
        // `isActive` is the status in another word
        let other = clerk.send(Method::POST, "/api/products", &json!({ "name": "Saw", "price": "5" })).await;
        let (id, tools) = (other.body["data"]["id"].as_str().unwrap().to_owned(), app.category("Tools").await);
        let patch = async |body: Value| clerk.send(Method::PATCH, &format!("/api/products/{id}"), &body).await;
        let live = patch(json!({ "isActive": true, "categoryId": tools.id })).await;
        assert_eq!(
            (&live.body["data"]["status"], &live.body["data"]["isActive"]),
            (&json!("published"), &json!(true)),
            "{}",
            live.body
        );
        assert_eq!(patch(json!({ "isActive": false })).await.body["data"]["status"], "draft");
        assert_eq!(patch(json!({ "isActive": "perhaps" })).await.fault("isActive"), "must be true or false");
        let lost = clerk.request(Method::DELETE, &format!("/api/products/{once}")).header("if-match", "\"99\"");
        assert_eq!(Answered::from(lost).await.status, 412);
    })
    .await;
}

/// Fails without `IfMatch::check`.
#[tokio::test]
async fn of_two_editors_the_second_is_told() {
    app(async |app| {
        let lamp = app.product("Lamp").draft().await;
        let (path, clerk) = (format!("/api/products/{}", lamp.id), robot(app, &[CatalogRead, CatalogWrite]).await);
        let tag = clerk.get(&path).await.header("etag").to_owned();
        let first = conditional(&clerk, Method::PATCH, &path, &tag, &json!({ "name": "Lantern" })).await;
        assert_eq!((first.status, first.header("etag")), (200, "\"2\""), "{}", first.body);
        for (method, body) in [
            (Method::PATCH, json!({ "name": "Torch" })),
            (Method::PUT, json!({ "name": "Torch", "price": "1" })),
            (Method::DELETE, json!({})),
        ] {
            let second = conditional(&clerk, method, &path, &tag, &body).await;
            assert_eq!((second.status, &second.body["code"]), (412, &json!("edited_meanwhile")), "{}", second.body);
            assert_eq!(second.body["error"], "PreconditionFailed");
        }
        assert_eq!(clerk.get(&path).await.body["data"]["name"], "Lantern");
        let any = conditional(&clerk, Method::PATCH, &path, "*", &json!({ "name": "Torch" })).await;
        assert_eq!(any.status, 200);
        assert_eq!(conditional(&clerk, Method::PATCH, &path, "", &json!({ "name": "x" })).await.status, 400);

        // at once, without a version: each names what it means, and nothing of either is lost
        let (summary, brand) = (json!({ "summary": "Bright" }), json!({ "brand": "Harrow" }));
        let (one, other) =
            tokio::join!(clerk.send(Method::PATCH, &path, &summary), clerk.send(Method::PATCH, &path, &brand),);
        assert_eq!([one.status, other.status], [200, 200], "{} {}", one.body, other.body);
        let both = clerk.get(&path).await.body["data"].clone();
        assert_eq!((&both["summary"], &both["brand"]), (&json!("Bright"), &json!("Harrow")));
        // at once, with the same version: one of the two
        let tag = clerk.get(&path).await.header("etag").to_owned();
        let (names, patch) = (["Here", "There"], Method::PATCH);
        let [one, other] = names.map(|name| json!({ "name": name }));
        let (one, other) = tokio::join!(
            conditional(&clerk, patch.clone(), &path, &tag, &one),
            conditional(&clerk, patch.clone(), &path, &tag, &other),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    })
    .await;
}

#[tokio::test]
async fn only_who_may_writes_and_every_fault_has_its_field() {
    app(async |app| {
        let lamp = app.product("Lamp").draft().stock(4).await;
        let path = format!("/api/products/{}", lamp.id);
        app.customer("ada@example.org").await;
        let refused = [
            (Machine::nobody(&app.root), 401),
            (Machine::of(app, "ada@example.org").await, 403),
            (robot(app, &[CatalogRead, InventoryWrite]).await, 403),
            (robot(app, &[CatalogWrite]).await, 403),
        ];
        for (who, status) in refused {
            for (method, path) in [
                (Method::POST, "/api/products".to_owned()),
                (Method::PATCH, path.clone()),
                (Method::PUT, path.clone()),
                (Method::DELETE, path.clone()),
                (Method::POST, format!("{path}/publish")),
                (Method::POST, format!("{path}/unpublish")),
                (Method::POST, format!("{path}/archive")),
            ] {
                let body =
                    if path.contains("lish") || path.ends_with("archive") { json!({}) } else { json!({ "name": "x" }) };
                assert_eq!(who.send(method.clone(), &path, &body).await.status, status, "{method} {path}");
            }
        }
        let clerk = robot(app, &[CatalogRead, CatalogWrite]).await;
        let wrong = json!({
            "price": "dear", "status": "gone", "categoryId": "x", "options": [{ "name": "Size", "values": [] }],
            "variants": [{ "price": "-1", "compareAtPrice": "x" }],
        });
        let answer = clerk.send(Method::POST, "/api/products", &wrong).await;
        assert_eq!((answer.status, &answer.body["message"]), (400, &json!("Validation failed")));
        for field in [
            "name",
            "price",
            "status",
            "categoryId",
            "options.0.values",
            "variants.0.price",
            "variants.0.compareAtPrice",
        ] {
            answer.fault(field);
        }
        let odd = clerk.send(Method::PATCH, &path, &json!({ "name": "x", "tags": { "a": 1 } })).await;
        assert_eq!((odd.status, odd.fault("tags")), (400, "has a form that cannot be read"));
        assert_eq!(clerk.send(Method::PATCH, &path, &json!([])).await.status, 400);
        assert_eq!(clerk.send(Method::PATCH, &path, &json!({ "stockQuantity": 5 })).await.status, 400);
        // flat or as its variant, but not both unlike
        let both = json!({ "name": "Lamp", "price": "5", "variants": [{ "id": lamp.variant, "price": "6" }] });
        assert_eq!(
            clerk.send(Method::PUT, &path, &both).await.fault("price"),
            "is not what the variant says; give one of the two"
        );
        let parts = json!({ "name": "Lamp", "price": "5", "variants": [{ "id": lamp.variant, "barcode": "50123" }] });
        let put = clerk.send(Method::PUT, &path, &parts).await;
        assert_eq!(
            (&put.body["data"]["price"], &put.body["data"]["barcode"]),
            (&json!("5.00"), &json!("50123")),
            "{}",
            put.body
        );
        let missing = format!("/api/products/{}", shop::id::ProductId::new());
        assert_eq!(clerk.send(Method::PATCH, &missing, &json!({ "name": "x" })).await.status, 404);
        assert_eq!(clerk.send(Method::PATCH, "/api/products/lamp", &json!({ "name": "x" })).await.status, 404);

        // under a key it is made once, published and all
        let tools = app.category("Tools").await;
        let body = json!({ "name": "Vice", "price": "40", "status": "published", "categoryId": tools.id });
        let make = async || {
            Answered::from(clerk.request(Method::POST, "/api/products").header("idempotency-key", "vice").json(&body))
                .await
        };
        let (first, again) = (make().await, make().await);
        assert_eq!(
            (first.status, again.status, again.header("idempotent-replayed")),
            (201, 201, "true"),
            "{}",
            first.body
        );
        assert_eq!(first.body["data"]["id"], again.body["data"]["id"]);
        assert_eq!(clerk.get("/api/products?status=all&search=vice").await.body["pagination"]["total"], 1);
    })
    .await;
}

/// Fails when a read of the catalogue asks the database who asks, or anything else.
#[tokio::test]
async fn what_is_kept_in_memory_is_answered_without_the_database() {
    let mut app = TestApp::start(shop::testing::TestShop::open().await).await;
    let tools = app.category("Tools").await;
    app.product("Saw").slug("saw").in_category(&tools).await;
    app.cache.listen_to_nobody();
    let nobody = Machine::nobody(&app.root);
    let paths = ["/api/products?limit=20&sort=price:asc,name:asc", "/api/products/saw", "/api/categories"];
    let mut kept = Vec::new();
    for path in paths {
        kept.push(nobody.get(path).await.body);
    }
    app.db.close().await;
    for (path, kept) in paths.iter().zip(kept) {
        let again = nobody.get(path).await;
        assert_eq!((again.status, again.body), (200, kept), "{path}");
    }
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
}
