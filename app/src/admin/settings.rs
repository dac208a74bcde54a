//! The settings, in groups: each is a form that saves its own and leaves the others as they are.

mod acts;
mod countries;
mod fields;
mod groups;
mod page;
mod rows;

pub use page::SettingsPage;

const HERE: &str = "/admin/settings";
