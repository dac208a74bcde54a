//! What shoppers read of the catalogue: lists, facets, search, pages.

use chrono::TimeDelta;
use shop::accounts::System;
use shop::catalog::{self, Availability, Filter, Fragment, Listing, ProductAt};
use shop::id::VariantId;
use shop::inventory::{self, Adjustment, MovementCause};
use shop::testing::{self, TestShop, noon};
use shop::{Act, Clock, Currency, Error};
use std::sync::Arc;
use std::time::Duration;

fn filter(query: &str) -> Filter {
    Filter::parse(url::form_urlencoded::parse(query.as_bytes()), Currency::GBP)
}

async fn list(shop: &TestShop, query: &str) -> Arc<Listing> {
    catalog::list(shop, &filter(query)).await.unwrap()
}

async fn names(shop: &TestShop, query: &str) -> Vec<String> {
    list(shop, query).await.page.items.iter().map(|card| card.name.clone()).collect()
}

fn counts<'a>(facets: impl IntoIterator<Item = &'a catalog::ValueFacet>) -> Vec<(&'a str, i64)> {
    facets.into_iter().map(|facet| (facet.value.as_str(), facet.count)).collect()
}

/// Hammers and saws of two brands, at several prices.
async fn stocked(shop: &TestShop) {
    let tools = shop.category("Hand tools").slug("tools").await;
    let hammers = shop.category("Hammers").slug("hammers").below(&tools).await;
    let saws = shop.category("Saws").slug("saws").below(&tools).await;
    let ago = |days| noon() - TimeDelta::days(days);
    shop.product("Claw hammer")
        .slug("claw-hammer")
        .sku("HAR-CH-16")
        .brand("Harrow")
        .in_category(&hammers)
        .priced(18_50)
        .option("Weight", &["16 oz", "20 oz"])
        .stock(3)
        .published_at(ago(1))
        .await;
    shop.product("Sledge hammer")
        .brand("Acme")
        .in_category(&hammers)
        .priced(40_00)
        .compare_at(50_00)
        .stock(40)
        .option("Weight", &["7 lb"])
        .published_at(ago(2))
        .await;
    shop.product("Tenon saw")
        .brand("Acme")
        .in_category(&saws)
        .priced(30_00)
        .stock(0)
        .published_at(ago(3))
        .description("Cuts straight. Hang it beside your hammer.")
        .await;
    shop.product("Café sign").brand("Harrow").priced(4_00).stock(9).tags(&["gift"]).published_at(ago(4)).await;
    shop.product("Hidden draft hammer").brand("Secret").in_category(&hammers).draft().await;
    shop.product("Archived hammer").brand("Secret").in_category(&hammers).archived().await;
}

#[tokio::test]
async fn narrows_and_counts() {
    testing::shop(async |shop| {
        stocked(shop).await;
        let all = list(shop, "").await;
        assert_eq!(all.page.total, 4);
        assert_eq!(counts(&all.facets.brands), [("Acme", 2), ("Harrow", 2)]);
        assert_eq!((all.facets.in_stock, all.facets.out_of_stock, all.facets.on_offer), (3, 1, 1));
        let categories: Vec<_> = all.facets.categories.iter().map(|c| (c.slug.as_str(), c.count)).collect();
        assert_eq!(categories, [("tools", 3)]);
        assert_eq!(all.facets.price.min.map(|m| m.minor), Some(4_00));
        assert_eq!(all.facets.price.max.map(|m| m.minor), Some(40_00));
        let ranges: Vec<_> = all.facets.price.ranges.iter().map(|r| (r.min.map(|m| m.minor), r.count)).collect();
        assert_eq!(ranges, [(None, 1), (Some(10_00), 1), (Some(20_00), 2)]);

        // a category holds what lies below it; its facet is the next step down
        let tools = list(shop, "category=tools").await;
        assert_eq!(tools.page.total, 3);
        let steps: Vec<_> = tools.facets.categories.iter().map(|c| (c.slug.as_str(), c.count)).collect();
        assert_eq!(steps, [("hammers", 2), ("saws", 1)]);
        assert_eq!(tools.facets.options.len(), 1);
        assert_eq!(counts(&tools.facets.options[0].values), [("7 lb", 1), ("16 oz", 1), ("20 oz", 1)]);

        // a facet leaves its own choice out of account, and heeds all others
        let chosen = list(shop, "category=tools&brand=Acme&inStock=true").await;
        assert_eq!(chosen.page.items.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["Sledge hammer"]);
        assert_eq!(chosen.page.total, 1);
        assert_eq!(counts(&chosen.facets.brands), [("Acme", 1), ("Harrow", 1)]);
        assert_eq!((chosen.facets.in_stock, chosen.facets.out_of_stock), (1, 1));
        assert!(chosen.facets.brands.iter().any(|b| b.value == "Acme" && b.selected));

        let weighed = list(shop, "option.Weight=16+oz&maxPrice=20").await;
        assert_eq!(weighed.page.total, 1);
        assert_eq!(counts(&weighed.facets.options[0].values), [("16 oz", 1), ("20 oz", 1)]);
        assert_eq!(weighed.facets.price.ranges.iter().map(|r| r.count).sum::<i64>(), 1);
        assert_eq!(names(shop, "onOffer=true").await, ["Sledge hammer"]);
        assert_eq!(names(shop, "tag=gift").await, ["Café sign"]);
        assert_eq!(names(shop, "minPrice=18.50&maxPrice=30").await, ["Claw hammer", "Tenon saw"]);
        assert_eq!(list(shop, "category=nowhere").await.page.total, 0);
    })
    .await;
}

/// What is not narrowed by words, tags or options is counted in memory, everything else by the database: alike.
#[tokio::test]
async fn memory_and_database_count_alike() {
    testing::shop(async |shop| {
        let tools = shop.category("Tools").slug("tools").await;
        let hammers = shop.category("Hammers").slug("hammers").below(&tools).await;
        let cellar = shop.category("Cellar").inactive().await;
        for n in 0..40_i64 {
            let brand = ["Acme", "Harrow", ""][n as usize % 3];
            let category = [&tools, &hammers, &cellar][n as usize % 5 / 2];
            let product = shop.product(&format!("Thing {n}")).brand(brand).tags(&["all"]).priced(1_00 + n * 2_35);
            let product = if n % 4 == 0 { product.compare_at(50_000) } else { product };
            let product = if n % 7 == 0 { product } else { product.in_category(category) };
            product.stock((n % 3) as i32).await;
        }
        let choices = ["", "category=tools", "category=hammers", "brand=Acme", "brand=Acme&brand=Harrow", "inStock=on"];
        let others =
            ["", "minPrice=10&maxPrice=60", "maxPrice=12.34", "onOffer=on", "onOffer=on&inStock=on&minPrice=3"];
        for query in choices.iter().flat_map(|one| others.map(|other| format!("{one}&{other}"))) {
            let (here, there) = (list(shop, &query).await, list(shop, &format!("{query}&tag=all")).await);
            assert_eq!((here.page.total, &here.facets), (there.page.total, &there.facets), "{query}");
            for query in [query.clone(), format!("{query}&tag=all")] {
                let plain = catalog::list_without_facets(shop, &filter(&query)).await.unwrap();
                assert_eq!((plain.page.total, plain.page.items.len()), (here.page.total, here.page.items.len()));
                assert!(plain.facets.brands.is_empty() && plain.facets.price.ranges.is_empty());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn two_options_are_wanted_of_one_variant() {
    testing::shop(async |shop| {
        shop.product("Bolt")
            .option("Size", &["M6", "M8"])
            .option("Finish", &["Zinc", "Brass"])
            .variant(&["M6", "Zinc"], 100, 5)
            .variant(&["M8", "Brass"], 200, 5)
            .await;
        assert_eq!(list(shop, "option.Size=M6&option.Finish=Zinc").await.page.total, 1);
        let neither = list(shop, "option.Size=M6&option.Finish=Brass").await;
        assert_eq!(neither.page.total, 0, "no variant is both");
        assert_eq!(neither.facets.options.len(), 2, "the way back is still shown");
    })
    .await;
}

#[tokio::test]
async fn sorts_and_pages() {
    testing::shop(async |shop| {
        stocked(shop).await;
        let newest = ["Claw hammer", "Sledge hammer", "Tenon saw", "Café sign"];
        assert_eq!(names(shop, "").await, newest);
        assert_eq!(names(shop, "sort=price:asc").await, ["Café sign", "Claw hammer", "Tenon saw", "Sledge hammer"]);
        assert_eq!(names(shop, "sort=price:desc").await, ["Sledge hammer", "Tenon saw", "Claw hammer", "Café sign"]);
        assert_eq!(names(shop, "sort=name:asc").await, ["Café sign", "Claw hammer", "Sledge hammer", "Tenon saw"]);
        assert_eq!(names(shop, "sort=offer").await[0], "Sledge hammer");
        assert_eq!(names(shop, "limit=3&page=2").await, ["Café sign"]);
        let far = list(shop, "limit=3&page=900").await;
        assert_eq!((far.page.items.len(), far.page.total, far.page.total_pages()), (0, 4, 2));
    })
    .await;
}

#[tokio::test]
async fn searches_as_people_type() {
    testing::shop(async |shop| {
        stocked(shop).await;
        // names before descriptions
        assert_eq!(names(shop, "q=hammer").await, ["Claw hammer", "Sledge hammer", "Tenon saw"]);
        assert_eq!(names(shop, "q=HAMMERS&category=saws").await, ["Tenon saw"]);
        let neighbours = list(shop, "q=hammer&category=saws").await;
        assert!(neighbours.facets.categories.iter().any(|c| c.slug == "hammers" && c.count == 2));
        // the last word may be unfinished, accents and units do not matter
        assert_eq!(names(shop, "q=sled").await, ["Sledge hammer"]);
        assert_eq!(names(shop, "q=hammer+cla").await, ["Claw hammer"]);
        assert_eq!(names(shop, "q=cafe").await, ["Café sign"]);
        assert_eq!(names(shop, "q=hammer+16oz").await, ["Claw hammer"]);
        assert_eq!(names(shop, "q=16+oz").await, ["Claw hammer"]);
        // brand, SKU, quoted words, words not wanted
        assert_eq!(names(shop, "q=acme+saw").await, ["Tenon saw"]);
        assert_eq!(names(shop, "q=har-ch-16-2").await[0], "Claw hammer");
        assert_eq!(names(shop, "q=%22sledge+hammer%22").await, ["Sledge hammer"]);
        assert_eq!(names(shop, "q=hammer+-claw").await, ["Sledge hammer", "Tenon saw"]);
    })
    .await;
}

#[tokio::test]
async fn understands_slips_and_helps_when_nothing_is_found() {
    testing::shop(async |shop| {
        stocked(shop).await;
        for slip in ["hamer", "hammar", "hamemr", "clw hammer"] {
            let found = list(shop, &format!("q={}", slip.replace(' ', "+"))).await;
            assert!(found.page.items.iter().any(|card| card.name == "Claw hammer"), "{slip}");
            assert!(found.did_you_mean.as_deref().is_some_and(|words| words.contains("hammer")), "{slip}");
        }
        assert_eq!(list(shop, "q=hammer").await.did_you_mean, None);
        // a draft's words are nobody's business
        let none = list(shop, "q=secrt").await;
        assert_eq!((none.page.total, none.did_you_mean.as_deref()), (0, None));
        let none = list(shop, "q=hammer+xylophone").await;
        assert_eq!(none.page.total, 0);
        assert!(none.suggestions.contains(&"hammer".to_owned()), "{:?}", none.suggestions);
        assert_eq!(none.popular.iter().map(|c| c.slug.as_str()).collect::<Vec<_>>(), ["tools"]);
    })
    .await;
}

#[tokio::test]
async fn marks_what_was_found_and_never_writes_markup() {
    testing::shop(async |shop| {
        shop.product("Hammer & <b>tongs</b>").summary("Two hammers <i>in</i> one").await;
        let found = list(shop, "q=hammer").await;
        let fragment = |hit, text: &str| Fragment { hit, text: text.into() };
        let card = &found.page.items[0];
        assert_eq!(card.marked_name, [fragment(true, "Hammer"), fragment(false, " & <b>tongs</b>")]);
        assert_eq!(
            card.marked_summary,
            [fragment(false, "Two "), fragment(true, "hammers"), fragment(false, " <i>in</i> one")]
        );
        assert!(list(shop, "").await.page.items[0].marked_name.is_empty());
    })
    .await;
}

#[tokio::test]
async fn answers_every_question() {
    testing::shop(async |shop| {
        stocked(shop).await;
        let long = "hammer ".repeat(2_000);
        let hostile = [
            "'",
            "\"",
            "\"\"",
            "\\",
            "%",
            "_",
            "*",
            ":*",
            "&",
            "|",
            "!",
            "<->",
            "( (",
            "a & b | !c:*",
            "hammer:*",
            "hammer'--",
            "';drop table products;--",
            "\0",
            "ham\0mer",
            "\u{2}hammer\u{3}",
            "🔨",
            "ham🔨mer",
            "ﷺ",
            "\u{202e}remmah",
            "or",
            "or or",
            "-",
            "- -",
            "-hammer",
            "\"unfinished",
            "the",
            "the and of",
            "/",
            "///",
            "a/b",
            "http://x.y/z",
            "me@x.y",
            "1e309",
            "-1",
            "٣",
            "NaN",
            "null",
            "%00",
            "a\u{301}",
            "$1",
            "{}",
            "[]",
            "\r\n",
            &long,
        ];
        for text in hostile {
            for key in [
                "q",
                "category",
                "brand",
                "tag",
                "minPrice",
                "maxPrice",
                "option.Weight",
                "sort",
                "page",
                "limit",
                text,
            ] {
                let filter = Filter::parse([(key, text)], shop.currency);
                let found = catalog::list(shop, &filter).await;
                assert!(found.is_ok(), "{key}={text:?}: {:?}", found.err());
            }
            // past the boundary, too
            let raw = Filter { q: text.into(), ..Filter::default() };
            assert!(catalog::list(shop, &raw).await.is_ok(), "{text:?}");
            assert!(matches!(catalog::product(shop, text).await, Err(Error::NotFound)), "{text:?}");
            assert!(matches!(catalog::category(shop, text).await, Err(Error::NotFound)), "{text:?}");
        }
        assert_eq!(list(shop, "q=the").await.page.total, 0);
    })
    .await;
}

#[tokio::test]
async fn shows_a_whole_product() {
    testing::shop(async |shop| {
        let tools = shop.category("Tools").slug("tools").await;
        let hammers = shop.category("Hammers").slug("hammers").below(&tools).await;
        let made = shop
            .product("Claw hammer")
            .slug("claw-hammer")
            .in_category(&hammers)
            .brand("Harrow")
            .option("Weight", &["16 oz", "20 oz", "24 oz"])
            .variant(&["16 oz"], 18_50, 3)
            .variant(&["20 oz"], 21_00, 0)
            .specification("Handle", "Ash")
            .picture("")
            .await;
        let other = shop.product("Pin hammer").in_category(&hammers).await;
        let ProductAt::Here(page) = catalog::product(shop, "claw-hammer").await.unwrap() else { panic!("moved") };
        assert_eq!(page.id, made.id);
        assert_eq!(page.breadcrumb.iter().map(|c| c.slug.as_str()).collect::<Vec<_>>(), ["tools", "hammers"]);
        assert_eq!(page.options[0].values, ["16 oz", "20 oz"], "a value without a variant is not offered");
        assert_eq!((page.price.minor, page.price_to.minor), (18_50, 21_00));
        assert_eq!(page.variants[0].availability, Availability::Low(3));
        assert_eq!(page.variants[1].availability, Availability::OutOfStock);
        assert_eq!(page.first_choice().unwrap().id, made.variant);
        assert_eq!(page.pictures[0].picture.alt, "Claw hammer");
        assert_eq!(catalog::product_by_id(shop, made.id).await.unwrap().slug, "claw-hammer");
        let related = catalog::related(shop, &page).await.unwrap();
        assert_eq!(related.iter().map(|card| card.id).collect::<Vec<_>>(), [other.id]);

        sqlx::query("update products set slug = 'hammer' where id = $1").bind(made.id).execute(&shop.db).await.unwrap();
        sqlx::query("insert into product_slugs (slug, product_id) values ('claw-hammer', $1) on conflict do nothing")
            .bind(made.id)
            .execute(&shop.db)
            .await
            .unwrap();
        let ProductAt::Moved(to) = catalog::product(shop, "claw-hammer").await.unwrap() else { panic!("still there") };
        assert_eq!(to, "hammer");
    })
    .await;
}

#[tokio::test]
async fn shoppers_never_see_what_is_not_for_sale() {
    testing::shop(async |shop| {
        let staff = shop.admin().await;
        let off = shop.category("Seasonal").slug("seasonal").inactive().await;
        let below = shop.category("Easter").slug("easter").below(&off).await;
        let hidden = [
            shop.product("Draft thing").draft().featured().await,
            shop.product("Archived thing").archived().featured().await,
            shop.product("Seasonal thing").in_category(&off).compare_at(99_00).featured().await,
            shop.product("Easter thing").in_category(&below).featured().await,
        ];
        let empty = shop.product("Nothing thing").await;
        sqlx::query("update variants set is_active = false where product_id = $1")
            .bind(empty.id)
            .execute(&shop.db)
            .await
            .unwrap();
        let seen = shop.product("Plain thing").description("thing thing").await;

        for query in ["", "q=thing", "sort=name:asc", "q=things+plain", "onOffer=true", "brand=x"] {
            let found = list(shop, query).await;
            assert!(found.page.items.iter().all(|card| card.id == seen.id), "{query}");
            assert!(found.page.total <= 1 && found.facets.on_offer == 0);
        }
        assert_eq!(list(shop, "category=seasonal").await.page.total, 0);
        assert_eq!(list(shop, "category=easter").await.page.total, 0);
        assert_eq!(list(shop, "q=easter").await.page.total, 0);
        let none = list(shop, "q=eastre").await;
        assert_eq!((none.page.total, &none.did_you_mean, none.suggestions.len()), (0, &None, 0), "nor is it suggested");
        for slug in ["seasonal", "easter"] {
            assert!(matches!(catalog::category(shop, slug).await, Err(Error::NotFound)));
        }
        for product in hidden.iter().chain([&empty]) {
            assert!(matches!(catalog::product(shop, &product.slug).await, Err(Error::NotFound)), "{}", product.name);
            assert!(matches!(catalog::product_by_id(shop, product.id).await, Err(Error::NotFound)));
            assert!(catalog::product_preview(shop, &staff, product.id).await.is_ok());
        }
        let home = catalog::home(shop).await.unwrap();
        assert!(home.featured.is_empty() && home.on_offer.is_empty() && home.categories.is_empty());
        assert_eq!(home.fresh.iter().map(|card| card.id).collect::<Vec<_>>(), [seen.id]);
        let sitemap = catalog::sitemap_products(shop, 1).await.unwrap();
        assert_eq!(sitemap.iter().map(|entry| entry.slug.as_str()).collect::<Vec<_>>(), [seen.slug.as_str()]);
        assert!(catalog::sitemap_categories(shop).await.unwrap().is_empty());
        assert!(catalog::category_tree(shop).await.unwrap().is_empty());
        let page = catalog::product_by_id(shop, seen.id).await.unwrap();
        assert!(catalog::related(shop, &page).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_index_follows_stock_and_prices() {
    testing::shop(async |shop| {
        let one = shop.product("One").stock(6).await;
        let count = async |counted| {
            let mut act = Act::begin(shop, &System).await.unwrap();
            let cause = MovementCause::reason("Counted");
            inventory::adjust(&mut act, one.variant, Adjustment::To(counted), cause).await.unwrap();
            act.commit(()).await.unwrap();
        };
        let word = async || catalog::list(shop, &filter("")).await.unwrap().page.items[0].availability;
        let in_stock = async || catalog::list(shop, &filter("")).await.unwrap().facets.in_stock;
        assert_eq!((word().await, in_stock().await), (Availability::InStock, 1));
        count(4).await;
        assert_eq!((word().await, in_stock().await), (Availability::Low(4), 1));
        count(0).await;
        assert_eq!((word().await, in_stock().await), (Availability::OutOfStock, 0));
        count(1).await;
        assert_eq!((word().await, in_stock().await), (Availability::Low(1), 1));
        count(0).await;
        sqlx::query("update variants set price = 5, compare_at_price = 10").execute(&shop.db).await.unwrap();
        let found = list(shop, "onOffer=true").await;
        assert_eq!((found.page.items[0].price.minor, found.page.items[0].compare_at.map(|m| m.minor)), (5, Some(10)));
    })
    .await;
}

/// The last of a variant is taken, all but committed.
async fn taken(shop: &TestShop, variant: VariantId) -> Act<'_> {
    let mut act = Act::begin(shop, &System).await.unwrap();
    inventory::adjust(&mut act, variant, Adjustment::To(0), MovementCause::reason("Counted")).await.unwrap();
    // what otherwise happens at the commit
    sqlx::query("set constraints all immediate").execute(&mut *act).await.unwrap();
    act
}

/// Two buyers take the last of two variants at once: the product must end as sold out, not as one of them saw it.
/// Fails when `reindex_stock` neither waits for the other one nor reads after it.
#[tokio::test]
async fn the_index_is_right_when_two_sell_out_at_once() {
    testing::shop(async |shop| {
        let pair = shop.product("Pair").option("Size", &["S", "L"]).stock(1).await;
        let first = taken(shop, pair.variants[0]).await;
        let second = async { taken(shop, pair.variants[1]).await.commit(()).await.unwrap() };
        let first = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            first.commit(()).await.unwrap();
        };
        tokio::join!(first, second);
        assert_eq!(list(shop, "").await.facets.in_stock, 0);
    })
    .await;
}

/// Anybody can ask for lists that nobody saw before, one after the other. Fails without `at_first_sight`: all ten of
/// them are with the database at once.
#[tokio::test]
async fn few_lists_are_read_for_the_first_time_at_once() {
    let shop = TestShop::open_with(Clock::standing_at(noon()), 14).await;
    stocked(&shop).await;
    let mut held = shop.db.begin().await.unwrap();
    sqlx::query("lock table product_index in access exclusive mode").execute(&mut *held).await.unwrap();
    let waiting = async || -> i64 {
        let sql = "select count(*) from pg_locks where relation = 'product_index'::regclass and not granted
                   and database = (select oid from pg_database where datname = current_database())";
        sqlx::query_scalar(sql).fetch_one(&shop.db).await.unwrap()
    };
    let lists = (0..10).map(|n| {
        let filter = filter(&format!("tag=never-seen-{n}"));
        let shop = &shop;
        async move { catalog::list(shop, &filter).await }
    });
    let watch = async {
        for _ in 0..100 {
            if waiting().await >= 4 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let at_once = waiting().await;
        // longer than the others wait for their turn
        tokio::time::sleep(Duration::from_secs(2)).await;
        held.rollback().await.unwrap();
        at_once
    };
    let (answers, at_once) = tokio::join!(futures::future::join_all(lists), watch);
    assert_eq!(at_once, 4);
    let refused = answers.iter().filter(|answer| matches!(answer, Err(Error::Unavailable(_)))).count();
    let read = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((read, refused), (4, 6), "who gets no turn is told soon");
    shop.finish().await;
}
