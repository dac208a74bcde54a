//! What is told of a product. Fields that are for those who work here are left out for everybody else.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shop::catalog::products::{ProductDetails, Texts, VariantSnapshot};
use shop::catalog::{
    AdminProduct, Availability, AvailabilityWord, Crumb, Picture, PictureSize, ProductCard, ProductPage,
    ProductPicture, ProductStatus, StockWord, description_html,
};
use shop::catalog::{ProductOption, ShownValue};
use shop::id::{CategoryId, ImageId, ProductId, VariantId};
use shop::{Currency, Money};
use utoipa::ToSchema;

/// A product in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductSummary {
    id: ProductId,
    #[schema(example = "cotton-t-shirt")]
    slug: String,
    #[schema(example = "Cotton T-shirt")]
    name: String,
    /// One or two sentences.
    #[schema(example = "Heavy cotton, cut straight.")]
    summary: String,
    #[schema(example = "Northwind")]
    brand: String,
    /// The same as `brand`, until the next major version.
    #[schema(example = "Northwind", deprecated)]
    vendor: String,
    currency: Currency,
    /// Of the cheapest variant. A draft may be without.
    price: Option<Money>,
    /// Of the dearest variant.
    price_to: Option<Money>,
    /// What the cheapest variant cost before, when it is on offer.
    compare_at_price: Option<Money>,
    on_offer: bool,
    in_stock: bool,
    availability: AvailabilityWord,
    /// How many are left, when they are the last few.
    remaining: Option<i32>,
    image: Option<Picture>,
    /// Of the only variant, which can be put into a cart at once; null when there is a choice.
    variant_id: Option<VariantId>,
    /// Published: shoppers see it.
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// For staff only, like all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ProductStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category_id: Option<CategoryId>,
    /// Of the only variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "TEE-RED-M")]
    sku: Option<String>,
    /// How many can be bought, of all variants together.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i64>,
}

impl From<&ProductCard> for ProductSummary {
    fn from(card: &ProductCard) -> Self {
        Self {
            id: card.id,
            slug: card.slug.clone(),
            name: card.name.clone(),
            summary: card.summary.clone(),
            brand: card.brand.clone(),
            vendor: card.brand.clone(),
            currency: card.currency,
            price: Some(card.price),
            price_to: Some(card.price_to),
            compare_at_price: card.compare_at,
            on_offer: card.on_offer,
            in_stock: card.in_stock,
            availability: card.availability.word(),
            remaining: card.availability.remaining(),
            image: card.picture.clone(),
            variant_id: card.only_variant,
            is_active: true,
            created_at: card.created_at,
            updated_at: card.updated_at,
            status: None,
            version: None,
            category_id: None,
            sku: None,
            available: None,
        }
    }
}

impl ProductSummary {
    /// For those who work here.
    pub fn listed(line: &AdminProduct, currency: Currency) -> Self {
        let availability = match line.stock {
            StockWord::In => AvailabilityWord::InStock,
            StockWord::Low => AvailabilityWord::LowStock,
            StockWord::Out => AvailabilityWord::OutOfStock,
        };
        Self {
            id: line.id,
            slug: line.slug.clone(),
            name: line.name.clone(),
            summary: line.summary.clone(),
            brand: line.brand.clone(),
            vendor: line.brand.clone(),
            currency,
            price: line.price,
            price_to: line.price_to,
            compare_at_price: line.compare_at,
            on_offer: line.compare_at.is_some(),
            in_stock: line.stock != StockWord::Out,
            availability,
            remaining: (line.stock == StockWord::Low).then(|| i32::try_from(line.available).ok()).flatten(),
            image: line.picture.clone(),
            variant_id: line.only_variant,
            is_active: line.status == ProductStatus::Published,
            created_at: line.created_at,
            updated_at: line.updated_at,
            status: Some(line.status),
            version: Some(line.version),
            category_id: line.category,
            sku: line.sku.clone(),
            available: Some(line.available),
        }
    }
}

/// A product, whole.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    id: ProductId,
    #[schema(example = "cotton-t-shirt")]
    slug: String,
    #[serde(flatten)]
    texts: Texts,
    /// The same as `brand`, until the next major version.
    #[schema(example = "Northwind", deprecated)]
    vendor: String,
    /// `description` as HTML that is safe to show.
    #[schema(example = "<p>Washed before it is cut, so it keeps its size.</p>")]
    description_html: String,
    category_id: Option<CategoryId>,
    /// From the root down to the product's own category.
    category_path: Vec<Crumb>,
    currency: Currency,
    /// Of the cheapest variant. A draft may be without.
    price: Option<Money>,
    /// Of the dearest variant.
    price_to: Option<Money>,
    /// What the cheapest variant cost before, when it is on offer.
    compare_at_price: Option<Money>,
    on_offer: bool,
    in_stock: bool,
    availability: AvailabilityWord,
    /// How many are left, when they are the last few.
    remaining: Option<i32>,
    /// What there is to choose, with the values in the order in which they are offered.
    options: Vec<ProductOption>,
    variants: Vec<VariantView>,
    images: Vec<Image>,
    /// Published: shoppers see it.
    is_active: bool,
    published_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// For staff only, like all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ProductStatus>,
    /// As in `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// Of a product without options, like all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "TEE-RED-M")]
    sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_grams: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2000000100043")]
    barcode: Option<String>,
    /// So many or fewer left is low; as the settings say without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_stock_at: Option<i32>,
    /// How many lie on the shelf. Changed in the inventory, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    stock_quantity: Option<i32>,
}

/// What is bought.
#[derive(Serialize, ToSchema)]
#[schema(as = Variant)]
#[serde(rename_all = "camelCase")]
pub struct VariantView {
    id: VariantId,
    #[schema(example = "TEE-RED-M")]
    sku: String,
    /// `Red / M`; empty when there is nothing to choose.
    #[schema(example = "Red / M")]
    title: String,
    /// In the order of the options.
    #[schema(example = json!(["Red", "M"]))]
    option_values: Vec<String>,
    price: Money,
    compare_at_price: Option<Money>,
    in_stock: bool,
    availability: AvailabilityWord,
    /// How many are left, when they are the last few.
    remaining: Option<i32>,
    weight_grams: Option<i32>,
    #[schema(example = "2000000100043")]
    barcode: Option<String>,
    /// It is sold; others are shown to staff only.
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// For staff only, like all that follows: not sold for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Money>,
    /// So many or fewer left is low; as the settings say without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_stock_at: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_hand: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i32>,
}

/// A picture of a product, and where each size is served, from the root of the site.
#[derive(Serialize, ToSchema)]
#[schema(as = ProductImage)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    id: ImageId,
    /// For lists.
    #[schema(example = "/images/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/small.webp")]
    small: String,
    /// For a product's page.
    #[schema(example = "/images/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/medium.webp")]
    medium: String,
    /// For dense screens and a closer look.
    #[schema(example = "/images/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/large.webp")]
    large: String,
    /// Of the original, in pixels.
    width: i32,
    height: i32,
    /// What the picture shows, for whoever cannot see it.
    #[schema(example = "Cotton T-shirt")]
    alt: String,
    /// Shows this variant only.
    variant_id: Option<VariantId>,
    /// Shows the variants with this value only.
    option_value: Option<ShownValue>,
}

impl From<&ProductPicture> for Image {
    fn from(shown: &ProductPicture) -> Self {
        let picture = &shown.picture;
        let [small, medium, large] = PictureSize::ALL.map(|size| picture.path(size));
        let (width, height, alt) = (picture.width, picture.height, picture.alt.clone());
        Self {
            id: shown.id,
            small,
            medium,
            large,
            width,
            height,
            alt,
            variant_id: shown.variant,
            option_value: shown.value.clone(),
        }
    }
}

impl From<&ProductPage> for Product {
    fn from(page: &ProductPage) -> Self {
        let cheapest = page.variants.iter().min_by_key(|variant| variant.price.minor);
        let has_price = cheapest.is_some();
        Self {
            id: page.id,
            slug: page.slug.clone(),
            texts: page.texts.clone(),
            vendor: page.texts.brand.clone(),
            description_html: description_html(&page.texts.description),
            category_id: page.category,
            category_path: page.breadcrumb.clone(),
            currency: page.currency,
            price: has_price.then_some(page.price),
            price_to: has_price.then_some(page.price_to),
            compare_at_price: cheapest.and_then(|variant| variant.compare_at),
            on_offer: page.on_offer,
            in_stock: page.in_stock,
            availability: page.availability.word(),
            remaining: page.availability.remaining(),
            options: page.options.clone(),
            variants: page.variants.iter().map(VariantView::from).collect(),
            images: page.pictures.iter().map(Image::from).collect(),
            is_active: page.status == ProductStatus::Published,
            published_at: page.published_at,
            created_at: page.created_at,
            updated_at: page.updated_at,
            status: None,
            version: None,
            sku: None,
            cost: None,
            weight_grams: None,
            barcode: None,
            low_stock_at: None,
            stock_quantity: None,
        }
    }
}

impl From<&shop::catalog::Variant> for VariantView {
    fn from(variant: &shop::catalog::Variant) -> Self {
        Self {
            id: variant.id,
            sku: variant.sku.clone(),
            title: variant.title(),
            option_values: variant.values.clone(),
            price: variant.price,
            compare_at_price: variant.compare_at,
            in_stock: variant.in_stock,
            availability: variant.availability.word(),
            remaining: variant.availability.remaining(),
            weight_grams: variant.weight_grams,
            barcode: variant.barcode.clone(),
            is_active: true,
            created_at: variant.created_at,
            updated_at: variant.updated_at,
            inactive: None,
            position: None,
            cost: None,
            low_stock_at: None,
            on_hand: None,
            reserved: None,
            available: None,
        }
    }
}

impl Product {
    /// For those who work here: with what can be changed, by the names by which it is changed.
    pub fn details(product: &ProductDetails) -> Self {
        let snapshot = &product.snapshot;
        // those that are kept for the sake of old orders are no longer edited
        let most = if snapshot.options.is_empty() { 1 } else { usize::MAX };
        let shown: Vec<_> = snapshot.variants.iter().filter(|variant| snapshot.fits(variant)).take(most).collect();
        let only = shown.first().filter(|_| snapshot.options.is_empty());
        let level = |id| product.stock.get(&id).map_or(0, |level| level.on_hand);
        Self {
            options: snapshot
                .options
                .iter()
                .map(|option| ProductOption { name: option.name.clone(), values: option.values.clone() })
                .collect(),
            variants: shown.iter().map(|variant| VariantView::details(variant, product)).collect(),
            is_active: snapshot.status == ProductStatus::Published,
            status: Some(snapshot.status),
            version: Some(product.version),
            updated_at: product.updated_at,
            sku: only.map(|variant| variant.sku.clone()),
            cost: only.and_then(|variant| Some(Money::new(variant.cost?, product.page.currency))),
            weight_grams: only.and_then(|variant| variant.weight_grams),
            barcode: only.and_then(|variant| variant.barcode.clone()),
            low_stock_at: only.and_then(|variant| variant.low_stock_at),
            stock_quantity: only.map(|variant| level(variant.id)),
            ..Self::from(&product.page)
        }
    }
}

impl VariantView {
    fn details(variant: &VariantSnapshot, product: &ProductDetails) -> Self {
        let money = |minor| Money::new(minor, product.page.currency);
        let level = product.stock.get(&variant.id).copied();
        let (on_hand, reserved) = level.map_or((0, 0), |level| (level.on_hand, level.reserved));
        let free = on_hand - reserved;
        let at_first = (product.page.created_at, product.updated_at);
        let (created_at, updated_at) = product.times.get(&variant.id).copied().unwrap_or(at_first);
        let availability = Availability::of(free);
        Self {
            id: variant.id,
            sku: variant.sku.clone(),
            title: variant.values.join(" / "),
            option_values: variant.values.clone(),
            price: money(variant.price),
            compare_at_price: variant.compare_at_price.map(money),
            in_stock: free > 0,
            availability: availability.word(),
            remaining: availability.remaining(),
            weight_grams: variant.weight_grams,
            barcode: variant.barcode.clone(),
            is_active: variant.active,
            created_at,
            updated_at,
            inactive: Some(!variant.active),
            position: Some(variant.position),
            cost: variant.cost.map(money),
            low_stock_at: variant.low_stock_at,
            on_hand: Some(on_hand),
            reserved: Some(reserved),
            available: Some(free),
        }
    }
}
