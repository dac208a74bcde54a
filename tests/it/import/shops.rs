//! Exports of three kinds of shops, with the ways in which real ones differ: the columns of 2021 and of 2025, goods
//! that are not counted, sizes and metafields, texts with the leavings of editors, pictures in rows of their own.

use super::{everything, id_of, import, variants};
use crate::support::sendable;
use shop::accounts::System;
use shop::catalog::import::{ImportInput, Report, shopify_csv_with};
use shop::testing::{self, TestShop};

const CUSTOM_TYPES: &[u8] = include_bytes!("../../data/shops/custom-types-2021.csv");
const SIZES: &[u8] = include_bytes!("../../data/shops/sizes-and-metafields-2025.csv");
const BARCODES: &[u8] = include_bytes!("../../data/shops/barcodes-2026.csv");
const NO_STOCK: &[u8] = include_bytes!("../../data/shops/no-stock-2025.csv");

/// How many products lie in each category, by its name.
async fn categories(shop: &TestShop) -> Vec<(String, i64)> {
    sqlx::query_as(
        "select c.name, count(*) from products p join categories c on c.id = p.category_id group by c.name order by c.name",
    )
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

async fn whole(shop: &TestShop, csv: &[u8], products: u64) -> Report {
    let report = import(shop, csv).await;
    assert_eq!((report.created, report.failures), (products, 0), "{report:?}");
    let before = everything(shop).await;
    let second = import(shop, csv).await;
    assert_eq!((second.unchanged, second.failures), (products, 0), "{second:?}");
    assert_eq!(everything(shop).await, before);
    report
}

fn owned(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

#[tokio::test]
async fn an_export_of_2021_arrives_whole() {
    testing::shop(async |shop| {
        let report = whole(shop, CUSTOM_TYPES, 6).await;
        assert_eq!(categories(shop).await, owned(&[("Fish", 3), ("Snack", 2)]));
        assert_eq!(shop.count("select count(*) from products where status = 'published'").await, 4);
        let trout = &variants(shop, "copy-of-river-trout").await[0];
        assert_eq!((trout.1.as_str(), trout.2, trout.4), ("3001005", 5790, 20));
        assert_eq!(variants(shop, "oversold-crab").await[0].4, 0, "counted, and none there");
        assert_eq!(report.uncounted, 3, "no tracker and no stock: {report:?}");
        let told: Vec<&str> = report.noted.iter().filter(|n| n.line == 6).map(|n| n.reason.as_str()).collect();
        assert_eq!(told, ["seo description is too long (at most 400 characters): it is left out"], "{report:?}");
        let name: String = sqlx::query_scalar("select name from products where slug = 'copy-of-river-trout'")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert_eq!(name, "🇳🇴River trout, whole");
    })
    .await;
}

#[tokio::test]
async fn an_export_with_sizes_and_metafields_arrives_whole() {
    testing::shop(async |shop| {
        let report = whole(shop, SIZES, 4).await;
        let there = [("Baby & Toddler Outfits", 1), ("Other goods", 2), ("Slides", 1)];
        assert_eq!(categories(shop).await, owned(&there));
        assert_eq!((report.uncounted, report.pictures_queued), (0, 4));
        let linen: Vec<_> = variants(shop, "conjunto-de-lino").await.into_iter().map(|v| (v.0, v.2, v.4)).collect();
        let variant = |title: &str, stock| (title.to_owned(), 105_000, stock);
        let wanted = [
            variant("0-3 / Beige claro", 1),
            variant("0-3 / Cafe", 0),
            variant("3-6 / Beige claro", 0),
            variant("3-6 / Cafe", 1),
        ];
        assert_eq!(linen, wanted);
        let unread: Vec<_> = report.noted.iter().filter(|n| n.reason.contains("no place here")).collect();
        assert!(unread.len() == 1 && unread[0].reason.contains("Tejido"), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn an_export_without_stock_asks_for_it() {
    testing::shop(async |shop| {
        let report = whole(shop, NO_STOCK, 2).await;
        assert_eq!((report.uncounted, report.pictures_queued), (2, 3), "{report:?}");
        assert_eq!(categories(shop).await, owned(&[("Juice", 2)]));
        id_of(shop, "orchard-juice").await;
        let options = ImportInput { untracked_stock: "12".into(), ..ImportInput::default() }.check().unwrap();
        let report = sendable(shopify_csv_with(shop, System, options, NO_STOCK, |_| {})).await.unwrap();
        assert_eq!((report.updated, report.uncounted, report.assumed), (2, 0, 2), "{report:?}");
        assert_eq!(variants(shop, "orchard-juice").await[0].4, 12);
    })
    .await;
}

/// Fails without the column's name of 2026, or where several barcodes of a cell are taken for one.
#[tokio::test]
async fn an_export_with_several_barcodes_arrives_whole() {
    testing::shop(async |shop| {
        let report = whole(shop, BARCODES, 2).await;
        assert_eq!((report.uncounted, report.pictures_queued), (1, 4), "{report:?}");
        let there: Vec<(String, String, Option<i32>, Option<i64>)> =
            sqlx::query_as("select sku, coalesce(barcode, ''), weight_grams, cost from variants order by sku")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        let variant = |sku: &str, barcode: &str, grams, cost| (sku.into(), barcode.into(), Some(grams), Some(cost));
        let wanted = [
            variant("OWL-9", "4006381333931", 142, 1500),
            variant("OWL-SHADE-GREEN", "", 310, 895),
            variant("OWL-SHADE-PINK", "4006381333948", 310, 895),
        ];
        assert_eq!(there, wanted);
        let told = |line: u64, words: &str| report.noted.iter().any(|n| n.line == line && n.reason.contains(words));
        assert!(told(5, "has 2 barcodes: 4006381333948 is kept"), "{report:?}");
        assert!(told(5, "does not count the stock of one variant"), "{report:?}");
    })
    .await;
}
