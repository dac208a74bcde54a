//! Products from a file: sent here, read in the background, and told of afterwards.

mod list;
mod send;
mod show;

use shop::id::ImportId;

pub use list::Imports;
pub use send::upload_route;
pub use show::ImportPage;

const HERE: &str = "/admin/import";

fn address(id: ImportId) -> String {
    format!("{HERE}/{id}")
}

fn named(file: &str) -> String {
    if file.trim().is_empty() { "A file without a name".to_owned() } else { file.to_owned() }
}
