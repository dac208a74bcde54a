//! The catalogue: products with their variants, categories, pictures.

mod memory;

pub use memory::Memory;
