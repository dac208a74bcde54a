//! Sixty orders of the last ninety days, of customers and guests, in every status an order can have.
//!
//! They are thought up as stories ([`plan()`]): who bought what, and what was done with the order, and when. Then they
//! are lived ([`Life`]): each deed is the command that shoppers, staff and jobs give, in the name of the right person,
//! on a clock that stands at its moment. So no order of the sample breaks a rule of the shop.

mod endings;
mod live;
mod plan;
mod story;

pub use live::Life;
pub use plan::{Book, plan};
