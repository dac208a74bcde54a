//! The design system: what storefront and admin pages are made of. Class names are those of `style/`.

mod address;
mod breadcrumb;
mod chart;
mod choice;
mod field;
mod icon;
mod messages;
mod money;
mod number;
mod pagination;
mod picture;
mod product_card;
mod quantity;
mod shell;
mod sort;
mod stock;
mod time;
mod totals;

pub use address::{AddressFields, address, address_fields};
pub use breadcrumb::breadcrumb;
pub use chart::{Bar, BarChart};
pub use choice::Choice;
pub use field::{Field, Form, Hidden, Select, TextArea, TickBox, form_state, id_of};
pub use icon::{Icon, MARK};
pub use messages::{Empty, ErrorView, FlashMessages, Notice};
pub use money::{Price, StatusBadge};
pub use number::{counted, thousands};
pub use pagination::Pagination;
pub use picture::{Fetch, no_picture, picture, thumbnail};
pub use product_card::{marked, products};
pub use quantity::Quantity;
pub use shell::{Logo, shell};
pub use sort::SortHead;
pub use stock::stock;
pub use time::{date, date_time, time};
pub use totals::{free_or, totals};
