//! The catalogue: products with their variants, categories, pictures.
//!
//! Shoppers read it as lists ([`list`]: a category, a search, with choices), product pages ([`product()`]), the front
//! page ([`home()`]); staff see everything ([`admin_list()`], [`admin_categories`]). A product is a draft, published or
//! archived; only a published one that has an active variant, outside hidden categories, is ever shown. What is read
//! often is kept in [`crate::cache`] until a change commits.
//!
//! Staff write it in [`products`], with [`images`], or bring it along from elsewhere with [`import`], and take it away
//! with [`export`]; descriptions are kept by one rule, told in the module of that name.

mod admin_list;
mod card;
mod category;
mod cube;
mod description;
pub mod export;
mod facets;
mod filter;
mod home;
pub mod images;
pub mod import;
#[cfg(test)]
mod kept_values;
mod listing;
mod picture;
mod product;
mod product_page;
pub mod products;
mod related;
mod scope;
mod search;

pub use crate::files::PictureSize;
pub use admin_list::{AdminFilter, AdminListing, AdminProduct, AdminSort, StockWord, admin_list};
pub use category::{
    AdminCategory, Category, CategoryForEdit, CategoryInput, CategoryNode, CategoryPage, MoveCategory, Tree,
    admin_categories, admin_category, category, category_as_it_stands, category_counts, category_for_edit,
    category_tree, create_category, delete_category, delete_category_if_unchanged, edit_category,
    edit_category_if_unchanged, move_category, remove_category_picture, set_category_active, set_category_picture,
    tree,
};
pub use description::description_html;
pub use facets::{CategoryFacet, Facets, OptionFacet, PriceFacet, PriceRange, ValueFacet};
pub use filter::{Filter, Sort};
pub use home::{
    CategoryTile, Home, SITEMAP_PAGE, SitemapEntry, home, sitemap_categories, sitemap_pages, sitemap_products,
};
pub use listing::{Listing, list, list_without_facets};
pub use picture::Picture;
pub use product::{
    Availability, AvailabilityWord, Condition, Crumb, Fragment, ProductCard, ProductOption, ProductPicture,
    ProductStatus, ShownValue, Specification, Variant,
};
pub use product_page::{ProductAt, ProductPage, product, product_by_id, product_preview};
pub use related::related;
