//! The life of a product: published, archived, renamed, copied, deleted.

use super::*;

#[tokio::test]
async fn publishing_asks_for_what_shoppers_need() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let json = json!({ "name": "Bolt", "options": [{ "name": "Size", "values": "S, M" }] });
        let made = products::create(shop, &staff, input(json)).await.unwrap();
        let lacking = fields(products::publish(shop, &staff, made.id).await);
        assert_eq!(lacking, ["categoryId", "variants[0].price", "variants[1].price"]);

        let (version, mut now) = current(shop, &staff, made.id).await;
        now.category_id = shop.category("Bolts").await.id.to_string().into();
        now.variants.iter_mut().for_each(|v| (v.price, v.inactive) = ("1".into(), "on".into()));
        let version = products::edit(shop, &staff, made.id, version, now.clone()).await.unwrap().version;
        assert_eq!(fields(products::publish(shop, &staff, made.id).await), ["variants"]);

        now.variants[0].inactive = "".into();
        now.status = "published".into();
        let saved = products::edit(shop, &staff, made.id, version, now.clone()).await.unwrap();
        assert_eq!(saved.status, ProductStatus::Published);
        // once published, it cannot be emptied by an edit
        now.category_id = "".into();
        assert_eq!(fields(products::edit(shop, &staff, made.id, saved.version, now).await), ["categoryId"]);
    })
    .await;
}

#[tokio::test]
async fn moves_only_along_the_allowed_ways() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let category = shop.category("Saws").await.id;
        let json = json!({ "name": "Saw", "price": 9, "categoryId": category });
        let id = products::create(shop, &staff, input(json)).await.unwrap().id;
        let refused = |answer: Result<Saved>, words: [&str; 2]| {
            let Err(Error::Conflict { code, message, .. }) = answer else { panic!("{answer:?}") };
            assert_eq!(code, "product_status");
            assert!(words.iter().all(|word| message.to_string().contains(word)), "{message}");
        };
        // what was never sold may be put away as well
        products::archive(shop, &staff, id).await.unwrap();
        refused(products::archive(shop, &staff, id).await, ["archived", "archived"]);
        products::restore(shop, &staff, id).await.unwrap();
        refused(products::unpublish(shop, &staff, id).await, ["draft", "draft"]);
        sendable(products::publish(shop, &staff, id)).await.unwrap();
        refused(products::publish(shop, &staff, id).await, ["published", "published"]);
        refused(products::restore(shop, &staff, id).await, ["published", "draft"]);
        products::unpublish(shop, &staff, id).await.unwrap();
        products::publish(shop, &staff, id).await.unwrap();
        let archived = products::archive(shop, &staff, id).await.unwrap();
        assert_eq!((archived.status, archived.version), (ProductStatus::Archived, 7));
        refused(products::unpublish(shop, &staff, id).await, ["archived", "draft"]);
        refused(products::publish(shop, &staff, id).await, ["archived", "published"]);
        let (version, mut now) = current(shop, &staff, id).await;
        now.status = "published".into();
        refused(products::edit(shop, &staff, id, version, now).await, ["archived", "published"]);
        products::restore(shop, &staff, id).await.unwrap();
        let topics: Vec<String> =
            sqlx::query_scalar("select topic from outbox_events where topic like 'product.%' order by sequence")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        let wanted =
            ["created", "archived", "restored", "published", "unpublished", "published", "archived", "restored"];
        assert_eq!(topics, wanted.map(|t| format!("product.{t}")));
    })
    .await;
}

#[tokio::test]
async fn a_slug_that_changes_leaves_a_trail() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let made = hammer(shop, &staff).await;
        let mut version = 1;
        for slug in ["hammer", "best-hammer", "hammer"] {
            let (_, now) = current(shop, &staff, made.id).await;
            version = products::edit(shop, &staff, made.id, version, ProductInput { slug: slug.into(), ..now })
                .await
                .unwrap()
                .version;
        }
        let trail: Vec<String> =
            sqlx::query_scalar("select slug from product_slugs where product_id = $1 order by slug")
                .bind(made.id)
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(trail, ["best-hammer", "claw-hammer"]);
        // a name alone does not take over where another product lived; whoever asks for it does
        let other = hammer(shop, &staff).await;
        assert_eq!(other.slug, "claw-hammer-2");
        let taken = products::create(shop, &staff, input(json!({ "name": "X", "slug": "best-hammer" }))).await.unwrap();
        assert_eq!(taken.slug, "best-hammer");
        assert_eq!(shop.count("select count(*) from product_slugs where slug = 'best-hammer'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_copy_is_a_draft_without_stock() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let original =
            shop.product("Lamp").slug("lamp").sku("LAMP").option("Shade", &["Red", "Blue"]).picture("Lit").await;
        let copy = sendable(products::duplicate(shop, &staff, original.id)).await.unwrap();
        assert_eq!(
            (copy.name.as_str(), copy.slug.as_str(), copy.status),
            ("Lamp (copy)", "lamp-copy", ProductStatus::Draft)
        );
        let there = variants(shop, copy.id).await;
        assert_eq!(there.len(), 2);
        assert!(there.iter().all(|v| v.1.starts_with("LAMP-COPY-")), "{there:?}");
        assert_eq!(stock(shop, &there[0].1).await, None);
        let files: Vec<(i64, i64)> = sqlx::query_as("select count(*), count(distinct file_id) from product_images")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert_eq!(files, [(2, 1)]);
    })
    .await;
}

#[tokio::test]
async fn deletes_only_drafts_that_nobody_ordered() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let published = shop.product("Lamp").await;
        assert_eq!(
            products::delete(shop, &staff, published.id).await.unwrap_err().conflict_code(),
            Some("product_status")
        );
        let made = hammer(shop, &staff).await;
        sendable(products::delete(shop, &staff, made.id)).await.unwrap();
        assert!(matches!(products::for_edit(shop, &staff, made.id).await, Err(Error::NotFound)));
        assert!(matches!(products::delete(shop, &staff, made.id).await, Err(Error::NotFound)));
        // whoever bought it has it in an order for ever
        let ordered = shop.product("Lantern").sku("LANTERN").stock(7).await;
        shop.order_of(&ordered, 2).await;
        products::unpublish(shop, &staff, ordered.id).await.unwrap();
        assert_eq!(products::delete(shop, &staff, ordered.id).await.unwrap_err().conflict_code(), Some("ordered"));
        assert_eq!(stock(shop, "LANTERN").await, Some(7), "nothing was half done");
        // what lay on the shelf left the stock too
        assert_eq!(
            shop.count(
                "select coalesce(sum(delta_on_hand), 0)::bigint from inventory_movements where reason <> ''
            and variant_id not in (select id from variants)"
            )
            .await,
            0
        );
    })
    .await;
}

/// Fails without the comparison in `life::delete`.
#[tokio::test]
async fn what_was_edited_meanwhile_is_not_deleted() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let made = products::create(shop, &staff, input(json!({ "name": "Vice" }))).await.unwrap();
        products::edit(shop, &staff, made.id, 1, input(json!({ "name": "Bench vice" }))).await.unwrap();
        let stale = products::delete_if_unchanged(shop, &staff, made.id, Some(1)).await;
        assert_eq!(stale.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        products::delete_if_unchanged(shop, &staff, made.id, Some(2)).await.unwrap();
    })
    .await;
}

/// Fails without `check_alike`.
#[tokio::test]
async fn a_flat_product_and_its_variant_do_not_say_different_things() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let unlike = json!({ "name": "Vice", "price": 5, "sku": "V", "variants": [{ "price": 6, "sku": "V" }] });
        assert_eq!(fields(products::create(shop, &staff, input(unlike)).await), ["price"]);
        let parts = json!({ "name": "Vice", "price": 5, "stockQuantity": 3, "variants": [{ "price": "5.00", "barcode": "50123" }] });
        let made = products::create(shop, &staff, input(parts)).await.unwrap();
        let whole = products::details(shop, &staff, made.id).await.unwrap();
        let [only] = &whole.snapshot.variants[..] else { panic!("{:?}", whole.snapshot.variants) };
        assert_eq!((only.price, only.barcode.as_deref(), whole.stock[&only.id].on_hand), (5_00, Some("50123"), 3));
    })
    .await;
}
