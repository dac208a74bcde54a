//! A shopper as Stripe knows them. <https://docs.stripe.com/api/customers/object>

use serde_json::{Value, json};

use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub id: String,
    pub created: i64,
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub description: Option<String>,
    pub address: Option<Value>,
    pub shipping: Option<Value>,
    pub default_method: Option<String>,
    pub metadata: Metadata,
    pub deleted: bool,
}

impl Record for Customer {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Customer {
    pub fn render(&self) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "customer", "deleted": true });
        }
        json!({
            "id": self.id,
            "object": "customer",
            "address": self.address,
            "balance": 0,
            "created": self.created,
            "currency": null,
            "default_source": null,
            "delinquent": false,
            "description": self.description,
            "discount": null,
            "email": self.email,
            "invoice_prefix": "SANDBOX",
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": self.default_method,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": false,
            "metadata": self.metadata,
            "name": self.name,
            "phone": self.phone,
            "preferred_locales": [],
            "shipping": self.shipping,
            "tax_exempt": "none",
            "test_clock": null,
        })
    }
}
