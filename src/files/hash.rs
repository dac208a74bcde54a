//! How a picture is named.

use crate::Error;
use std::fmt;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The SHA-256 of what was uploaded: 64 lower-case hexadecimal digits, nothing else, so that it is safe in a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PictureHash(String);

impl PictureHash {
    pub(super) fn of(original: &[u8]) -> Self {
        use sha2::Digest;
        Self(hex::encode(sha2::Sha256::digest(original)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn key(&self, size: PictureSize) -> object_store::path::Path {
        format!("pictures/{}/{}.webp", self.0, size.word()).into()
    }
}

impl PartialSchema for PictureHash {
    fn schema() -> RefOr<Schema> {
        let example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        crate::schema::text("The hash of a picture as it was uploaded", "^[0-9a-f]{64}$", example)
    }
}

impl ToSchema for PictureHash {}

impl std::str::FromStr for PictureHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        match text.len() == 64 && text.bytes().all(is_digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::NotFound),
        }
    }
}

impl fmt::Display for PictureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// The sizes in which every picture is kept, as WebP.
    pub enum PictureSize {
        /// For lists.
        Small = "small",
        /// For a product's page.
        Medium = "medium",
        /// For dense screens and a closer look.
        Large = "large",
    }
}

impl PictureSize {
    /// The longer side in pixels. A smaller original is not enlarged.
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 320,
            Self::Medium => 800,
            Self::Large => 1600,
        }
    }

    /// What becomes of an original of this width and height, neither of them zero.
    pub fn fit(self, width: u32, height: u32) -> (u32, u32) {
        let longer = width.max(height).max(1);
        if longer <= self.pixels() {
            return (width, height);
        }
        let scaled = |side: u32| {
            let exact = u64::from(side) * u64::from(self.pixels()) + u64::from(longer) / 2;
            u32::try_from(exact / u64::from(longer)).unwrap_or(1).max(1)
        };
        (scaled(width), scaled(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_a_hash_for_a_hash() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(good.parse::<PictureHash>().unwrap().as_str(), good);
        let upper = good.to_uppercase();
        for bad in ["", &good[1..], &upper, &format!("{good}0"), &good.replace('0', "/"), &good.replace("01", "..")] {
            assert!(matches!(bad.parse::<PictureHash>(), Err(Error::NotFound)), "{bad}");
        }
    }

    #[test]
    fn never_enlarges() {
        assert_eq!(PictureSize::Medium.fit(1600, 1000), (800, 500));
        assert_eq!(PictureSize::Medium.fit(1000, 1600), (500, 800));
        assert_eq!(PictureSize::Medium.fit(400, 300), (400, 300));
        assert_eq!(PictureSize::Small.fit(16_000, 1), (320, 1));
    }
}
