//! The sample's categories and products as rows.

use super::chance::{Chance, stable};
use super::data::{self, Data};
use super::movements::{StockedVariant, Upkeep};
use super::pictures::{self, Drawn};
use crate::catalog::ProductStatus;
use crate::id::{CategoryId, FileId, ImageId, OptionId, ProductId, VariantId};
use crate::{Act, Currency, Money, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// A product of the sample with its ids and times.
pub struct Planned<'a> {
    pub data: &'a data::Product,
    pub id: ProductId,
    pub created_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub variants: Vec<PlannedVariant<'a>>,
}

pub struct PlannedVariant<'a> {
    pub data: &'a data::Variant,
    pub id: VariantId,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub cost: Money,
}

impl<'a> Planned<'a> {
    /// All that follows from a product as written down: amounts in the shop's currency, times back from `now`.
    pub fn all(currency: Currency, now: DateTime<Utc>, data: &'a Data) -> Result<Vec<Self>> {
        data.products.iter().map(|product| Self::one(currency, now, product)).collect()
    }

    fn one(currency: Currency, now: DateTime<Utc>, product: &'a data::Product) -> Result<Self> {
        let mut chance = Chance::of(&product.slug);
        let published = now - TimeDelta::days(product.published_days_ago) - TimeDelta::minutes(chance.between(0, 600));
        let created_at = published - TimeDelta::minutes(chance.between(200, 9_000));
        let edited = TimeDelta::seconds(chance.between(0, (now - published).num_seconds()));
        let variants = product.variants.iter().map(|variant| {
            let amount = |text: &str| Money::parse(text, currency);
            Ok(PlannedVariant {
                data: variant,
                id: VariantId(stable("variant", &variant.sku)),
                price: amount(&variant.price)?,
                compare_at: variant.compare_at.as_deref().map(amount).transpose()?,
                cost: amount(&variant.cost)?,
            })
        });
        Ok(Self {
            data: product,
            id: ProductId(stable("product", &product.slug)),
            created_at,
            published_at: (product.status != ProductStatus::Draft).then_some(published),
            updated_at: published + edited,
            variants: variants.collect::<Result<_>>()?,
        })
    }
}

/// All variants, for the movements. Drafts have their first delivery before them.
pub fn stocked(products: &[Planned<'_>]) -> Vec<StockedVariant> {
    let of = |product: &Planned<'_>, variant: &PlannedVariant<'_>| StockedVariant {
        variant: variant.id,
        product: product.id,
        since: product.created_at,
        available: variant.data.stock,
    };
    products.iter().flat_map(|p| p.variants.iter().map(move |v| of(p, v))).collect()
}

/// What else happened to the stock: further deliveries, things that broke, things that turned up at the stock-take.
pub fn upkeep(products: &[Planned<'_>]) -> Vec<Upkeep> {
    let mut all = Vec::new();
    for product in products {
        for variant in &product.variants {
            let mut chance = Chance::of(&variant.data.sku);
            let stock = variant.data.stock;
            // of plenty only, so that there were some at any time
            if stock < 12 {
                continue;
            }
            let mut happened = |is_delivery, change, reason: String| {
                let span = (product.updated_at - product.created_at).num_minutes();
                let at = product.created_at + TimeDelta::minutes(chance.between(span / 10, span));
                all.push(Upkeep { at, variant: variant.id, is_delivery, change, reason });
            };
            match variant.data.barcode.bytes().map(usize::from).sum::<usize>() % 9 {
                0 | 1 => happened(true, stock / 3, format!("Delivery from {}", product.data.brand)),
                2 => happened(false, -1, "Damaged in the shop".into()),
                3 => happened(false, 2, "Found at the stock-take".into()),
                _ => {}
            }
        }
    }
    all
}

/// Writes categories, products, options, variants, and pictures as far as they are drawn.
pub async fn write(act: &mut Act<'_>, data: &Data, products: &[Planned<'_>], drawn: &Drawn) -> Result<()> {
    categories(act, data, drawn).await?;
    rows(act, products).await?;
    options(act, products).await?;
    variants(act, products).await?;
    images(act, products, drawn).await
}

async fn categories(act: &mut Act<'_>, data: &Data, drawn: &Drawn) -> Result<()> {
    #[derive(Serialize)]
    struct CategoryRow<'a> {
        id: CategoryId,
        parent_id: Option<CategoryId>,
        name: &'a str,
        slug: &'a str,
        description: &'a str,
        position: i32,
        file_id: FileId,
    }
    let id = |slug: &String| CategoryId(stable("category", slug));
    let rows = data.categories.iter().map(|c| {
        Ok(CategoryRow {
            id: id(&c.slug),
            parent_id: c.parent.as_ref().map(id),
            name: &c.name,
            slug: &c.slug,
            description: &c.description,
            position: c.position,
            file_id: drawn.file(&pictures::of_category(data, &c.drawing))?.id,
        })
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    sqlx::query!(
        "insert into categories (id, parent_id, name, slug, description, position, file_id, created_at, updated_at)
         select r.id, r.parent_id, r.name, r.slug, r.description, r.position, r.file_id, $2, $2
         from jsonb_to_recordset($1) as r
            (id uuid, parent_id uuid, name text, slug text, description text, position int, file_id uuid)",
        serde_json::to_value(rows)?,
        act.now - TimeDelta::days(900),
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

async fn rows(conn: &mut PgConnection, products: &[Planned<'_>]) -> Result<()> {
    #[derive(Serialize)]
    struct ProductRow<'a> {
        id: ProductId,
        name: &'a str,
        slug: &'a str,
        summary: &'a str,
        description: &'a str,
        status: ProductStatus,
        category_id: Uuid,
        brand: &'a str,
        tags: &'a [String],
        specifications: Vec<serde_json::Value>,
        is_featured: bool,
        published_at: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
    let rows = products.iter().map(|p| ProductRow {
        id: p.id,
        name: &p.data.name,
        slug: &p.data.slug,
        summary: &p.data.summary,
        // plain text; the page makes paragraphs of it
        description: p.data.description.trim(),
        status: p.data.status,
        category_id: stable("category", &p.data.category),
        brand: &p.data.brand,
        tags: &p.data.tags,
        specifications: p
            .data
            .specifications
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect(),
        is_featured: p.data.featured,
        published_at: p.published_at,
        created_at: p.created_at,
        updated_at: p.updated_at,
    });
    sqlx::query!(
        "insert into products
            (id, name, slug, summary, description, status, category_id, brand, tags, specifications, is_featured,
             published_at, created_at, updated_at)
         select r.id, r.name, r.slug, r.summary, r.description, r.status, r.category_id, r.brand, r.tags, r.specifications,
                r.is_featured, r.published_at, r.created_at, r.updated_at
         from jsonb_to_recordset($1) as r
            (id uuid, name text, slug text, summary text, description text, status text, category_id uuid, brand text,
             tags text[], specifications jsonb, is_featured boolean, published_at timestamptz, created_at timestamptz,
             updated_at timestamptz)",
        serde_json::to_value(rows.collect::<Vec<_>>())?,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn options(conn: &mut PgConnection, products: &[Planned<'_>]) -> Result<()> {
    #[derive(Serialize)]
    struct OptionRow<'a> {
        id: OptionId,
        product_id: ProductId,
        name: &'a str,
        position: usize,
    }
    #[derive(Serialize)]
    struct OptionValueRow<'a> {
        id: Uuid,
        option_id: OptionId,
        value: &'a str,
        position: usize,
    }
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for product in products {
        for (n, option) in product.data.options.iter().enumerate() {
            let name = format!("{} {}", product.data.slug, option.name);
            let id = OptionId(stable("option", &name));
            rows.push(OptionRow { id, product_id: product.id, name: &option.name, position: n + 1 });
            values.extend(option.values.iter().enumerate().map(|(n, value)| OptionValueRow {
                id: stable("value", &format!("{name} {value}")),
                option_id: id,
                value,
                position: n + 1,
            }));
        }
    }
    sqlx::query!(
        "insert into product_options (id, product_id, name, position)
         select r.id, r.product_id, r.name, r.position
         from jsonb_to_recordset($1) as r (id uuid, product_id uuid, name text, position int)",
        serde_json::to_value(rows)?,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into product_option_values (id, option_id, value, position)
         select r.id, r.option_id, r.value, r.position
         from jsonb_to_recordset($1) as r (id uuid, option_id uuid, value text, position int)",
        serde_json::to_value(values)?,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn variants(conn: &mut PgConnection, products: &[Planned<'_>]) -> Result<()> {
    #[derive(Serialize)]
    struct VariantRow<'a> {
        id: VariantId,
        product_id: ProductId,
        sku: &'a str,
        option1: Option<&'a String>,
        option2: Option<&'a String>,
        option3: Option<&'a String>,
        price: i64,
        compare_at_price: Option<i64>,
        cost: i64,
        weight_grams: i32,
        barcode: &'a str,
        position: usize,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
    let rows = products.iter().flat_map(|product| {
        product.variants.iter().enumerate().map(|(n, variant)| VariantRow {
            id: variant.id,
            product_id: product.id,
            sku: &variant.data.sku,
            option1: variant.data.values.first(),
            option2: variant.data.values.get(1),
            option3: variant.data.values.get(2),
            price: variant.price.minor,
            compare_at_price: variant.compare_at.map(|m| m.minor),
            cost: variant.cost.minor,
            weight_grams: variant.data.weight_grams,
            barcode: &variant.data.barcode,
            position: n + 1,
            created_at: product.created_at,
            updated_at: product.updated_at,
        })
    });
    sqlx::query!(
        "insert into variants
            (id, product_id, sku, option1, option2, option3, price, compare_at_price, cost, weight_grams, barcode, position,
             created_at, updated_at)
         select r.id, r.product_id, r.sku, r.option1, r.option2, r.option3, r.price, r.compare_at_price, r.cost, r.weight_grams,
                r.barcode, r.position, r.created_at, r.updated_at
         from jsonb_to_recordset($1) as r
            (id uuid, product_id uuid, sku text, option1 text, option2 text, option3 text, price bigint, compare_at_price bigint,
             cost bigint, weight_grams int, barcode text, position int, created_at timestamptz, updated_at timestamptz)",
        serde_json::to_value(rows.collect::<Vec<_>>())?,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A product's own picture comes first and stands for every variant without one; a variant in other colours has its
/// own. Pictures that are not drawn yet, or are there already, are left out.
pub async fn images(conn: &mut PgConnection, products: &[Planned<'_>], drawn: &Drawn) -> Result<()> {
    #[derive(Serialize)]
    struct ImageRow {
        id: ImageId,
        product_id: ProductId,
        variant_id: Option<VariantId>,
        file_id: FileId,
        alt: String,
        position: usize,
        created_at: DateTime<Utc>,
    }
    let mut rows = Vec::new();
    for product in products {
        let name = &product.data.name;
        let row = |variant: Option<VariantId>, file_id, alt: String, position| ImageRow {
            id: ImageId(stable("image", &format!("{} {position}", product.data.slug))),
            product_id: product.id,
            variant_id: variant,
            file_id,
            alt,
            position,
            created_at: product.created_at,
        };
        rows.extend(drawn.find(&product.data.picture).map(|file| row(None, file.id, name.clone(), 1)));
        let mut position = 1;
        for variant in &product.variants {
            if let Some(picture) = product.data.picture_of(variant.data) {
                position += 1;
                let alt = format!("{name}, {}", variant.data.values.join(", "));
                rows.extend(drawn.find(&picture).map(|file| row(Some(variant.id), file.id, alt, position)));
            }
        }
    }
    sqlx::query!(
        "insert into product_images (id, product_id, variant_id, file_id, alt, position, created_at)
         select r.id, r.product_id, r.variant_id, r.file_id, r.alt, r.position, r.created_at
         from jsonb_to_recordset($1) as r
            (id uuid, product_id uuid, variant_id uuid, file_id uuid, alt text, position int, created_at timestamptz)
         on conflict (id) do nothing",
        serde_json::to_value(rows)?,
    )
    .execute(conn)
    .await?;
    Ok(())
}
