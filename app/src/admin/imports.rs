//! Products from a file: sent here, read in the background, and told of afterwards.

mod list;
mod send;
mod show;

use shop::catalog::import::desk::ImportStatus;
use shop::id::ImportId;

pub use list::Imports;
pub use send::upload_route;
pub use show::ImportPage;

const HERE: &str = "/admin/import";

fn address(id: ImportId) -> String {
    format!("{HERE}/{id}")
}

fn word(status: ImportStatus) -> (&'static str, &'static str) {
    match status {
        ImportStatus::Sending => ("Arriving", "badge"),
        ImportStatus::Waiting => ("Waiting", "badge"),
        ImportStatus::Running => ("Running", "badge badge--info"),
        ImportStatus::Done => ("Done", "badge badge--success"),
        ImportStatus::Failed => ("Failed", "badge badge--danger"),
    }
}

fn named(file: &str) -> String {
    if file.trim().is_empty() { "A file without a name".to_owned() } else { file.to_owned() }
}
