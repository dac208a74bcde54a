//! Links from mails that do not work any more.

use crate::Error;

pub(super) fn gone() -> Error {
    Error::Gone("This link was used before or is too old. Please ask for a new one.".into())
}
