//! The address book at the checkout.

use crate::web::Visit;
use crate::web::flash::FormState;
use shop::accounts::addresses::{self, AddressKind, SavedAddress};

/// The customer's saved addresses, and which of them are chosen.
pub struct Book {
    /// Those for delivery first.
    pub all: Vec<SavedAddress>,
    /// The id of the chosen one; empty for an address that is typed.
    pub chosen: String,
    /// The same for the invoice; nobody has to choose one.
    pub invoice: Option<String>,
}

impl Book {
    pub async fn of(visit: &Visit, state: &FormState) -> shop::Result<Self> {
        let mut all = match &visit.visitor.customer {
            Some(customer) => addresses::list(visit.shop(), customer).await?,
            None => Vec::new(),
        };
        all.sort_by_key(|a| a.kind != AddressKind::Shipping);
        let ships_to = shop::settings::load(visit.shop()).await?.ships_to;
        let default = all
            .iter()
            .filter(|a| ships_to.iter().any(|c| c == a.address.country.code()))
            .find(|a| a.kind == AddressKind::Shipping)
            .map(|a| a.id.to_string());
        let chosen = state.value("shippingAddressId", &default.unwrap_or_default());
        let kept = all.iter().find(|a| a.kind == AddressKind::Billing && a.is_default).map(|a| a.id.to_string());
        let invoice = match state.typed("billingSame") {
            Some(same) if same.is_empty() => state.typed("billingAddressId").or(Some(String::new())),
            Some(_) => None,
            None => kept,
        };
        Ok(Self { all, chosen, invoice })
    }

    pub fn country(&self, state: &FormState) -> String {
        match self.all.iter().find(|a| a.id.to_string() == self.chosen) {
            Some(saved) => saved.address.country.code().to_owned(),
            None => state.value("shippingAddress[country]", ""),
        }
    }
}
