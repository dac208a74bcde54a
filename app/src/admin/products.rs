//! Products: the list, and the form of one with its pictures.

mod acts;
mod conflict;
mod edit;
mod export;
mod facts;
mod fetches;
mod form;
mod list;
mod new;
mod pictures;
mod rows;
mod variants;

use shop::catalog::Tree;
use shop::id::{CategoryId, ProductId};

pub use conflict::TwoVersions;
pub use edit::EditProduct;
pub use export::products_csv;
pub use fetches::Fetches;
pub use list::Products;
pub use new::{NewProduct, create_route};
pub use pictures::upload_route;

/// The page of a product that there is not yet.
const NEW: &str = "/admin/products/new";
/// Where its form is sent to, with the pictures.
const CREATE: &str = "/admin/products/new/save";

/// The page of a product.
pub fn address(id: ProductId) -> String {
    format!("/admin/products/{id}")
}

/// All categories as choices, each with the way to it.
pub(super) fn category_choices(tree: &Tree, none: &str) -> Vec<(String, String)> {
    let choice = |id: CategoryId, hidden: bool| {
        let way: Vec<_> = tree.breadcrumb(id).into_iter().map(|step| step.name).collect();
        (id.to_string(), way.join(" › ") + if hidden { " (hidden)" } else { "" })
    };
    let all = tree.all().iter().map(|category| choice(category.id, !category.shown));
    [(String::new(), none.to_owned())].into_iter().chain(all).collect()
}
