//! What staff see of stock: the list of levels and the movements of a variant.

use super::movements::{Level, MovementKind};
use crate::actors::{May, Permission};
use crate::address::sought;
use crate::id::{OrderId, ProductId, VariantId};
use crate::input::like_pattern;
use crate::{Error, Page, Paging, Result, Shop, settings};
use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, Postgres, QueryBuilder};

words! {
    /// Which levels are shown.
    #[derive(Default)]
    pub enum LevelFilter {
        #[default]
        All = "all" => say "stock-any",
        /// Some left, but no more than the threshold of the variant, or of the settings.
        Low = "low" => say "stock-low",
        Out = "out" => say "stock-out",
        /// Somebody waits until it is back: what to order first.
        Watched = "watched" => say "stock-watched",
    }
}

words! {
    #[derive(Default)]
    pub enum LevelSort {
        #[default]
        Name = "name",
        Sku = "sku",
        LeastAvailable = "available:asc",
        MostAvailable = "available:desc",
        LeastWatched = "watchers:asc",
        MostWatched = "watchers:desc",
    }
}

/// Which part of the list of levels is asked for.
#[derive(Debug, Clone)]
pub struct LevelQuery {
    /// In the product's name or the SKU.
    pub search: String,
    pub filter: LevelFilter,
    pub sort: LevelSort,
    pub paging: Paging,
}

impl Default for LevelQuery {
    fn default() -> Self {
        Self { search: String::new(), filter: LevelFilter::All, sort: LevelSort::Name, paging: Paging::new(1, 50) }
    }
}

impl LevelSort {
    fn sql(self) -> &'static str {
        match self {
            Self::Name => r#"p.name collate "und-x-icu", p.id, v.position, v.id"#,
            Self::Sku => "v.sku, v.id",
            Self::LeastAvailable => "coalesce(l.available, 0), v.id",
            Self::MostAvailable => "coalesce(l.available, 0) desc, v.id",
            Self::LeastWatched => "watchers, v.id",
            Self::MostWatched => "watchers desc, v.id",
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = StockLevel)]
#[serde(rename_all = "camelCase")]
pub struct LevelRow {
    pub variant_id: VariantId,
    pub product_id: ProductId,
    #[schema(example = "TEE-RED-M")]
    pub sku: String,
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    /// `Red / M`, empty for a product without options.
    #[schema(example = "Red / M")]
    pub variant_name: String,
    pub on_hand: i32,
    pub reserved: i32,
    pub available: i32,
    pub is_low: bool,
    /// How many wait to be told that it is back in stock.
    pub watchers: i64,
    pub updated_at: Option<DateTime<Utc>>,
}

/// The levels of all variants, with those that never had stock. Planned afresh each time: which index serves depends on
/// what is searched.
pub async fn levels(shop: &Shop, who: &dyn May, query: &LevelQuery) -> Result<Page<LevelRow>> {
    who.may(Permission::InventoryRead)?;
    let threshold = settings::load(shop).await?.low_stock_threshold;
    let mut count = QueryBuilder::new("select count(*) from variants v");
    if query.filter != LevelFilter::All {
        count.push(" left join sellable_stock l on l.variant_id = v.id");
    }
    narrow(&mut count, query, threshold);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&shop.db).await?;

    let mut list = QueryBuilder::new(
        "select v.id as variant_id, v.product_id, v.sku, p.name,
                concat_ws(' / ', v.option1, v.option2, v.option3) as variant_name,
                coalesce(l.on_hand, 0) as on_hand, coalesce(l.reserved, 0) as reserved,
                coalesce(l.available, 0) as available, coalesce(l.available, 0) <= coalesce(v.low_stock_at, ",
    );
    list.push_bind(threshold).push(
        ") as is_low, l.updated_at,
         (
             select count(*)
             from watches w
             where w.variant_id = v.id and w.kind = 'back_in_stock' and w.status = 'active'
         ) as watchers
         from variants v
         join products p on p.id = v.product_id
         left join sellable_stock l on l.variant_id = v.id",
    );
    narrow(&mut list, query, threshold);
    list.push(" order by ").push(query.sort.sql());
    list.push(" limit ").push_bind(i64::from(query.paging.limit()));
    list.push(" offset ").push_bind(query.paging.offset());
    let rows = list.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    Ok(Page::new(rows, total, query.paging))
}

fn narrow(sql: &mut QueryBuilder<Postgres>, query: &LevelQuery, threshold: i32) {
    sql.push(" where v.is_active");
    match query.filter {
        LevelFilter::All => {}
        LevelFilter::Low => {
            sql.push(" and l.available between 1 and coalesce(v.low_stock_at, ").push_bind(threshold).push(")");
        }
        LevelFilter::Out => {
            sql.push(" and coalesce(l.available, 0) <= 0");
        }
        LevelFilter::Watched => {
            sql.push(
                " and v.id in (select variant_id from watches where kind = 'back_in_stock' and status = 'active')",
            );
        }
    }
    if !query.search.trim().is_empty() {
        // two searches that each have their index, rather than one "or" that has none
        sql.push(" and v.id in (select id from variants where lower(sku) like ").push_bind(like_pattern(&query.search));
        sql.push(
            " union all select v2.id from product_index s2 join variants v2 on v2.product_id = s2.product_id
              where s2.sought like fold_like(",
        );
        sql.push_bind(sought(&query.search)).push(") and (fold(s2.name) like fold_like(");
        sql.push_bind(sought(&query.search)).push(") or fold(v2.sku) like fold_like(");
        sql.push_bind(sought(&query.search)).push(")))");
    }
}

/// A movement, with the balances after it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
#[schema(as = StockMovement)]
#[serde(rename_all = "camelCase")]
pub struct MovementRow {
    pub kind: MovementKind,
    pub delta_on_hand: i32,
    pub delta_reserved: i32,
    pub on_hand_after: i32,
    pub reserved_after: i32,
    #[schema(example = "Delivery note 4711")]
    pub reason: String,
    #[schema(example = "Ruth Calder")]
    pub actor_name: String,
    pub order_id: Option<OrderId>,
    #[schema(example = "IM-100042")]
    pub order_number: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Why a level is what it is.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantMovements {
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub variant_name: String,
    pub level: Level,
    /// How many wait to be told that it is back in stock.
    pub watchers: i64,
    /// How many wait to be told that it costs less.
    pub price_watchers: i64,
    /// The newest first.
    pub movements: Page<MovementRow>,
}

/// The movements of one variant.
pub async fn movements_of(shop: &Shop, who: &dyn May, variant: VariantId, paging: Paging) -> Result<VariantMovements> {
    who.may(Permission::InventoryRead)?;
    let head = sqlx::query!(
        r#"select v.product_id as "product_id: ProductId", v.sku, p.name,
                  concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.on_hand, 0) as "on_hand!", coalesce(l.reserved, 0) as "reserved!",
                  (select count(*) from inventory_movements m where m.variant_id = v.id) as "movements!",
                  (
                      select count(*)
                      from watches w
                      where w.variant_id = v.id and w.kind = 'back_in_stock' and w.status = 'active'
                  ) as "watchers!",
                  (
                      select count(*)
                      from watches w
                      where w.variant_id = v.id and w.kind = 'price_drop' and w.status = 'active'
                  ) as "price_watchers!"
           from variants v
           join products p on p.id = v.product_id
           left join sellable_stock l on l.variant_id = v.id
           where v.id = $1"#,
        variant as _,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)?;
    let rows = sqlx::query_as!(
        MovementRow,
        r#"select m.kind as "kind: MovementKind", m.delta_on_hand, m.delta_reserved, m.on_hand_after, m.reserved_after,
                  m.reason, m.actor_name, m.order_id as "order_id: OrderId", o.number as "order_number?", m.created_at
           from inventory_movements m
           left join orders o on o.id = m.order_id
           where m.variant_id = $1
           order by m.seq desc
           limit $2 offset $3"#,
        variant as _,
        i64::from(paging.limit()),
        paging.offset(),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(VariantMovements {
        variant_id: variant,
        product_id: head.product_id,
        sku: head.sku,
        name: head.name,
        variant_name: head.variant_name,
        level: Level { on_hand: head.on_hand, reserved: head.reserved },
        watchers: head.watchers,
        price_watchers: head.price_watchers,
        movements: Page::new(rows, head.movements, paging),
    })
}

/// How many of a variant can be bought.
pub async fn available(db: impl PgExecutor<'_>, variant: VariantId) -> Result<i32> {
    let left = sqlx::query_scalar!("select available from sellable_stock where variant_id = $1", variant as _)
        .fetch_optional(db)
        .await?;
    Ok(left.flatten().unwrap_or(0))
}

/// How many variants on sale are low or out, and the `limit` scarcest of them.
pub async fn low_stock(shop: &Shop, who: &dyn May, limit: u32) -> Result<Page<LevelRow>> {
    who.may(Permission::InventoryRead)?;
    let threshold = settings::load(shop).await?.low_stock_threshold;
    let paging = Paging::new(1, limit);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from sellable_stock l
           join variants v on v.id = l.variant_id
           join products p on p.id = v.product_id
           where l.available <= coalesce(v.low_stock_at, $1) and v.is_active and p.status = 'published'"#,
        threshold,
    )
    .fetch_one(&shop.db)
    .await?;
    let rows = sqlx::query_as!(
        LevelRow,
        r#"select v.id as "variant_id: VariantId", v.product_id as "product_id: ProductId", v.sku, p.name,
                  concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  l.on_hand as "on_hand!", l.reserved as "reserved!", l.available as "available!", true as "is_low!",
                  (
                      select count(*)
                      from watches w
                      where w.variant_id = v.id and w.kind = 'back_in_stock' and w.status = 'active'
                  ) as "watchers!",
                  l.updated_at as "updated_at?"
           from sellable_stock l
           join variants v on v.id = l.variant_id
           join products p on p.id = v.product_id
           where l.available <= coalesce(v.low_stock_at, $1) and v.is_active and p.status = 'published'
           order by l.available, l.variant_id
           limit $2"#,
        threshold,
        i64::from(paging.limit()),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(Page::new(rows, total, paging))
}
