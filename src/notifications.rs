//! Notifications: what staff are told of, in the admin's bell and by mail.
//!
//! An act records what happened (`record`), in its own transaction: one row, whoever may see it. Who sees it is decided
//! when it is read: those who work here, have the kind's permission now, and worked here when it happened. Each person
//! has read marks ([`mark_read`], [`mark_all_read`]) and chooses for each kind whether it is in the bell and whether
//! mail comes at once, daily or never ([`preferences`](fn@preferences), [`save_preferences`]).
//!
//! The rows are a log that is read after a [`Cursor`] ([`after`]). Neither ids nor clocks say in which order
//! transactions commit, so a row can be read only when no transaction that began before its own is under way: nobody
//! who reads on from a cursor misses one.
//!
//! Once a minute [`make_mails`] puts what is new into mails, one row for each mail and each thing in it, and a job
//! sends each of them. Rows go after ninety days ([`sweep`]).

mod dead_jobs;
mod happened;
mod kind;
mod list;
mod log;
mod mailing;
mod mails;
mod marks;
mod preferences;
mod readers;
mod record;
mod unsubscribe;

pub use dead_jobs::tell_dead_jobs;
pub use happened::Happened;
pub use kind::{MailKind, Mailing, NotificationKind};
pub use list::{NotificationQuery, list};
pub use log::{Cursor, MOST_COUNTED, Notification, after, end, unread_count};
pub use mailing::make_mails;
pub use mails::{MailContents, contents};
pub use marks::{mark_all_read, mark_read, sweep};
pub use preferences::{Preference, PreferenceInput, SavePreferences, preferences, save_preferences};
pub(crate) use record::record;
pub use unsubscribe::{Unsubscription, unsubscribe, unsubscription};
