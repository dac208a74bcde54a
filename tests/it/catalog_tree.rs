//! The category tree as staff change it, and the staff's list of products.

use crate::support::png;
use shop::accounts::Permission;
use shop::catalog::{self, AdminFilter, CategoryInput, MoveCategory, ProductStatus, StockWord};
use shop::id::CategoryId;
use shop::testing::{self, TestShop};
use shop::{Error, FieldError};
use std::time::Duration;

fn named(name: &str) -> CategoryInput {
    CategoryInput { name: name.into(), is_active: "on".into(), ..CategoryInput::default() }
}

fn below(name: &str, parent: CategoryId) -> CategoryInput {
    CategoryInput { parent: parent.to_string().into(), ..named(name) }
}

fn fields(result: Result<impl std::fmt::Debug, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => {
            faults.0.into_iter().map(|FieldError { field, .. }| field.into_owned()).collect()
        }
        other => panic!("should be invalid: {other:?}"),
    }
}

async fn order(shop: &TestShop) -> Vec<(usize, String)> {
    let tree = catalog::tree(shop).await.unwrap();
    tree.all().iter().map(|c| (c.depth, c.name.clone())).collect()
}

fn shown(lines: &[(usize, &str)]) -> Vec<(usize, String)> {
    lines.iter().map(|(depth, name)| (*depth, name.to_string())).collect()
}

#[tokio::test]
async fn staff_grow_and_prune_the_tree() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await;
        let tools = catalog::create_category(shop, &staff, named("Tools")).await.unwrap();
        let paint = catalog::create_category(shop, &staff, named("Paint & varnish")).await.unwrap();
        let hammers = catalog::create_category(shop, &staff, below("Hammers", tools)).await.unwrap();
        let saws = catalog::create_category(shop, &staff, below("Saws", tools)).await.unwrap();
        assert_eq!(order(shop).await, shown(&[(0, "Tools"), (1, "Hammers"), (1, "Saws"), (0, "Paint & varnish")]));
        assert_eq!(catalog::tree(shop).await.unwrap().by_slug("paint-varnish").map(|c| c.id), Some(paint));

        // reorder, then move across
        let to = |parent: Option<CategoryId>, position: &str| MoveCategory {
            parent: parent.map(|id| id.to_string()).unwrap_or_default().into(),
            position: position.into(),
        };
        catalog::move_category(shop, &staff, saws, to(Some(tools), "1")).await.unwrap();
        assert_eq!(order(shop).await, shown(&[(0, "Tools"), (1, "Saws"), (1, "Hammers"), (0, "Paint & varnish")]));
        catalog::move_category(shop, &staff, hammers, to(None, "")).await.unwrap();
        catalog::move_category(shop, &staff, paint, to(None, "1")).await.unwrap();
        assert_eq!(order(shop).await, shown(&[(0, "Paint & varnish"), (0, "Tools"), (1, "Saws"), (0, "Hammers")]));

        let renamed =
            CategoryInput { slug: "fine saws".into(), description: "Sharp.".into(), ..below("Fine saws", tools) };
        catalog::edit_category(shop, &staff, saws, renamed).await.unwrap();
        let page = catalog::category(shop, "fine-saws").await.unwrap();
        assert_eq!(page.breadcrumb.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["Tools", "Fine saws"]);

        // hidden with all below, and shown again
        catalog::set_category_active(shop, &staff, tools, false).await.unwrap();
        assert!(matches!(catalog::category(shop, "fine-saws").await, Err(Error::NotFound)));
        catalog::set_category_active(shop, &staff, tools, true).await.unwrap();
        assert!(catalog::category(shop, "fine-saws").await.is_ok());

        // nothing that holds something is deleted
        let code = |result: Result<(), Error>| result.unwrap_err().conflict_code().unwrap().to_owned();
        assert_eq!(code(catalog::delete_category(shop, &staff, tools).await), "category_has_children");
        let draft = shop.product("Draft saw").draft().await;
        sqlx::query("update products set category_id = $1 where id = $2")
            .bind(saws)
            .bind(draft.id)
            .execute(&shop.db)
            .await
            .unwrap();
        assert_eq!(code(catalog::delete_category(shop, &staff, saws).await), "category_has_products");
        catalog::delete_category(shop, &staff, hammers).await.unwrap();
        assert!(matches!(catalog::delete_category(shop, &staff, hammers).await, Err(Error::NotFound)));

        // each change is written down, those refused are not
        let written: Vec<String> =
            sqlx::query_scalar("select action from audit_logs where entity_type = 'category' order by id")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(written.len(), 11, "{written:?}");
        let events: i64 = sqlx::query_scalar("select count(*) from outbox_events where topic like 'category.%'")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert_eq!(events, 11);
    })
    .await;
}

#[tokio::test]
async fn refuses_what_cannot_be() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogWrite]).await;
        let top = catalog::create_category(shop, &staff, named("Top")).await.unwrap();
        let middle = catalog::create_category(shop, &staff, below("Middle", top)).await.unwrap();
        let bottom = catalog::create_category(shop, &staff, below("Bottom", middle)).await.unwrap();
        for parent in [bottom, middle, top] {
            assert_eq!(fields(catalog::edit_category(shop, &staff, top, below("Top", parent)).await), ["parentId"]);
            let to = MoveCategory { parent: parent.to_string().into(), position: "1".into() };
            assert_eq!(fields(catalog::move_category(shop, &staff, top, to).await), ["parentId"]);
        }
        assert_eq!(
            fields(catalog::create_category(shop, &staff, below("Lost", CategoryId::new())).await),
            ["parentId"]
        );
        assert_eq!(fields(catalog::create_category(shop, &staff, named("top")).await), ["slug"]);
        let bad = CategoryInput { name: " ".into(), parent: "x".into(), file: "y".into(), ..CategoryInput::default() };
        assert_eq!(fields(catalog::create_category(shop, &staff, bad).await), ["name", "parentId", "fileId"]);
        assert_eq!(fields(catalog::create_category(shop, &staff, named("?!")).await), ["slug"]);

        let reader = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(catalog::create_category(shop, &reader, named("No")).await, Err(Error::Forbidden)));
        assert!(matches!(catalog::delete_category(shop, &reader, bottom).await, Err(Error::Forbidden)));
    })
    .await;
}

/// Fails when a name's address is not numbered on, as those of products are.
#[tokio::test]
async fn names_that_make_the_same_address_are_numbered() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await;
        let create = async |name: &str| catalog::create_category(shop, &staff, named(name)).await.unwrap();
        let slug = async |id| catalog::category_for_edit(shop, &staff, id).await.unwrap().slug.0;
        let mut ids = Vec::new();
        for name in ["C", "C++", "C#", "Tools & Dies", "Tools / Dies"] {
            ids.push(create(name).await);
        }
        let mut slugs = Vec::new();
        for id in &ids {
            slugs.push(slug(*id).await);
        }
        assert_eq!(slugs, ["c", "c-2", "c-3", "tools-dies", "tools-dies-2"]);
        // an edit without an address keeps the one that there is, where the name could have made it
        catalog::edit_category(shop, &staff, ids[2], CategoryInput { description: "#".into(), ..named("C#") })
            .await
            .unwrap();
        assert_eq!(slug(ids[2]).await, "c-3");
        catalog::edit_category(shop, &staff, ids[2], named("C +")).await.unwrap();
        assert_eq!(slug(ids[2]).await, "c-3");
        catalog::edit_category(shop, &staff, ids[2], named("Pascal")).await.unwrap();
        assert_eq!(slug(ids[2]).await, "pascal");
        // one that is typed is meant
        let typed = CategoryInput { slug: "c".into(), ..named("Sea") };
        assert_eq!(fields(catalog::create_category(shop, &staff, typed).await), ["slug"]);
        // the same name twice in one place is a slip, elsewhere it is none
        assert_eq!(fields(catalog::create_category(shop, &staff, named("c++")).await), ["slug"]);
        let below = catalog::create_category(shop, &staff, below("C++", ids[0])).await.unwrap();
        assert_eq!(slug(below).await, "c-3");
    })
    .await;
}

#[tokio::test]
async fn a_category_has_a_picture_of_its_own() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await;
        let tools = catalog::create_category(shop, &staff, named("Tools")).await.unwrap();
        let hash = async || {
            let category = catalog::admin_category(shop, &staff, tools).await.unwrap();
            category.picture.map(|picture| picture.hash)
        };
        assert_eq!(hash().await, None);
        catalog::set_category_picture(shop, &staff, tools, png(20)).await.unwrap();
        let first = hash().await;
        assert!(first.is_some());
        // the form of its texts leaves the picture alone; fails when an edit without a file takes it away
        let input = catalog::category_for_edit(shop, &staff, tools).await.unwrap();
        catalog::edit_category(shop, &staff, tools, CategoryInput { name: "Hand tools".into(), ..input })
            .await
            .unwrap();
        assert_eq!(hash().await, first);
        catalog::set_category_picture(shop, &staff, tools, png(20)).await.unwrap();
        catalog::set_category_picture(shop, &staff, tools, png(90)).await.unwrap();
        assert_ne!(hash().await, first);
        catalog::remove_category_picture(shop, &staff, tools).await.unwrap();
        catalog::remove_category_picture(shop, &staff, tools).await.unwrap();
        assert_eq!(hash().await, None);
        let written: Vec<String> =
            sqlx::query_scalar("select action from audit_logs where action like 'category.picture%' order by id")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(written, ["set", "set", "remove"].map(|verb| format!("category.picture_{verb}")));

        let broken = catalog::set_category_picture(shop, &staff, tools, &b"no picture"[..]).await;
        assert_eq!(fields(broken), ["picture"]);
        let nowhere = catalog::set_category_picture(shop, &staff, CategoryId::new(), png(20)).await;
        assert!(matches!(nowhere, Err(Error::NotFound)));
        let reader = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(catalog::set_category_picture(shop, &reader, tools, png(1)).await, Err(Error::Forbidden)));
        assert!(matches!(catalog::remove_category_picture(shop, &reader, tools).await, Err(Error::Forbidden)));
    })
    .await;
}

/// Two who each put a category where it is no harm by itself, and together close a ring: the second one is refused.
/// Fails when the trigger does not let tree changes queue (their rows do not touch).
#[tokio::test]
async fn no_ring_by_two_hands() {
    testing::shop(async |shop| {
        let staff = shop.admin().await;
        let a = catalog::create_category(shop, &staff, named("A")).await.unwrap();
        let c = catalog::create_category(shop, &staff, named("C")).await.unwrap();
        let b = catalog::create_category(shop, &staff, below("B", c)).await.unwrap();
        let mut first = shop.db.begin().await.unwrap();
        let a_below_b = "update categories set parent_id = $2 where id = $1";
        sqlx::query(a_below_b).bind(a).bind(b).execute(&mut *first).await.unwrap();
        let first = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            first.commit().await.unwrap();
        };
        let (_, second) = tokio::join!(first, catalog::edit_category(shop, &staff, c, below("C", a)));
        assert_eq!(fields(second), ["parentId"]);
        assert_eq!(catalog::tree(shop).await.unwrap().all().len(), 3, "all are still reached from the root");
    })
    .await;
}

#[tokio::test]
async fn staff_find_products_of_every_kind() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead]).await;
        let tools = shop.category("Tools").await;
        let hammers = shop.category("Hammers").below(&tools).inactive().await;
        shop.product("Claw hammer")
            .sku("HAR-CH-16")
            .brand("Härrow")
            .in_category(&hammers)
            .stock(40)
            .priced(18_50)
            .await;
        shop.product("Pin hammer").draft().stock(3).priced(9_00).await;
        shop.product("Bolt").option("Size", &["M6", "M8"]).stock(0).archived().await;
        let find = async |query: &str| {
            let filter = AdminFilter::parse(url::form_urlencoded::parse(query.as_bytes()));
            let list = catalog::admin_list(shop, &staff, &filter).await.unwrap();
            assert_eq!(list.page.total, list.page.items.len() as i64, "{query}");
            list.page.items.iter().map(|line| line.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(find("sort=name:asc").await, ["Bolt", "Claw hammer", "Pin hammer"]);
        assert_eq!(find("sort=price:asc&q=hammer").await, ["Pin hammer", "Claw hammer"]);
        assert_eq!(find("q=harrow+CLAW").await, ["Claw hammer"]);
        assert_eq!(find("q=ch-1").await, ["Claw hammer"]);
        assert_eq!(find("status=draft").await, ["Pin hammer"]);
        assert_eq!(find("stock=low").await, ["Pin hammer"]);
        assert_eq!(find("stock=out").await, ["Bolt"]);
        assert_eq!(find(&format!("category={}", tools.id)).await, ["Claw hammer"]);
        for hostile in
            ["q=%25", "q=_", "q=%5C", "q=%27", "q=%00", "status=x&stock=y&category=z&sort=&page=-1&limit=0&q=hammer"]
        {
            find(hostile).await;
        }
        assert!(find("q=%25").await.is_empty());

        // the tabs count what the other choices leave; fails when the status narrows its own counts
        let filter = AdminFilter::parse([("q", "hammer"), ("status", "draft")]);
        let listing = catalog::admin_list(shop, &staff, &filter).await.unwrap();
        let statuses =
            [None, Some(ProductStatus::Published), Some(ProductStatus::Draft), Some(ProductStatus::Archived)];
        assert_eq!(statuses.map(|status| listing.count(status)), [2, 1, 1, 0]);

        let filter = AdminFilter { q: "bolt".into(), ..AdminFilter::default() };
        let found = catalog::admin_list(shop, &staff, &filter).await.unwrap();
        let bolt = &found.page.items[0];
        assert_eq!((bolt.variants, bolt.available, bolt.stock, &bolt.sku), (2, 0, StockWord::Out, &None));
        let filter = AdminFilter::parse([("q", "a b"), ("stock", "low"), ("page", "2"), ("sort", "name:asc")]);
        assert_eq!(filter.to_query(), "q=a+b&stock=low&sort=name%3Aasc&page=2");
        let nobody = shop.staff(&[]).await;
        assert!(matches!(catalog::admin_list(shop, &nobody, &AdminFilter::default()).await, Err(Error::Forbidden)));
    })
    .await;
}

/// Fails without the comparison in `held`.
#[tokio::test]
async fn of_two_who_edit_a_category_the_second_is_told() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await;
        let id = catalog::create_category(shop, &staff, named("Tools")).await.unwrap();
        let seen = Some(catalog::category_as_it_stands(shop, &staff, id).await.unwrap().updated_at);
        shop.clock.advance(chrono::TimeDelta::microseconds(1));
        catalog::edit_category_if_unchanged(shop, &staff, id, seen, named("Hand tools")).await.unwrap();
        let second = catalog::edit_category_if_unchanged(shop, &staff, id, seen, named("Instruments")).await;
        assert_eq!(second.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        let gone = catalog::delete_category_if_unchanged(shop, &staff, id, seen).await;
        assert_eq!(gone.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        assert_eq!(catalog::category_for_edit(shop, &staff, id).await.unwrap().name, "Hand tools".into());
    })
    .await;
}

#[tokio::test]
async fn a_category_is_put_in_its_place_when_it_is_made_or_edited() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await;
        let at = |name: &str, position: i32| CategoryInput { position: position.to_string().into(), ..named(name) };
        let saws = catalog::create_category(shop, &staff, named("Saws")).await.unwrap();
        for name in ["Files", "Axes"] {
            catalog::create_category(shop, &staff, at(name, 1)).await.unwrap();
        }
        let order = async || -> Vec<String> {
            let all = catalog::admin_categories(shop, &staff).await.unwrap();
            all.into_iter().map(|line| line.category.name).collect()
        };
        assert_eq!(order().await, ["Axes", "Files", "Saws"]);
        catalog::edit_category(shop, &staff, saws, at("Rip saws", 2)).await.unwrap();
        assert_eq!(order().await, ["Axes", "Rip saws", "Files"]);
        catalog::edit_category(shop, &staff, saws, named("Saws")).await.unwrap();
        assert_eq!(order().await, ["Axes", "Saws", "Files"], "without a position it stays");
    })
    .await;
}
