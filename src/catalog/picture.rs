//! A picture of something that is sold, as pages show it.

use crate::files::PictureSize;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A stored picture. Its address holds the hash of what was uploaded, so it may be cached for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub hash: String,
    /// Of the original, in pixels.
    pub width: i32,
    pub height: i32,
    pub alt: String,
}

impl Picture {
    /// Where it is served, from the root of the site.
    pub fn path(&self, size: PictureSize) -> String {
        format!("/images/{}/{}.webp", self.hash, size.word())
    }

    /// As an order keeps it, whatever becomes of the product.
    pub(crate) fn to_keep(&self) -> Value {
        json!({ "hash": self.hash, "width": self.width, "height": self.height, "alt": self.alt })
    }

    pub(crate) fn kept(value: &Value) -> Option<Self> {
        let number = |name: &str| value[name].as_i64().and_then(|n| i32::try_from(n).ok());
        Some(Self {
            hash: value["hash"].as_str()?.to_owned(),
            width: number("width")?,
            height: number("height")?,
            alt: value["alt"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Width and height at this size, so that a page keeps the room free while the picture loads.
    pub fn dimensions(&self, size: PictureSize) -> (u32, u32) {
        size.fit(self.width.max(1).unsigned_abs(), self.height.max(1).unsigned_abs())
    }
}

/// [`Picture`] as it leaves the shop: where each size is served, from the root of the site.
#[derive(Serialize, ToSchema)]
#[schema(as = Picture)]
#[serde(rename_all = "camelCase")]
struct Served<'a> {
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
    alt: &'a str,
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let [small, medium, large] = PictureSize::ALL.map(|size| self.path(size));
        Served { small, medium, large, width: self.width, height: self.height, alt: &self.alt }.serialize(s)
    }
}

impl PartialSchema for Picture {
    fn schema() -> RefOr<Schema> {
        Served::schema()
    }
}

impl ToSchema for Picture {}
