//! A product as it stands in the database, whole: what an edit starts from and ends in, and what the audit log keeps.

use super::input::{OptionInput, ProductInput, VariantInput, switch};
use super::texts::{Beside, ProductRow, Texts, query_with_texts, texts_of};
use crate::catalog::ProductStatus;
use crate::id::{CategoryId, ProductId, VariantId};
use crate::input::{Raw, RawList};
use crate::{Currency, Error, Money, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    #[serde(flatten)]
    pub texts: Texts,
    pub slug: String,
    pub status: ProductStatus,
    pub category_id: Option<CategoryId>,
    pub options: Vec<OptionSnapshot>,
    /// In order; those that are no longer sold last.
    pub variants: Vec<VariantSnapshot>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OptionSnapshot {
    pub name: String,
    pub values: Vec<String>,
}

/// Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantSnapshot {
    pub id: VariantId,
    pub sku: String,
    pub values: Vec<String>,
    pub price: i64,
    pub compare_at_price: Option<i64>,
    pub cost: Option<i64>,
    pub weight_grams: Option<i32>,
    pub barcode: Option<String>,
    /// So many or fewer left is low; as the settings say without it.
    pub low_stock_at: Option<i32>,
    pub position: i32,
    pub active: bool,
}

/// A snapshot with what changes at every save.
pub struct StoredProduct {
    pub snapshot: Snapshot,
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
pub async fn load(conn: &mut PgConnection, id: ProductId, hold: Hold) -> Result<StoredProduct> {
    if hold == Hold::Locked {
        sqlx::query!("select from products where id = $1 for no key update", id as _)
            .fetch_optional(&mut *conn)
            .await?;
    }
    let row = query_with_texts!(
        r#"p.slug, p.status as "status: ProductStatus", p.category_id as "category_id: CategoryId", p.version, p.updated_at
           from products p
           where p.id = $1"#,
        id as _,
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    let options = sqlx::query_as!(
        OptionSnapshot,
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
                  barcode, low_stock_at, position, is_active
           from variants
           where product_id = $1
           order by is_active desc, position, id"#,
        id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let variants = variants.into_iter().map(|v| VariantSnapshot {
        id: v.id,
        sku: v.sku,
        values: [v.option1, v.option2, v.option3].into_iter().flatten().collect(),
        price: v.price,
        compare_at_price: v.compare_at_price,
        cost: v.cost,
        weight_grams: v.weight_grams,
        barcode: v.barcode,
        low_stock_at: v.low_stock_at,
        position: v.position,
        active: v.is_active,
    });
    let snapshot = Snapshot {
        slug: row.slug,
        status: row.status,
        category_id: row.category_id,
        texts: texts_of!(row),
        options,
        variants: variants.collect(),
    };
    Ok(StoredProduct { snapshot, version: row.version, updated_at: row.updated_at })
}

impl VariantSnapshot {
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
            low_stock_at: Raw(self.low_stock_at.map(|n| n.to_string()).unwrap_or_default()),
            position: Raw(self.position.to_string()),
            stock: Raw::default(),
            inactive: switch(!self.active),
        }
    }
}

impl Snapshot {
    pub fn variant(&self, id: VariantId) -> Option<&VariantSnapshot> {
        self.variants.iter().find(|v| v.id == id)
    }

    /// Whether a variant has one of the offered values for each option. Those that once had others are kept for the
    /// sake of old orders and are not edited.
    pub fn fits(&self, variant: &VariantSnapshot) -> bool {
        variant.values.len() == self.options.len()
            && self.options.iter().zip(&variant.values).all(|(option, value)| option.values.contains(value))
    }

    pub fn row(&self) -> ProductRow<'_> {
        ProductRow { slug: &self.slug, category: self.category_id, texts: &self.texts }
    }

    /// What would have to be typed to get this product. Without options it is flat, unless several variants are left
    /// from earlier days.
    pub fn input(&self, currency: Currency) -> ProductInput {
        let mut shown = self.variants.iter().filter(|v| self.fits(v)).map(|v| v.input(currency));
        let options = self.options.iter();
        let options: Vec<_> = options
            .map(|option| OptionInput { name: Raw(option.name.clone()), values: RawList::of(&option.values) })
            .collect();
        let (variants, only) = match options.is_empty() {
            true => (Vec::new(), shown.next().unwrap_or_default()),
            false => (shown.collect(), VariantInput::default()),
        };
        let (slug, status, category) = (&self.slug, self.status, self.category_id);
        self.texts.input(Beside { slug, status, category, options, variants, only })
    }
}
