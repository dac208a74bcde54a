//! What one charge, refund or dispute did to the balance. <https://docs.stripe.com/api/balance_transactions/object>

use serde_json::{Value, json};

use crate::table::Record;

const TWO_DAYS: i64 = 2 * 24 * 60 * 60;

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub id: String,
    pub created: i64,
    pub kind: &'static str,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub source: String,
}

impl Record for Entry {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Entry {
    pub fn available_on(&self) -> i64 {
        self.created + TWO_DAYS
    }

    pub fn render(&self, now: i64) -> Value {
        let available_on = self.available_on();
        let fees = match self.fee {
            0 => json!([]),
            fee => json!([{
                "amount": fee,
                "application": null,
                "currency": self.currency,
                "description": if self.kind == "adjustment" { "Dispute fee" } else { "Stripe processing fees" },
                "type": "stripe_fee",
            }]),
        };
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": self.created,
            "currency": self.currency,
            "description": null,
            "exchange_rate": null,
            "fee": self.fee,
            "fee_details": fees,
            "net": self.amount - self.fee,
            "reporting_category": if self.kind == "adjustment" { "dispute" } else { self.kind },
            "source": self.source,
            "status": if available_on <= now { "available" } else { "pending" },
            "type": self.kind,
        })
    }
}
