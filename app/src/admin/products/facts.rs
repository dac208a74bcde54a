//! What the form of a product needs to know beside what stands in it.

use chrono::{DateTime, Utc};
use shop::Currency;
use shop::catalog::ProductStatus;
use shop::id::{ProductId, VariantId};
use std::collections::HashMap;

pub struct Facts {
    pub id: Option<ProductId>,
    /// Tells this product's form from those of others.
    pub which: String,
    pub version: i32,
    pub status: ProductStatus,
    pub updated_at: Option<DateTime<Utc>>,
    pub categories: Vec<(String, String)>,
    /// What can be sold of each variant.
    pub free: HashMap<VariantId, i32>,
    /// The variant that the flat form stands for.
    pub only: Option<VariantId>,
    pub currency: Currency,
    pub may_write: bool,
}
