//! Options, and the variants that follow them.

use super::*;

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
        assert_eq!((filled.added, filled.left_out.len()), (4, 0));
        let filled = filled.input;
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

/// Fails when variants with stock are deleted like others: there are movements of nothing then.
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
            // priced like the one of the same size
            ("M / Black", "BOLT-M-BLACK", 200),
            ("L / Black", "BOLT-L-BLACK", 300),
        ];
        assert_eq!(titles, wanted);

        // a partial change, as the API takes it
        let (_, now) = current(shop, &staff, id).await;
        let patched = |patch: Value| patched(&now, patch.as_object().unwrap());
        assert_eq!(patched(json!({ "brand": "Ox", "featured": true })).unwrap().brand, Some("Ox".into()));
        let without = ProductInput { summary: Raw::default(), ..now.clone() };
        assert_eq!(patched(json!({ "summary": null })).unwrap(), without);
        assert_eq!(fields(patched(json!({ "name": "x", "options": 7 }))), ["options"]);

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
        assert_eq!(found[1], ("variants[2].optionValues".into(), "must not make “S” a second time".into()).clone());
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

/// What a form shows of its rows: values, SKU, price, first stock.
fn rows(input: &ProductInput) -> Vec<[String; 4]> {
    input.variants.iter().map(|v| [v.title(), v.sku.to_string(), v.price.to_string(), v.stock.to_string()]).collect()
}

fn options(input: &mut ProductInput, options: Value) {
    let options = super::input(json!({ "options": options }));
    input.options = options.options;
}

/// The natural way: the first option, its rows, then the second. Fails when `arrange::placed` takes the values of rows
/// for those of the new options whatever `variantOptions` says: then no row has a value for each option.
#[tokio::test]
async fn options_may_be_added_one_after_the_other() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let mut form =
            input(json!({ "name": "Raincoat", "price": "40", "options": [{ "name": "Size", "values": "98, 104" }] }));
        let fill =
            async |form: &ProductInput| products::with_all_variants(shop, &staff, None, form.clone()).await.unwrap();
        form = fill(&form).await.input;
        form.price = Raw::default(); // the flat form is gone once there are rows
        (form.variants[1].price, form.variants[1].sku, form.variants[1].stock) =
            ("42".into(), "RC-104".into(), "3".into());

        options(
            &mut form,
            json!([{ "name": "Size", "values": "98, 104" }, { "name": "Colour", "values": "red, blue" }]),
        );
        let filled = fill(&form).await;
        assert_eq!((filled.added, filled.left_out.len()), (2, 0));
        let row = |values: &str, sku: &str, price: &str, stock: &str| [values, sku, price, stock].map(str::to_owned);
        let two = [
            row("98 / red", "", "40", ""),
            row("104 / red", "RC-104", "42", "3"),
            row("98 / blue", "", "40", ""),
            row("104 / blue", "", "42", ""),
        ];
        assert_eq!(rows(&filled.input), two);
        // the same is saved when nobody asks for the rows first
        let saved = products::create(shop, &staff, form.clone()).await.unwrap();
        let made: Vec<_> = variants(shop, saved.id).await.into_iter().map(|v| (v.0, v.2)).collect();
        let wanted = [("98 / red", 4000), ("104 / red", 4200), ("98 / blue", 4000), ("104 / blue", 4200)];
        assert_eq!(made, wanted.map(|(title, price)| (title.to_owned(), price)));
        assert_eq!(stock(shop, "RC-104").await, Some(3));

        // a third one, before anything is saved
        let mut form = filled.input;
        form.name = "Anorak".into();
        form.variants[1].sku = "AN-104".into();
        options(
            &mut form,
            json!([
                { "name": "Size", "values": "98, 104" },
                { "name": "Lining", "values": "none, wool" },
                { "name": "Colour", "values": "red, blue" },
            ]),
        );
        let filled = fill(&form).await;
        assert_eq!((filled.added, filled.left_out.len(), filled.input.variants.len()), (4, 0, 8));
        assert_eq!(rows(&filled.input)[1], row("104 / none / red", "AN-104", "42", "3"));

        // taking the first one away leaves one row for each of what is left, and says which ones go
        let mut form = filled.input;
        options(
            &mut form,
            json!([{}, { "name": "Lining", "values": "none, wool" }, { "name": "Colour", "values": "red, blue" }]),
        );
        let filled = fill(&form).await;
        let left: Vec<_> = filled.input.variants.iter().map(|v| v.title()).collect();
        assert_eq!(left, ["none / red", "none / blue", "wool / red", "wool / blue"]);
        assert_eq!(filled.left_out, ["104 / none / red", "104 / none / blue", "104 / wool / red", "104 / wool / blue"]);

        // without any option the first row is what is left, written flat
        let mut form = filled.input;
        form.options.clear();
        let filled = fill(&form).await;
        assert_eq!((filled.input.variants.len(), filled.input.price.to_string().as_str()), (0, "40"));
        let flat = products::create(shop, &staff, form).await.unwrap();
        assert_eq!(variants(shop, flat.id).await.len(), 1);
    })
    .await;
}

async fn ids(shop: &TestShop, id: ProductId) -> Vec<(String, VariantId)> {
    sqlx::query_as(
        "select concat_ws(' / ', option1, option2, option3), id
         from variants where product_id = $1 and is_active order by position",
    )
    .bind(id)
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_live_product_gets_more_options_and_keeps_its_variants() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let id = bolt(shop, &staff).await;
        let before = ids(shop, id).await;
        let (_, mut form) = current(shop, &staff, id).await;
        let fill = async |form: &ProductInput| {
            products::with_all_variants(shop, &staff, Some(id), form.clone()).await.unwrap()
        };
        // two options in two steps of the form, then saved
        options(
            &mut form,
            json!([{ "name": "Size", "values": "S, M, L" }, { "name": "Finish", "values": "Zinc, Black" }]),
        );
        form = fill(&form).await.input;
        assert_eq!(form.variants[1].id, before[1].1.to_string().into());
        options(
            &mut form,
            json!([
                { "name": "Size", "values": "S, M, L" },
                { "name": "Finish", "values": "Zinc, Black" },
                { "name": "Pack", "values": "1, 10" },
            ]),
        );
        let filled = fill(&form).await;
        assert_eq!((filled.added, filled.left_out.len()), (6, 0));
        let (version, _) = current(shop, &staff, id).await;
        let saved = products::edit(shop, &staff, id, version, filled.input).await.unwrap();
        assert_eq!((saved.added, saved.gone.len()), (9, 0));
        let after = ids(shop, id).await;
        assert_eq!(after.len(), 12);
        for ((was, old), (now, new)) in before.iter().zip(&after) {
            assert_eq!((format!("{was} / Zinc / 1"), old), (now.clone(), new));
        }
        let there = variants(shop, id).await;
        let kept: Vec<_> = there.iter().take(3).map(|v| (v.1.as_str(), v.2)).collect();
        assert_eq!(kept, [("B-S", 100), ("B-M", 200), ("B-L", 300)]);
        assert_eq!(stock(shop, "B-S").await, Some(5));

        // the API lists variants by their values, without ids: they are known by what they come to be
        let (version, now) = current(shop, &staff, id).await;
        let patch = json!({
            "options": [{ "name": "Finish", "values": "Zinc" }, { "name": "Size", "values": "S, M" }],
            "variants": [{ "optionValues": ["Zinc", "S"], "price": 7 }, { "optionValues": ["Zinc", "M"], "price": 8 }],
        });
        let patched = patched(&now, patch.as_object().unwrap()).unwrap();
        let saved = products::edit(shop, &staff, id, version, patched).await.unwrap();
        assert_eq!(saved.gone.len(), 10);
        assert_eq!(ids(shop, id).await, [("Zinc / S".to_owned(), before[0].1), ("Zinc / M".to_owned(), before[1].1)]);
        assert_eq!(variants(shop, id).await[0], ("Zinc / S".into(), "B-S".into(), 700, true));
        assert_eq!(stock(shop, "B-S").await, Some(5));
    })
    .await;
}

/// Another name for an option, or another way to write a value, is no reason to lose variants.
#[tokio::test]
async fn variants_follow_an_option_that_is_renamed() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let id = bolt(shop, &staff).await;
        let before = ids(shop, id).await;
        let (version, now) = current(shop, &staff, id).await;
        let patch = json!({ "options": [{ "name": "Länge", "values": "s, M, L, XL" }] });
        let saved = products::edit(shop, &staff, id, version, patched(&now, patch.as_object().unwrap()).unwrap()).await;
        let saved = saved.unwrap();
        assert_eq!((saved.added, saved.gone.len()), (1, 0));
        let after = ids(shop, id).await;
        let wanted = [("s".to_owned(), before[0].1), ("M".to_owned(), before[1].1), ("L".to_owned(), before[2].1)];
        assert_eq!(after[..3], wanted);
        // both at once: renamed, and another one before it
        let (_, now) = current(shop, &staff, id).await;
        let patch =
            json!({ "options": [{ "name": "Head", "values": "Hex, Cup" }, { "name": "Length", "values": "s, M, L" }] });
        let patched = patched(&now, patch.as_object().unwrap()).unwrap();
        let saved = products::edit(shop, &staff, id, saved.version, patched).await.unwrap();
        assert_eq!((saved.added, &saved.gone[..]), (3, &["XL".to_owned()][..]));
        let after = ids(shop, id).await;
        assert_eq!(after[0], ("Hex / s".to_owned(), before[0].1));
    })
    .await;
}

/// What is typed flat, together with the first option, counts for the variant that there is.
#[tokio::test]
async fn a_flat_product_gets_its_first_options() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let made = hammer(shop, &staff).await;
        let before = ids(shop, made.id).await;
        let (version, mut form) = current(shop, &staff, made.id).await;
        form.price = "20".into();
        options(
            &mut form,
            json!([{ "name": "Weight", "values": "16 oz, 20 oz" }, { "name": "Shaft", "values": "Ash, Steel" }]),
        );
        let filled = products::with_all_variants(shop, &staff, Some(made.id), form.clone()).await.unwrap();
        assert_eq!(filled.input.variants[0].price, "20".into());
        products::edit(shop, &staff, made.id, version, form).await.unwrap();
        let after = ids(shop, made.id).await;
        assert_eq!((after.len(), after[0].1), (4, before[0].1));
        let there = variants(shop, made.id).await;
        assert_eq!(there[0], ("16 oz / Ash".into(), "CLAW-HAMMER".into(), 2000, true));
        assert!(there.iter().all(|v| v.2 == 2000), "{there:?}");
        assert_eq!(stock(shop, "CLAW-HAMMER").await, Some(7));
    })
    .await;
}

/// Rows that carry values of other options are still held to account: the same one twice is a mistake.
#[tokio::test]
async fn rows_that_nothing_tells_apart_are_refused() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = json!({
            "name": "Bolt", "options": [{ "name": "Size", "values": "S, M" }, { "name": "Finish", "values": "Zinc" }],
            "variantOptions": ["Size"], "variants": [{ "optionValues": ["S"] }, { "optionValues": ["S"], "price": 4 }],
        });
        assert_eq!(fields(products::create(shop, &staff, input(json.clone())).await), ["variants[1].optionValues"]);
        let mut without = json.clone();
        without["variantOptions"] = json!([]);
        let wanted = ["variants[0].optionValues", "variants[1].optionValues"];
        assert_eq!(fields(products::create(shop, &staff, input(without)).await), wanted);
        let mut twice = json;
        twice["variantOptions"] = json!(["Size", "size"]);
        assert_eq!(fields(products::create(shop, &staff, input(twice)).await), ["variantOptions"]);
    })
    .await;
}
