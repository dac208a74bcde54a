//! Importing the product CSV of Shopify.

mod files;
mod handles;
mod rows;
mod shops;

use crate::support::sendable;
use shop::accounts::{Permission, Staff, System};
use shop::catalog::import::{self, Failure, Progress, Report};
use shop::catalog::products;
use shop::id::ProductId;
use shop::testing::{self, TestShop};
use shop::{Error, Result};
use std::io::Read;

/// A real export: twenty products without types and SKUs, one of them with sizes.
const APPAREL: &[u8] = include_bytes!("../data/shopify-apparel.csv");
/// Everything that can be wrong, between products that are right.
const NASTY: &[u8] = include_bytes!("../data/nasty.csv");

async fn import(shop: &TestShop, csv: impl Read + Send) -> Report {
    sendable(import::shopify_csv(shop, System, csv, |_| {})).await.unwrap()
}

/// Everything that an import writes, as rows in text.
async fn everything(shop: &TestShop) -> Vec<String> {
    sqlx::query_scalar(
        "select p::text from products p
         union all select v::text from variants v
         union all select c::text from categories c
         union all select o::text from product_options o
         union all select o::text from product_option_values o
         union all select m::text from inventory_movements m
         union all select l::text from stock_levels l
         union all select f::text from image_fetches f
         union all select a::text from audit_logs a
         union all select e::text from outbox_events e
         order by 1",
    )
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

async fn id_of(shop: &TestShop, slug: &str) -> ProductId {
    sqlx::query_scalar("select id from products where slug = $1").bind(slug).fetch_one(&shop.db).await.unwrap()
}

/// Value titles with SKU, price, former price and stock, in order.
async fn variants(shop: &TestShop, slug: &str) -> Vec<(String, String, i64, Option<i64>, i32)> {
    sqlx::query_as(
        "select concat_ws(' / ', v.option1, v.option2, v.option3), v.sku, v.price, v.compare_at_price, coalesce(l.on_hand, 0)
         from variants v
         left join stock_levels l on l.variant_id = v.id
         where v.product_id = $1 and v.is_active
         order by v.position",
    )
    .bind(id_of(shop, slug).await)
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

async fn writer(shop: &TestShop) -> Staff {
    shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await
}

#[tokio::test]
async fn a_real_file_twice_changes_nothing() {
    testing::shop(async |shop| {
        let mut seen = Vec::new();
        let first = import::shopify_csv(shop, System, APPAREL, |progress| seen.push(progress)).await.unwrap();
        let unread = "columns that hold something and have no place here: Variant Fulfillment Service, Variant Taxable, \
                      Variant Weight Unit";
        let noted = vec![failure(1, unread)];
        let wanted = Report { created: 20, pictures_queued: 20, noted, notes: 1, ..Report::default() };
        assert_eq!(first, wanted);
        assert_eq!(seen.last(), Some(&Progress { bytes: APPAREL.len() as u64, rows: 22, products: 20 }));
        assert_eq!(shop.count("select count(*) from products where status = 'published'").await, 20);
        assert_eq!(shop.count("select count(*) from categories").await, 1);
        let sizes = variants(shop, "classic-varsity-top").await;
        let size = |value: &str, sku: &str| (value.to_owned(), sku.to_owned(), 6000, None, 1);
        assert_eq!(
            sizes,
            [
                size("Small", "CLASSIC-VARSITY-TOP-SMALL"),
                size("Medium", "CLASSIC-VARSITY-TOP-MEDIUM"),
                size("Large", "CLASSIC-VARSITY-TOP-LARGE"),
            ]
        );
        assert_eq!(shop.count("select count(*) from inventory_movements where kind = 'received'").await, 22);
        assert_eq!(
            shop.count("select count(*) from graphile_worker.jobs where task_identifier = 'shop'").await,
            20,
            "a job for each picture"
        );

        shop.clock.advance(chrono::TimeDelta::hours(1));
        let before = everything(shop).await;
        let second = import(shop, APPAREL).await;
        assert_eq!(second, Report { unchanged: 20, created: 0, pictures_queued: 0, ..wanted });
        assert_eq!(everything(shop).await, before);
    })
    .await;
}

fn failure(line: u64, reason: &str) -> Failure {
    Failure { line, reason: reason.into() }
}

#[tokio::test]
async fn wrong_rows_are_reported_and_the_rest_goes_on() {
    testing::shop(async |shop| {
        let first = import(shop, NASTY).await;
        let wanted = [
            failure(5, "price must be an amount such as 49.99; “ten” is not a number"),
            failure(9, "has no handle"),
            failure(10, "is not UTF-8 text"),
            failure(11, "name is required"),
            failure(13, "option values must have one value for each option"),
            failure(14, "stock must be a whole number from 0 to 1000000; “many” is not a number"),
            failure(15, "option values must not make “Small” a second time"),
            failure(16, "the rows of “claw-hammer” must lie together"),
            failure(17, "goes with the row before it, which is left out"),
            failure(18, "the picture's address is not one of the web"),
            failure(20, "a quote is never closed: nothing after it can be read"),
        ];
        let (mut found, mut expected) = (first.failed.clone(), wanted.to_vec());
        found.sort_by_key(|f| (f.line, f.reason.clone()));
        expected.sort_by_key(|f| (f.line, f.reason.clone()));
        assert_eq!(found, expected);
        assert_eq!(first.failures, 11);
        let noted = [
            failure(8, "ends before the price: what is missing is taken to be empty"),
            failure(18, "is kept as a draft: price is required before the product is published"),
            failure(19, "SKU 0123 is already used by “Claw hammer”: it gets, or keeps, another one"),
            failure(
                18,
                "the file does not count the stock of 2 variants, this one first: they are sold out here until stock is \
                 received. Import the file again and say how many there are of what it does not count, and each gets that \
                 many",
            ),
        ];
        assert_eq!(first.noted, noted);
        assert_eq!((first.created, first.pictures_queued), (5, 2));

        let hammer = variants(shop, "claw-hammer").await;
        let variant = |title: &str, sku: &str, price, was, stock| (title.to_owned(), sku.to_owned(), price, was, stock);
        assert_eq!(
            hammer,
            [
                variant("16 oz / Ash", "0123", 1850, Some(2200), 4),
                variant("20 oz / Hickory", "CLAW-HAMMER-20-OZ-HICKORY", 2100, None, 0),
            ]
        );
        let (description, brand, category): (String, String, String) = sqlx::query_as(
            "select p.description, brand, c.name from products p join categories c on c.id = category_id where p.slug = 'claw-hammer'",
        )
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(description, "<p>Forged &amp; ground,\nin one piece.</p>");
        assert_eq!((brand.as_str(), category.as_str()), ("Öx & Söhne", "Hammers"));
        let status: String =
            sqlx::query_scalar("select status from products where slug = 'free-nail'").fetch_one(&shop.db).await.unwrap();
        assert_eq!(status, "draft");
        // one variant's picture is its own, a picture of two is that of what they have in common
        let owned = shop.count("select count(*) from image_fetches where variant_id is not null").await;
        assert_eq!(owned, 1);

        let before = everything(shop).await;
        let second = import(shop, NASTY).await;
        assert_eq!((second.created, second.updated, second.unchanged, second.failures), (0, 0, 5, 11));
        assert_eq!(everything(shop).await, before);
    })
    .await;
}

const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty,Published,Type\n";

#[tokio::test]
async fn a_changed_file_changes_what_it_names() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let csv = format!("{HEADER}bolt,Bolt,Size,M8,1.50,10,true,Bolts\nbolt,,,M10,2,5,,\n");
        assert_eq!(import(shop, csv.as_bytes()).await.created, 1);
        // staff write a summary, add a size, and move the product to another address
        let id = id_of(shop, "bolt").await;
        let now = products::for_edit(shop, &staff, id).await.unwrap();
        let mut input = now.input;
        input.slug = "coach-bolt".into();
        input.summary = "Square under the head".into();
        input.options[0].values = serde_json::from_value(serde_json::json!("M8, M10, M12")).unwrap();
        products::edit(shop, &staff, id, now.version, input).await.unwrap();

        let csv = format!("{HEADER}bolt,Bolt,Size,M8,1.75,7,false,Fasteners\nbolt,,,M16,4,2,,\n");
        let report = sendable(import::shopify_csv(shop, &staff, csv.as_bytes(), |_| {})).await.unwrap();
        assert_eq!((report.updated, report.failures), (1, 0), "{report:?}");
        let there = variants(shop, "coach-bolt").await;
        let there: Vec<_> = there.iter().map(|v| (v.0.as_str(), v.2, v.4)).collect();
        assert_eq!(there, [("M8", 175, 7), ("M10", 200, 5), ("M12", 150, 0), ("M16", 400, 2)]);
        let (summary, status, category): (String, String, String) = sqlx::query_as(
            "select summary, status, c.name from products p join categories c on c.id = category_id where p.id = $1",
        )
        .bind(id)
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(
            [summary.as_str(), status.as_str(), category.as_str()],
            ["Square under the head", "draft", "Fasteners"]
        );
        let moves: Vec<(String, i32, String)> =
            sqlx::query_as("select kind, delta_on_hand, actor_name from inventory_movements order by seq")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        let name = staff.name().to_owned();
        assert_eq!(moves[2..], [("received".into(), 2, name.clone()), ("adjusted".into(), -3, name)]);
        // what staff archived stays so
        products::publish(shop, &staff, id).await.unwrap();
        products::archive(shop, &staff, id).await.unwrap();
        let csv = format!("{HEADER}bolt,Bolt,Size,M8,1.75,7,true,Fasteners\n");
        assert_eq!(import(shop, csv.as_bytes()).await.unchanged, 1);
        // a draft can be archived by staff as by a file, and comes back as a draft
        products::restore(shop, &staff, id).await.unwrap();
        products::archive(shop, &staff, id).await.unwrap();
        assert!(matches!(
            products::publish(shop, &staff, id).await,
            Err(Error::Conflict { code: "product_status", .. })
        ));
        products::restore(shop, &staff, id).await.unwrap();
        let csv = "Handle,Title,Status\nbolt,Bolt,archived\n";
        assert_eq!(import(shop, csv.as_bytes()).await.updated, 1);
        let action: String = sqlx::query_scalar(
            "select action from audit_logs where entity_id = $1 order by created_at desc, id desc limit 1",
        )
        .bind(id.to_string())
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(action, "product.archive");
    })
    .await;
}

#[tokio::test]
async fn only_a_product_file_and_only_who_may() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(import::shopify_csv(shop, &staff, APPAREL, |_| {}).await, Err(Error::Forbidden)));
        let field = |answer: Result<Report>| match answer {
            Err(Error::Invalid(faults)) => faults.0[0].field.clone().into_owned(),
            other => panic!("{other:?}"),
        };
        for no_file in [&b""[..], b"Name,Price\nNail,1\n", b"\x89PNG\r\n\x1a\n\0\0\0\xff\xfe", &[b'"'; 3][..]] {
            assert_eq!(field(import::shopify_csv(shop, System, no_file, |_| {}).await), "file");
        }
        assert_eq!(field(import::shopify_csv(shop, System, "Handle,Title\n".as_bytes(), |_| {}).await), "file");
    })
    .await;
}

/// Gives out a long file piece by piece and keeps nothing of it.
struct Long {
    ahead: Vec<u8>,
    given: usize,
    then: fn(usize) -> Option<Vec<u8>>,
    step: usize,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.ahead.len() {
            let Some(next) = (self.then)(self.step) else { return Ok(0) };
            (self.ahead, self.given, self.step) = (next, 0, self.step + 1);
        }
        let n = buffer.len().min(self.ahead.len() - self.given);
        buffer[..n].copy_from_slice(&self.ahead[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// Fails, by the memory it takes, when a quote that is never closed is read to the end of the file.
#[tokio::test]
async fn an_unclosed_quote_does_not_swallow_the_file() {
    testing::shop(async |shop| {
        let start = b"Handle,Title,Variant Price\nnail,Nail,1\nscrew,\"Screw,2\n".to_vec();
        // without an end
        let long = Long { ahead: start, given: 0, then: |_| Some(vec![b'x'; 65_536]), step: 0 };
        let report = import(shop, long).await;
        assert_eq!(report.failed, [failure(3, "a row is longer than 4 MB; perhaps a quote is never closed")]);
        assert_eq!(report.created, 1);
    })
    .await;
}

#[tokio::test]
async fn endless_rows_of_one_handle_are_not_kept() {
    testing::shop(async |shop| {
        let ahead = b"Handle,Title,Variant Price\nnail,Nail,1\n".to_vec();
        let then = |step| (step < 300).then(|| b"nail,,\n".repeat(1_000));
        let report = import(shop, Long { ahead, given: 0, then, step: 0 }).await;
        assert_eq!((report.created, report.failures), (1, 299_001));
        assert_eq!(report.failed.len(), 1_000);
    })
    .await;
}

/// Shopify gives a picture to each variant; one that all of a colour have is that colour's.
#[tokio::test]
async fn a_picture_of_several_variants_is_that_of_their_value() {
    testing::shop(async |shop| {
        let csv = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price,Image Src,Variant Image\n\
            coat,Coat,Size,98,Colour,red,5,https://img.example/front.png,https://img.example/red.png\n\
            coat,,,98,,blue,5,,https://img.example/blue.png\n\
            coat,,,104,,red,5,,https://img.example/red.png\n\
            coat,,,104,,blue,5,,https://img.example/blue.png\n\
            coat,,,110,,red,5,,https://img.example/tall.png\n\
            coat,,,110,,blue,5,,\n";
        import(shop, csv.as_bytes()).await;
        let wanted: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
            "select regexp_replace(f.url, '.*/', ''), concat_ws(' / ', v.option1, v.option2), c.value
             from image_fetches f
             left join variants v on v.id = f.variant_id
             left join product_option_values c on c.id = f.option_value_id
             order by f.position",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        let row = |url: &str, variant: &str, value: Option<&str>| {
            (url.to_owned(), Some(variant.to_owned()), value.map(str::to_owned))
        };
        let told = [
            row("front.png", "", None),
            // not red: the tall one has another picture
            row("red.png", "", None),
            row("blue.png", "", Some("blue")),
            row("tall.png", "110 / red", None),
        ];
        assert_eq!(wanted, told);
    })
    .await;
}
