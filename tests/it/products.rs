//! What staff do with products.

mod life;
mod options;

use crate::support::sendable;
use serde_json::{Value, json};
use shop::accounts::{Permission, Staff};
use shop::catalog::ProductStatus;
use shop::catalog::products::{self, ProductInput, Saved};
use shop::id::{ProductId, VariantId};
use shop::input::{Raw, patched};
use shop::testing::{self, TestShop};
use shop::{Error, Result};

fn input(json: Value) -> ProductInput {
    serde_json::from_value(json).unwrap()
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
        Err(Error::Invalid(faults)) => {
            faults.0.into_iter().map(|f| (f.field.into_owned(), f.message.to_string())).collect()
        }
        other => panic!("{other:?} is not invalid"),
    }
}

fn fields<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    faults(answer).into_iter().map(|(field, _)| field).collect()
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
    let json = json!({ "name": "Claw hammer", "price": "18.50", "cost": "9", "stockQuantity": 7, "tags": "tools, steel", "brand": "Ox" });
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
        assert_eq!((&after["variants"][0]["price"], &after["brand"]), (&json!(1850), &json!("Ox")));
        assert!(after.get("vendor").is_none(), "{after}");
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
            let rows = shop.count("select (select count(*) from audit_logs) + (select count(*) from outbox_events)").await;
            let saved = sendable(products::edit(shop, &staff, made.id, version, through_json)).await.unwrap();
            assert!(!saved.changed && saved.version == version, "{saved:?}");
            assert_eq!(current(shop, &staff, made.id).await, (version, same));
            let after = shop.count("select (select count(*) from audit_logs) + (select count(*) from outbox_events)").await;
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
        let detail = |field: &str| details.iter().find(|d| d.field == field).unwrap().message.to_string();
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
