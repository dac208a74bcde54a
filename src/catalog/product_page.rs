//! The page of one product.

use super::card::availability;
use super::category::tree;
use super::product::{Availability, Crumb, ProductOption, ProductPicture, ProductStatus, ShownValue, Variant};
use super::products::Texts;
use super::products::texts::{query_with_texts, texts_of};
use super::{Picture, Tree};
use crate::actors::{May, Permission};
use crate::cache::{DependsOn, Key};
use crate::id::{CategoryId, ImageId, ProductId, VariantId};
use crate::{Currency, Error, Money, Result, Shop};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::sync::Arc;

/// Everything that a product's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductPage {
    pub id: ProductId,
    pub slug: String,
    #[serde(flatten)]
    pub texts: Texts,
    pub status: ProductStatus,
    pub category: Option<CategoryId>,
    /// From the root down to the product's own category.
    pub breadcrumb: Vec<Crumb>,
    pub options: Vec<ProductOption>,
    /// At least one, in the order of staff's choosing.
    pub variants: Vec<Variant>,
    pub pictures: Vec<ProductPicture>,
    pub currency: Currency,
    pub price: Money,
    pub price_to: Money,
    pub on_offer: bool,
    pub in_stock: bool,
    pub availability: Availability,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ProductPage {
    pub fn variant(&self, id: VariantId) -> Option<&Variant> {
        self.variants.iter().find(|v| v.id == id)
    }

    /// The value that a picture shows of the option at this place, if it shows one.
    pub fn value_shown<'a>(&'a self, picture: &'a ProductPicture, place: usize) -> Option<&'a str> {
        if let Some(shown) = &picture.value {
            let is_it = self.options.get(place).is_some_and(|option| option.name == shown.option);
            return is_it.then_some(shown.value.as_str());
        }
        self.variant(picture.variant?)?.values.get(place).map(String::as_str)
    }

    /// Whether a picture shows the variant and not merely the product: made for it, or for one of its values.
    pub fn shows(&self, picture: &ProductPicture, variant: &Variant) -> bool {
        let of_value = || {
            let mut values = variant.values.iter().enumerate();
            values.any(|(place, value)| self.value_shown(picture, place) == Some(value))
        };
        picture.variant == Some(variant.id) || picture.value.is_some() && of_value()
    }

    /// What is shown first: the first variant that can be bought.
    pub fn first_choice(&self) -> Option<&Variant> {
        self.variants.iter().find(|v| v.in_stock).or_else(|| self.variants.first())
    }
}

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
    if let Some(page) = shown(shop, PageOf::Slug(slug.to_owned())).await? {
        return Ok(ProductAt::Here(page));
    }
    let tree = tree(shop).await?;
    let now = sqlx::query_scalar!(
        "select p.slug
         from product_slugs old
         join products p on p.id = old.product_id
         join product_index s on s.product_id = p.id
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
    shown(shop, PageOf::Id(id)).await?.ok_or(Error::NotFound)
}

/// The page as it would look, whatever the product's status: for staff.
pub async fn product_preview(shop: &Shop, who: &dyn May, id: ProductId) -> Result<ProductPage> {
    who.may(Permission::CatalogRead)?;
    let tree = tree(shop).await?;
    read(shop, &tree, &PageOf::Id(id)).await?.ok_or(Error::NotFound)
}

async fn shown(shop: &Shop, key: PageOf) -> Result<Option<Arc<ProductPage>>> {
    let wanted = key.clone();
    let read = || async {
        let tree = tree(shop).await?;
        let page = read(shop, &tree, &wanted).await?;
        let page = page.filter(|page| {
            page.status == ProductStatus::Published && !page.variants.is_empty() && !tree.is_hidden(page.category)
        });
        Ok(page.map(Arc::new))
    };
    Ok((*shop.cache.get_or_read(key, read).await?).clone())
}

#[derive(Debug, Deserialize)]
struct OptionRow {
    name: String,
    values: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct VariantRow {
    id: VariantId,
    sku: String,
    option1: Option<String>,
    option2: Option<String>,
    option3: Option<String>,
    price: i64,
    compare_at_price: Option<i64>,
    weight_grams: Option<i32>,
    barcode: Option<String>,
    available: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct PictureRow {
    id: ImageId,
    variant_id: Option<VariantId>,
    option: Option<String>,
    value: Option<String>,
    alt: String,
    hash: String,
    width: i32,
    height: i32,
}

async fn read(shop: &Shop, tree: &Tree, key: &PageOf) -> Result<Option<ProductPage>> {
    let (id, slug) = match key {
        PageOf::Id(id) => (Some(*id), None),
        PageOf::Slug(slug) => (None, Some(slug.as_str())),
    };
    // one question: where every product is sought, most of what a page costs is its round trips
    let found = query_with_texts!(
        r#"p.id as "id: ProductId", p.slug, p.status as "status: ProductStatus", p.category_id as "category: CategoryId",
                  p.published_at, p.created_at, p.updated_at,
                  coalesce((
                      select json_agg(json_build_object('name', o.name, 'values', array(
                          select v.value from product_option_values v where v.option_id = o.id order by v.position
                      )) order by o.position)
                      from product_options o
                      where o.product_id = p.id
                  ), '[]') as "options!: Json<Vec<OptionRow>>",
                  coalesce((
                      select json_agg(json_build_object(
                          'id', v.id, 'sku', v.sku, 'option1', v.option1, 'option2', v.option2, 'option3', v.option3,
                          'price', v.price, 'compare_at_price', v.compare_at_price, 'weight_grams', v.weight_grams,
                          'barcode', v.barcode, 'available', coalesce(l.available, 0), 'created_at', v.created_at,
                          'updated_at', v.updated_at
                      ) order by v.position, v.id)
                      from variants v
                      left join sellable_stock l on l.variant_id = v.id
                      where v.product_id = p.id and v.is_active
                  ), '[]') as "variants!: Json<Vec<VariantRow>>",
                  coalesce((
                      select json_agg(json_build_object(
                          'id', i.id, 'variant_id', i.variant_id, 'option', o.name, 'value', c.value, 'alt', i.alt,
                          'hash', f.hash, 'width', f.width, 'height', f.height
                      ) order by i.position, i.id)
                      from product_images i
                      join files f on f.id = i.file_id
                      left join product_option_values c on c.id = i.option_value_id
                      left join product_options o on o.id = c.option_id
                      where i.product_id = p.id
                  ), '[]') as "pictures!: Json<Vec<PictureRow>>"
           from products p
           where p.id = coalesce($1, (select id from products where slug = $2))"#,
        id as _,
        slug,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(p) = found else { return Ok(None) };

    let money = |minor| Money::new(minor, shop.currency);
    let options = p.options.0;
    let variants: Vec<Variant> = p
        .variants
        .0
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
            created_at: v.created_at,
            updated_at: v.updated_at,
        })
        .collect();
    // a value that no variant has any more is not offered
    let offered = |place: usize, value: &String| variants.iter().any(|v| v.values.get(place) == Some(value));
    let options = options.into_iter().enumerate().map(|(place, option)| ProductOption {
        name: option.name,
        values: option.values.into_iter().filter(|value| offered(place, value)).collect(),
    });
    let pictures = p.pictures.0.into_iter().map(|i| {
        let alt = if i.alt.is_empty() { p.name.clone() } else { i.alt };
        let picture = Picture { hash: i.hash, width: i.width, height: i.height, alt };
        let value = i.option.zip(i.value).map(|(option, value)| ShownValue { option, value });
        ProductPicture { id: i.id, picture, variant: i.variant_id, value }
    });

    let best = variants.iter().map(|v| v.available).max().unwrap_or(0);
    let availability = availability(best, variants.iter().map(|v| v.available.max(0)).sum());
    let prices = || variants.iter().map(|v| v.price.minor);
    Ok(Some(ProductPage {
        id: p.id,
        slug: p.slug,
        status: p.status,
        category: p.category,
        breadcrumb: p.category.map(|id| tree.breadcrumb(id)).unwrap_or_default(),
        options: options.collect(),
        pictures: pictures.collect(),
        currency: shop.currency,
        price: money(prices().min().unwrap_or(0)),
        price_to: money(prices().max().unwrap_or(0)),
        on_offer: variants.iter().any(|v| v.compare_at.is_some()),
        in_stock: availability.can_buy(),
        availability,
        published_at: p.published_at,
        created_at: p.created_at,
        updated_at: p.updated_at,
        variants,
        texts: texts_of!(p),
    }))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum PageOf {
    Id(ProductId),
    Slug(String),
}

/// Remembers too that there is none.
impl Key for PageOf {
    type Value = Option<Arc<ProductPage>>;
    const AT_MOST: u64 = 10_000;
}

impl DependsOn for Option<Arc<ProductPage>> {
    fn stocks(&self) -> impl Iterator<Item = ProductId> {
        self.iter().map(|page| page.id)
    }
}
