//! The wrappers round Leptos and axum: who visits, how a page is made, how a form is answered.

pub mod again;
pub mod assets;
pub mod body;
pub mod client;
pub mod csrf;
pub mod detach;
pub mod error_page;
pub mod flash;
pub mod form;
pub mod guard;
pub mod headers;
pub mod host;
pub mod kept;
pub mod links;
pub mod load;
pub mod name;
pub mod once;
pub mod page;
pub mod patience;
pub mod requests;
pub mod sentence;
pub mod sessions;
pub mod upload;
pub mod visit;

pub use form::{Done, Next, form};
pub use name::use_shop_name;
pub use page::page;
pub use visit::{App, Visit, use_visit};
