//! How a picture is named.

use crate::Error;
use std::fmt;

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

    /// Where the picture is shown from, below the root of the site.
    pub fn address(&self, size: PictureSize) -> String {
        format!("/images/{}/{}.webp", self.0, size.width())
    }

    pub(super) fn key(&self, size: PictureSize) -> object_store::path::Path {
        format!("pictures/{}/{}.webp", self.0, size.width()).into()
    }
}

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

/// The widths in which pictures are kept. A smaller original keeps its own width under every name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureSize {
    /// For lists.
    Small,
    /// For a product page.
    Medium,
    /// For dense screens and a closer look.
    Large,
}

impl PictureSize {
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// In pixels, at most.
    pub fn width(self) -> u32 {
        match self {
            Self::Small => 320,
            Self::Medium => 800,
            Self::Large => 1600,
        }
    }

    /// `800` or `800.webp`, as in an address.
    pub fn parse(text: &str) -> Option<Self> {
        let width = text.strip_suffix(".webp").unwrap_or(text);
        Self::ALL.into_iter().find(|size| size.width().to_string() == width)
    }

    /// What becomes of an original of this width and height.
    pub fn fit(self, width: u32, height: u32) -> (u32, u32) {
        let to = self.width().min(width).max(1);
        let height = (u64::from(height) * u64::from(to) + u64::from(width) / 2) / u64::from(width.max(1));
        (to, u32::try_from(height).unwrap_or(u32::MAX).max(1))
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
        assert_eq!(PictureSize::Medium.fit(400, 300), (400, 300));
        assert_eq!(PictureSize::Small.fit(16_000, 1), (320, 1));
        assert_eq!(PictureSize::parse("800.webp"), Some(PictureSize::Medium));
        assert_eq!(PictureSize::parse("801"), None);
    }
}
