//! A picture of something that is sold, as pages show it.

use serde::Serialize;

/// A stored picture. Its address holds the hash of what was uploaded, so it may be cached for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    pub hash: String,
    /// Of the original, in pixels.
    pub width: i32,
    pub height: i32,
    pub alt: String,
}

/// The sizes in which every picture is kept, as WebP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureSize {
    Small,
    Medium,
    Large,
}

impl PictureSize {
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.word() == word)
    }

    /// The longer side in pixels. A smaller original is not enlarged.
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 320,
            Self::Medium => 800,
            Self::Large => 1600,
        }
    }
}

impl Picture {
    /// Where it is served, from the root of the site.
    pub fn path(&self, size: PictureSize) -> String {
        format!("/images/{}/{}.webp", self.hash, size.word())
    }

    /// Width and height at this size, so that a page keeps the room free while the picture loads.
    pub fn dimensions(&self, size: PictureSize) -> (u32, u32) {
        let (width, height) = (self.width.max(1).unsigned_abs(), self.height.max(1).unsigned_abs());
        let longer = width.max(height);
        if longer <= size.pixels() {
            return (width, height);
        }
        let scaled = |side: u32| {
            let exact = u64::from(side) * u64::from(size.pixels()) + u64::from(longer) / 2;
            u32::try_from(exact / u64::from(longer)).unwrap_or(1).max(1)
        };
        (scaled(width), scaled(height))
    }
}
