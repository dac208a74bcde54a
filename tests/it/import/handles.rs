//! A handle identifies a product as it is written.

use super::{everything, id_of, import, variants, writer};
use shop::catalog::import::Report;
use shop::catalog::products;
use shop::testing::{self, TestShop};

const HEADER: &str =
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Published\n";

/// Address, name and status of each product, in order.
async fn shelf(shop: &TestShop) -> Vec<(String, String, String)> {
    sqlx::query_as("select slug, name, status from products order by slug").fetch_all(&shop.db).await.unwrap()
}

async fn twice(shop: &TestShop, csv: &str) -> Report {
    let first = import(shop, csv.as_bytes()).await;
    let before = everything(shop).await;
    let second = import(shop, csv.as_bytes()).await;
    assert_eq!((second.created, second.updated), (0, 0), "{second:?}");
    assert_eq!(everything(shop).await, before, "the second time changes nothing");
    first
}

/// Fails when products are found by the address that is made of their handles.
#[tokio::test]
async fn handles_that_make_the_same_address_are_two_products() {
    testing::shop(async |shop| {
        let long = "a-handle-of-more-than-a-hundred-and-twenty-letters-that-says-all-there-is-to-be-said-of-a-thing-but-its-colour-in-the-end-";
        let handles = [
            "größe-schraube", "grosse-schraube", "cm²", "cm2", "🔨", "hammer", "o_ring", "o-ring", "O-Ring", "---", "...",
        ];
        let mut csv = HEADER.to_owned();
        for handle in handles.into_iter().map(str::to_owned).chain([format!("{long}black"), format!("{long}white")]) {
            csv.push_str(&format!("{handle},Thing {handle},Title,Default Title,,49,5,true\n"));
        }
        let report = twice(shop, &csv).await;
        assert_eq!((report.created, report.failures), (13, 0), "{report:?}");
        assert_eq!(shop.count("select count(*) from products where status = 'published'").await, 13);
        assert_eq!(shop.count("select count(*) from product_handles").await, 13);
        let numbered: Vec<u64> = report.noted.iter().filter(|n| n.reason.contains("address")).map(|n| n.line).collect();
        assert_eq!(numbered, [3, 5, 7, 9, 10, 14], "each that got another address is told");
    })
    .await;
}

#[tokio::test]
async fn variants_of_two_products_do_not_mix() {
    testing::shop(async |shop| {
        let csv = format!(
            "{HEADER}glove-ø,Leather glove,Size,S,GA-S,8,5,true\nglove-ø,,,M,GA-M,8,5,\n\
             glove-o,Rubber glove,Size,S,GB-S,3,5,true\nglove-o,,,L,GB-L,3,5,\n"
        );
        let report = twice(shop, &csv).await;
        assert_eq!((report.created, report.failures), (2, 0), "{report:?}");
        let of = async |slug: &str| -> Vec<(String, i64)> {
            variants(shop, slug).await.into_iter().map(|v| (v.1, v.2)).collect()
        };
        assert_eq!(of("glove-o").await, [("GA-S".into(), 800), ("GA-M".into(), 800)]);
        assert_eq!(of("glove-o-2").await, [("GB-S".into(), 300), ("GB-L".into(), 300)]);
    })
    .await;
}

/// Fails when a handle is looked up by its address: the second file then overwrites the first one's product.
#[tokio::test]
async fn another_file_does_not_overwrite_a_product_of_another_handle() {
    testing::shop(async |shop| {
        let first = format!("{HEADER}maße-band,Tailor's tape,Title,Default Title,TM-1,4,5,true\n");
        let second = format!("{HEADER}masse-band,Tape of mass,Title,Default Title,TM-2,9,5,true\n");
        assert_eq!(import(shop, first.as_bytes()).await.created, 1);
        let report = import(shop, second.as_bytes()).await;
        assert_eq!((report.created, report.updated), (1, 0));
        let there = [("masse-band", "Tailor's tape"), ("masse-band-2", "Tape of mass")];
        assert_eq!(shelf(shop).await, there.map(|(slug, name)| (slug.into(), name.into(), "published".into())));
        assert_eq!(import(shop, first.as_bytes()).await.unchanged, 1);
        assert_eq!(import(shop, second.as_bytes()).await.unchanged, 1);
        // composed otherwise, it is the same word
        let composed = format!("{HEADER}cafe\u{301},Café,Title,Default Title,,4,5,true\n");
        assert_eq!(import(shop, composed.as_bytes()).await.created, 1);
        assert_eq!(import(shop, composed.replace("e\u{301}", "é").as_bytes()).await.unchanged, 1);
    })
    .await;
}

#[tokio::test]
async fn what_never_had_a_handle_is_known_by_its_address() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        for (name, sku) in [("Claw hammer", "CH-1"), ("Masse Band", "MB-1"), ("Ölkanne", "OK-1")] {
            let input = serde_json::json!({ "name": name, "sku": sku, "price": "5" });
            products::create(shop, &staff, serde_json::from_value(input).unwrap()).await.unwrap();
        }
        // the address itself; the same address, but nothing else in common; the same SKU besides
        let csv = format!(
            "{HEADER}claw-hammer,Hammer,Title,Default Title,CH-9,6,5,\nmaße-band,Tailor's tape,Title,Default Title,TT-1,4,5,\n\
             ölkanne,Oil can,Title,Default Title,OK-1,7,5,\n"
        );
        let report = twice(shop, &csv).await;
        assert_eq!((report.created, report.updated), (1, 2), "{report:?}");
        let names: Vec<_> = shelf(shop).await.into_iter().map(|(slug, name, _)| format!("{slug}: {name}")).collect();
        let wanted =
            ["claw-hammer: Hammer", "masse-band: Masse Band", "masse-band-2: Tailor's tape", "olkanne: Oil can"];
        assert_eq!(names, wanted);
        let adopted: Vec<u64> = report.noted.iter().filter(|n| n.reason.contains("no handle so far")).map(|n| n.line).collect();
        assert_eq!(adopted, [2, 4]);

        // once it has one, another handle never finds it, whatever its address becomes
        let id = id_of(shop, "claw-hammer").await;
        let now = products::for_edit(shop, &staff, id).await.unwrap();
        let input = products::ProductInput { slug: "masons-hammer".into(), ..now.input };
        products::edit(shop, &staff, id, now.version, input).await.unwrap();
        let csv = format!("{HEADER}claw-hammer,Hammer,Title,Default Title,CH-9,6,5,\n");
        assert_eq!(import(shop, csv.as_bytes()).await.unchanged, 1);
        let csv = format!("{HEADER}masons-hammer,Mason's hammer,Title,Default Title,MH-1,6,5,\n");
        assert_eq!(import(shop, csv.as_bytes()).await.created, 1);
        assert_eq!(id_of(shop, "masons-hammer").await, id);
    })
    .await;
}

#[tokio::test]
async fn a_handle_that_cannot_be_one_is_reported() {
    testing::shop(async |shop| {
        let fits = "x".repeat(255);
        let csv =
            format!("{HEADER}{fits},Fits,,,,1,1,\n{fits}x,Too long,,,,1,1,\n\"a\u{7}b\",Bell,,,,1,1,\n,None,,,,1,1,\n");
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (1, 3), "{report:?}");
        let lines: Vec<u64> = report.failed.iter().map(|f| f.line).collect();
        assert_eq!(lines, [3, 4, 5]);
    })
    .await;
}
