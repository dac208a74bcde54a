//! What is told of the catalogue and of stock.

use super::entity::{EntityKind, Payload};
use crate::id::{CategoryId, FileId, ImportId, LocationId, OrderId, ProductId, VariantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Whether a product is for sale.
    pub enum ProductState {
        Draft = "draft",
        Published = "published",
        Archived = "archived",
    }
}

words! {
    /// Why a level of stock moved.
    pub enum StockCause {
        /// Goods arrived.
        Received = "received",
        /// A count put it right.
        Adjusted = "adjusted",
        /// Promised to an order.
        Reserved = "reserved",
        /// Not promised to an order any more.
        Released = "released",
        /// Left the shop with an order.
        Shipped = "shipped",
        /// Came back from an order.
        Returned = "returned",
        /// Moved to or from another location.
        Transferred = "transferred",
    }
}

words! {
    /// How an import ended.
    pub enum ImportOutcome {
        Done = "done",
        /// Nothing of the file came in, or it was broken off.
        Failed = "failed",
    }
}

/// A product after what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "productId": "0190b5a0-7c1e-7000-8000-000000000001", "slug": "cotton-t-shirt", "name": "Cotton T-shirt",
    "status": "published", "version": 4,
}))]
pub struct ProductEvent {
    pub product_id: ProductId,
    /// By which its page is found.
    pub slug: String,
    pub name: String,
    pub status: ProductState,
    /// One more with each change.
    pub version: i32,
}

impl Payload for ProductEvent {
    const ENTITY: EntityKind = EntityKind::Product;

    fn entity_id(&self) -> String {
        self.product_id.to_string()
    }
}

/// How many pictures a product shows now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "productId": "0190b5a0-7c1e-7000-8000-000000000001", "pictures": 3 }))]
pub struct PicturesEvent {
    pub product_id: ProductId,
    pub pictures: usize,
}

impl Payload for PicturesEvent {
    const ENTITY: EntityKind = EntityKind::Product;

    fn entity_id(&self) -> String {
        self.product_id.to_string()
    }
}

/// A category after what happened; as it was, when it was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "categoryId": "0190b5a0-7c1e-7000-8000-000000000005",
    "category": {
        "parentId": null, "name": "Shirts", "slug": "shirts", "description": "", "position": 2, "isActive": true,
        "fileId": null,
    },
}))]
pub struct CategoryEvent {
    pub category_id: CategoryId,
    pub category: CategoryDetails,
}

/// A category, all of it but its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CategoryDetails {
    /// The category that it lies in.
    pub parent_id: Option<CategoryId>,
    pub name: String,
    pub slug: String,
    pub description: String,
    /// Among those that lie in the same category, from 1.
    pub position: i32,
    /// Whether shoppers see it.
    pub is_active: bool,
    /// Its own picture.
    pub file_id: Option<FileId>,
}

impl Payload for CategoryEvent {
    const ENTITY: EntityKind = EntityKind::Category;

    fn entity_id(&self) -> String {
        self.category_id.to_string()
    }
}

/// A level of stock after it moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "variantId": "0190b5a0-7c1e-7000-8000-000000000003", "locationId": "0190b5a0-7c1e-7000-8000-000000000007",
    "sku": "TEE-RED-M", "onHand": 24, "reserved": 3, "available": 21, "cause": "reserved",
    "orderId": "0190b5a0-7c1e-7000-8000-000000000021",
}))]
pub struct StockEvent {
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub sku: String,
    /// Pieces that lie on the shelf.
    pub on_hand: i32,
    /// Pieces of these that are promised to orders.
    pub reserved: i32,
    /// Pieces that can be bought: the difference.
    pub available: i32,
    pub cause: StockCause,
    /// The order that it moved for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub order_id: Option<OrderId>,
}

impl Payload for StockEvent {
    const ENTITY: EntityKind = EntityKind::Stock;

    /// A variant at a location: each level counts its own events.
    fn entity_id(&self) -> String {
        format!("{}:{}", self.variant_id, self.location_id)
    }
}

/// A picture that was uploaded by itself, or taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "hash": "0f4636c78f65d3639ece5a064b5ae753e3408614a14fb18ab4d7540d2c248543", "width": 1200, "height": 900,
}))]
pub struct PictureEvent {
    /// By which it is found.
    pub hash: String,
    /// Of the original, in pixels.
    pub width: i32,
    /// Of the original, in pixels.
    pub height: i32,
}

impl Payload for PictureEvent {
    const ENTITY: EntityKind = EntityKind::Picture;

    fn entity_id(&self) -> String {
        self.hash.clone()
    }
}

/// An import that came to its end. Its counts are missing where it was broken off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "importId": "0190b5a0-7c1e-7000-8000-000000000061", "status": "done", "created": 120, "updated": 4, "unchanged": 0,
    "failures": 1,
}))]
pub struct ImportEvent {
    pub import_id: ImportId,
    pub status: ImportOutcome,
    /// Products that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<u64>,
    /// Products that it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated: Option<u64>,
    /// Products that were as the file says already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unchanged: Option<u64>,
    /// Rows that were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failures: Option<u64>,
}

impl Payload for ImportEvent {
    const ENTITY: EntityKind = EntityKind::Import;

    fn entity_id(&self) -> String {
        self.import_id.to_string()
    }
}
