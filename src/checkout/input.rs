//! What a shopper submits to order, and how it is checked.

use crate::accounts::addresses::{self, SavedAddress};
use crate::actors::Visitor;
use crate::address::{Address, AddressInput, Email};
use crate::cart::Owner;
use crate::id::{AddressId, CartId, OrderId, PaymentId};
use crate::input::Raw;
use crate::lifecycle::REQUEST_HASH;
use crate::payments::Method;
use crate::pricing::Totals;
use crate::settings::{Settings, ShippingMethod};
use crate::{Error, FieldError, Invalid, Money, Result, Shop, said, secret_token};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// What the shopper submits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "email": "ada@example.org",
    "shippingAddress": {
        "firstName": "Ada", "lastName": "Byron", "line1": "12 St James’s Square", "city": "London",
        "postalCode": "SW1Y 4JH", "country": "GB",
    },
    "billingSame": true, "shippingMethod": "standard", "paymentMethod": "intent", "note": "Please ring twice",
    "expectedTotal": "23.45",
}))]
pub struct PlaceOrder {
    /// The cart that the form showed; the open one when empty.
    pub cart_id: Raw,
    /// Where the confirmation goes; a customer's own address when empty.
    pub email: Raw,
    /// One of the customer's saved addresses, instead of a typed one.
    pub shipping_address_id: Raw,
    pub shipping_address: AddressInput,
    /// The invoice goes to the same address, whatever was typed for the other.
    #[schema(value_type = bool)]
    pub billing_same: Raw,
    pub billing_address_id: Raw,
    /// The shipping address when left blank.
    pub billing_address: AddressInput,
    #[schema(value_type = bool)]
    pub save_address: Raw,
    pub shipping_method: Raw,
    /// `checkout` (the gateway's own page, the default) or `intent` (an app that takes the card itself).
    pub payment_method: Raw,
    pub note: Raw,
    /// The total that the shopper saw. An order for another sum is refused, one that stands already too.
    pub expected_total: Raw,
    /// The same key with the same order is the same order, however often it is sent.
    #[schema(ignore)]
    pub idempotency_key: Raw,
}

/// An order that stands, to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    pub order: OrderId,
    pub number: String,
    /// The secret of the guest's link.
    pub access_key: String,
    pub payment: PaymentId,
    pub payment_method: Method,
    pub total: Money,
    /// It had been placed before: nothing was done now.
    pub replayed: bool,
}

/// A request to order, by whom and under which key.
pub(super) struct OrderRequest<'a> {
    pub owner: &'a Owner,
    pub input: &'a PlaceOrder,
    pub key: String,
    /// Of what is asked for, without the key.
    hash: [u8; 32],
    pub expected_total: Option<Money>,
    /// The gateway is asked next, so that what it is asked for may be fixed with the order.
    pub is_paid_next: bool,
    pub shop: &'a Shop,
}

impl<'a> OrderRequest<'a> {
    pub fn new(shop: &'a Shop, owner: &'a Owner, input: &'a PlaceOrder, is_paid_next: bool) -> Result<Self> {
        let body = PlaceOrder { idempotency_key: Default::default(), ..input.clone() };
        let hash = Sha256::digest(serde_json::to_vec(&body)?).into();
        let mut faults = Invalid::default();
        let key = match input.idempotency_key.is_empty() {
            true => secret_token(),
            false => input.idempotency_key.text("idempotencyKey", 255, &mut faults),
        };
        faults.into_result()?;
        // what is wrong with it is said together with the other faults
        let expected_total =
            input.expected_total.optional_money("expectedTotal", shop.currency, &mut Invalid::default());
        Ok(Self { owner, input, key, hash, expected_total, is_paid_next, shop })
    }
}

impl OrderRequest<'_> {
    /// What is kept of it. Keyed: it holds an address and a telephone number, and of those there are few enough to try
    /// all.
    pub fn kept_hash(&self) -> Result<Vec<u8>> {
        self.shop.encryption_keys.hash(REQUEST_HASH, &self.hash)
    }

    /// Whether what was kept is of the same request.
    pub fn is(&self, kept: &[u8]) -> Result<bool> {
        self.shop.encryption_keys.is_hash_of(kept, REQUEST_HASH, &self.hash).map(|is| is || kept == self.hash)
    }
}

pub(super) fn asked_cart(input: &PlaceOrder) -> Result<Option<CartId>> {
    match input.cart_id.is_empty() {
        true => Ok(None),
        false => input.cart_id.trimmed().parse().map(Some).map_err(|_| Error::NotFound),
    }
}

/// The shopper's wishes, checked.
pub(super) struct CheckedOrder<'a> {
    pub email: String,
    pub shipping: Address,
    pub billing: Address,
    pub save_address: bool,
    pub method: &'a ShippingMethod,
    pub payment_method: Method,
    pub note: String,
}

impl<'a> CheckedOrder<'a> {
    pub async fn check(
        conn: &mut PgConnection,
        visitor: &Visitor,
        request: &OrderRequest<'_>,
        settings: &'a Settings,
    ) -> Result<Self> {
        let input = request.input;
        let mut faults = Invalid::default();
        let f = &mut faults;
        let email = match &visitor.customer {
            Some(customer) if input.email.is_empty() => customer.email().to_owned(),
            _ => f.check("email", Email::to_write_to(&input.email.0)).map(|e| e.to_string()).unwrap_or_default(),
        };
        let saved = !input.shipping_address_id.is_empty();
        let billing_id = Some(&input.billing_address_id).filter(|id| !input.billing_same.is_on() && !id.is_empty());
        let book = Book::open(conn, request.shop, visitor, [Some(&input.shipping_address_id), billing_id]).await?;
        let shipping = match saved {
            true => book.chosen(&input.shipping_address_id, "shippingAddressId", f),
            false => input.shipping_address.check("shippingAddress", f),
        };
        let billing = match billing_id {
            Some(id) => book.chosen(id, "billingAddressId", f),
            None if input.billing_same.is_on() || input.billing_address.is_blank() => shipping.clone(),
            None => input.billing_address.check("billingAddress", f),
        };
        let mut method = None;
        if let Some(address) = &shipping {
            let field = if saved { "shippingAddressId" } else { "shippingAddress.country" };
            if !settings.ships_to.iter().any(|code| code == address.country.code()) {
                f.add(field, said!("fault-not-shipped-to"));
            } else {
                let code = input.shipping_method.trimmed();
                method =
                    settings.methods_to(address.country.code()).into_iter().find(|m| code.is_empty() || m.code == code);
                if method.is_none() {
                    f.add("shippingMethod", said!("fault-not-on-offer"));
                }
            }
        }
        let payment_method = Method::asked(input.payment_method.trimmed());
        if payment_method.is_none() {
            f.add("paymentMethod", "must be checkout or intent");
        }
        let note = input.note.text("note", 2000, f);
        input.expected_total.optional_money("expectedTotal", request.shop.currency, f);
        faults.into_result()?;
        let (Some(shipping), Some(billing), Some(method), Some(payment_method)) =
            (shipping, billing, method, payment_method)
        else {
            return Err(Error::invalid("shippingAddress", said!("fault-required")));
        };
        let save_address = input.save_address.is_on() && !saved && visitor.customer.is_some();
        Ok(Self { email, shipping, billing, save_address, method, payment_method, note })
    }
}

/// The saved addresses that are asked for, as far as they are the customer's own.
struct Book(Vec<SavedAddress>);

impl Book {
    async fn open(conn: &mut PgConnection, shop: &Shop, visitor: &Visitor, ids: [Option<&Raw>; 2]) -> Result<Self> {
        let ids = ids.into_iter().flatten().filter_map(|id| id.trimmed().parse::<AddressId>().ok());
        let ids: Vec<_> = ids.collect();
        let Some(customer) = visitor.customer.as_ref().filter(|_| !ids.is_empty()) else { return Ok(Self(Vec::new())) };
        Ok(Self(addresses::these(conn, &shop.encryption_keys, customer.id(), &ids).await?))
    }

    fn chosen(&self, id: &Raw, field: &'static str, faults: &mut Invalid) -> Option<Address> {
        let id = id.trimmed().parse::<AddressId>().ok();
        let found = self.0.iter().find(|saved| Some(saved.id) == id).map(|saved| saved.address.clone());
        if found.is_none() {
            faults.add(field, said!("fault-not-your-address"));
        }
        found
    }
}

/// What the shopper saw is what it costs, or a conflict with the sums of now.
pub(super) fn check_expected(expected: Option<Money>, totals: &Totals) -> Result<()> {
    match expected {
        Some(expected) if expected != totals.total => Err(total_changed(totals)),
        _ => Ok(()),
    }
}

fn total_changed(totals: &Totals) -> Error {
    let detail = |field: &'static str, money: Money| FieldError::new(field, money.decimal());
    Error::Conflict {
        code: "total_changed",
        message: said!("refusal-total-changed", total = totals.total),
        details: vec![
            detail("subtotal", totals.subtotal),
            detail("discount", totals.discount),
            detail("tax", totals.tax),
            detail("shipping", totals.shipping),
            detail("total", totals.total),
        ],
    }
}
