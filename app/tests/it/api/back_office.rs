//! Stock, settings, the audit log and accounts, for those who work here.

use super::{Answered, Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{self, *};

async fn robot(app: &TestApp, scopes: &[Permission]) -> Machine {
    Machine::at(&app.root, &key(app, scopes).await)
}

/// Nobody, a customer, and a key with every scope but this one are refused.
async fn is_only_for(app: &TestApp, scope: Permission, method: Method, path: &str) {
    let others: Vec<_> = Permission::ALL.iter().copied().filter(|other| *other != scope).collect();
    let strangers = [
        (Machine::nobody(&app.root), 401),
        (Machine::of(app, "ada@example.org").await, 403),
        (robot(app, &others).await, 403),
    ];
    let body = match path.rsplit('/').next() {
        Some("adjust") => json!({ "change": 1, "reason": "x" }),
        Some("receive") => json!({ "quantity": 1 }),
        _ => json!({}),
    };
    for (who, status) in strangers {
        let refused = who.send(method.clone(), path, &body).await;
        assert_eq!(refused.status, status, "{method} {path}: {}", refused.body);
    }
}

#[tokio::test]
async fn stock_is_seen_received_and_put_right() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let nails = app.product("Nails").stock(3).await;
        app.product("Screws").stock(40).await;
        app.product("Tacks").stock(0).await;
        let clerk = robot(app, &[InventoryRead, InventoryWrite]).await;
        let skus = async |query: &str| -> Vec<String> {
            let list = clerk.get(&format!("/api/inventory?{query}")).await;
            list.body["data"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(skus("").await, ["Nails", "Screws", "Tacks"]);
        assert_eq!(skus("sort=available:desc").await, ["Screws", "Nails", "Tacks"]);
        assert_eq!(skus("low=true").await, ["Nails"]);
        assert_eq!(skus("out=true").await, ["Tacks"]);
        assert_eq!(skus(&format!("search={}", nails.sku)).await, ["Nails"]);
        for (query, field) in
            [("low=some", "low"), ("low=true&out=true", "out"), ("sort=size", "sort"), ("page=x", "page")]
        {
            clerk.get(&format!("/api/inventory?{query}")).await.fault(field);
        }
        let path = format!("/api/inventory/{}", nails.variant);
        let received =
            clerk.send(Method::POST, &format!("{path}/receive"), &json!({ "quantity": 10, "reason": "Note 7" })).await;
        let level = json!({ "variantId": nails.variant, "onHand": 13, "reserved": 0, "available": 13 });
        assert_eq!((received.status, &received.body["data"]), (200, &level), "{}", received.body);
        let counted =
            clerk.send(Method::POST, &format!("{path}/adjust"), &json!({ "counted": 12, "reason": "Counted" })).await;
        assert_eq!(counted.body["data"]["onHand"], 12);
        let history = clerk.get(&format!("{path}/movements?limit=1")).await;
        assert_eq!(
            (&history.body["data"][0]["kind"], &history.body["data"][0]["deltaOnHand"]),
            (&json!("adjusted"), &json!(-1))
        );
        assert_eq!(
            (&history.body["data"][0]["actorName"], &history.body["pagination"]["limit"]),
            (&json!("Warehouse robot"), &json!(1))
        );

        let wrong = clerk.send(Method::POST, &format!("{path}/adjust"), &json!({ "counted": 1, "change": 2 })).await;
        assert_eq!((wrong.status, wrong.fault("reason")), (400, "is required"));
        wrong.fault("change");
        clerk.send(Method::POST, &format!("{path}/receive"), &json!({ "quantity": 0 })).await.fault("quantity");
        let missing = format!("/api/inventory/{}/movements", shop::id::VariantId::new());
        assert_eq!(clerk.get(&missing).await.status, 404);
        assert_eq!(clerk.get("/api/inventory/nails/movements").await.status, 404);
        is_only_for(app, InventoryRead, Method::GET, "/api/inventory").await;
        is_only_for(app, InventoryRead, Method::GET, &format!("{path}/movements")).await;
        is_only_for(app, InventoryWrite, Method::POST, &format!("{path}/receive")).await;
        is_only_for(app, InventoryWrite, Method::POST, &format!("{path}/adjust")).await;

        // the same delivery, told twice, is on the shelf once
        let twice = async || {
            let request = clerk.request(Method::POST, &format!("{path}/receive")).header("idempotency-key", "note-8");
            Answered::from(request.json(&json!({ "quantity": 5 }))).await
        };
        twice().await;
        assert_eq!(twice().await.header("idempotent-replayed"), "true");
        assert_eq!(skus("low=false&sort=available:asc").await[1], "Nails");
        let history = clerk.get(&format!("{path}/movements")).await;
        assert_eq!(history.body["data"][0]["onHandAfter"], 17);
    })
    .await;
}

/// Fails without `IfMatch::check`.
#[tokio::test]
async fn settings_are_changed_in_part_and_one_at_a_time() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let owner = robot(app, &[SettingsRead, SettingsWrite]).await;
        let seen = owner.get("/api/settings").await;
        let data = &seen.body["data"];
        assert_eq!((&data["currency"], &data["defaultTaxRate"], &data["shipsTo"]), (&json!("GBP"), &json!("20"), &json!(["GB"])));
        assert_eq!(data["shippingMethods"][0]["price"], "4.95");
        let patch = async |tag: &str, body: Value| {
            Answered::from(owner.request(Method::PATCH, "/api/settings").header("if-match", tag).json(&body)).await
        };
        let tag = seen.header("etag").to_owned();
        let changed = patch(&tag, json!({ "shopName": "Anvil & Son", "shipsTo": ["GB", "IE"], "pricesIncludeTax": false, "timeZone": "Europe/Dublin" })).await;
        let after = &changed.body["data"];
        assert_eq!((changed.status, &after["shopName"], &after["shipsTo"]), (200, &json!("Anvil & Son"), &json!(["GB", "IE"])), "{}", changed.body);
        assert_eq!((&after["pricesIncludeTax"], &after["shippingMethods"]), (&json!(false), &data["shippingMethods"]));
        assert_eq!((&data["timeZone"], &after["timeZone"]), (&json!("UTC"), &json!("Europe/Dublin")));
        let lost = patch(&tag, json!({ "shopName": "Nails & Co" })).await;
        assert_eq!((lost.status, &lost.body["code"]), (412, &json!("edited_meanwhile")));
        // what was got may be sent back, but for what nobody can change
        let mut sent = after.clone();
        sent.as_object_mut().unwrap().remove("currency");
        let same = owner.send(Method::PATCH, "/api/settings", &sent).await;
        assert_eq!((same.status, &same.body["data"]), (200, after), "{}", same.body);
        let (phone, threshold) = (json!({ "contactPhone": "0114 496 0000" }), json!({ "lowStockThreshold": 9 }));
        let (one, other) = tokio::join!(
            owner.send(Method::PATCH, "/api/settings", &phone),
            owner.send(Method::PATCH, "/api/settings", &threshold),
        );
        assert_eq!([one.status, other.status], [200, 200]);
        let both = owner.get("/api/settings").await.body["data"].clone();
        assert_eq!((&both["contactPhone"], &both["lowStockThreshold"]), (&json!("0114 496 0000"), &json!(9)));

        assert_eq!(both["completeAfterDays"], 14);
        for (days, kept) in [(json!(30), json!(30)), (json!(null), json!(0)), (json!(0), json!(0))] {
            let body = json!({ "completeAfterDays": days });
            let changed = owner.send(Method::PATCH, "/api/settings", &body).await;
            assert_eq!((changed.status, &changed.body["data"]["completeAfterDays"]), (200, &kept), "{}", changed.body);
        }
        for days in [json!(366), json!(-1), json!("a while")] {
            owner.send(Method::PATCH, "/api/settings", &json!({ "completeAfterDays": days })).await.fault("completeAfterDays");
        }

        let wrong = json!({ "contactEmail": "x", "shippingMethods": [{ "code": "a", "name": "A", "price": "-1" }], "shipsTo": [] });
        let refused = owner.send(Method::PATCH, "/api/settings", &wrong).await;
        for field in ["contactEmail", "shippingMethods.0.price", "shipsTo"] {
            refused.fault(field);
        }
        is_only_for(app, SettingsRead, Method::GET, "/api/settings").await;
        is_only_for(app, SettingsWrite, Method::PATCH, "/api/settings").await;
    })
    .await;
}

#[tokio::test]
async fn the_log_tells_who_did_what() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let writer = robot(app, &[CatalogRead, CatalogWrite]).await;
        let made = writer.send(Method::POST, "/api/products", &json!({ "name": "Anvil" })).await;
        let id = made.body["data"]["id"].as_str().unwrap().to_owned();
        let reader = robot(app, &[AuditRead]).await;
        let count = async |query: &str| {
            let list = reader.get(&format!("/api/audit-logs?{query}")).await;
            list.body["pagination"]["total"].as_i64().unwrap_or_else(|| panic!("{}", list.body))
        };
        let list = reader.get(&format!("/api/audit-logs?entityType=product&entityId={id}")).await;
        let entry = &list.body["data"][0];
        assert_eq!((&entry["action"], &entry["actorType"]), (&json!("product.create"), &json!("api_client")));
        assert_eq!((&entry["actorName"], &entry["after"]["name"]), (&json!("Warehouse robot"), &json!("Anvil")));
        assert_eq!(count("action=product.").await, 1);
        assert_eq!(count("action=product.publish").await, 0);
        assert_eq!(count("actor=Warehouse&entityType=product").await, 1);
        assert_eq!(count("from=2026-11-14&until=2026-11-14&entityType=product").await, 1);
        assert_eq!(count("until=2026-11-13").await, 0);
        for (query, field) in [("from=yesterday", "from"), ("until=2026-13-01", "until"), ("limit=0", "limit")] {
            reader.get(&format!("/api/audit-logs?{query}")).await.fault(field);
        }
        is_only_for(app, AuditRead, Method::GET, "/api/audit-logs").await;
    })
    .await;
}

/// Fails without the `may` in `customers::set_active`.
#[tokio::test]
async fn accounts_are_seen_and_closed_and_roles_given_by_people() {
    app(async |app| {
        let ada = app.customer("ada@example.org").await.id();
        app.customer("ben@example.org").await;
        let clerk = robot(app, &[CustomersRead, CustomersWrite, StaffWrite]).await;
        let list = clerk.get("/api/users?sort=email:desc").await;
        let emails: Vec<_> =
            list.body["data"].as_array().unwrap().iter().map(|u| u["email"].as_str().unwrap()).collect();
        assert_eq!(emails, ["ben@example.org", "ada@example.org"]);
        assert_eq!(clerk.get("/api/users?search=ada").await.body["pagination"]["total"], 1);
        for (query, field) in
            [("role=king", "role"), ("status=gone", "status"), ("sort=age:asc", "sort"), ("limit=x", "limit")]
        {
            clerk.get(&format!("/api/users?{query}")).await.fault(field);
        }
        let path = format!("/api/users/{ada}");
        let shown = clerk.get(&path).await;
        assert_eq!((&shown.body["data"]["role"], &shown.body["data"]["spent"]), (&json!("customer"), &json!("0.00")));
        assert!(!shown.body.to_string().contains("password"));
        let closed = clerk.send(Method::PATCH, &path, &json!({ "isActive": false })).await;
        assert_eq!((closed.status, &closed.body["data"]["isActive"]), (200, &json!(false)), "{}", closed.body);
        assert_eq!(clerk.get("/api/users?status=inactive").await.body["pagination"]["total"], 1);
        assert_eq!(
            clerk.send(Method::PATCH, &path, &json!({})).await.body["data"]["isActive"],
            false,
            "nothing named, nothing changed"
        );
        assert_eq!(clerk.send(Method::PATCH, &path, &json!({ "isActive": true })).await.body["data"]["isActive"], true);
        for odd in [json!({ "isActive": null }), json!({ "isActive": "perhaps" })] {
            assert_eq!(clerk.send(Method::PATCH, &path, &odd).await.fault("isActive"), "must be true or false");
        }
        assert_eq!(clerk.get(&path).await.body["data"]["addresses"], json!([]));
        for missing in [format!("/api/users/{}", shop::id::UserId::new()), "/api/users/ada".into()] {
            assert_eq!(clerk.get(&missing).await.status, 404);
        }

        // roles: people only, whatever the scopes of a key
        let boss = app.admin().await;
        let boss_path = format!("/api/users/{}", boss.id());
        assert_eq!(clerk.send(Method::PATCH, &path, &json!({ "role": "admin" })).await.status, 403);
        assert_eq!(clerk.get(&boss_path).await.status, 404);
        let head = Machine::of(app, boss.email()).await;
        assert_eq!(head.get(&boss_path).await.body["data"]["role"], "admin");
        let hired = head.send(Method::PATCH, &path, &json!({ "role": "staff", "roles": [] })).await;
        assert_eq!((hired.status, &hired.body["data"]["role"]), (200, &json!("staff")), "{}", hired.body);
        assert_eq!(hired.body["data"]["isActive"], true, "what is not named stays");
        let last = head.send(Method::PATCH, &boss_path, &json!({ "role": "customer" })).await;
        assert_eq!((last.status, &last.body["code"]), (409, &json!("last_admin")));
        head.send(Method::PATCH, &path, &json!({ "role": "king" })).await.fault("role");

        // made for somebody: a customer by whoever looks after customers, others by whoever looks after staff
        let new =
            |email: &str, role: &str| json!({ "email": email, "firstName": "Eve", "lastName": "Adams", "role": role });
        let eve = clerk.send(Method::POST, "/api/users", &new("eve@example.org", "customer")).await;
        assert_eq!((eve.status, &eve.body["data"]["role"]), (201, &json!("customer")), "{}", eve.body);
        let eve_path = eve.header("location").to_owned();
        assert_eq!(clerk.get(&eve_path).await.body["data"]["email"], "eve@example.org");
        assert_eq!(clerk.send(Method::POST, "/api/users", &new("max@example.org", "staff")).await.status, 403);
        shop::worker::run_pending(&app.shop).await.unwrap();
        assert!(app.mailer.kept().iter().any(|mail| mail.to == "eve@example.org" && mail.text.contains("token=")));
        let max = head.send(Method::POST, "/api/users", &new("max@example.org", "staff")).await;
        assert_eq!((max.status, &max.body["data"]["role"]), (201, &json!("staff")), "{}", max.body);
        // who is no admin makes none, and changes none
        let lead = app.staff(&[CustomersRead, CustomersWrite, StaffWrite]).await;
        let lead = Machine::of(app, lead.email()).await;
        assert_eq!(lead.send(Method::POST, "/api/users", &new("roy@example.org", "admin")).await.status, 403);
        for act in [json!({ "isActive": false }), json!({ "lastName": "Eve" })] {
            assert_eq!(lead.send(Method::PATCH, &boss_path, &act).await.status, 403, "{act}");
        }
        assert_eq!(Answered::from(lead.request(Method::DELETE, &boss_path)).await.status, 403);
        // renamed, closed, and opened again
        let renamed =
            clerk.send(Method::PATCH, &eve_path, &json!({ "lastName": "Byron", "phone": "+44 114 496 0000" })).await;
        let data = &renamed.body["data"];
        assert_eq!(
            (&data["firstName"], &data["lastName"], &data["isActive"]),
            (&json!("Eve"), &json!("Byron"), &json!(true))
        );
        let wrong = clerk.send(Method::PATCH, &eve_path, &json!({ "phone": "ring me", "isActive": false })).await;
        assert_eq!(wrong.status, 400);
        assert_eq!(clerk.get(&eve_path).await.body["data"]["isActive"], true, "all or nothing");
        let closed = Answered::from(clerk.request(Method::DELETE, &eve_path)).await;
        assert_eq!((closed.status, &closed.body["data"]["isActive"]), (200, &json!(false)), "{}", closed.body);
        let opened = clerk.send(Method::PATCH, &eve_path, &json!({ "isActive": true })).await;
        assert_eq!(opened.body["data"]["isActive"], true);
        let last = Answered::from(head.request(Method::DELETE, &boss_path)).await;
        assert_eq!((last.status, &last.body["code"]), (409, &json!("last_admin")));
        let said: Vec<String> = sqlx::query_scalar("select action from audit_logs where entity_id = $1 order by id")
            .bind(eve.body["data"]["id"].as_str().unwrap())
            .fetch_all(&app.db)
            .await
            .unwrap();
        assert_eq!(said, ["customer.create", "user.edit", "customer.deactivate", "customer.activate"]);

        let ben = Machine::of(app, "ben@example.org").await;
        let nobody = Machine::nobody(&app.root);
        let reader = robot(app, &[CustomersRead]).await;
        let poor = robot(app, &[OrdersRead]).await;
        for path in ["/api/users", &path] {
            assert_eq!(
                [nobody.get(path).await.status, ben.get(path).await.status, poor.get(path).await.status],
                [401, 403, 403]
            );
        }
        let ben_path = format!("/api/users/{}", app.identity("ben@example.org").await.customer.id());
        let close = json!({ "isActive": false });
        for (who, status) in [(&nobody, 401), (&ben, 403), (&poor, 403), (&reader, 403)] {
            assert_eq!(who.send(Method::PATCH, &ben_path, &close).await.status, status);
        }
    })
    .await;
}
