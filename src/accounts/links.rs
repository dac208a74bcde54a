//! Links from mails: how long they are good for, and that one does not work any more.

use crate::words::Locale;
use crate::{Error, said, say};
use chrono::TimeDelta;
use std::borrow::Cow;

/// `one hour`, `three days`.
pub(super) fn valid_for(lifetime: TimeDelta, locale: Locale) -> Cow<'static, str> {
    match lifetime.num_days() {
        0 => say!(locale, "mail-for-hours", count = lifetime.num_hours()),
        days => say!(locale, "mail-for-days", count = days),
    }
}

pub(super) fn gone() -> Error {
    Error::Gone(said!("refusal-gone"))
}
