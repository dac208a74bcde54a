//! Inventory: how many there are of each variant, and how many of them are promised to orders.
//!
//! A level has two numbers: `on_hand`, what lies on the shelf, and `reserved`, what of it is promised. What can be
//! bought is the difference, at the default location, from which orders are packed: the view `sellable_stock` is that
//! rule, for pages, lists, carts and orders alike. **`movements` is the only writer of stock**: each change is one
//! conditional statement that moves a level and writes the movement beside it, so that for every level the numbers are
//! the sums of its movements, always, and "why is this 47?" has an answer.
//!
//! In the order of a unit's life: it is received ([`receive`], [`receive_goods`]), reserved by an order ([`reserve`]),
//! shipped ([`ship`]) or released ([`release`]), perhaps given back ([`give_back`]); a count puts things right
//! ([`adjust`], [`adjust_level`]). Locks are taken in ascending order of variants, after the order's own row.

mod commands;
mod list;
mod movements;

pub use commands::{AdjustStock, ReceiveStock, adjust_level, receive_goods};
pub use list::{
    LevelFilter, LevelQuery, LevelRow, LevelSort, MovementRow, VariantMovements, available, levels, low_stock,
    movements_of,
};
pub(crate) use movements::reserve_or_miss;
pub use movements::{
    Adjustment, Item, Level, Missing, MovementCause, MovementKind, adjust, give_back, name_missing, receive, release,
    reserve, ship,
};
