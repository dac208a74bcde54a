//! The wrappers round Leptos and axum: who visits, how a form is answered.

pub mod again;
pub mod assets;
pub mod attach;
pub mod body;
pub mod client;
pub mod complete_writes;
pub mod cookies;
pub mod csrf;
pub mod error_page;
pub mod errors;
pub mod flash;
pub mod form;
pub mod headers;
pub mod host;
pub mod kept;
pub mod links;
pub mod live;
pub mod load;
pub mod made_for;
pub mod name;
pub mod path;
pub mod redirect;
pub mod requests;
pub mod reveal_once;
pub mod sentence;
pub mod sessions;
pub mod staff_only;
pub mod timeout;
pub mod typed;
pub mod upload;
pub mod visit;

pub use form::{Done, Next, form};
pub use name::use_shop_name;
pub use visit::{App, Visit, use_visit};
