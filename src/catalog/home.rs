//! What the front page shows, and what search engines are told there is.

use super::card::cards;
use super::category::{category_counts, tree};
use super::{Category, Picture, ProductCard, Tree};
use crate::cache::{self, DependsOn};
use crate::id::{CategoryId, ProductId};
use crate::{Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    pub featured: Vec<ProductCard>,
    pub categories: Vec<CategoryTile>,
    /// The newest.
    pub fresh: Vec<ProductCard>,
    pub on_offer: Vec<ProductCard>,
}

/// A category at the root, with a picture: its own, or that of a product in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryTile {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub product_count: i64,
    pub picture: Option<Picture>,
}

const EACH: i64 = 8;

pub async fn home(shop: &Shop) -> Result<Arc<Home>> {
    let read = || async {
        let tree = tree(shop).await?;
        let hidden = tree.hidden();
        let featured = sqlx::query_scalar!(
            r#"select product_id as "id: ProductId"
               from product_index
               where shown and is_featured and (category_id is null or category_id <> all($1))
               order by published_at desc, product_id desc
               limit $2"#,
            hidden.clone() as _,
            EACH,
        )
        .fetch_all(&shop.db)
        .await?;
        let fresh = sqlx::query_scalar!(
            r#"select product_id as "id: ProductId"
               from product_index
               where shown and stock > 0 and (category_id is null or category_id <> all($1))
               order by published_at desc, product_id desc
               limit $2"#,
            hidden.clone() as _,
            EACH,
        )
        .fetch_all(&shop.db)
        .await?;
        let on_offer = sqlx::query_scalar!(
            r#"select product_id as "id: ProductId"
               from product_index
               where shown and stock > 0 and discount > 0 and (category_id is null or category_id <> all($1))
               order by discount desc, product_id desc
               limit $2"#,
            hidden as _,
            EACH,
        )
        .fetch_all(&shop.db)
        .await?;
        let all: Vec<ProductId> = featured.iter().chain(&fresh).chain(&on_offer).copied().collect();
        let cards: HashMap<ProductId, ProductCard> =
            cards(shop, &all, None).await?.into_iter().map(|card| (card.id, card)).collect();
        let pick = |ids: Vec<ProductId>| ids.iter().filter_map(|id| cards.get(id).cloned()).collect();
        Ok(Home {
            featured: pick(featured),
            categories: tiles(shop, &tree).await?,
            fresh: pick(fresh),
            on_offer: pick(on_offer),
        })
    };
    shop.cache.get_or_read(TheHome, read).await
}

async fn tiles(shop: &Shop, tree: &Tree) -> Result<Vec<CategoryTile>> {
    let counts = category_counts(shop).await?;
    let count = |c: &Category| counts.get(&c.id).copied().unwrap_or(0);
    let mut tiles = Vec::new();
    for category in tree.children(None).filter(|c| c.shown && count(c) > 0) {
        let picture = match &category.picture {
            Some(picture) => Some(picture.clone()),
            None => picture_within(shop, tree, category).await?,
        };
        tiles.push(CategoryTile {
            id: category.id,
            slug: category.slug.clone(),
            name: category.name.clone(),
            description: category.description.clone(),
            product_count: count(category),
            picture,
        });
    }
    Ok(tiles)
}

/// Of a product below a category: a new one that has a picture.
async fn picture_within(shop: &Shop, tree: &Tree, category: &Category) -> Result<Option<Picture>> {
    let branch: Vec<CategoryId> = tree.branch(category.id).iter().filter(|c| c.shown).map(|c| c.id).collect();
    let found = sqlx::query!(
        "select f.hash, f.width, f.height
         from unnest($1::uuid[]) with ordinality as branch (id, n)
         cross join lateral (
             select product_id, published_at
             from product_index
             where shown and category_id = branch.id
             order by published_at desc, product_id desc
             limit 5
         ) newest
         join product_images i on i.product_id = newest.product_id
         join files f on f.id = i.file_id
         order by branch.n, newest.published_at desc, i.position, i.id
         limit 1",
        branch as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(found.map(|f| Picture { hash: f.hash, width: f.width, height: f.height, alt: category.name.clone() }))
}

/// A line of the sitemap: the slug of a product or category and when it last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapEntry {
    pub slug: String,
    pub changed: DateTime<Utc>,
}

/// A sitemap may hold 50,000 addresses (<https://www.sitemaps.org/protocol.html>); shorter ones are quicker to make.
pub const SITEMAP_PAGE: i64 = 10_000;

/// How many pages of products the sitemap has; the categories are a file of their own.
pub async fn sitemap_pages(shop: &Shop) -> Result<i64> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from product_index where shown"#)
        .fetch_one(&shop.db)
        .await?;
    Ok((count + SITEMAP_PAGE - 1) / SITEMAP_PAGE)
}

/// One page of products for the sitemap, from 1.
pub async fn sitemap_products(shop: &Shop, page: i64) -> Result<Vec<SitemapEntry>> {
    let hidden = tree(shop).await?.hidden();
    let entries = sqlx::query_as!(
        SitemapEntry,
        "select p.slug, p.updated_at as changed
         from (
             select product_id
             from product_index
             where shown and (category_id is null or category_id <> all($1))
             order by product_id
             limit $2 offset $3
         ) page
         join products p on p.id = page.product_id
         order by p.id",
        hidden as _,
        SITEMAP_PAGE,
        page.clamp(1, 100_000).saturating_sub(1) * SITEMAP_PAGE,
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(entries)
}

/// The categories that shoppers see, for the sitemap.
pub async fn sitemap_categories(shop: &Shop) -> Result<Vec<SitemapEntry>> {
    let tree = tree(shop).await?;
    let entry = |c: &Category| SitemapEntry { slug: c.slug.clone(), changed: c.updated_at };
    Ok(tree.all().iter().filter(|c| c.shown).map(entry).collect())
}

cache::key!(TheHome => Home, at most 2);

impl DependsOn for Home {
    const LISTS: bool = true;
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.featured.iter().chain(&self.fresh).chain(&self.on_offer).map(|card| card.id)
    }
}
