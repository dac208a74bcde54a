//! Files as programs write them: letters, signs between the fields, line ends, widths, and two dialects of the header.

use super::{everything, id_of, import, variants};
use crate::support::sendable;
use shop::accounts::System;
use shop::catalog::import::{ImportInput, shopify_csv_with};
use shop::testing::{self, TestShop};

const TABLE: &str = "Handle,Title,Vendor,Variant Price,Variant Inventory Qty,Published\n\
                     cafe,Café crème brûlée ñ,Señor,5.00,5,true\ntwo,Second,,6.00,5,true\n";

async fn names(shop: &TestShop) -> Vec<String> {
    sqlx::query_scalar("select name from products order by slug").fetch_all(&shop.db).await.unwrap()
}

#[tokio::test]
async fn files_are_read_however_they_are_written() {
    let wide = |bom: &str, swap: bool| -> Vec<u8> {
        let units = format!("{bom}{TABLE}");
        units.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let western = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    let ways = [
        ("UTF-8 with its mark", format!("\u{feff}{TABLE}").into_bytes()),
        ("CRLF", TABLE.replace('\n', "\r\n").into_bytes()),
        ("CR alone", TABLE.replace('\n', "\r").into_bytes()),
        ("semicolons", TABLE.replace(',', ";").into_bytes()),
        ("tabs", TABLE.replace(',', "\t").into_bytes()),
        ("sep=", format!("sep=;\r\n{}", TABLE.replace(',', ";").replace('\n', "\r\n")).into_bytes()),
        ("UTF-16 LE", wide("\u{feff}", false)),
        ("UTF-16 BE", wide("\u{feff}", true)),
        ("UTF-16 LE without its mark", wide("", false)),
        ("Windows-1252", western(TABLE)),
    ];
    testing::shop(async |shop| {
        for (way, bytes) in ways {
            let report = import(shop, &bytes[..]).await;
            assert_eq!((report.created + report.unchanged, report.failures), (2, 0), "{way}: {report:?}");
            assert_eq!(names(shop).await, ["Café crème brûlée ñ", "Second"], "{way}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_read_otherwise_than_usual_is_told() {
    testing::shop(async |shop| {
        // letters that no beginning of the file foretells: the third row is the first that has any
        let mut csv = b"Handle,Title\none,One\ntwo,Tw\xf6\nthree,Thr\xe9\x80\n".to_vec();
        let report = import(shop, &csv[..]).await;
        assert_eq!((report.created, report.failures, report.notes), (3, 0, 1), "{report:?}");
        assert!(report.noted[0].line == 3 && report.noted[0].reason.contains("Windows-1252"));
        assert_eq!(names(shop).await, ["One", "Thré€", "Twö"]);
        // in a file that is UTF-8 elsewhere, such a row is damaged
        csv.splice(13..13, "four,Vier é\n".bytes());
        let report = import(shop, &csv[..]).await;
        assert_eq!((report.created, report.unchanged, report.failures), (1, 1, 2), "{report:?}");
        // somebody knows better
        let input = ImportInput { encoding: "windows-1251".into(), ..ImportInput::default() };
        let csv = b"Handle,Title\nhammer,\xcc\xee\xeb\xee\xf2\xee\xea\n";
        let options = input.check().unwrap();
        let report = sendable(shopify_csv_with(shop, System, options, &csv[..], |_| {})).await.unwrap();
        assert_eq!((report.created, report.notes), (1, 0), "{report:?}");
        assert!(names(shop).await.contains(&"Молоток".to_owned()));
        assert!(ImportInput { encoding: "klingon".into(), ..ImportInput::default() }.check().is_err());
        assert!(ImportInput { untracked_stock: "many".into(), ..ImportInput::default() }.check().is_err());
    })
    .await;
}

#[tokio::test]
async fn blanks_at_the_end_of_a_row_say_nothing() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Variant Price,Variant Inventory Qty,Published,Tags,SEO Title,Vendor\n\
                   full,Full,1,1,true,,,\nshort,Short,1,1,true\nmore,More,1,1,true,,,,,\nover,Over,1,1,true,,,,,x\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures, report.notes), (3, 1, 0), "{report:?}");
        assert_eq!((report.failed[0].line, report.failed[0].reason.as_str()), (5, "has 10 columns instead of 8"));
        assert_eq!(shop.count("select count(*) from products where status = 'published'").await, 3);
    })
    .await;
}

/// Fails when a quote that is never closed may swallow the rows after it: in a row that is too short, nothing else
/// tells.
#[tokio::test]
async fn a_quote_that_is_never_closed_is_told() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Variant Price\nnail,Nail,1\nscrew,\"Screw,2\nbolt,Bolt,3\nnut,Nut,4\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (1, 1), "{report:?}");
        assert!(report.failed[0].line == 3 && report.failed[0].reason.contains("never closed"));
        let report = import(shop, "Handle,Title\nnail,Nail\nscrew,\"Scr".as_bytes()).await;
        assert_eq!((report.unchanged + report.updated, report.failures), (1, 1), "{report:?}");
        // a last field over several lines that is closed is none
        let csv = "Handle,Title,Body (HTML)\ntwo,Two,\"<p>a</p>\n<p>b</p>\"";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures), (1, 0), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn the_newer_template_is_read() {
    testing::shop(async |shop| {
        let csv = "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,\
                   Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Cost per item,Charge tax,Inventory tracker,\
                   Inventory quantity,Continue selling when out of stock,Weight value (grams),Weight unit for display,\
                   Requires shipping,Product image URL,Image position,Image alt text,Variant image URL,Gift card,SEO title,\
                   SEO description\n\
                   Tea towel,tea-towel,<p>Woven</p>,Loom,Home > Linen,Towels,\"linen, kitchen\",TRUE,Active,TT-S,40063813334,Size,S,,\
                   9.50,12,4,TRUE,shopify,3,DENY,120,g,TRUE,https://pictures.example/t.jpg,1,Towel,,FALSE,Towel,Of linen\n\
                   ,tea-towel,,,,,,,,TT-M,40063813334,,M,,9.90,,,TRUE,shopify,0,CONTINUE,130,g,TRUE,,,,,,,\n\
                   Apron,apron,,,Home > Linen,,,TRUE,Draft,AP,,,,,20,,,TRUE,,,DENY,,g,TRUE,,,,,FALSE,,\n";
        let report = import(shop, csv.as_bytes()).await;
        assert_eq!((report.created, report.failures, report.pictures_queued), (2, 0, 1), "{report:?}");
        let variant = |title: &str, sku: &str, price, was, stock| (title.to_owned(), sku.to_owned(), price, was, stock);
        let there = [variant("S", "TT-S", 950, Some(1200), 3), variant("M", "TT-M", 990, None, 0)];
        assert_eq!(variants(shop, "tea-towel").await, there);
        assert_eq!(report.uncounted, 2, "what is sold on without stock, and what is not counted: {report:?}");
        assert!(report.noted.iter().any(|n| n.line == 3 && n.reason.contains("barcode")), "{report:?}");
        let of = async |slug: &str| -> (String, String) {
            sqlx::query_as("select p.status, c.name from products p join categories c on c.id = p.category_id where p.slug = $1")
                .bind(slug)
                .fetch_one(&shop.db)
                .await
                .unwrap()
        };
        assert_eq!(of("tea-towel").await, ("published".into(), "Towels".into()));
        assert_eq!(of("apron").await, ("draft".into(), "Linen".into()));
        let before = everything(shop).await;
        assert_eq!(import(shop, csv.as_bytes()).await.unchanged, 2);
        assert_eq!(everything(shop).await, before);
        id_of(shop, "apron").await;
    })
    .await;
}
