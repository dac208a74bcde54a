//! Charges: one attempt to take money each. <https://docs.stripe.com/api/charges>

use serde_json::{Value, json};

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::methods::{Decline, Method};
use crate::params::Metadata;
use crate::search::{Field, Query};
use crate::state::{Record, State};

#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub amount_captured: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub captured: bool,
    pub status: ChargeStatus,
    pub disputed: bool,
    /// Given back as a whole, be it by refunds or by releasing an authorisation.
    pub refunded: bool,
    pub intent: String,
    pub method: String,
    method_kind: &'static str,
    method_details: Value,
    pub customer: Option<String>,
    description: Option<String>,
    pub metadata: Metadata,
    receipt_email: Option<String>,
    shipping: Option<Value>,
    billing_details: Value,
    pub failure: Option<Decline>,
    /// Its entry in the balance, once there is one.
    pub balance: Option<String>,
    /// Until when an authorisation can be captured.
    pub capture_before: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeStatus {
    Succeeded,
    Pending,
    Failed,
}

impl ChargeStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Pending => "pending",
            Self::Failed => "failed",
        }
    }
}

impl Record for Charge {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Charge {
    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.amount_captured - self.amount_refunded
    }

    pub fn render(&self) -> Value {
        let (network_status, outcome, seller_message) = match &self.failure {
            Some(_) => (
                "declined_by_network",
                "issuer_declined",
                "The bank did not return any further details with this decline.",
            ),
            None => ("approved_by_network", "authorized", "Payment complete."),
        };
        let mut details = json!({ "type": self.method_kind });
        details[self.method_kind] = self.method_details.clone();
        if let Some(time) = self.capture_before {
            details[self.method_kind]["capture_before"] = json!(time);
        }
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.amount_captured,
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance,
            "billing_details": self.billing_details,
            "calculated_statement_descriptor": "IRONMONGER",
            "captured": self.captured,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": self.disputed,
            "failure_balance_transaction": null,
            "failure_code": self.failure.map(|failure| failure.code),
            "failure_message": self.failure.map(|failure| failure.message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": {
                "advice_code": null,
                "network_advice_code": null,
                "network_decline_code": null,
                "network_status": network_status,
                "reason": self.failure.map(|failure| failure.decline_code.unwrap_or(failure.code)),
                "risk_level": "normal",
                "risk_score": 12,
                "seller_message": seller_message,
                "type": outcome,
            },
            "paid": self.status == ChargeStatus::Succeeded,
            "payment_intent": self.intent,
            "payment_method": self.method,
            "payment_method_details": details,
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": null,
            "refunded": self.refunded,
            "review": null,
            "shipping": self.shipping,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}

impl State {
    /// One attempt to charge an intent's amount. Returns the charge's id.
    pub fn charge(
        &mut self,
        intent_id: &str,
        method: &Method,
        status: ChargeStatus,
        failure: Option<Decline>,
    ) -> Option<String> {
        let id = self.id("ch");
        let created = self.now();
        let intent = self.intents.get(intent_id)?;
        let captured = status == ChargeStatus::Succeeded && !intent.captures_by_hand();
        let charge = Charge {
            id: id.clone(),
            created,
            amount: intent.amount,
            amount_captured: if captured { intent.amount } else { 0 },
            amount_refunded: 0,
            currency: intent.currency.clone(),
            captured,
            status,
            disputed: false,
            refunded: false,
            intent: intent.id.clone(),
            method: method.id.clone(),
            method_kind: method.kind(),
            method_details: method.details(),
            customer: intent.customer.clone(),
            description: intent.description.clone(),
            metadata: intent.metadata.clone(),
            receipt_email: intent.receipt_email.clone(),
            shipping: intent.shipping.clone(),
            billing_details: method.billing_details.clone(),
            failure,
            balance: None,
            capture_before: None,
        };
        self.charges.insert(charge);
        if let Some(intent) = self.intents.get_mut(intent_id) {
            intent.latest_charge = Some(id.clone());
        }
        Some(id)
    }
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let id = call.id();
    let charge = state.charges.get(id).ok_or_else(|| ApiError::no_such("charge", id, "id"))?;
    Ok(charge.render())
}

pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let metadata = call.params.metadata("metadata")?;
    let description = call.params.text_or_unset("description")?;
    call.params.finish()?;
    let id = call.id();
    let charge = state.charges.get_mut(id).ok_or_else(|| ApiError::no_such("charge", id, "id"))?;
    if let Some(change) = metadata {
        change.apply(&mut charge.metadata);
    }
    if let Some(description) = description {
        charge.description = description;
    }
    let object = charge.render();
    state.emit("charge.updated", object.clone());
    Ok(object)
}

/// `GET /v1/charges/search`: <https://docs.stripe.com/search#query-fields-for-charges>
pub(crate) fn search(state: &mut State, call: &mut Call) -> Outcome {
    let search = Query::read(state, call)?;
    search.run(
        state.charges.iter(),
        Charge::render,
        |charge, field| match field {
            Field::Named("amount") => Some(charge.amount.to_string()),
            Field::Named("created") => Some(charge.created.to_string()),
            Field::Named("currency") => Some(charge.currency.clone()),
            Field::Named("customer") => charge.customer.clone(),
            Field::Named("disputed") => Some(charge.disputed.to_string()),
            Field::Named("refunded") => Some(charge.refunded.to_string()),
            Field::Named("status") => Some(charge.status.as_str().to_owned()),
            Field::Metadata(key) => charge.metadata.get(key).cloned(),
            Field::Named(_) => None,
        },
        &["amount", "created", "currency", "customer", "disputed", "refunded", "status"],
    )
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let intent = call.params.text("payment_intent")?;
    let customer = call.params.text("customer")?;
    call.params.finish()?;
    page.of(state.charges.iter(), Charge::render, |charge| {
        intent.as_ref().is_none_or(|intent| *intent == charge.intent)
            && customer.as_ref().is_none_or(|customer| Some(customer) == charge.customer.as_ref())
    })
}
