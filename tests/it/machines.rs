//! What staff may, a machine may whose key has the scope, and its name stands beside what it did. Every command is
//! tried with all scopes but the one that it needs: removing a command's first line makes its area's test fail.

use serde_json::json;
use shop::accounts::Permission::{self, *};
use shop::accounts::customers::{self, CustomerFilter};
use shop::accounts::staff::AccountKind;
use shop::actors::ActorKind;
use shop::audit_log::{self, AuditFilter};
use shop::catalog::images::{self, Direction, ImageInput};
use shop::catalog::products::{self, ProductInput};
use shop::catalog::{
    AdminFilter, CategoryInput, MoveCategory, admin_categories, admin_category, admin_list, category_for_edit,
    create_category, delete_category, edit_category, move_category, product_preview, set_category_active,
};
use shop::inventory::{self, AdjustStock, LevelQuery, ReceiveStock};
use shop::orders::{self, AddNote, CancelOrder, MoveOrder, ShipOrder};
use shop::settings::{self, SettingsInput};
use shop::testing::{self, TestShop};
use shop::{Error, Paging, Result};

/// A key that may do everything but this.
async fn all_but(shop: &TestShop, scope: Permission) -> shop::accounts::ApiClient {
    let others: Vec<_> = Permission::ALL.iter().copied().filter(|other| *other != scope).collect();
    shop.machine(&others).await
}

fn forbidden<T: std::fmt::Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
}

/// Who did what, as the audit log has it.
async fn acts(shop: &TestShop, kind: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select action from audit_logs
         where actor_type = 'api_client' and actor_name = 'Warehouse robot' and entity_type = $1
         order by created_at, id",
    )
    .bind(kind)
    .fetch_all(&shop.db)
    .await
    .unwrap()
}

fn from_json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(8, 6, image::Rgb([200, 20, 20]));
    image::DynamicImage::ImageRgb8(picture).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn products() {
    testing::shop(async |shop| {
        let tools = shop.category("Tools").await.id;
        let input: ProductInput = from_json(json!({ "name": "Claw hammer", "price": 18.5, "categoryId": tools }));
        let robot = shop.machine(&[CatalogRead, CatalogWrite]).await;
        let (reader, writer) = (all_but(shop, CatalogWrite).await, all_but(shop, CatalogRead).await);

        forbidden(products::create(shop, &reader, input.clone()).await);
        let id = products::create(shop, &robot, input.clone()).await.unwrap().id;
        forbidden(products::for_edit(shop, &writer, id).await);
        let before = products::for_edit(shop, &robot, id).await.unwrap();
        let edited = ProductInput { summary: "Drop forged".into(), ..before.input };
        forbidden(products::edit(shop, &reader, id, before.version, edited.clone()).await);
        assert_eq!(products::edit(shop, &robot, id, before.version, edited).await.unwrap().version, 2);
        forbidden(admin_list(shop, &writer, &AdminFilter::default()).await);
        assert_eq!(admin_list(shop, &robot, &AdminFilter::default()).await.unwrap().page.items.len(), 1);
        forbidden(product_preview(shop, &writer, id).await);
        product_preview(shop, &robot, id).await.unwrap();

        forbidden(products::publish(shop, &reader, id).await);
        products::publish(shop, &robot, id).await.unwrap();
        forbidden(products::unpublish(shop, &reader, id).await);
        products::unpublish(shop, &robot, id).await.unwrap();
        products::publish(shop, &robot, id).await.unwrap();
        forbidden(products::archive(shop, &reader, id).await);
        products::archive(shop, &robot, id).await.unwrap();
        forbidden(products::restore(shop, &reader, id).await);
        products::restore(shop, &robot, id).await.unwrap();
        forbidden(products::delete(shop, &reader, id).await);
        products::delete(shop, &robot, id).await.unwrap();
        let told: Vec<_> = acts(shop, "product").await;
        let words = ["create", "edit", "publish", "unpublish", "publish", "archive", "restore", "delete"];
        assert_eq!(told, words.map(|word| format!("product.{word}")));
    })
    .await;
}

#[tokio::test]
async fn pictures() {
    testing::shop(async |shop| {
        let product = shop.product("Lamp").await.id;
        let robot = shop.machine(&[CatalogRead, CatalogWrite]).await;
        let (reader, writer) = (all_but(shop, CatalogWrite).await, all_but(shop, CatalogRead).await);
        let words = || ImageInput { alt: "A lamp".into(), ..ImageInput::default() };

        forbidden(images::add(shop, &reader, product, picture(), words()).await);
        let id = images::add(shop, &robot, product, picture(), words()).await.unwrap().id;
        forbidden(images::of(shop, &writer, product).await);
        assert_eq!(images::of(shop, &robot, product).await.unwrap().len(), 1);
        forbidden(images::describe(shop, &reader, product, id, words()).await);
        images::describe(shop, &robot, product, id, ImageInput { alt: "Lit".into(), ..words() }).await.unwrap();
        forbidden(images::shift(shop, &reader, product, id, Direction::Later).await);
        images::shift(shop, &robot, product, id, Direction::Later).await.unwrap();
        forbidden(images::remove(shop, &reader, product, id).await);
        images::remove(shop, &robot, product, id).await.unwrap();
        assert!(acts(shop, "product").await.iter().any(|act| act == "product.picture_add"));
    })
    .await;
}

#[tokio::test]
async fn categories() {
    testing::shop(async |shop| {
        let robot = shop.machine(&[CatalogRead, CatalogWrite]).await;
        let (reader, writer) = (all_but(shop, CatalogWrite).await, all_but(shop, CatalogRead).await);
        let input = || from_json::<CategoryInput>(json!({ "name": "Tools", "isActive": true }));

        forbidden(create_category(shop, &reader, input()).await);
        let id = create_category(shop, &robot, input()).await.unwrap();
        forbidden(category_for_edit(shop, &writer, id).await);
        let before = category_for_edit(shop, &robot, id).await.unwrap();
        forbidden(edit_category(shop, &reader, id, before.clone()).await);
        edit_category(shop, &robot, id, CategoryInput { description: "For hands".into(), ..before }).await.unwrap();
        forbidden(move_category(shop, &reader, id, MoveCategory::default()).await);
        move_category(shop, &robot, id, MoveCategory::default()).await.unwrap();
        forbidden(set_category_active(shop, &reader, id, false).await);
        set_category_active(shop, &robot, id, false).await.unwrap();
        forbidden(admin_category(shop, &writer, id).await);
        assert!(!admin_category(shop, &robot, id).await.unwrap().is_active);
        forbidden(admin_categories(shop, &writer).await);
        assert_eq!(admin_categories(shop, &robot).await.unwrap().len(), 1);
        forbidden(delete_category(shop, &reader, id).await);
        delete_category(shop, &robot, id).await.unwrap();
        assert_eq!(acts(shop, "category").await.last().map(String::as_str), Some("category.delete"));
    })
    .await;
}

#[tokio::test]
async fn stock() {
    testing::shop(async |shop| {
        let variant = shop.product("Nails").stock(5).await.variant;
        let robot = shop.machine(&[InventoryRead, InventoryWrite]).await;
        let (reader, writer) = (all_but(shop, InventoryWrite).await, all_but(shop, InventoryRead).await);
        let received = || from_json::<ReceiveStock>(json!({ "quantity": 7 }));
        let counted = || from_json::<AdjustStock>(json!({ "counted": 9, "reason": "Counted" }));

        forbidden(inventory::receive_goods(shop, &reader, variant, received()).await);
        assert_eq!(inventory::receive_goods(shop, &robot, variant, received()).await.unwrap().on_hand, 12);
        forbidden(inventory::adjust_level(shop, &reader, variant, counted()).await);
        assert_eq!(inventory::adjust_level(shop, &robot, variant, counted()).await.unwrap().on_hand, 9);
        forbidden(inventory::levels(shop, &writer, &LevelQuery::default()).await);
        assert_eq!(inventory::levels(shop, &robot, &LevelQuery::default()).await.unwrap().total, 1);
        forbidden(inventory::movements_of(shop, &writer, variant, Paging::new(1, 10)).await);
        let history = inventory::movements_of(shop, &robot, variant, Paging::new(1, 10)).await.unwrap();
        assert_eq!(history.movements.items[0].actor_name, "Warehouse robot");
    })
    .await;
}

#[tokio::test]
async fn orders() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(50).await;
        let robot = shop.machine(&[OrdersRead, OrdersWrite, OrdersRefund]).await;
        let reader = all_but(shop, OrdersWrite).await;
        let plain = MoveOrder::default;

        let order = shop.order_of(&hammer, 1).await.order;
        forbidden(orders::accept_offline(shop, &reader, order, plain()).await);
        orders::accept_offline(shop, &robot, order, plain()).await.unwrap();
        forbidden(orders::record_offline_payment(shop, &reader, order).await);
        orders::record_offline_payment(shop, &robot, order).await.unwrap();
        forbidden(orders::complete(shop, &reader, order, plain()).await);
        orders::complete(shop, &robot, order, plain()).await.unwrap();

        let order = shop.order_of(&hammer, 1).await.order;
        shop.take_money(order).await;
        forbidden(orders::process(shop, &reader, order, plain()).await);
        orders::process(shop, &robot, order, plain()).await.unwrap();
        forbidden(orders::ship(shop, &reader, order, ShipOrder::default()).await);
        orders::ship(shop, &robot, order, ShipOrder::default()).await.unwrap();
        forbidden(orders::deliver(shop, &reader, order, plain()).await);
        orders::deliver(shop, &robot, order, plain()).await.unwrap();
        forbidden(orders::add_note(shop, &reader, order, AddNote { note: "x".into() }).await);
        orders::add_note(shop, &robot, order, AddNote { note: "Left at the gate".into() }).await.unwrap();

        let order = shop.order_of(&hammer, 1).await.order;
        forbidden(orders::cancel(shop, &reader, order, CancelOrder::default()).await);
        shop.take_money(order).await;
        let poor = all_but(shop, OrdersRefund).await;
        forbidden(orders::cancel(shop, &poor, order, CancelOrder { reason: "Sold twice".into() }).await);
        orders::cancel(shop, &robot, order, CancelOrder { reason: "Sold twice".into() }).await.unwrap();
        let by: Vec<String> = sqlx::query_scalar(
            "select distinct actor_name from order_events where actor_type = 'api_client' and order_id = $1",
        )
        .bind(order)
        .fetch_all(&shop.db)
        .await
        .unwrap();
        assert_eq!(by, ["Warehouse robot"]);
    })
    .await;
}

#[tokio::test]
async fn settings_people_and_the_log() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await.id();
        let robot = shop.machine(&[SettingsRead, SettingsWrite, CustomersRead, CustomersWrite, AuditRead]).await;

        forbidden(settings::for_staff(shop, &all_but(shop, SettingsRead).await).await);
        let now = settings::for_staff(shop, &robot).await.unwrap();
        let input = SettingsInput { shop_name: "Anvil & Son".into(), ..SettingsInput::from(&now) };
        forbidden(settings::save(shop, &all_but(shop, SettingsWrite).await, input.clone()).await);
        assert_eq!(settings::save(shop, &robot, input).await.unwrap().shop_name, "Anvil & Son");

        let blind = all_but(shop, CustomersRead).await;
        forbidden(customers::list(shop, &blind, &CustomerFilter::default()).await);
        assert_eq!(customers::list(shop, &robot, &CustomerFilter::default()).await.unwrap().total, 1);
        let of_staff = CustomerFilter { account_kind: Some(AccountKind::Staff), ..CustomerFilter::default() };
        forbidden(customers::list(shop, &robot, &of_staff).await);
        forbidden(customers::get(shop, &blind, ada).await);
        customers::get(shop, &robot, ada).await.unwrap();
        forbidden(customers::set_active(shop, &all_but(shop, CustomersWrite).await, ada, false).await);
        customers::set_active(shop, &robot, ada, false).await.unwrap();

        forbidden(audit_log::list(shop, &all_but(shop, AuditRead).await, &AuditFilter::default()).await);
        let log = audit_log::list(shop, &robot, &AuditFilter::default()).await.unwrap().items;
        let by_robot: Vec<_> = log
            .iter()
            .filter(|e| e.actor_type == ActorKind::ApiClient)
            .map(|e| (e.action.as_str(), e.actor_id))
            .collect();
        assert_eq!(by_robot, [("customer.deactivate", Some(robot.id().0)), ("settings.update", Some(robot.id().0))]);
    })
    .await;
}
