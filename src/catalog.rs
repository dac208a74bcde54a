//! The catalogue: products with their variants, categories, pictures.

mod memory;
mod picture;
mod product;

pub use crate::files::PictureSize;
pub use memory::Memory;
pub use picture::Picture;
pub use product::{
    Availability, Crumb, ProductCard, ProductOption, ProductPage, ProductPicture, ProductStatus, Specification,
    Stretch, Variant,
};
