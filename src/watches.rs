//! Watches: who wants to be told when a variant is back in stock, or costs less.
//!
//! In the order of a watch's life: somebody asks for it ([`ask()`]); whoever is not known by a verified account
//! confirms the address by a link in a mail ([`confirm()`]), and until then nothing is told; a round tells of what came
//! in or got cheaper ([`tell()`]); whoever has enough says so, by the link in each mail or in the account ([`end()`],
//! [`end_mine`]); and what is over is forgotten ([`sweep()`]).
//!
//! **Back in stock** is told once, to the first who confirmed first, and to no more of them than there are pieces. Each
//! of them has an hour before the same pieces are offered to the next. **A lower price** is told each time that it is
//! lower than what was seen last, at most once a day, until the watch is ended.

mod ask;
mod confirm;
mod end;
mod letters;
mod list;
mod sweep;
mod tell;
mod words;

pub use ask::{AskForWatch, AskedForWatch, ask};
pub use confirm::{WatchOfLink, confirm, of_link};
pub use end::{end, end_all, end_mine};
pub use letters::{send_back_in_stock, send_confirmation, send_price_drop};
pub use list::{Watch, mine};
pub use sweep::sweep;
pub use tell::tell;
pub use words::{WatchKind, WatchStatus};
