//! What somebody watches.

use super::words::{WatchKind, WatchStatus};
use crate::actors::Customer;
use crate::id::{ProductId, VariantId, WatchId};
use crate::{Money, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A watch, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    pub id: WatchId,
    pub kind: WatchKind,
    pub status: WatchStatus,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    #[schema(example = "cotton-t-shirt")]
    pub slug: String,
    #[schema(example = "TEE-RED-M")]
    pub sku: String,
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    /// `Red / M`, empty for a product without options.
    #[schema(example = "Red / M")]
    pub variant_name: String,
    /// What it cost when it was asked for, or when it was told last.
    pub price_seen: Money,
    /// What it costs now.
    pub price: Money,
    /// Whether shoppers see it at all.
    pub is_for_sale: bool,
    pub in_stock: bool,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was told last.
    pub told_at: Option<DateTime<Utc>>,
}

/// The watches of an account, the newest first: those that it asked for, and those that were asked for with its
/// verified address. Ended ones are left out.
pub async fn mine(shop: &Shop, customer: &Customer, paging: Paging) -> Result<Page<Watch>> {
    let rows = sqlx::query!(
        r#"select w.id as "id: WatchId", w.kind as "kind: WatchKind", w.status as "status: WatchStatus",
                  w.variant_id as "variant_id: VariantId", v.product_id as "product_id!: ProductId", v.slug as "slug!",
                  v.sku as "sku!", v.name as "name!", v.variant_name as "variant_name!", w.price_seen,
                  v.price as "price!", v.is_for_sale as "is_for_sale!", coalesce(l.available, 0) > 0 as "in_stock!",
                  w.created_at, w.confirmed_at, w.told_at, count(*) over () as "total!"
           from users u
           join watches w on w.user_id = u.id or w.email = u.email and u.email_verified_at is not null
           join variants_named v on v.variant_id = w.variant_id
           left join sellable_stock l on l.variant_id = w.variant_id
           where u.id = $1 and w.status <> 'ended'
           order by w.created_at desc, w.id desc
           limit $2 offset $3"#,
        customer.id() as _,
        i64::from(paging.limit()),
        paging.offset(),
    )
    .fetch_all(&shop.db)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let money = |minor| Money::new(minor, shop.currency);
    let watches = rows.into_iter().map(|row| Watch {
        id: row.id,
        kind: row.kind,
        status: row.status,
        variant_id: row.variant_id,
        product_id: row.product_id,
        slug: row.slug,
        sku: row.sku,
        name: row.name,
        variant_name: row.variant_name,
        price_seen: money(row.price_seen),
        price: money(row.price),
        is_for_sale: row.is_for_sale,
        in_stock: row.in_stock,
        created_at: row.created_at,
        confirmed_at: row.confirmed_at,
        told_at: row.told_at,
    });
    Ok(Page::new(watches.collect(), total, paging))
}
