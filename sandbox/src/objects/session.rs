//! One visit to the hosted payment page. <https://docs.stripe.com/api/checkout/sessions/object>

use serde_json::{Value, json};

use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub id: String,
    pub created: i64,
    pub expires_at: i64,
    pub status: SessionStatus,
    pub payment_status: PaymentStatus,
    /// Empty where a card is kept and nobody named one.
    pub currency: String,
    pub items: Vec<Item>,
    pub client_reference_id: Option<String>,
    pub metadata: Metadata,
    pub intent: Option<String>,
    pub intent_data: IntentData,
    /// What a session of mode `setup` has instead of a payment.
    pub setup: Option<String>,
    /// Whether a card kept with it may be offered again, if the shop said so.
    pub redisplay: Option<&'static str>,
    pub customer: Option<String>,
    pub creates_customer: bool,
    /// A signed-in shopper may keep the card.
    pub saves_cards: bool,
    /// The shopper ticked the box.
    pub keeps_card: bool,
    /// Which kept cards are offered, by what their `allow_redisplay` says.
    pub shows_cards: Vec<String>,
    pub customer_email: Option<String>,
    /// Who paid, known once the session is complete.
    pub customer_details: Option<Value>,
    pub method_types: Vec<String>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub locale: Option<String>,
    pub submit_type: Option<&'static str>,
    pub page_url: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub id: String,
    pub price: String,
    pub product: String,
    pub name: String,
    pub description: Option<String>,
    pub unit_amount: i64,
    pub quantity: i64,
    pub tax_behavior: &'static str,
    pub metadata: Metadata,
}

impl Item {
    pub fn total(&self) -> i64 {
        self.unit_amount.saturating_mul(self.quantity)
    }
}

/// What is passed on to the PaymentIntent that the session makes.
#[derive(Debug, Clone, Default)]
pub(crate) struct IntentData {
    pub capture_method: Option<&'static str>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub receipt_email: Option<String>,
    pub setup_future_usage: Option<&'static str>,
    pub shipping: Option<Value>,
    pub statement_descriptor: Option<String>,
    pub statement_descriptor_suffix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentStatus {
    Unpaid,
    Paid,
    /// Nothing is taken.
    NoPaymentRequired,
}

impl PaymentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::NoPaymentRequired => "no_payment_required",
        }
    }
}

impl Record for Session {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Session {
    pub fn is_open(&self) -> bool {
        self.status == SessionStatus::Open
    }

    pub fn total(&self) -> i64 {
        self.items.iter().map(Item::total).fold(0, i64::saturating_add)
    }

    /// The success address with the session's id filled in.
    pub fn success_url(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    pub fn line_items(&self) -> Vec<Value> {
        self.items.iter().map(|item| self.line_item(item)).collect()
    }

    fn line_item(&self, item: &Item) -> Value {
        json!({
            "id": item.id,
            "object": "item",
            "amount_discount": 0,
            "amount_subtotal": item.total(),
            "amount_tax": 0,
            "amount_total": item.total(),
            "currency": self.currency,
            "description": item.name,
            "metadata": item.metadata,
            "price": {
                "id": item.price,
                "object": "price",
                "active": false,
                "billing_scheme": "per_unit",
                "created": self.created,
                "currency": self.currency,
                "custom_unit_amount": null,
                "livemode": false,
                "lookup_key": null,
                "metadata": {},
                "nickname": null,
                "product": item.product,
                "recurring": null,
                "tax_behavior": item.tax_behavior,
                "tiers_mode": null,
                "transform_quantity": null,
                "type": "one_time",
                "unit_amount": item.unit_amount,
                "unit_amount_decimal": item.unit_amount.to_string(),
            },
            "quantity": item.quantity,
        })
    }

    pub fn render(&self) -> Value {
        let takes_money = self.setup.is_none();
        json!({
            "id": self.id,
            "object": "checkout.session",
            "adaptive_pricing": null,
            "after_expiration": null,
            "allow_promotion_codes": null,
            "amount_subtotal": takes_money.then(|| self.total()),
            "amount_total": takes_money.then(|| self.total()),
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "billing_address_collection": null,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id,
            "client_secret": null,
            "collected_information": null,
            "consent": null,
            "consent_collection": null,
            "created": self.created,
            "currency": (!self.currency.is_empty()).then_some(&self.currency),
            "currency_conversion": null,
            "custom_fields": [],
            "custom_text": {
                "after_submit": null,
                "shipping_address": null,
                "submit": null,
                "terms_of_service_acceptance": null,
            },
            "customer": self.customer,
            "customer_creation": if self.creates_customer { "always" } else { "if_required" },
            "customer_details": self.customer_details,
            "customer_email": self.customer_email,
            "discounts": [],
            "expires_at": self.expires_at,
            "invoice": null,
            "invoice_creation": null,
            "livemode": false,
            "locale": self.locale,
            "metadata": self.metadata,
            "mode": if takes_money { "payment" } else { "setup" },
            "origin_context": null,
            "payment_intent": self.intent,
            "payment_link": null,
            "payment_method_collection": "if_required",
            "payment_method_configuration_details": null,
            "payment_method_options": {},
            "payment_method_types": self.method_types,
            "payment_status": self.payment_status.as_str(),
            "permissions": null,
            "phone_number_collection": { "enabled": false },
            "recovered_from": null,
            "saved_payment_method_options": self.customer.as_ref().filter(|_| takes_money).map(|_| json!({
                "allow_redisplay_filters": self.shows_cards,
                "payment_method_remove": "disabled",
                "payment_method_save": if self.saves_cards { "enabled" } else { "disabled" },
            })),
            "setup_intent": self.setup,
            "shipping_address_collection": null,
            "shipping_cost": null,
            "shipping_options": [],
            "status": self.status.as_str(),
            "submit_type": self.submit_type,
            "subscription": null,
            "success_url": self.success_url,
            "total_details": takes_money.then(|| json!({ "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 })),
            "ui_mode": "hosted_page",
            "url": self.is_open().then_some(&self.page_url),
            "wallet_options": null,
        })
    }
}
