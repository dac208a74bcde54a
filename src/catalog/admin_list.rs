//! The staff's list of products, of any status.

use super::Picture;
use super::category::{self, tree};
use super::product::ProductStatus;
use crate::actors::{May, Permission};
use crate::cache::{self, DependsOn};
use crate::id::{CategoryId, ProductId, VariantId};
use crate::{Money, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an address of the list holds, and what only programs ask for: brands, tags, prices, and orders after the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AdminFilter {
    /// Pieces of name, brand or SKU; each word must be found.
    pub q: String,
    pub status: Option<ProductStatus>,
    /// With those below it.
    pub category: Option<CategoryId>,
    pub stock: Option<StockWord>,
    /// Any of them.
    pub brands: BTreeSet<String>,
    /// Any of them.
    pub tags: BTreeSet<String>,
    /// In minor units, of the cheapest variant; both ends included.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub in_stock: bool,
    pub sort: AdminSort,
    /// Where two are alike in that order, the one after it decides.
    pub then: Vec<AdminSort>,
    pub page: Option<u32>,
    pub limit: Option<u32>,
}

words! {
    /// How a product stands, by the variant of which there is most.
    pub enum StockWord {
        In = "in" => say "stock-in",
        Low = "low" => say "stock-low",
        Out = "out" => say "stock-out",
    }
}

impl StockWord {
    /// As `product_index.stock` holds it.
    fn number(self) -> i16 {
        match self {
            Self::Out => 0,
            Self::Low => 1,
            Self::In => 2,
        }
    }
}

words! {
    #[derive(Default)]
    pub enum AdminSort {
        #[default]
        Updated = "updated",
        UpdatedUp = "updated:asc",
        Created = "created",
        CreatedUp = "created:asc",
        NameUp = "name:asc",
        NameDown = "name:desc",
        PriceUp = "price:asc",
        PriceDown = "price:desc",
    }
}

impl AdminSort {
    /// Of `product_index`.
    fn sql(self) -> &'static str {
        match self {
            Self::Updated => "s.updated_at desc",
            Self::UpdatedUp => "s.updated_at",
            Self::Created => "s.created_at desc",
            Self::CreatedUp => "s.created_at",
            Self::NameUp => r#"s.name collate "und-x-icu""#,
            Self::NameDown => r#"s.name collate "und-x-icu" desc"#,
            Self::PriceUp => "s.price_min",
            Self::PriceDown => "s.price_min desc nulls last",
        }
    }
}

const PER_PAGE: u32 = 25;

impl AdminFilter {
    /// Reads the pairs of a query string; what makes no sense is left out.
    pub fn parse<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut filter = Self::default();
        for (key, value) in pairs {
            let value = value.as_ref().trim();
            match key.as_ref() {
                "q" | "search" => filter.q = value.chars().filter(|c| !c.is_control()).take(200).collect(),
                "status" => filter.status = ProductStatus::parse(value),
                "category" => filter.category = value.parse().ok(),
                "stock" => filter.stock = StockWord::parse(value),
                "sort" => filter.sort = AdminSort::parse(value).unwrap_or_default(),
                "page" => filter.page = value.parse().ok().filter(|page| *page > 0),
                "limit" => filter.limit = value.parse().ok().filter(|limit| *limit > 0),
                _ => {}
            }
        }
        filter
    }

    pub fn paging(&self) -> Paging {
        Paging::new(self.page.unwrap_or(1), self.limit.unwrap_or(PER_PAGE))
    }

    fn is_by_stock(&self) -> bool {
        self.stock.is_some() || self.in_stock
    }

    pub fn with_page(&self, page: u32) -> Self {
        Self { page: Some(page), ..self.clone() }
    }

    pub fn with_sort(&self, sort: AdminSort) -> Self {
        Self { sort, page: None, ..self.clone() }
    }

    pub fn to_query(&self) -> String {
        let page = self.page.filter(|page| *page > 1);
        let pairs = [
            ("q", Some(self.q.clone()).filter(|q| !q.is_empty())),
            ("status", self.status.map(|status| status.word().to_owned())),
            ("category", self.category.map(|id| id.to_string())),
            ("stock", self.stock.map(|stock| stock.word().to_owned())),
            ("sort", Some(self.sort).filter(|sort| *sort != AdminSort::default()).map(|sort| sort.word().to_owned())),
            ("page", page.map(|page| page.to_string())),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        let given = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminProduct {
    pub id: ProductId,
    pub name: String,
    pub slug: String,
    pub summary: String,
    pub brand: String,
    pub status: ProductStatus,
    pub category: Option<CategoryId>,
    pub category_name: Option<String>,
    /// `None` while there is no active variant.
    pub price: Option<Money>,
    pub price_to: Option<Money>,
    /// What the cheapest variant used to cost, when it is on offer.
    pub compare_at: Option<Money>,
    /// Active ones.
    pub variants: i32,
    /// `None` when there are several.
    pub only_variant: Option<VariantId>,
    /// The only variant's.
    pub sku: Option<String>,
    /// Of all active variants together.
    pub available: i64,
    pub stock: StockWord,
    pub is_featured: bool,
    pub picture: Option<Picture>,
    pub version: i32,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A page of the list, and how many products of each status fit the other choices.
#[derive(Debug)]
pub struct AdminListing {
    pub page: Page<AdminProduct>,
    statuses: Arc<StatusCounts>,
    pub(super) is_by_stock: bool,
}

/// How many products of each status fit the other choices.
#[derive(Debug)]
pub(super) struct StatusCounts {
    counts: Vec<(ProductStatus, i64)>,
    pub(super) is_by_stock: bool,
}

impl StatusCounts {
    fn of(&self, status: Option<ProductStatus>) -> i64 {
        self.counts.iter().filter(|(of, _)| status.is_none_or(|status| status == *of)).map(|(_, count)| count).sum()
    }
}

impl AdminListing {
    /// Of a status, or of all.
    pub fn count(&self, status: Option<ProductStatus>) -> i64 {
        self.statuses.of(status)
    }
}

pub async fn admin_list(shop: &Shop, who: &dyn May, filter: &AdminFilter) -> Result<Arc<AdminListing>> {
    who.may(Permission::CatalogRead)?;
    shop.cache.get_or_read(StaffListOf(filter.clone()), || read(shop, filter)).await
}

async fn read(shop: &Shop, filter: &AdminFilter) -> Result<AdminListing> {
    let paging = filter.paging();
    let branch: Option<Vec<CategoryId>> = match filter.category {
        Some(id) => Some(tree(shop).await?.branch(id).iter().map(|c| c.id).collect()),
        None => None,
    };
    // the same on every page of a list and in every order
    let (sort, then) = (AdminSort::default(), Vec::new());
    let counted = AdminFilter { status: None, sort, then, page: None, limit: None, ..filter.clone() };
    let statuses = shop.cache.get_or_read(StatusCountsOf(counted), || count(shop, filter, branch.as_deref())).await?;

    let mut sql = QueryBuilder::new("select s.product_id from product_index s where true");
    push_conditions(&mut sql, filter, branch.as_deref());
    if let Some(status) = filter.status {
        sql.push(" and s.status = ").push_bind(status.word());
    }
    let first = filter.sort.sql();
    sql.push(" order by ").push(first);
    for sort in &filter.then {
        sql.push(", ").push(sort.sql());
    }
    // in the direction of the index
    sql.push(if first.contains(" desc") { ", s.product_id desc" } else { ", s.product_id" });
    sql.push(" limit ").push_bind(i64::from(paging.limit())).push(" offset ").push_bind(paging.offset());
    let ids: Vec<ProductId> = sql.build_query_scalar().persistent(false).fetch_all(&shop.db).await?;
    let page = Page::new(lines(shop, &ids).await?, statuses.of(filter.status), paging);
    Ok(AdminListing { page, statuses, is_by_stock: filter.is_by_stock() })
}

async fn count(shop: &Shop, filter: &AdminFilter, branch: Option<&[CategoryId]>) -> Result<StatusCounts> {
    let mut sql = QueryBuilder::new("select s.status, count(*) from product_index s where true");
    push_conditions(&mut sql, filter, branch);
    sql.push(" group by s.status");
    let counts = sql.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    Ok(StatusCounts { counts, is_by_stock: filter.is_by_stock() })
}

/// All but the status.
fn push_conditions(sql: &mut QueryBuilder<Postgres>, filter: &AdminFilter, branch: Option<&[CategoryId]>) {
    for word in filter.q.split_whitespace().filter(|word| !word.contains('\0')).take(8) {
        sql.push(" and s.sought like fold_like(").push_bind(word.to_owned()).push(")");
    }
    if let Some(branch) = branch {
        sql.push(" and s.category_id = any(").push_bind(branch.to_vec()).push(")");
    }
    if let Some(stock) = filter.stock {
        sql.push(" and s.stock = ").push_bind(stock.number());
    }
    if filter.in_stock {
        sql.push(" and s.stock > 0");
    }
    if !filter.brands.is_empty() {
        sql.push(" and s.brand = any(").push_bind(filter.brands.iter().cloned().collect::<Vec<_>>()).push(")");
    }
    if !filter.tags.is_empty() {
        sql.push(" and s.tags && ").push_bind(filter.tags.iter().cloned().collect::<Vec<_>>());
    }
    if let Some(min) = filter.min_price {
        sql.push(" and s.price_min >= ").push_bind(min);
    }
    if let Some(max) = filter.max_price {
        sql.push(" and s.price_min <= ").push_bind(max);
    }
}

async fn lines(shop: &Shop, ids: &[ProductId]) -> Result<Vec<AdminProduct>> {
    let rows = sqlx::query!(
        r#"select p.id as "id!: ProductId", p.name as "name!", p.slug as "slug!", p.summary as "summary!", p.brand as "brand!",
                  p.status as "status!: ProductStatus",
                  p.category_id as "category: CategoryId", c.name as "category_name?",
                  s.price_min as "price_min?", s.price_max as "price_max?", s.variants as "variants!",
                  (select v.compare_at_price from variants v
                   where v.product_id = p.id and v.is_active
                   order by v.price, v.position limit 1) as "compare_at?",
                  single.id as "only_variant?: VariantId", single.sku as "sku?",
                  coalesce((
                      select sum(l.available)
                      from sellable_stock l
                      join variants v on v.id = l.variant_id
                      where l.product_id = p.id and l.on_hand > l.reserved and v.is_active
                  ), 0)::bigint as "available!",
                  s.stock as "stock!", p.is_featured as "is_featured!", p.version as "version!", p.published_at as "published_at?",
                  p.created_at as "created_at!", p.updated_at as "updated_at!",
                  shot.alt as "alt?", shot.hash as "hash?", shot.width as "width?", shot.height as "height?"
           from unnest($1::uuid[]) with ordinality as wanted (id, n)
           join products p on p.id = wanted.id
           join product_index s on s.product_id = p.id
           left join categories c on c.id = p.category_id
           left join lateral (
               select i.alt, f.hash, f.width, f.height
               from product_images i
               join files f on f.id = i.file_id
               where i.product_id = p.id
               order by i.position, i.id
               limit 1
           ) shot on true
           left join variants single on s.variants = 1 and single.product_id = p.id and single.is_active
           order by wanted.n"#,
        ids as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let money = |minor| Money::new(minor, shop.currency);
    let lines = rows.into_iter().map(|row| AdminProduct {
        picture: category::picture(row.hash, row.width, row.height, row.alt.as_deref().unwrap_or_default()),
        id: row.id,
        name: row.name,
        slug: row.slug,
        summary: row.summary,
        brand: row.brand,
        status: row.status,
        category: row.category,
        category_name: row.category_name,
        price: row.price_min.map(money),
        price_to: row.price_max.map(money),
        compare_at: row.compare_at.map(money),
        variants: row.variants,
        only_variant: row.only_variant,
        sku: row.sku,
        available: row.available,
        stock: match row.stock {
            0 => StockWord::Out,
            1 => StockWord::Low,
            _ => StockWord::In,
        },
        is_featured: row.is_featured,
        version: row.version,
        published_at: row.published_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(lines.collect())
}

cache::key!(StaffListOf(AdminFilter) => AdminListing, at most 2_000);

impl DependsOn for AdminListing {
    fn stocks(&self) -> impl Iterator<Item = ProductId> {
        self.page.items.iter().map(|line| line.id)
    }
    fn any_stock(&self) -> bool {
        self.is_by_stock
    }
}

cache::key!(StatusCountsOf(AdminFilter) => StatusCounts, at most 2_000);

impl DependsOn for StatusCounts {
    fn any_stock(&self) -> bool {
        self.is_by_stock
    }
}
