//! For whom a form was made: every form of a page of somebody signed in says so, and is carried out for that account
//! only.

use super::errors::log;
use super::visit::Visit;
use shop::kept_forms::MadeFor;

/// The hidden field of a form that says for whom it was made, and by what its page knows it.
pub const FIELD: &str = "madeFor";

/// The value of [`FIELD`] in a form that is known by `action`; none for guests.
pub fn field(visit: &Visit, action: &str) -> Option<String> {
    let customer = visit.visitor.customer.as_ref()?;
    let mark = MadeFor::mark(visit.shop(), customer).inspect_err(log).ok()?;
    Some(format!("{mark} {action}"))
}

/// The address of a form with files: it says for whom the form was made before any file is read.
pub fn address(visit: &Visit, to: &str) -> String {
    match field(visit, "") {
        Some(mark) => format!("{to}?{FIELD}={}", mark.trim()),
        None => to.to_owned(),
    }
}

/// For whom a form was made, and by what its page knows it.
pub fn read(visit: &Visit, value: &str) -> Option<(MadeFor, String)> {
    let (mark, action) = value.split_once(' ').unwrap_or((value, ""));
    Some((MadeFor::read(visit.shop(), mark)?, action.to_owned()))
}
