//! The design system: what storefront and admin pages are made of. Class names are those of `style/`.

mod field;
mod icon;
mod messages;
mod money;
mod pagination;
mod shell;
mod time;

pub use field::{Field, Form, Hidden, Select, TextArea, TickBox};
pub use icon::{Icon, MARK};
pub use messages::{Empty, ErrorView, FlashMessages, Notice};
pub use money::{Price, StatusBadge};
pub use pagination::Pagination;
pub use shell::{Logo, shell};
pub use time::{date, date_time, time};
