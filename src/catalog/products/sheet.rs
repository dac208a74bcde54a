//! A product as it stands in the database, whole: what an edit starts from and ends in, and what the audit log keeps.

use super::input::{OptionInput, ProductInput, RawPairs, VariantInput};
use crate::catalog::{ProductStatus, Specification};
use crate::id::{CategoryId, ProductId, VariantId};
use crate::input::{Raw, RawList};
use crate::{Currency, Error, Money, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    pub name: String,
    pub slug: String,
    pub summary: String,
    pub description: String,
    pub status: ProductStatus,
    pub category_id: Option<CategoryId>,
    pub brand: String,
    pub tags: Vec<String>,
    pub specifications: Vec<Specification>,
    pub featured: bool,
    pub seo_title: String,
    pub seo_description: String,
    pub options: Vec<OptionSheet>,
    /// In order; those that are no longer sold last.
    pub variants: Vec<VariantSheet>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OptionSheet {
    pub name: String,
    pub values: Vec<String>,
}

/// Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantSheet {
    pub id: VariantId,
    pub sku: String,
    pub values: Vec<String>,
    pub price: i64,
    pub compare_at_price: Option<i64>,
    pub cost: Option<i64>,
    pub weight_grams: Option<i32>,
    pub barcode: Option<String>,
    pub position: i32,
    pub active: bool,
}

/// A sheet with what changes at every save.
pub struct Stored {
    pub sheet: Sheet,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// Whether others may change the product before the transaction ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    No,
    Locked,
}

/// Reads a product; `NotFound` when there is none.
pub async fn load(conn: &mut PgConnection, id: ProductId, hold: Hold) -> Result<Stored> {
    if hold == Hold::Locked {
        sqlx::query!("select from products where id = $1 for no key update", id as _)
            .fetch_optional(&mut *conn)
            .await?;
    }
    let row = sqlx::query!(
        r#"select name, slug, summary, description, status as "status: ProductStatus",
                  category_id as "category_id: CategoryId", brand, tags,
                  specifications as "specifications: Json<Vec<Specification>>",
                  is_featured, seo_title, seo_description, version, updated_at
           from products
           where id = $1"#,
        id as _,
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    let options = sqlx::query_as!(
        OptionSheet,
        r#"select o.name,
                  array(select v.value from product_option_values v where v.option_id = o.id order by v.position) as "values!"
           from product_options o
           where o.product_id = $1
           order by o.position"#,
        id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let variants = sqlx::query!(
        r#"select id as "id: VariantId", sku, option1, option2, option3, price, compare_at_price, cost, weight_grams,
                  barcode, position, is_active
           from variants
           where product_id = $1
           order by is_active desc, position, id"#,
        id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let variants = variants.into_iter().map(|v| VariantSheet {
        id: v.id,
        sku: v.sku,
        values: [v.option1, v.option2, v.option3].into_iter().flatten().collect(),
        price: v.price,
        compare_at_price: v.compare_at_price,
        cost: v.cost,
        weight_grams: v.weight_grams,
        barcode: v.barcode,
        position: v.position,
        active: v.is_active,
    });
    let sheet = Sheet {
        name: row.name,
        slug: row.slug,
        summary: row.summary,
        description: row.description,
        status: row.status,
        category_id: row.category_id,
        brand: row.brand,
        tags: row.tags,
        specifications: row.specifications.0,
        featured: row.is_featured,
        seo_title: row.seo_title,
        seo_description: row.seo_description,
        options,
        variants: variants.collect(),
    };
    Ok(Stored { sheet, version: row.version, updated_at: row.updated_at })
}

impl VariantSheet {
    /// `S / Red`; its SKU where there is nothing to choose.
    pub fn title(&self) -> String {
        if self.values.is_empty() { self.sku.clone() } else { self.values.join(" / ") }
    }

    /// What would have to be typed to get this variant.
    pub fn input(&self, currency: Currency) -> VariantInput {
        let amount = |minor| Raw(Money::new(minor, currency).decimal());
        let maybe = |minor: Option<i64>| minor.map(amount).unwrap_or_default();
        VariantInput {
            id: Raw(self.id.to_string()),
            sku: Raw(self.sku.clone()),
            option_values: self.values.iter().cloned().map(Raw).collect(),
            price: amount(self.price),
            compare_at_price: maybe(self.compare_at_price),
            cost: maybe(self.cost),
            weight_grams: Raw(self.weight_grams.map(|n| n.to_string()).unwrap_or_default()),
            barcode: Raw(self.barcode.clone().unwrap_or_default()),
            position: Raw(self.position.to_string()),
            stock: Raw::default(),
            inactive: switch(!self.active),
        }
    }
}

/// A check box.
fn switch(on: bool) -> Raw {
    Raw::from(if on { "on" } else { "" })
}

impl Sheet {
    pub fn variant(&self, id: VariantId) -> Option<&VariantSheet> {
        self.variants.iter().find(|v| v.id == id)
    }

    /// Whether a variant has one of the offered values for each option. Those that once had others are kept for the
    /// sake of old orders and are not edited.
    pub fn fits(&self, variant: &VariantSheet) -> bool {
        variant.values.len() == self.options.len()
            && self.options.iter().zip(&variant.values).all(|(option, value)| option.values.contains(value))
    }

    /// What would have to be typed to get this product. Without options it is flat, unless several variants are left
    /// from earlier days.
    pub fn input(&self, currency: Currency) -> ProductInput {
        let mut input = ProductInput {
            name: Raw(self.name.clone()),
            slug: Raw(self.slug.clone()),
            summary: Raw(self.summary.clone()),
            description: Raw(self.description.clone()),
            status: Raw::from(self.status.word()),
            category_id: Raw(self.category_id.map(|id| id.to_string()).unwrap_or_default()),
            brand: Raw(self.brand.clone()),
            tags: RawList::of(&self.tags),
            specifications: RawPairs::of(self.specifications.iter().map(|s| (s.name.as_str(), s.value.as_str()))),
            seo_title: Raw(self.seo_title.clone()),
            seo_description: Raw(self.seo_description.clone()),
            featured: switch(self.featured),
            ..ProductInput::default()
        };
        let mut shown = self.variants.iter().filter(|v| self.fits(v));
        if self.options.is_empty() {
            if let Some(only) = shown.next() {
                input.flatten(&only.input(currency));
            }
            return input;
        }
        input.options = self
            .options
            .iter()
            .map(|option| OptionInput { name: Raw(option.name.clone()), values: RawList::of(&option.values) })
            .collect();
        input.variants = shown.map(|v| v.input(currency)).collect();
        input
    }
}
