//! The catalogue: products with their variants, categories, pictures.

mod description;
mod memory;
mod picture;
mod product;
pub mod products;

pub use crate::files::PictureSize;
pub use description::description_html;
pub use memory::Memory;
pub use picture::Picture;
pub use product::{
    Availability, Crumb, ProductCard, ProductOption, ProductPage, ProductPicture, ProductStatus, Specification,
    Stretch, Variant,
};
