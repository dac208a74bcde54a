//! Products and categories for tests, written by plain SQL: `shop.product("Claw hammer").priced(18_50).stock(5).await`.

use super::TestShop;
use crate::catalog::ProductStatus;
use crate::id::{CategoryId, FileId, ImageId, LocationId, MovementId, OptionId, ProductId, VariantId};
use crate::input::slugify;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// No two made things share a slug, a SKU or a picture.
static COUNT: AtomicU32 = AtomicU32::new(1);

fn next() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A product that was made.
#[derive(Debug, Clone)]
pub struct TestProduct {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    /// The first variant, and its SKU.
    pub variant: VariantId,
    pub sku: String,
    pub variants: Vec<VariantId>,
}

/// A category that was made.
#[derive(Debug, Clone)]
pub struct TestCategory {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
}

impl TestShop {
    /// A product, published, with one variant at £10.00 and ten in stock unless said otherwise.
    pub fn product(&self, name: &str) -> ProductBuilder<'_> {
        let n = next();
        ProductBuilder {
            shop: self,
            name: name.into(),
            slug: format!("{}-{n}", slugify(name)),
            sku: format!("TEST-{n:05}"),
            summary: String::new(),
            description: String::new(),
            brand: String::new(),
            tags: Vec::new(),
            specifications: Vec::new(),
            status: ProductStatus::Published,
            published_at: self.clock.now(),
            featured: false,
            category: None,
            options: Vec::new(),
            one: Sold { values: Vec::new(), price: 10_00, compare_at: None, stock: 10 },
            variants: Vec::new(),
            cost: None,
            weight_grams: None,
            barcode: None,
            pictures: Vec::new(),
        }
    }

    /// A category, active and at the root unless said otherwise.
    pub fn category(&self, name: &str) -> CategoryBuilder<'_> {
        let slug = format!("{}-{}", slugify(name), next());
        CategoryBuilder { shop: self, name: name.into(), slug, parent: None, position: 1, active: true }
    }
}

struct Sold {
    values: Vec<String>,
    price: i64,
    compare_at: Option<i64>,
    stock: i32,
}

#[must_use = "a product is made when it is awaited"]
pub struct ProductBuilder<'a> {
    shop: &'a TestShop,
    name: String,
    slug: String,
    sku: String,
    summary: String,
    description: String,
    brand: String,
    tags: Vec<String>,
    specifications: Vec<(String, String)>,
    status: ProductStatus,
    published_at: DateTime<Utc>,
    featured: bool,
    category: Option<CategoryId>,
    options: Vec<(String, Vec<String>)>,
    one: Sold,
    variants: Vec<Sold>,
    cost: Option<i64>,
    weight_grams: Option<i32>,
    barcode: Option<String>,
    pictures: Vec<String>,
}

impl<'a> ProductBuilder<'a> {
    /// In minor units.
    pub fn priced(mut self, minor: i64) -> Self {
        self.one.price = minor;
        self
    }
    pub fn compare_at(mut self, minor: i64) -> Self {
        self.one.compare_at = Some(minor);
        self
    }
    /// Of each variant.
    pub fn stock(mut self, on_hand: i32) -> Self {
        self.one.stock = on_hand;
        self
    }
    /// An option with its values. Unless `variant` is called, every combination becomes a variant.
    pub fn option(mut self, name: &str, values: &[&str]) -> Self {
        self.options.push((name.into(), values.iter().map(|v| v.to_string()).collect()));
        self
    }
    /// A variant with these values (in the order of the options), price and stock.
    pub fn variant(mut self, values: &[&str], price: i64, stock: i32) -> Self {
        let values = values.iter().map(|v| v.to_string()).collect();
        self.variants.push(Sold { values, price, compare_at: None, stock });
        self
    }
    pub fn slug(mut self, slug: &str) -> Self {
        self.slug = slug.into();
        self
    }
    /// Of the only variant; several get `-1`, `-2` … behind it.
    pub fn sku(mut self, sku: &str) -> Self {
        self.sku = sku.into();
        self
    }
    pub fn barcode(mut self, barcode: &str) -> Self {
        self.barcode = Some(barcode.into());
        self
    }
    pub fn summary(mut self, text: &str) -> Self {
        self.summary = text.into();
        self
    }
    pub fn description(mut self, text: &str) -> Self {
        self.description = text.into();
        self
    }
    pub fn brand(mut self, brand: &str) -> Self {
        self.brand = brand.into();
        self
    }
    pub fn tags(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|t| t.to_string()).collect();
        self
    }
    pub fn specification(mut self, name: &str, value: &str) -> Self {
        self.specifications.push((name.into(), value.into()));
        self
    }
    pub fn in_category(mut self, category: &TestCategory) -> Self {
        self.category = Some(category.id);
        self
    }
    pub fn costing(mut self, minor: i64) -> Self {
        self.cost = Some(minor);
        self
    }
    pub fn weighing(mut self, grams: i32) -> Self {
        self.weight_grams = Some(grams);
        self
    }
    /// A picture with this alternative text. (A row, no file behind it.)
    pub fn picture(mut self, alt: &str) -> Self {
        self.pictures.push(alt.into());
        self
    }
    pub fn featured(mut self) -> Self {
        self.featured = true;
        self
    }
    pub fn draft(mut self) -> Self {
        self.status = ProductStatus::Draft;
        self
    }
    pub fn archived(mut self) -> Self {
        self.status = ProductStatus::Archived;
        self
    }
    pub fn published_at(mut self, time: DateTime<Utc>) -> Self {
        self.published_at = time;
        self
    }

    async fn make(mut self) -> TestProduct {
        let mut tx = self.shop.db.begin().await.expect("begins");
        let id = ProductId::new();
        let now = self.shop.clock.now();
        let specifications: Vec<_> =
            self.specifications.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        sqlx::query!(
            "insert into products
                (id, name, slug, summary, description, status, category_id, brand, tags, specifications, is_featured,
                 published_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
            id as _,
            self.name,
            self.slug,
            self.summary,
            self.description,
            self.status as _,
            self.category as _,
            self.brand,
            &self.tags,
            serde_json::Value::Array(specifications),
            self.featured,
            (self.status != ProductStatus::Draft).then_some(self.published_at),
            now,
        )
        .execute(&mut *tx)
        .await
        .expect("inserts the product");

        for (position, (name, values)) in self.options.iter().enumerate() {
            let option = OptionId::new();
            sqlx::query!(
                "insert into product_options (id, product_id, name, position) values ($1, $2, $3, $4)",
                option as _,
                id as _,
                name,
                position as i32 + 1,
            )
            .execute(&mut *tx)
            .await
            .expect("inserts the option");
            for (position, value) in values.iter().enumerate() {
                sqlx::query!(
                    "insert into product_option_values (id, option_id, value, position) values ($1, $2, $3, $4)",
                    Uuid::now_v7(),
                    option as _,
                    value,
                    position as i32 + 1,
                )
                .execute(&mut *tx)
                .await
                .expect("inserts the value");
            }
        }

        if self.variants.is_empty() {
            self.variants = self.combinations();
        }
        let location = sqlx::query_scalar!(
            r#"select id as "id: LocationId"
               from stock_locations
               where is_default"#
        )
        .fetch_one(&mut *tx)
        .await
        .expect("there is a location");
        let mut variants = Vec::new();
        for (n, sold) in self.variants.iter().enumerate() {
            let variant = VariantId::new();
            let sku = if self.variants.len() == 1 { self.sku.clone() } else { format!("{}-{}", self.sku, n + 1) };
            sqlx::query!(
                "insert into variants
                    (id, product_id, sku, option1, option2, option3, price, compare_at_price, cost, weight_grams, barcode, position)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                variant as _,
                id as _,
                sku,
                sold.values.first(),
                sold.values.get(1),
                sold.values.get(2),
                sold.price,
                sold.compare_at,
                self.cost,
                self.weight_grams,
                self.barcode,
                n as i32 + 1,
            )
            .execute(&mut *tx)
            .await
            .expect("inserts the variant");
            sqlx::query!(
                "insert into stock_levels (variant_id, product_id, location_id, on_hand) values ($1, $2, $3, $4)",
                variant as _,
                id as _,
                location as _,
                sold.stock,
            )
            .execute(&mut *tx)
            .await
            .expect("inserts the stock");
            if sold.stock != 0 {
                sqlx::query!(
                    "insert into inventory_movements
                        (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after, reserved_after,
                         reason, actor_type, actor_name, created_at)
                     values ($1, $2, $3, 'received', $4, 0, $4, 0, 'Opening stock', 'system', 'System', $5)",
                    MovementId::new() as _,
                    variant as _,
                    location as _,
                    sold.stock,
                    now,
                )
                .execute(&mut *tx)
                .await
                .expect("inserts the movement");
            }
            variants.push((variant, sku));
        }

        for (position, alt) in self.pictures.iter().enumerate() {
            let file = FileId::new();
            let hash = hex::encode(crate::token_hash(&file.to_string()));
            sqlx::query!(
                "insert into files (id, hash, content_type, byte_size, width, height)
                 values ($1, $2, 'image/webp', 1000, 1200, 900)",
                file as _,
                hash,
            )
            .execute(&mut *tx)
            .await
            .expect("inserts the file");
            sqlx::query!(
                "insert into product_images (id, product_id, file_id, alt, position) values ($1, $2, $3, $4, $5)",
                ImageId::new() as _,
                id as _,
                file as _,
                alt,
                position as i32 + 1,
            )
            .execute(&mut *tx)
            .await
            .expect("inserts the picture");
        }
        tx.commit().await.expect("commits");

        let (variant, sku) = variants[0].clone();
        let variants = variants.into_iter().map(|(id, _)| id).collect();
        TestProduct { id, slug: self.slug, name: self.name, variant, sku, variants }
    }

    fn combinations(&self) -> Vec<Sold> {
        let none = vec![Vec::<String>::new()];
        let values = self.options.iter().fold(none, |so_far, (_, values)| {
            so_far
                .iter()
                .flat_map(|chosen| values.iter().map(|v| [chosen.as_slice(), std::slice::from_ref(v)].concat()))
                .collect()
        });
        values.into_iter().map(|values| Sold { values, ..self.one }).collect()
    }
}

impl<'a> IntoFuture for ProductBuilder<'a> {
    type Output = TestProduct;
    type IntoFuture = Pin<Box<dyn Future<Output = TestProduct> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

#[must_use = "a category is made when it is awaited"]
pub struct CategoryBuilder<'a> {
    shop: &'a TestShop,
    name: String,
    slug: String,
    parent: Option<CategoryId>,
    position: i32,
    active: bool,
}

impl<'a> CategoryBuilder<'a> {
    pub fn below(mut self, parent: &TestCategory) -> Self {
        self.parent = Some(parent.id);
        self
    }
    pub fn slug(mut self, slug: &str) -> Self {
        self.slug = slug.into();
        self
    }
    pub fn position(mut self, position: i32) -> Self {
        self.position = position;
        self
    }
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    async fn make(self) -> TestCategory {
        let id = CategoryId::new();
        sqlx::query!(
            "insert into categories (id, parent_id, name, slug, position, is_active) values ($1, $2, $3, $4, $5, $6)",
            id as _,
            self.parent as _,
            self.name,
            self.slug,
            self.position,
            self.active,
        )
        .execute(&self.shop.db)
        .await
        .expect("inserts the category");
        TestCategory { id, slug: self.slug, name: self.name }
    }
}

impl<'a> IntoFuture for CategoryBuilder<'a> {
    type Output = TestCategory;
    type IntoFuture = Pin<Box<dyn Future<Output = TestCategory> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}
