//! Related products.

use super::card::CardOf;
use super::card::cards;
use super::category::tree;
use super::{ProductCard, ProductPage, Tree};
use crate::cache::{self, DependsOn};
use crate::id::{CategoryId, ProductId};
use crate::{Result, Shop};
use std::cmp::Reverse;
use std::sync::Arc;

const RELATED: usize = 8;

/// A product that may be shown beside others of its category.
#[derive(Debug)]
pub(super) struct Neighbour {
    id: ProductId,
    category: Option<CategoryId>,
    in_stock: bool,
    brand: String,
    tags: Vec<String>,
    price: i64,
}

/// Others of the same category, those most alike first: in stock, of the same brand, with the same tags, at about the
/// price.
pub async fn related(shop: &Shop, page: &ProductPage) -> Result<Arc<Vec<Arc<ProductCard>>>> {
    let read = || async {
        let tree = tree(shop).await?;
        let Some(category) = page.category.filter(|id| !tree.is_hidden(Some(*id))) else { return Ok(Vec::new()) };
        let near = shop.cache.get_or_read(NeighboursIn(category), || neighbours(shop, &tree, category)).await?;
        let mut near: Vec<&Neighbour> = near.iter().filter(|other| other.id != page.id).collect();
        near.sort_by_cached_key(|other| {
            let is_kin = other.category == page.category;
            let same_brand = !page.texts.brand.is_empty() && other.brand == page.texts.brand;
            let same_tags = other.tags.iter().any(|tag| page.texts.tags.contains(tag));
            let dearer = other.price.abs_diff(page.price.minor);
            (Reverse((is_kin, other.in_stock, same_brand, same_tags)), dearer, other.id)
        });
        let ids: Vec<ProductId> = near.iter().take(RELATED).map(|other| other.id).collect();
        let keys: Vec<CardOf> = ids.into_iter().map(CardOf).collect();
        let read =
            async |missing: &[CardOf]| cards(shop, &missing.iter().map(|key| key.0).collect::<Vec<_>>(), None).await;
        shop.cache.get_or_read_many(&keys, |card| CardOf(card.id), read).await
    };
    shop.cache.get_or_read(RelatedTo(page.id), read).await
}

/// The newest of a category, and some of its neighbours', from which a category of few products borrows.
async fn neighbours(shop: &Shop, tree: &Tree, category: CategoryId) -> Result<Vec<Neighbour>> {
    let around = tree.get(category).and_then(|c| c.parent).unwrap_or(category);
    let branch: Vec<CategoryId> = tree.branch(around).iter().filter(|c| c.shown).map(|c| c.id).collect();
    let near = sqlx::query_as!(
        Neighbour,
        r#"(select product_id as "id!: ProductId", category_id as "category: CategoryId", stock > 0 as "in_stock!",
                   brand as "brand!", tags as "tags!", price_min as "price!"
            from product_index
            where shown and category_id = $1
            order by published_at desc, product_id desc
            limit 500)
           union
           (select product_id, category_id, stock > 0, brand, tags, price_min
            from product_index
            where shown and category_id = any($2)
            order by published_at desc, product_id desc
            limit 100)"#,
        category as _,
        branch as _,
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(near)
}

cache::key!(RelatedTo(ProductId) => Vec<Arc<ProductCard>>, at most 10_000);

impl DependsOn for Vec<Arc<ProductCard>> {
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.iter().map(|card| card.id)
    }
}

cache::key!(NeighboursIn(CategoryId) => Vec<Neighbour>, at most 200);

impl DependsOn for Vec<Neighbour> {
    const LISTS: bool = true;
}
