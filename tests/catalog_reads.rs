//! What shoppers and staff read of the catalogue.

use shop::testing;

#[tokio::test]
async fn builders_fill_the_shop() {
    testing::shop(async |shop| {
        let tools = shop.category("Hand tools").await;
        let hammers = shop.category("Hammers").below(&tools).await;
        let hammer = shop
            .product("Claw hammer")
            .priced(18_50)
            .stock(5)
            .brand("Harrow")
            .in_category(&hammers)
            .option("Weight", &["16 oz", "20 oz"])
            .option("Handle", &["Ash", "Steel"])
            .picture("A claw hammer")
            .await;
        assert_eq!(hammer.variants.len(), 4);
    })
    .await;
}
