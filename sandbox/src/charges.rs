//! Charges: one attempt to take money each. <https://docs.stripe.com/api/charges>

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::{Charge, ChargeStatus, Decline, Method};
use crate::search::{Field, Query};
use crate::state::State;

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
