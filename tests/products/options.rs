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
        let patched = |patch: Value| patched(&now, patch.as_object().unwrap());
        assert_eq!(patched(json!({ "vendor": "Ox", "featured": true })).unwrap().brand, "Ox".into());
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
