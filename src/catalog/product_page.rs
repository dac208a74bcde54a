//! The page of one product.

use super::card::availability;
use super::category::tree;
use super::memory::ProductKey;
use super::product::{Availability, ProductOption, ProductPage, ProductPicture, ProductStatus, Specification, Variant};
use super::{Picture, Tree};
use crate::accounts::{Permission, Staff};
use crate::id::{CategoryId, ImageId, ProductId, VariantId};
use crate::{Error, Money, Result, Shop};
use sqlx::types::Json;
use std::sync::Arc;

/// Where an address of a product leads.
#[derive(Debug, Clone)]
pub enum ProductAt {
    Here(Arc<ProductPage>),
    /// It lives under this slug now: redirect, for good.
    Moved(String),
}

/// The product that shoppers see under this slug, now or in former times.
pub async fn product(shop: &Shop, slug: &str) -> Result<ProductAt> {
    // A slug that cannot be one is not looked for, nor remembered.
    if slug.is_empty() || slug.len() > 220 || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::NotFound);
    }
    if let Some(page) = shown(shop, ProductKey::Slug(slug.to_owned())).await? {
        return Ok(ProductAt::Here(page));
    }
    let tree = tree(shop).await?;
    let now = sqlx::query_scalar!(
        "select p.slug
         from product_slugs old
         join products p on p.id = old.product_id
         join product_shelf s on s.product_id = p.id
         where old.slug = $1 and p.slug <> $1 and s.shown and (s.category_id is null or s.category_id <> all($2))",
        slug,
        tree.hidden() as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    now.map(ProductAt::Moved).ok_or(Error::NotFound)
}

/// The product with this id, if shoppers see it.
pub async fn product_by_id(shop: &Shop, id: ProductId) -> Result<Arc<ProductPage>> {
    shown(shop, ProductKey::Id(id)).await?.ok_or(Error::NotFound)
}

/// The page as it would look, whatever the product's status: for staff.
pub async fn product_preview(shop: &Shop, staff: &Staff, id: ProductId) -> Result<ProductPage> {
    staff.may(Permission::CatalogRead)?;
    let tree = tree(shop).await?;
    read(shop, &tree, &ProductKey::Id(id)).await?.ok_or(Error::NotFound)
}

async fn shown(shop: &Shop, key: ProductKey) -> Result<Option<Arc<ProductPage>>> {
    let wanted = key.clone();
    let read = async {
        let tree = tree(shop).await?;
        let page = read(shop, &tree, &wanted).await?;
        let page = page.filter(|page| {
            page.status == ProductStatus::Published && !page.variants.is_empty() && !tree.is_hidden(page.category)
        });
        Ok(page.map(Arc::new))
    };
    shop.memory.product(key, read).await
}

async fn read(shop: &Shop, tree: &Tree, key: &ProductKey) -> Result<Option<ProductPage>> {
    let (id, slug) = match key {
        ProductKey::Id(id) => (Some(*id), None),
        ProductKey::Slug(slug) => (None, Some(slug.as_str())),
    };
    let mut conn = shop.db.acquire().await?;
    let found = sqlx::query!(
        r#"select id as "id: ProductId", slug, name, summary, description, brand, status as "status: ProductStatus",
                  category_id as "category: CategoryId", tags, specifications as "specifications: Json<Vec<Specification>>",
                  is_featured, seo_title, seo_description, published_at, updated_at
           from products
           where id = $1 or slug = $2"#,
        id as _,
        slug,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(p) = found else { return Ok(None) };

    let options = sqlx::query!(
        "select o.name, array(select v.value from product_option_values v where v.option_id = o.id order by v.position) as \"values!\"
         from product_options o
         where o.product_id = $1
         order by o.position",
        p.id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select v.id as "id: VariantId", v.sku, v.option1, v.option2, v.option3, v.price, v.compare_at_price,
                  v.weight_grams, v.barcode,
                  coalesce(l.available, 0) as "available!"
           from variants v
           left join sellable_stock l on l.variant_id = v.id
           where v.product_id = $1 and v.is_active
           order by v.position, v.id"#,
        p.id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let money = |minor| Money::new(minor, shop.currency);
    let variants: Vec<Variant> = rows
        .into_iter()
        .map(|v| Variant {
            id: v.id,
            sku: v.sku,
            values: [v.option1, v.option2, v.option3].into_iter().take(options.len()).flatten().collect(),
            price: money(v.price),
            compare_at: v.compare_at_price.map(money),
            available: v.available,
            in_stock: v.available > 0,
            availability: Availability::of(v.available),
            weight_grams: v.weight_grams,
            barcode: v.barcode,
        })
        .collect();
    // a value that no variant has any more is not offered
    let offered = |place: usize, value: &String| variants.iter().any(|v| v.values.get(place) == Some(value));
    let options = options.into_iter().enumerate().map(|(place, option)| ProductOption {
        name: option.name,
        values: option.values.into_iter().filter(|value| offered(place, value)).collect(),
    });

    let pictures = sqlx::query!(
        r#"select i.id as "id: ImageId", i.variant_id as "variant: VariantId", i.alt, f.hash, f.width, f.height
           from product_images i
           join files f on f.id = i.file_id
           where i.product_id = $1
           order by i.position, i.id"#,
        p.id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let pictures = pictures.into_iter().map(|i| {
        let alt = if i.alt.is_empty() { p.name.clone() } else { i.alt };
        let picture = Picture { hash: i.hash, width: i.width, height: i.height, alt };
        ProductPicture { id: i.id, picture, variant: i.variant }
    });

    let best = variants.iter().map(|v| v.available).max().unwrap_or(0);
    let availability = availability(best, variants.iter().map(|v| v.available.max(0)).sum());
    let prices = || variants.iter().map(|v| v.price.minor);
    Ok(Some(ProductPage {
        id: p.id,
        slug: p.slug,
        summary: p.summary,
        description: p.description,
        brand: p.brand,
        status: p.status,
        category: p.category,
        breadcrumb: p.category.map(|id| tree.breadcrumb(id)).unwrap_or_default(),
        tags: p.tags,
        specifications: p.specifications.0,
        options: options.collect(),
        pictures: pictures.collect(),
        name: p.name,
        currency: shop.currency,
        price: money(prices().min().unwrap_or(0)),
        price_to: money(prices().max().unwrap_or(0)),
        on_offer: variants.iter().any(|v| v.compare_at.is_some()),
        in_stock: availability.can_buy(),
        availability,
        is_featured: p.is_featured,
        seo_title: p.seo_title,
        seo_description: p.seo_description,
        published_at: p.published_at,
        updated_at: p.updated_at,
        variants,
    }))
}
