//! All of a product at once, for programs that look after it.

use super::snapshot::{Hold, Snapshot, load};
use crate::actors::{May, Permission};
use crate::catalog::{self, ProductPage};
use crate::id::{ProductId, VariantId};
use crate::inventory::Level;
use crate::{Error, Result, Shop};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// A product as it stands and as shoppers would see it. Holds cost prices and exact stock: for those who work here.
#[derive(Debug, Clone)]
pub struct ProductDetails {
    /// The one that the snapshot is of, or older.
    pub version: i32,
    pub updated_at: DateTime<Utc>,
    pub snapshot: Snapshot,
    pub page: ProductPage,
    /// Of all variants, like the times at which they were made and last changed.
    pub stock: HashMap<VariantId, Level>,
    pub times: HashMap<VariantId, (DateTime<Utc>, DateTime<Utc>)>,
}

/// A product of any status.
pub async fn details(shop: &Shop, who: &dyn May, id: ProductId) -> Result<ProductDetails> {
    who.may(Permission::CatalogRead)?;
    // the version before the rest: one that is too old only stops an edit, one that is too new would let it overwrite
    let stored = load(&mut *shop.db.acquire().await?, id, Hold::No).await?;
    let page = catalog::product_preview(shop, who, id).await?;
    let levels = sqlx::query!(
        r#"select v.id as "variant: VariantId", coalesce(s.on_hand, 0) as "on_hand!", coalesce(s.reserved, 0) as "reserved!",
                  v.created_at, v.updated_at
           from variants v
           left join sellable_stock s on s.variant_id = v.id
           where v.product_id = $1"#,
        id as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let times = levels.iter().map(|l| (l.variant, (l.created_at, l.updated_at))).collect();
    let stock = levels.into_iter().map(|l| (l.variant, Level { on_hand: l.on_hand, reserved: l.reserved })).collect();
    Ok(ProductDetails {
        version: stored.version,
        updated_at: stored.updated_at,
        snapshot: stored.snapshot,
        page,
        stock,
        times,
    })
}

/// Which product is meant, of any status: by its id, or by a slug of now or of former times.
pub async fn find(shop: &Shop, who: &dyn May, reference: &str) -> Result<ProductId> {
    who.may(Permission::CatalogRead)?;
    if let Ok(id) = reference.parse() {
        return Ok(id);
    }
    let slug = reference.replace('\0', "");
    sqlx::query_scalar!(
        r#"select id as "id!: ProductId" from products where slug = $1
           union all
           select product_id from product_slugs where slug = $1
           limit 1"#,
        slug,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)
}
