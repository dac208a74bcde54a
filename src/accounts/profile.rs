//! What a person may change about the own account.

use crate::Invalid;
use crate::input::Raw;

/// A telephone number as people write it. May be left out.
pub(crate) fn phone(typed: &Raw, field: &'static str, faults: &mut Invalid) -> Option<String> {
    let phone = typed.optional(field, 40, faults)?;
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let is_plausible = digits >= 5 && phone.chars().all(|c| c.is_ascii_digit() || " +-()./x#".contains(c));
    if !is_plausible {
        faults.add(field, "is not a telephone number");
    }
    Some(phone)
}
