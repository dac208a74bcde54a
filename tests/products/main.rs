//! What staff do with products.

use serde_json::{Value, json};
use shop::accounts::{Permission, Staff};
use shop::catalog::ProductStatus;
use shop::catalog::products::{self, ProductInput, Saved};
use shop::id::{ProductId, VariantId};
use shop::testing::{self, TestShop};
use shop::{Error, Result};

fn input(json: Value) -> ProductInput {
    serde_json::from_value(json).unwrap()
}

/// Doors await the acts in tasks that may change threads.
fn sendable<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    future
}

async fn writer(shop: &TestShop) -> Staff {
    shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await
}

async fn current(shop: &TestShop, staff: &Staff, id: ProductId) -> (i32, ProductInput) {
    let product = products::for_edit(shop, staff, id).await.unwrap();
    (product.version, product.input)
}

fn faults<T: std::fmt::Debug>(answer: Result<T>) -> Vec<(String, String)> {
    match answer {
        Err(Error::Invalid(faults)) => faults.0.into_iter().map(|f| (f.field.into_owned(), f.message)).collect(),
        other => panic!("{other:?} is not invalid"),
    }
}

fn fields<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    faults(answer).into_iter().map(|(field, _)| field).collect()
}

async fn count(shop: &TestShop, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&shop.db).await.unwrap()
}

/// Value titles with SKU, price and whether they are sold, in order.
async fn variants(shop: &TestShop, id: ProductId) -> Vec<(String, String, i64, bool)> {
    sqlx::query_as(
        "select concat_ws(' / ', option1, option2, option3), sku, price, is_active
         from variants where product_id = $1 order by position",
    )
    .bind(id)
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

async fn stock(shop: &TestShop, sku: &str) -> Option<i32> {
    sqlx::query_scalar("select on_hand from stock_levels l join variants v on v.id = l.variant_id where v.sku = $1")
        .bind(sku)
        .fetch_optional(&shop.db)
        .await
        .unwrap()
}

async fn hammer(shop: &TestShop, staff: &Staff) -> Saved {
    let json =
        json!({ "name": "Claw hammer", "price": "18.50", "cost": "9", "stockQuantity": 7, "tags": "tools, steel" });
    sendable(products::create(shop, staff, input(json))).await.unwrap()
}

#[tokio::test]
async fn makes_a_flat_product_with_stock_audit_and_event() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let made = hammer(shop, &staff).await;
        assert_eq!((made.slug.as_str(), made.status, made.version), ("claw-hammer", ProductStatus::Draft, 1));
        assert_eq!(variants(shop, made.id).await, [(String::new(), "CLAW-HAMMER".into(), 1850, true)]);
        assert_eq!(stock(shop, "CLAW-HAMMER").await, Some(7));
        let (kind, actor): (String, String) =
            sqlx::query_as("select kind, actor_name from inventory_movements").fetch_one(&shop.db).await.unwrap();
        assert_eq!((kind.as_str(), actor.as_str()), ("received", staff.name()));
        let after: Value = sqlx::query_scalar("select after from audit_logs where action = 'product.create'")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert_eq!(after["variants"][0]["price"], 1850);
        let topic: String =
            sqlx::query_scalar("select topic from outbox_events where payload ->> 'slug' = 'claw-hammer'")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!(topic, "product.created");

        // the same name again gets another slug and SKU
        let again = hammer(shop, &staff).await;
        assert_eq!(again.slug, "claw-hammer-2");
        assert_eq!(variants(shop, again.id).await[0].1, "CLAW-HAMMER-2");
    })
    .await;
}

#[tokio::test]
async fn only_who_may() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::OrdersWrite]).await;
        let product = shop.product("Rasp").await;
        let refused = |answer: Result<Saved>| assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
        refused(products::create(shop, &staff, input(json!({ "name": "Saw" }))).await);
        refused(products::edit(shop, &staff, product.id, 1, input(json!({ "name": "Saw" }))).await);
        refused(products::duplicate(shop, &staff, product.id).await);
        refused(products::publish(shop, &staff, product.id).await);
        refused(products::archive(shop, &staff, product.id).await);
        assert!(matches!(products::delete(shop, &staff, product.id).await, Err(Error::Forbidden)));
        let nobody = shop.staff(&[]).await;
        assert!(matches!(products::for_edit(shop, &nobody, product.id).await, Err(Error::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn gathers_every_fault_beside_its_field() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = json!({
            "name": " ", "slug": "!!!", "status": "sold", "categoryId": "hammers", "price": "ten", "stockQuantity": -1,
            "specifications": "Weight", "summary": "x".repeat(501),
            "options": [{ "name": "Size", "values": "" }, { "name": "size", "values": "a" }],
            "variants": [{ "price": "5", "compareAtPrice": "5", "weightGrams": "1.5", "optionValues": ["a"], "id": "7" }],
        });
        let found = fields(products::create(shop, &staff, input(json)).await);
        let wanted = [
            "name", "slug", "summary", "status", "categoryId", "specifications", "options[0].values", "options[1].name",
            "variants[0].compareAtPrice", "variants[0].id", "variants[0].weightGrams", "price", "stockQuantity",
        ];
        for field in wanted {
            assert!(found.contains(&field.to_owned()), "{field} is not among {found:?}");
        }
        let nul = input(json!({ "name": "a\u{0}b", "options": [{ "name": "S", "values": ["x\u{0}"] }] }));
        assert_eq!(fields(products::create(shop, &staff, nul).await), ["name", "options[0].values"]);
        let unknown = json!({ "name": "Nail", "categoryId": shop::id::CategoryId::new() });
        assert_eq!(fields(products::create(shop, &staff, input(unknown)).await), ["categoryId"]);
    })
    .await;
}

#[tokio::test]
async fn makes_the_combinations_of_options() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = json!({
            "name": "Coach bolt", "price": "2", "weightGrams": 40,
            "options": [{ "name": "Size", "values": "M8, M10" }, { "name": "Finish", "values": ["Zinc", "Black"] }],
        });
        let made = products::create(shop, &staff, input(json.clone())).await.unwrap();
        let titles: Vec<_> = variants(shop, made.id).await.into_iter().map(|v| (v.0, v.1)).collect();
        let wanted = [
            ("M8 / Zinc", "COACH-BOLT-M8-ZINC"),
            ("M8 / Black", "COACH-BOLT-M8-BLACK"),
            ("M10 / Zinc", "COACH-BOLT-M10-ZINC"),
            ("M10 / Black", "COACH-BOLT-M10-BLACK"),
        ];
        assert_eq!(titles, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));

        // the form's helper shows the same before anything is saved
        let filled = sendable(products::with_all_variants(shop, &staff, None, input(json.clone()))).await.unwrap();
        assert_eq!(filled.variants.len(), 4);
        assert_eq!(filled.variants[3].option_values, ["M10".into(), "Black".into()]);
        assert_eq!(filled.variants[3].price, "2".into());

        // listed ones are taken as they are listed, as long as every value is used
        let mut sparse = json.clone();
        sparse["name"] = "Sparse bolt".into();
        sparse["variants"] = json!([
            { "optionValues": ["M8", "Zinc"], "price": 1 },
            { "optionValues": ["m10", "black"], "price": 3, "inactive": "on" },
        ]);
        let made = products::create(shop, &staff, input(sparse)).await.unwrap();
        let sold: Vec<_> = variants(shop, made.id).await.into_iter().map(|v| (v.0, v.2, v.3)).collect();
        assert_eq!(sold, [("M8 / Zinc".into(), 100, true), ("M10 / Black".into(), 300, false)]);

        let many: Vec<_> = (0..11).map(|n| n.to_string()).collect();
        let mut too_many = json;
        too_many["options"] = json!([{ "name": "A", "values": many }, { "name": "B", "values": many }]);
        assert_eq!(fields(products::create(shop, &staff, input(too_many)).await), ["options"]);
        let untellable = json!({ "name": "Nail", "variants": [{ "price": 1 }, { "price": 2 }] });
        assert_eq!(fields(products::create(shop, &staff, input(untellable)).await), ["options"]);
    })
    .await;
}

#[tokio::test]
async fn saving_what_is_there_changes_nothing() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let category = shop.category("Bolts").await;
        let json = json!({
            "name": "Coach bolt", "summary": "Short", "description": "<p>Long</p><script>x</script>", "brand": "Ox",
            "categoryId": category.id, "featured": true, "tags": "a, b", "seoTitle": "T", "seoDescription": "D",
            "specifications": [["Head", "Cup: square"], ["Thread", "Metric"]], "price": 2, "compareAtPrice": 3, "cost": 1,
            "options": [{ "name": "Length", "values": ["1,5 in", "2 in"] }],
        });
        for json in [json, json!({ "name": "Plain", "price": "4", "barcode": "4006381333931" })] {
            let made = products::create(shop, &staff, input(json)).await.unwrap();
            let (version, same) = current(shop, &staff, made.id).await;
            let through_json: ProductInput = serde_json::from_value(serde_json::to_value(&same).unwrap()).unwrap();
            let rows = count(shop, "select (select count(*) from audit_logs) + (select count(*) from outbox_events)").await;
            let saved = sendable(products::edit(shop, &staff, made.id, version, through_json)).await.unwrap();
            assert!(!saved.changed && saved.version == version, "{saved:?}");
            assert_eq!(current(shop, &staff, made.id).await, (version, same));
            let after = count(shop, "select (select count(*) from audit_logs) + (select count(*) from outbox_events)").await;
            assert_eq!(rows, after);
        }
    })
    .await;
}

/// Fails when `save::edit` does not compare versions: the second edit then wins.
#[tokio::test]
async fn the_second_of_two_edits_is_stopped() {
    testing::shop(async |shop| {
        let (ada, bob) = (writer(shop).await, writer(shop).await);
        let made = hammer(shop, &ada).await;
        let (version, seen) = current(shop, &ada, made.id).await;
        let edit = |name: &str| ProductInput { name: name.into(), ..seen.clone() };
        let (first, second) = tokio::join!(
            products::edit(shop, &ada, made.id, version, edit("Ada's hammer")),
            products::edit(shop, &bob, made.id, version, edit("Bob's hammer")),
        );
        let (winner, name, lost) = match (first, second) {
            (Ok(_), Err(e)) => (&ada, "Ada's hammer", e),
            (Err(e), Ok(_)) => (&bob, "Bob's hammer", e),
            both => panic!("exactly one may win: {both:?}"),
        };
        let Error::Conflict { code, details, .. } = lost else { panic!("{lost:?}") };
        assert_eq!(code, "edited_meanwhile");
        let detail = |field: &str| details.iter().find(|d| d.field == field).unwrap().message.clone();
        assert_eq!((detail("version"), detail("editedBy")), ("2".into(), winner.name().into()));
        let (version, now) = current(shop, &bob, made.id).await;
        assert_eq!((version, &now.name), (2, &name.into()));
        // the page shows what differs from what the loser typed
        let typed = ProductInput { price: "20".into(), ..edit("Mine") };
        let differences = typed.differences(&now);
        let shown: Vec<_> =
            differences.iter().map(|d| (d.what.as_str(), d.yours.as_str(), d.theirs.as_str())).collect();
        assert_eq!(shown, [("Name", "Mine", name), ("Price", "20", "18.50")]);
    })
    .await;
}

#[tokio::test]
async fn publishing_asks_for_what_shoppers_need() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = json!({ "name": "Bolt", "options": [{ "name": "Size", "values": "S, M" }] });
        let made = products::create(shop, &staff, input(json)).await.unwrap();
        let lacking = fields(products::publish(shop, &staff, made.id).await);
        assert_eq!(lacking, ["categoryId", "variants[0].price", "variants[1].price"]);

        let (version, mut now) = current(shop, &staff, made.id).await;
        now.category_id = shop.category("Bolts").await.id.to_string().into();
        now.variants.iter_mut().for_each(|v| (v.price, v.inactive) = ("1".into(), "on".into()));
        let version = products::edit(shop, &staff, made.id, version, now.clone()).await.unwrap().version;
        assert_eq!(fields(products::publish(shop, &staff, made.id).await), ["variants"]);

        now.variants[0].inactive = "".into();
        now.status = "published".into();
        let saved = products::edit(shop, &staff, made.id, version, now.clone()).await.unwrap();
        assert_eq!(saved.status, ProductStatus::Published);
        // once published, it cannot be emptied by an edit
        now.category_id = "".into();
        assert_eq!(fields(products::edit(shop, &staff, made.id, saved.version, now).await), ["categoryId"]);
    })
    .await;
}

#[tokio::test]
async fn moves_only_along_the_allowed_ways() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let category = shop.category("Saws").await.id;
        let json = json!({ "name": "Saw", "price": 9, "categoryId": category });
        let id = products::create(shop, &staff, input(json)).await.unwrap().id;
        let refused = |answer: Result<Saved>, words: [&str; 2]| {
            let Err(Error::Conflict { code, message, .. }) = answer else { panic!("{answer:?}") };
            assert_eq!(code, "product_status");
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        };
        refused(products::archive(shop, &staff, id).await, ["draft", "archived"]);
        refused(products::unpublish(shop, &staff, id).await, ["draft", "draft"]);
        sendable(products::publish(shop, &staff, id)).await.unwrap();
        refused(products::publish(shop, &staff, id).await, ["published", "published"]);
        refused(products::restore(shop, &staff, id).await, ["published", "draft"]);
        products::unpublish(shop, &staff, id).await.unwrap();
        products::publish(shop, &staff, id).await.unwrap();
        let archived = products::archive(shop, &staff, id).await.unwrap();
        assert_eq!((archived.status, archived.version), (ProductStatus::Archived, 5));
        refused(products::unpublish(shop, &staff, id).await, ["archived", "draft"]);
        refused(products::publish(shop, &staff, id).await, ["archived", "published"]);
        let (version, mut now) = current(shop, &staff, id).await;
        now.status = "published".into();
        refused(products::edit(shop, &staff, id, version, now).await, ["archived", "published"]);
        products::restore(shop, &staff, id).await.unwrap();
        let topics: Vec<String> =
            sqlx::query_scalar("select topic from outbox_events order by id").fetch_all(&shop.db).await.unwrap();
        let wanted = ["created", "published", "unpublished", "published", "archived", "restored"];
        assert_eq!(topics, wanted.map(|t| format!("product.{t}")));
    })
    .await;
}

#[tokio::test]
async fn codes_of_others_are_refused_beside_their_field() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        shop.product("Rasp").slug("rasp").sku("RASP-1").barcode("400638133393").await;
        let json = json!({
            "name": "File", "slug": "Rasp", "options": [{ "name": "Cut", "values": "Fine, Coarse, Second" }],
            "variants": [
                { "optionValues": ["Fine"], "sku": "FILE-1", "barcode": "1" },
                { "optionValues": ["Coarse"], "sku": "RASP-1", "barcode": "400638133393" },
                { "optionValues": ["Second"], "sku": "FILE-1", "barcode": "1" },
            ],
        });
        let found = faults(products::create(shop, &staff, input(json)).await);
        let at = |field: &str| found.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str());
        assert_eq!(at("slug"), Some("is already that of “Rasp”"));
        assert_eq!(at("variants[1].sku"), Some("is already used by “Rasp”"));
        assert_eq!(at("variants[1].barcode"), Some("is already used by “Rasp”"));
        assert_eq!(at("variants[2].sku"), Some("is used by another variant of this product"));
        assert_eq!(at("variants[2].barcode"), Some("is used by another variant of this product"));
        assert_eq!(found.len(), 5, "{found:?}");
        let flat = json!({ "name": "File", "sku": "RASP-1" });
        assert_eq!(fields(products::create(shop, &staff, input(flat)).await), ["sku"]);
    })
    .await;
}

/// SKUs and slugs are looked up before they are written; two at the same moment both find them free.
#[tokio::test]
async fn two_at_once_never_share_a_code() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = |n: i32| input(json!({ "name": format!("Hook {n}"), "sku": "HOOK" }));
        let made = futures::future::join_all((0..6).map(|n| products::create(shop, &staff, json(n)))).await;
        let (good, bad): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        assert_eq!(good.len(), 1);
        bad.into_iter().for_each(|answer| assert_eq!(fields(answer), ["sku"]));
        let same =
            futures::future::join_all((0..6).map(|_| products::create(shop, &staff, input(json!({ "name": "Peg" })))))
                .await;
        let slugs: std::collections::HashSet<_> = same.into_iter().map(|saved| saved.unwrap().slug).collect();
        assert_eq!(slugs.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn a_slug_that_changes_leaves_a_trail() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let made = hammer(shop, &staff).await;
        let mut version = 1;
        for slug in ["hammer", "best-hammer", "hammer"] {
            let (_, now) = current(shop, &staff, made.id).await;
            version = products::edit(shop, &staff, made.id, version, ProductInput { slug: slug.into(), ..now })
                .await
                .unwrap()
                .version;
        }
        let trail: Vec<String> =
            sqlx::query_scalar("select slug from product_slugs where product_id = $1 order by slug")
                .bind(made.id)
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(trail, ["best-hammer", "claw-hammer"]);
        // a name alone does not take over where another product lived; whoever asks for it does
        let other = hammer(shop, &staff).await;
        assert_eq!(other.slug, "claw-hammer-2");
        let taken = products::create(shop, &staff, input(json!({ "name": "X", "slug": "best-hammer" }))).await.unwrap();
        assert_eq!(taken.slug, "best-hammer");
        assert_eq!(count(shop, "select count(*) from product_slugs where slug = 'best-hammer'").await, 0);
    })
    .await;
}

async fn bolt(shop: &TestShop, staff: &Staff) -> ProductId {
    let json = json!({
        "name": "Bolt", "options": [{ "name": "Size", "values": "S, M, L" }],
        "variants": [
            { "optionValues": ["S"], "price": 1, "sku": "B-S", "stock": 5 },
            { "optionValues": ["M"], "price": 2, "sku": "B-M" },
            { "optionValues": ["L"], "price": 3, "sku": "B-L" },
        ],
    });
    products::create(shop, staff, input(json)).await.unwrap().id
}

/// Fails when variants with stock are deleted like others: the ledger then has movements of nothing.
#[tokio::test]
async fn variants_follow_their_options() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let id = bolt(shop, &staff).await;
        // a new option: existing ones take its first value and keep price, SKU and stock; the rest is made
        let (version, mut now) = current(shop, &staff, id).await;
        now.options
            .push(input(json!({ "options": [{ "name": "Finish", "values": "Zinc, Black" }] })).options.remove(0));
        let version = products::edit(shop, &staff, id, version, now).await.unwrap().version;
        let there = variants(shop, id).await;
        let titles: Vec<_> = there.iter().map(|v| (v.0.as_str(), v.1.as_str(), v.2)).collect();
        let wanted = [
            ("S / Zinc", "B-S", 100),
            ("M / Zinc", "B-M", 200),
            ("L / Zinc", "B-L", 300),
            ("S / Black", "BOLT-S-BLACK", 100),
            ("M / Black", "BOLT-M-BLACK", 100),
            ("L / Black", "BOLT-L-BLACK", 100),
        ];
        assert_eq!(titles, wanted);

        // a partial change, as the API takes it
        let (_, now) = current(shop, &staff, id).await;
        assert_eq!(now.patched(json!({ "brand": "Ox", "featured": true })).unwrap().brand, "Ox".into());
        assert!(now.patched(json!({ "options": 7 })).is_err() && now.patched(json!([])).is_err());

        // a value goes: its variant without a trace is deleted, the one with stock is only no longer sold
        let (_, mut now) = current(shop, &staff, id).await;
        now.options[0].values = serde_json::from_value(json!("M, L, XL")).unwrap();
        let version = products::edit(shop, &staff, id, version, now).await.unwrap().version;
        let there = variants(shop, id).await;
        let sold: Vec<_> = there.iter().filter(|v| v.3).map(|v| v.0.as_str()).collect();
        assert_eq!(sold, ["M / Zinc", "L / Zinc", "M / Black", "L / Black", "XL / Zinc", "XL / Black"]);
        let rest: Vec<_> = there.iter().filter(|v| !v.3).map(|v| v.1.as_str()).collect();
        assert_eq!(rest, ["B-S"]);
        assert_eq!(stock(shop, "B-S").await, Some(5));

        // and it comes back as it was
        let (_, mut now) = current(shop, &staff, id).await;
        now.options[0].values = serde_json::from_value(json!("S, M, L, XL")).unwrap();
        let version = products::edit(shop, &staff, id, version, now).await.unwrap().version;
        let small = variants(shop, id).await.into_iter().find(|v| v.1 == "B-S").unwrap();
        assert_eq!((small.0.as_str(), small.3), ("S / Zinc", true));

        // an option goes: the first of those that are no longer told apart stays
        let (_, mut now) = current(shop, &staff, id).await;
        now.options.pop();
        products::edit(shop, &staff, id, version, now).await.unwrap();
        let sold: Vec<_> = variants(shop, id).await.into_iter().filter(|v| v.3).map(|v| (v.0, v.1)).collect();
        assert!(sold.contains(&("S".into(), "B-S".into())) && sold.contains(&("M".into(), "B-M".into())), "{sold:?}");
        assert_eq!(sold.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn variants_may_change_places() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let id = bolt(shop, &staff).await;
        let ids = async || -> Vec<(VariantId, String)> {
            sqlx::query_as("select id, sku from variants where product_id = $1 order by position")
                .bind(id)
                .fetch_all(&shop.db)
                .await
                .unwrap()
        };
        let before = ids().await;
        let (version, mut now) = current(shop, &staff, id).await;
        // SKUs and values swap, and the last one comes first
        (now.variants[0].sku, now.variants[1].sku) = ("B-M".into(), "B-S".into());
        now.variants[0].option_values = vec!["M".into()];
        now.variants[1].option_values = vec!["S".into()];
        now.variants[2].position = "0".into();
        let version = products::edit(shop, &staff, id, version, now).await.unwrap().version;
        let after = ids().await;
        assert_eq!(after[0], before[2]);
        assert_eq!((after[1].0, after[1].1.as_str()), (before[0].0, "B-M"));
        assert_eq!((after[2].0, after[2].1.as_str()), (before[1].0, "B-S"));

        let (_, now) = current(shop, &staff, id).await;
        let mut wrong = now.clone();
        wrong.variants[0].option_values = vec!["Huge".into()];
        wrong.variants[1].option_values = vec!["S".into()];
        let found = faults(products::edit(shop, &staff, id, version, wrong).await);
        assert_eq!(found[0].0, "variants[0].optionValues[0]");
        assert_eq!(found[1], ("variants[2].optionValues".into(), "make “S” a second time".into()).clone());
        let mut foreign = now.clone();
        foreign.variants[0].id = shop.product("Other").await.variant.to_string().into();
        assert_eq!(fields(products::edit(shop, &staff, id, version, foreign).await), ["variants[0].id"]);
        // stock is not changed in passing
        let mut stocked = now;
        stocked.variants.iter_mut().for_each(|v| v.stock = "5".into());
        let mut found = fields(products::edit(shop, &staff, id, version, stocked).await);
        found.sort();
        assert_eq!(found, ["variants[0].stock", "variants[2].stock"].map(str::to_owned)[..found.len()]);
    })
    .await;
}

#[tokio::test]
async fn a_copy_is_a_draft_without_stock() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let original =
            shop.product("Lamp").slug("lamp").sku("LAMP").option("Shade", &["Red", "Blue"]).picture("Lit").await;
        let copy = sendable(products::duplicate(shop, &staff, original.id)).await.unwrap();
        assert_eq!(
            (copy.name.as_str(), copy.slug.as_str(), copy.status),
            ("Lamp (copy)", "lamp-copy", ProductStatus::Draft)
        );
        let there = variants(shop, copy.id).await;
        assert_eq!(there.len(), 2);
        assert!(there.iter().all(|v| v.1.starts_with("LAMP-COPY-")), "{there:?}");
        assert_eq!(stock(shop, &there[0].1).await, None);
        let files: Vec<(i64, i64)> = sqlx::query_as("select count(*), count(distinct file_id) from product_images")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert_eq!(files, [(2, 1)]);
    })
    .await;
}

#[tokio::test]
async fn deletes_only_drafts_that_nobody_ordered() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let published = shop.product("Lamp").await;
        assert_eq!(
            products::delete(shop, &staff, published.id).await.unwrap_err().conflict_code(),
            Some("product_status")
        );
        let made = hammer(shop, &staff).await;
        sendable(products::delete(shop, &staff, made.id)).await.unwrap();
        assert!(matches!(products::for_edit(shop, &staff, made.id).await, Err(Error::NotFound)));
        assert!(matches!(products::delete(shop, &staff, made.id).await, Err(Error::NotFound)));
        // whoever bought it has it in an order for ever
        let ordered = shop.product("Lantern").sku("LANTERN").stock(7).await;
        shop.order_of(&ordered, 2).await;
        products::unpublish(shop, &staff, ordered.id).await.unwrap();
        assert_eq!(products::delete(shop, &staff, ordered.id).await.unwrap_err().conflict_code(), Some("ordered"));
        assert_eq!(stock(shop, "LANTERN").await, Some(7), "nothing was half done");
        // what lay on the shelf left the ledger too
        assert_eq!(
            count(
                shop,
                "select coalesce(sum(delta_on_hand), 0)::bigint from inventory_movements where reason <> ''
            and variant_id not in (select id from variants)"
            )
            .await,
            0
        );
    })
    .await;
}
