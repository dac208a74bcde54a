//! A picture of something that is sold, as pages show it.

use crate::files::PictureSize;
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

impl Picture {
    /// Where it is served, from the root of the site.
    pub fn path(&self, size: PictureSize) -> String {
        format!("/images/{}/{}.webp", self.hash, size.word())
    }

    /// Width and height at this size, so that a page keeps the room free while the picture loads.
    pub fn dimensions(&self, size: PictureSize) -> (u32, u32) {
        size.fit(self.width.max(1).unsigned_abs(), self.height.max(1).unsigned_abs())
    }
}
