//! Access to an order: its shopper, by the account or the order's key, or an operator.

use crate::api::caller::{Caller, Who};
use crate::api::fault::Result;
use serde::Deserialize;
use shop::Error;
use shop::accounts::{May, Permission};
use shop::input::Raw;
use utoipa::IntoParams;

/// What makes an order a guest's.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WithKey {
    /// The secret of a guest's order, as the links to it have. Its cart's `X-Cart-Token` does as well.
    key: Raw,
}

impl WithKey {
    pub fn secret(&self) -> Option<&str> {
        (!self.key.is_empty()).then(|| self.key.trimmed())
    }
}

/// An operator with this permission, who sees all orders; `None` for a shopper, who sees their own.
pub fn operator(caller: &Caller, permission: Permission) -> Option<&dyn May> {
    caller.operator().ok().filter(|who| who.can(permission))
}

/// A machine whose key lacks the scope is told so, rather than that there is no such order.
pub fn needs_a_shopper(caller: &Caller) -> Result<()> {
    match caller.who() {
        Who::Machine(_) => Err(Error::Forbidden.into()),
        Who::Person(_) | Who::Nobody => Ok(()),
    }
}
