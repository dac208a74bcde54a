//! Pictures of what is sold: kept in three sizes, the browser takes the one that it needs.

use super::icon::Icon;
use leptos::prelude::*;
use shop::catalog::{Picture, PictureSize};
use std::fmt::Write;

/// When a picture is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// At once and before others: what the eye falls on.
    First,
    /// With the page.
    Now,
    /// When it comes near the screen.
    Lazily,
}

/// A picture as wide as `sizes` says (see `<img sizes>`). It has its width and height, so that nothing jumps when it
/// arrives. Decoration, with an empty `alt`, when the words beside it say the same.
pub fn picture(picture: &Picture, sizes: &'static str, fetch: Fetch, alt: String) -> impl IntoView + use<> {
    let (width, height) = picture.dimensions(PictureSize::Medium);
    view! {
        <img
            src=picture.path(PictureSize::Medium)
            srcset=srcset(picture)
            sizes=sizes
            width=width
            height=height
            alt=alt
            loading=(fetch == Fetch::Lazily).then_some("lazy")
            fetchpriority=(fetch == Fetch::First).then_some("high")
            decoding="async"
        />
    }
}

/// A picture in its smallest size, for thumbnails and lines of a cart.
pub fn thumbnail(picture: &Picture, alt: String) -> impl IntoView + use<> {
    let (width, height) = picture.dimensions(PictureSize::Small);
    view! { <img src=picture.path(PictureSize::Small) width=width height=height alt=alt loading="lazy" decoding="async" /> }
}

/// In place of a picture that there is not.
pub fn no_picture() -> impl IntoView {
    view! {
        <span class="no-picture">
            <Icon name="image" large=true />
        </span>
    }
}

/// Each size with its width. A small original is the same in all of them and named once.
fn srcset(picture: &Picture) -> String {
    let mut set = String::with_capacity(3 * 96);
    let mut last = 0;
    for size in PictureSize::ALL {
        let (width, _) = picture.dimensions(size);
        if width != last {
            let comma = if last == 0 { "" } else { ", " };
            // writing to a String cannot fail
            let _ = write!(set, "{comma}{} {width}w", picture.path(size));
        }
        last = width;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_width_once() {
        let of = |width, height| srcset(&Picture { hash: "h".into(), width, height, alt: String::new() });
        assert_eq!(of(1600, 1200), "/images/h/small.webp 320w, /images/h/medium.webp 800w, /images/h/large.webp 1600w");
        assert_eq!(of(200, 100), "/images/h/small.webp 200w");
        assert_eq!(of(500, 1000), "/images/h/small.webp 160w, /images/h/medium.webp 400w, /images/h/large.webp 500w");
    }
}
