//! The sample shop and the big one.

use shop::seed::{self, Pictures};
use shop::testing::{self, TestShop};

async fn sample(shop: &TestShop) -> seed::Report {
    seed::sample_with(shop, Pictures::Swatches, &mut |_| {}).await.expect("seeds")
}

async fn count(shop: &TestShop, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&shop.db).await.expect(sql)
}

#[tokio::test]
async fn fills_the_shelves() {
    testing::shop(async |shop| {
        let report = sample(shop).await;
        assert!(report.products >= 150 && report.categories >= 15, "{report:?}");
        assert_eq!(count(shop, "select count(*) from products").await, report.products as i64);
        let bare = "select count(*) from products p where status = 'published'
                    and (not exists (select from product_images i where i.product_id = p.id)
                         or not exists (select from variants v where v.product_id = p.id and v.price > 0))";
        assert_eq!(count(shop, bare).await, 0, "published products without a picture or a price");
        let plenty = "select count(*) from stock_levels where on_hand - reserved > 5";
        let low = "select count(*) from stock_levels where on_hand - reserved between 1 and 5";
        let none = "select count(*) from stock_levels where on_hand = reserved";
        for stock in [plenty, low, none] {
            assert!(count(shop, stock).await > 10, "{stock}");
        }

        let again = sample(shop).await;
        assert!(again.unchanged);
        assert_eq!(count(shop, "select count(*) from products").await, report.products as i64);
    })
    .await;
}

#[tokio::test]
async fn leaves_another_shop_alone() {
    testing::shop(async |shop| {
        shop.product("Somebody's hammer").await;
        let refused = seed::sample_with(shop, Pictures::Swatches, &mut |_| {}).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("not_empty"));
        assert_eq!(count(shop, "select count(*) from products").await, 1);
    })
    .await;
}
