//! The tree of categories.

mod acts;
mod edit;
mod fields;
mod picture;
mod tree;

use shop::id::CategoryId;

pub use edit::EditCategory;
pub use picture::upload_route;
pub use tree::Categories;

fn address(id: CategoryId) -> String {
    format!("/admin/categories/{id}")
}
