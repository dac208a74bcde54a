//! Search in codes, sizes and all scripts: by shoppers in the catalogue, by staff in their lists.

use shop::accounts::Permission;
use shop::accounts::customers::{self, CustomerFilter};
use shop::catalog::{self, AdminFilter, Filter};
use shop::inventory::{self, LevelQuery};
use shop::orders::{self, OrderQuery};
use shop::testing::{self, TestShop};

async fn found(shop: &TestShop, words: &str) -> Vec<String> {
    let listing = catalog::list(shop, &Filter::parse([("q", words)], shop.currency)).await.unwrap();
    let mut names: Vec<_> = listing.page.items.iter().map(|card| card.name.clone()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_code_is_found_by_its_beginnings_and_parts_with_any_separator() {
    testing::shop(async |shop| {
        shop.product("Kettle").sku("KT-INS114-DRE").await;
        shop.product("Valve").sku("NOR.0707-60").await;
        shop.product("Silver thaw").sku("THA-CM-AGX").await;
        shop.product("Bracket").sku("S-100").await;
        shop.product("Dream box of 100").sku("DR-1").await;
        shop.product("Sheet").sku("PL_2mm/8").await;
        for n in 0..60 {
            shop.product(&format!("Nail {n}")).sku(&format!("NL-{n}")).await;
        }
        for (words, name) in [
            ("KT-INS114", "Kettle"),
            ("KT-INS", "Kettle"),
            ("kt-in", "Kettle"),
            ("KT INS114", "Kettle"),
            ("kt_ins114", "Kettle"),
            ("KT‑INS114", "Kettle"),
            ("ktins114", "Kettle"),
            ("INS114", "Kettle"),
            ("ins114-dre", "Kettle"),
            ("kettle KT-INS114", "Kettle"),
            ("-DRE", "Kettle"),
            ("NOR.0707", "Valve"),
            ("nor 0707", "Valve"),
            ("0707-60", "Valve"),
            ("0707/60", "Valve"),
            ("tha-cm-ag", "Silver thaw"),
            ("S-100", "Bracket"),
            ("s100", "Bracket"),
            ("pl-2mm", "Sheet"),
            // a separator stands where the SKU has none: letters and digits are what counts
            ("NOR.07-07", "Valve"),
            ("nor-0707.6", "Valve"),
            // a word that says nothing among others says something alone
            ("nor", "Valve"),
            ("NOR.", "Valve"),
            ("nor-", "Valve"),
        ] {
            let names = found(shop, words).await;
            // what is still being typed may become another word, too; what has nothing to do with it never comes
            assert!(names.contains(&name.to_owned()) && names.len() <= 2, "{words}: {names:?}");
        }
        for words in ["KT-INS115", "S-1000", "THA-AG"] {
            assert_eq!(found(shop, words).await, [""; 0], "{words}");
        }
    })
    .await;
}

async fn found_in_order(shop: &TestShop, words: &str) -> Vec<String> {
    let listing = catalog::list(shop, &Filter::parse([("q", words)], shop.currency)).await.unwrap();
    listing.page.items.iter().map(|card| card.name.clone()).collect()
}

/// Fails where the separators that were typed count for nothing (`push_ranked`): names of one length are told apart by
/// age alone.
#[tokio::test]
async fn the_separators_that_were_typed_come_first() {
    testing::shop(async |shop| {
        shop.product("Pipe").sku("NOR.07-0755").await;
        shop.product("Tapp").sku("NOR.07-07").await;
        shop.product("Plug").sku("KT.0707-60").await;
        shop.product("Cock").sku("KT.07-0755").await;
        shop.product("Valv").sku("NOR.0707-60").await;
        shop.product("Disc").sku("KT.0707-61").await;
        assert_eq!(found_in_order(shop, "NOR.07-07").await, ["Tapp", "Pipe", "Valv"]);
        assert_eq!(found_in_order(shop, "kt.07-07").await[0], "Cock");
        assert_eq!(found_in_order(shop, "kt.07-07").await.len(), 3);
        assert_eq!(found(shop, "nor0707").await.len(), 3);
    })
    .await;
}

/// Fails where a query of such words alone is empty, where they are not kept of names, or where they are asked for
/// beside others.
#[tokio::test]
async fn words_of_no_meaning_are_searched_for_alone() {
    testing::shop(async |shop| {
        shop.product("The Whole").brand("Which").await;
        shop.product("Thermos").await;
        shop.product("Northern pine").await;
        shop.product("Shirt").option("Size", &["S", "M"]).await;
        shop.product("Hammer").await;
        shop.product("Tee").await;
        for (words, names) in [
            ("the", &["The Whole", "Thermos"][..]),
            ("THE", &["The Whole", "Thermos"]),
            ("the whole", &["The Whole"]),
            ("nor", &["Northern pine"]),
            ("which", &["The Whole"]),
            ("s", &["Shirt"]),
            ("hammer the", &["Hammer"]),
            ("the hammer", &["Hammer"]),
            ("those", &[]),
        ] {
            assert_eq!(found(shop, words).await, names, "{words}");
        }
        // among others such a word is no slip of another one
        let asked = catalog::list(shop, &Filter::parse([("q", "the hamer")], shop.currency)).await.unwrap();
        assert_eq!(asked.did_you_mean.as_deref(), Some("the hammer"));
    })
    .await;
}

#[tokio::test]
async fn sizes_and_marks_are_found_however_they_are_typed() {
    testing::shop(async |shop| {
        shop.product("½ inch socket").await;
        shop.product("2½ in. nail").await;
        shop.product("WD\u{2011}40 spray").await;
        shop.product("Spade, wood handled").await;
        shop.product("Carpenter’s pencil").await;
        shop.product("O'Brien plane").await;
        shop.product("Vin d’Alsace").await;
        shop.product("Sheet 8×4").await;
        for (words, name) in [
            ("½", "½ inch socket"),
            ("1/2 inch", "½ inch socket"),
            ("1⁄2 inch socket", "½ inch socket"),
            ("2 1/2 in", "2½ in. nail"),
            ("wd-40", "WD\u{2011}40 spray"),
            ("WD40", "WD\u{2011}40 spray"),
            ("wd\u{2010}40", "WD\u{2011}40 spray"),
            ("wood-handled", "Spade, wood handled"),
            ("carpenters", "Carpenter’s pencil"),
            ("carpenter's", "Carpenter’s pencil"),
            ("obrien", "O'Brien plane"),
            ("o’brien", "O'Brien plane"),
            ("alsace", "Vin d’Alsace"),
            ("8x4", "Sheet 8×4"),
        ] {
            let names = found(shop, words).await;
            assert!(names.contains(&name.to_owned()) && names.len() <= 2, "{words}: {names:?}");
        }
    })
    .await;
}

const NAMES: [&str; 8] = [
    "南部鉄器の急須",
    "审批流程图",
    "번역기를 위한 책상",
    "ค้อนช่างไม้",
    "Молоток плотницкий",
    "مِطرَقة فولاذية",
    "Σφυρί",
    "Größe Zoë",
];

#[tokio::test]
async fn words_are_found_in_every_script() {
    testing::shop(async |shop| {
        for name in NAMES {
            shop.product(name).await;
        }
        shop.product("南鉄").await;
        for (words, name) in [
            ("急須", 0),
            ("須", 0),
            ("南部", 0),
            ("鉄器の急須", 0),
            ("南部鉄器の急須", 0),
            ("审批流程", 1),
            ("번역기", 2),
            ("책상", 2),
            ("ช่างไม้", 3),
            ("МОЛОТ", 4),
            ("плотницкий молоток", 4),
            ("مطرقة", 5),
            ("ΣΦΥΡΙ", 6),
            ("grosse zoe", 7),
        ] {
            assert_eq!(found(shop, words).await, [NAMES[name]], "{words}");
        }
        assert_eq!(found(shop, "急南").await, [""; 0]);
    })
    .await;
}

/// Fails where the words of a query are folded by another function than the words of the index.
#[tokio::test]
async fn staff_find_every_script_in_every_list() {
    testing::shop(async |shop| {
        let may =
            [Permission::CatalogRead, Permission::InventoryRead, Permission::OrdersRead, Permission::CustomersRead];
        let staff = shop.staff(&may).await;
        let mut names = NAMES.map(str::to_owned).to_vec();
        names.extend(["Carpenter’s pencil", "O'Brien plane", "WD\u{2011}40"].map(str::to_owned));
        for (n, name) in names.iter().enumerate() {
            let product = shop.product(name).sku(&format!("АБ-{n}")).stock(9).await;
            let buyer = shop.guest_with(&[(&product, 1)]).await;
            let mut form = shop.order_form();
            form.email = format!("buyer{n}@bücher.example").into();
            form.shipping_address.first_name = name.as_str().into();
            form.shipping_address.last_name = "".into();
            shop::checkout::place_order(shop, &buyer, form).await.unwrap();
            shop.customer(&format!("customer{n}@example.org")).await;
            sqlx::query("update users set first_name = $1 where email = $2::text::citext")
                .bind(name)
                .bind(format!("customer{n}@example.org"))
                .execute(&shop.db)
                .await
                .unwrap();
        }
        let mut asked: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
        asked.extend([
            ("急須", NAMES[0]),
            ("молоток", NAMES[4]),
            ("مطرقة", NAMES[5]),
            ("grosse", NAMES[7]),
            ("carpenters", "Carpenter’s pencil"),
            ("obrien", "O'Brien plane"),
            ("wd-40", "WD\u{2011}40"),
        ]);
        for (words, name) in asked {
            let filter = AdminFilter { q: words.into(), ..AdminFilter::default() };
            let products = catalog::admin_list(shop, &staff, &filter).await.unwrap();
            assert_eq!(products.page.items.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), [name], "{words}");
            let query = LevelQuery { search: words.into(), ..LevelQuery::default() };
            let levels = inventory::levels(shop, &staff, &query).await.unwrap();
            assert_eq!(levels.items.len(), 1, "{words}");
            let query = OrderQuery { search: words.into(), ..OrderQuery::default() };
            let orders = orders::list(shop, &staff, &query).await.unwrap();
            assert_eq!(orders.items.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), [name], "{words}");
            let filter = CustomerFilter { search: Some(words.into()), ..CustomerFilter::default() };
            assert_eq!(customers::list(shop, &staff, &filter).await.unwrap().total, 1, "{words}");
        }
        // a SKU in capitals of another script, and an address as people write it
        let query = LevelQuery { search: "аб-3".into(), ..LevelQuery::default() };
        assert_eq!(inventory::levels(shop, &staff, &query).await.unwrap().items.len(), 1);
        let query = OrderQuery { search: "buyer3@bücher.example".into(), ..OrderQuery::default() };
        assert_eq!(orders::list(shop, &staff, &query).await.unwrap().total, 1);
    })
    .await;
}

#[tokio::test]
async fn slips_are_corrected_in_every_script_and_nothing_else_is() {
    testing::shop(async |shop| {
        shop.product("Молоток").await;
        shop.product("Work bench").await;
        shop.product("Motor").await;
        let asked =
            async |words: &str| catalog::list(shop, &Filter::parse([("q", words)], shop.currency)).await.unwrap();
        assert_eq!(asked("молатак").await.did_you_mean.as_deref(), Some("молоток"));
        // another thing altogether, and other scripts that only sound alike
        for words in ["wrench", "мотор", "急須", "ช่างไม้", "xylophone"] {
            let listing = asked(words).await;
            assert_eq!((listing.page.total, listing.did_you_mean.as_deref()), (0, None), "{words}");
        }
    })
    .await;
}
