//! A cardholder asked the bank for the money back. <https://docs.stripe.com/api/disputes/object>

use serde_json::{Map, Value, json};

use crate::params::Metadata;
use crate::table::Record;

const A_WEEK: i64 = 7 * 24 * 60 * 60;

/// The texts that evidence may hold. <https://docs.stripe.com/api/disputes/evidence_object>
pub(crate) const EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub charge: String,
    pub intent: String,
    pub reason: &'static str,
    pub status: DisputeStatus,
    pub evidence: Metadata,
    pub submissions: u32,
    pub metadata: Metadata,
    pub entries: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisputeStatus {
    /// Only an inquiry: the bank asks, and no money was taken back yet.
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
}

impl DisputeStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WarningNeedsResponse => "warning_needs_response",
            Self::WarningUnderReview => "warning_under_review",
            Self::WarningClosed => "warning_closed",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Won | Self::Lost | Self::WarningClosed)
    }

    pub fn is_inquiry(self) -> bool {
        matches!(self, Self::WarningNeedsResponse | Self::WarningUnderReview | Self::WarningClosed)
    }
}

impl Record for Dispute {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Dispute {
    /// Only while no money was taken back. (After a dispute that was won: not documented, so not.)
    /// <https://docs.stripe.com/api/disputes/object#dispute_object-is_charge_refundable>
    pub fn is_charge_refundable(&self) -> bool {
        self.status.is_inquiry()
    }

    /// With the entries of the balance that it led to.
    pub fn render(&self, entries: &[Value]) -> Value {
        let mut evidence = Map::new();
        for name in EVIDENCE {
            evidence.insert((*name).to_owned(), json!(self.evidence.get(*name)));
        }
        evidence.insert("enhanced_evidence".to_owned(), json!({}));
        json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": entries,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": self.created + A_WEEK,
                "enhanced_eligibility": {},
                "has_evidence": !self.evidence.is_empty(),
                "past_due": false,
                "submission_count": self.submissions,
            },
            "is_charge_refundable": self.is_charge_refundable(),
            "livemode": false,
            "metadata": self.metadata,
            "payment_intent": self.intent,
            "reason": self.reason,
            "status": self.status.as_str(),
        })
    }
}
