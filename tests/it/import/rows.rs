//! What rows say, and that nothing of it is read past without a word.

use super::{Failure, everything, failure, id_of, import, variants};
use crate::support::sendable;
use shop::Act;
use shop::accounts::System;
use shop::catalog::import::{ImportInput, Report, shopify_csv_with};
use shop::testing::{self, TestShop};

async fn status(shop: &TestShop, slug: &str) -> String {
    sqlx::query_scalar("select status from products where slug = $1").bind(slug).fetch_one(&shop.db).await.unwrap()
}

async fn import_with(shop: &TestShop, csv: &str, untracked: &str) -> Report {
    let input = ImportInput { untracked_stock: untracked.into(), ..ImportInput::default() };
    let options = input.check().unwrap();
    sendable(shopify_csv_with(shop, System, options, csv.as_bytes(), |_| {})).await.unwrap()
}

fn has(lines: &[Failure], line: u64, words: &str) -> bool {
    lines.iter().any(|f| f.line == line && f.reason.contains(words))
}

/// Fails when only the first row of a product without named options is looked at.
#[tokio::test]
async fn no_row_of_a_variant_is_swallowed() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Published\n\
                   sizes,Three values and no name,,S,N-S,5,5,true\nsizes,,,M,N-M,5,6,\nsizes,,,L,N-L,5,7,\n\
                   same,Two of one,Title,Default Title,A,5,5,true\nsame,,,Default Title,B,5,6,\n\
                   none,Without a value,Title,Default Title,C,5,5,true\nnone,,,,D,5,6,\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (3, 2), "{report:?}");
        let sizes: Vec<_> = variants(shop, "sizes").await.into_iter().map(|v| (v.0, v.2)).collect();
        assert_eq!(sizes, [("S".into(), 500), ("M".into(), 600), ("L".into(), 700)]);
        assert!(has(&report.noted, 2, "it is called “Option 1”"), "{report:?}");
        assert!(has(&report.failed, 6, "told apart") && has(&report.failed, 8, "told apart"), "{report:?}");
        let before = everything(shop).await;
        assert_eq!(import(shop, csv.as_bytes()).await.unchanged, 3);
        assert_eq!(everything(shop).await, before);
    })
    .await;
}

/// Fails when either column alone decides.
#[tokio::test]
async fn shown_is_what_is_active_and_published() {
    let cases = [
        ("active", "false", "draft"),
        ("active", "true", "published"),
        ("Active", "WAHR", "published"),
        ("active", "", "published"),
        ("active", "maybe", "draft"),
        ("draft", "true", "draft"),
        ("archived", "true", "archived"),
        ("unlisted", "true", "draft"),
        ("odd", "true", "draft"),
        ("", "FALSE", "draft"),
        ("", "Y", "published"),
        ("", "VERDADERO", "published"),
        ("", "FAUX", "draft"),
        ("", "", "draft"),
    ];
    testing::shop(async |shop| {
        let mut csv = "Handle,Title,Variant Price,Variant Inventory Qty,Status,Published\n".to_owned();
        for (n, (status, published, _)) in cases.iter().enumerate() {
            csv.push_str(&format!("case-{n},Case {n},1,5,{status},{published}\n"));
        }
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (14, 0), "{report:?}");
        for (n, (word, published, wanted)) in cases.iter().enumerate() {
            assert_eq!(status(shop, &format!("case-{n}")).await, *wanted, "{word}, {published}");
        }
        let told: Vec<u64> = report.noted.iter().map(|note| note.line).collect();
        assert_eq!(told, [6, 9, 10], "words that nobody knows, and what is unlisted: {report:?}");
        // what is archived here stays so, and that is told
        let again = import(shop, csv.replace("archived,true", "active,true").as_bytes()).await;
        assert!(has(&again.noted, 8, "archived here"), "{again:?}");
        assert_eq!(status(shop, "case-6").await, "archived");
    })
    .await;
}

const STOCK: &str = "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Tracker,Variant Inventory Qty,\
                     Variant Inventory Policy,Variant Price,Published\n";

#[tokio::test]
async fn what_is_not_counted_is_not_silently_sold_out() {
    testing::shop(async |shop| {
        let csv = format!(
            "{STOCK}tee,Tee,Size,S,shopify,4,deny,9,true\ntee,,,M,,0,deny,9,\ntee,,,L,shopify,0,continue,9,\n\
             tee,,,XL,shopify,0,deny,9,\ntee,,,XXL,shopify,-3,deny,9,\nmug,Mug,Title,Default Title,,,deny,5,true\n"
        );
        let on_hand = async || -> Vec<i32> { variants(shop, "tee").await.into_iter().map(|v| v.4).collect() };
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.uncounted, report.assumed), (2, 3, 0), "{report:?}");
        assert!(has(&report.noted, 3, "does not count the stock of 3 variants"), "{report:?}");
        assert_eq!(on_hand().await, [4, 0, 0, 0, 0]);

        let report = import_with(shop, &csv, "7").await;
        assert_eq!((report.updated, report.uncounted, report.assumed), (2, 0, 3), "{report:?}");
        assert!(has(&report.noted, 1, "taken to be 7 of each"), "{report:?}");
        assert_eq!(on_hand().await, [4, 7, 7, 0, 0]);
        assert_eq!(variants(shop, "mug").await[0].4, 7);

        // from then on they are counted here: what was sold does not come back
        sqlx::query("update stock_levels set on_hand = 1 where on_hand = 7").execute(&shop.db).await.unwrap();
        let before = everything(shop).await;
        let report = import_with(shop, &csv, "7").await;
        assert_eq!((report.unchanged, report.uncounted, report.assumed), (2, 0, 0), "{report:?}");
        assert_eq!(everything(shop).await, before);
        // an invariant says that levels are the sums of their movements
        sqlx::query("update stock_levels set on_hand = 7 where on_hand = 1").execute(&shop.db).await.unwrap();

        // a file without the column counts nothing
        let csv = "Handle,Title,Variant Price,Published\ncup,Cup,3,true\nmug,Mug,5,true\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.unchanged, report.uncounted), (1, 1, 1), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn codes_that_are_there_twice_cost_no_row() {
    testing::shop(async |shop| {
        let long = "X".repeat(70);
        let csv = format!(
            "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Barcode,Variant Inventory Qty,Variant Price,Published\n\
             tee,Tee,Size,S,ABC,4006381333931,1,9,true\ntee,,,M,ABC,4006381333931,1,9,\ntee,,,L,ABC,9.78014E+12,1,9,\n\
             mug,Mug,Title,Default Title,ABC,4006381333931,1,5,true\ncup,Cup,Title,Default Title,{long},9.78014E+12,1,5,true\n"
        );
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (3, 0), "{report:?}");
        let skus = async |slug: &str| -> Vec<String> { variants(shop, slug).await.into_iter().map(|v| v.1).collect() };
        assert_eq!(skus("tee").await, ["ABC", "TEE-M", "TEE-L"]);
        assert_eq!((skus("mug").await, skus("cup").await), (vec!["MUG".to_owned()], vec!["CUP".to_owned()]));
        let barcodes = "select count(*) from variants where barcode is not null";
        assert_eq!(shop.count(barcodes).await, 1);
        for (line, words) in [
            (3, "SKU ABC is used by another"), (4, "SKU ABC"), (5, "SKU ABC is already used by “Tee”"), (6, "is too long"),
            (3, "barcode is used by another"), (4, "spoilt"), (5, "barcode is already used"), (6, "spoilt"),
        ] {
            assert!(has(&report.noted, line, words), "{line} {words}: {report:?}");
        }
        let before = everything(shop).await;
        let second = import(shop, csv.as_bytes()).await;
        assert_eq!(second.unchanged, 3, "{second:?}");
        assert_eq!(everything(shop).await, before);
    })
    .await;
}

/// Shopify calls the column Vendor; other people's files say Brand.
#[tokio::test]
async fn a_brand_is_read_from_either_column() {
    testing::shop(async |shop| {
        let brand = async || -> String {
            sqlx::query_scalar("select brand from products where slug = 'awl'").fetch_one(&shop.db).await.unwrap()
        };
        let report = import(shop, "Handle,Title,brand\nawl,Awl,Harrow\n".as_bytes()).await;
        assert_eq!((report.created, report.failures, brand().await.as_str()), (1, 0, "Harrow"), "{report:?}");
        let report = import(shop, "Handle,Title,Vendor\nawl,Awl,Threlby\n".as_bytes()).await;
        assert_eq!((report.updated, report.failures, brand().await.as_str()), (1, 0, "Threlby"), "{report:?}");
        // of a file that has both, Shopify's is read, and the other one is named
        let report = import(shop, "Handle,Title,Brand,Vendor\nawl,Awl,Harrow,Threlby\n".as_bytes()).await;
        assert_eq!((report.unchanged, brand().await.as_str()), (1, "Threlby"), "{report:?}");
        assert!(has(&report.noted, 1, "no place here: Brand"), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn a_text_that_does_not_fit_costs_itself_alone() {
    testing::shop(async |shop| {
        let (name, body, tag) = ("N".repeat(230), "b".repeat(50_001), "t".repeat(61));
        let csv = format!(
            "Handle,Title,Body (HTML),Vendor,Tags,SEO Title,Variant Grams,Cost per item,Variant Compare At Price,\
             Variant Inventory Qty,Variant Price,Published\n\
             tab,Vertical\u{b}tab,<p>a\u{b}b\u{0}</p>,V,\"a,b\",,,,,1,1,true\n\
             lines,\"Two\n  lines\",,V,,,,,,1,1,true\n\
             long,{name},{body},{},\"ok,{tag}\",{},,,,1,1,true\n\
             odd,Odd,,,,,heavy,-1,none,1,1,true\n",
            "V".repeat(121),
            "s".repeat(201),
        );
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (4, 0), "{report:?}");
        let (name, body): (String, String) =
            sqlx::query_as("select name, description from products where slug = 'tab'")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!((name.as_str(), body.as_str()), ("Verticaltab", "<p>ab</p>"));
        let names: Vec<String> = sqlx::query_scalar("select name from products order by created_at, slug")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert!(names.contains(&"Two lines".to_owned()) && names.contains(&"N".repeat(200)));
        let (body, brand, tags): (String, String, Vec<String>) =
            sqlx::query_as("select description, brand, tags from products where slug = 'long'")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!((body.as_str(), brand.as_str(), tags), ("", "", vec!["ok".to_owned()]));
        for (line, words) in [
            (2, "description: 2 characters"),
            (2, "title: a character"),
            (3, "over several lines"),
            (5, "the title is longer"),
            (5, "description is too long"),
            (5, "brand is too long"),
            (5, "tag “t"),
            (5, "seo title is too long"),
            (6, "weight grams must"),
            (6, "cost must"),
            (6, "compare at price must"),
        ] {
            assert!(has(&report.noted, line, words), "{line} {words}: {report:?}");
        }
        let before = everything(shop).await;
        assert_eq!(import(shop, csv.as_bytes()).await.unchanged, 4);
        assert_eq!(everything(shop).await, before);
    })
    .await;
}

#[tokio::test]
async fn gift_cards_are_no_goods() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Variant Price,Variant Inventory Qty,Gift Card,Variant Requires Shipping,Published\n\
                   gift,Gift card,10,1,TRUE,false,true\ncourse,Course,90,5,false,false,true\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (1, 1), "{report:?}");
        assert_eq!(report.failed, [failure(2, "is a gift card, which cannot be sold here: it is left out")]);
        assert!(has(&report.noted, 3, "needs no delivery"), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn two_products_under_one_handle_are_told() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty\n\
                   nail,Nail,Size,S,1,1\nnail,Nail,,M,1,1\nnail,Screw,,L,1,1\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures, report.notes), (1, 0, 1), "{report:?}");
        assert!(has(&report.noted, 4, "“Screw” has the handle of the product above"), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn a_file_of_which_nothing_comes_in_says_so() {
    testing::shop(async |shop| {
        let report = import(shop, "Handle,Title,Variant Price\nnail,,1\nscrew,Screw,ten\n".as_bytes()).await;
        assert!(report.is_nothing() && report.failures == 2, "{report:?}");
        let report = import(shop, "Handle,Title,Variant Price\nnail,,1\nscrew,Screw,10\n".as_bytes()).await;
        assert!(!report.is_nothing(), "{report:?}");
        id_of(shop, "screw").await;
    })
    .await;
}

/// Stock that is promised to orders is not taken away by a file; the rest of the product is kept all the same.
#[tokio::test]
async fn stock_that_is_promised_stays() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Variant Price,Variant Inventory Qty,Published\nnail,Nail,1,5,true\n";
        assert_eq!(import(shop, csv.as_bytes()).await.created, 1);
        let variant = sqlx::query_scalar("select id from variants").fetch_one(&shop.db).await.unwrap();
        let mut act = Act::begin(shop, &System).await.unwrap();
        let item = shop::inventory::Item { variant, quantity: 3 };
        let cause = shop::inventory::MovementCause::reason("A test");
        shop::inventory::reserve(&mut act, &[item], cause).await.unwrap();
        act.commit(()).await.unwrap();
        let report = import(shop, csv.replace(",5,", ",1,").replace(",1,1,", ",2,1,").as_bytes()).await;
        assert_eq!((report.updated, report.failures), (1, 0), "{report:?}");
        assert!(has(&report.noted, 2, "its stock stays as it is"), "{report:?}");
        let now = &variants(shop, "nail").await[0];
        assert_eq!((now.2, now.4), (200, 5));
        let mut act = Act::begin(shop, &System).await.unwrap();
        let item = shop::inventory::Item { variant, quantity: 3 };
        shop::inventory::release(&mut act, &[item], cause).await.unwrap();
        act.commit(()).await.unwrap();
    })
    .await;
}

/// Fails where the product's first row is named in place of the one at fault.
#[tokio::test]
async fn the_variant_that_costs_nothing_is_named() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty,Published\n\
                   cover,Cover,Yards,2 yards,50.00,5,true\ncover,,,3 yards,0.00,5,\ncover,,,4 yards,100.00,5,\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (1, 0), "{report:?}");
        assert_eq!(report.noted, [failure(3, "is kept as a draft: price is required before the product is published")]);
        assert_eq!((status(shop, "cover").await.as_str(), variants(shop, "cover").await.len()), ("draft", 3));
    })
    .await;
}
