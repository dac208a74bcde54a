//! Refunds: money given back, never more than was captured. <https://docs.stripe.com/api/refunds>

use std::time::Duration;

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::money;
use crate::objects::{Behaviour, ChargeStatus, Refund, RefundStatus};
use crate::params::Metadata;
use crate::state::{Later, State};

/// How long a refund that does not succeed at once takes.
const LATE_REFUND: Duration = Duration::from_secs(5);

/// `POST /v1/refunds`: <https://docs.stripe.com/api/refunds/create>
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    let amount = params.integer_from("amount", 1)?;
    let metadata = params.new_metadata()?;
    let reason = params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    params.text("instructions_email")?;
    params.finish()?;

    let charge_id = match (charge, intent) {
        (Some(charge), None) => charge,
        (None, Some(intent)) => charge_of(state, &intent)?,
        (Some(charge), Some(intent)) => {
            if charge_of(state, &intent)? != charge {
                return Err(ApiError::invalid(format!(
                    "The charge {charge} is not the charge of the PaymentIntent {intent}."
                ))
                .param("charge"));
            }
            charge
        }
        (None, None) => {
            return Err(ApiError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            )
            .code("parameter_missing")
            .unsaved());
        }
    };
    let id = state.refund(&charge_id, amount, reason, metadata)?;
    state.render(&id).ok_or_else(|| ApiError::no_such("refund", &id, "id"))
}

fn charge_of(state: &State, intent_id: &str) -> Result<String, ApiError> {
    let Some(intent) = state.intents.get(intent_id) else {
        return Err(ApiError::no_such_param("payment_intent", intent_id, "payment_intent"));
    };
    let charge = intent.latest_charge.as_ref().and_then(|id| state.charges.get(id));
    match charge {
        Some(charge) if charge.status == ChargeStatus::Succeeded && charge.captured => Ok(charge.id.clone()),
        _ => Err(ApiError::invalid(format!(
            "This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        ))
        .param("payment_intent")),
    }
}

impl State {
    /// Gives back `amount`, or all that is left. Returns the refund's id.
    pub fn refund(
        &mut self,
        charge_id: &str,
        amount: Option<i64>,
        reason: Option<&'static str>,
        metadata: Metadata,
    ) -> Result<String, ApiError> {
        let Some(charge) = self.charges.get(charge_id) else {
            return Err(ApiError::no_such_param("charge", charge_id, "charge"));
        };
        let left = charge.refundable();
        let amount = amount.unwrap_or(left);
        self.refundable(charge_id, amount)?;
        let charge = charge_id.to_owned();
        let (currency, intent, method) = match self.charges.get_mut(charge_id) {
            Some(row) => {
                row.amount_refunded += amount;
                row.refunded = row.refundable() == 0;
                (row.currency.clone(), row.intent.clone(), row.method.clone())
            }
            None => return Err(ApiError::no_such_param("charge", charge_id, "charge")),
        };
        let behaviour = self.methods.get(&method).map(|method| method.behaviour);
        let status = match behaviour {
            Some(Behaviour::RefundPending) => RefundStatus::Pending,
            _ => RefundStatus::Succeeded,
        };
        let id = self.id("re");
        let balance = self.enter_refund(&id, amount, &currency);
        let refund = Refund {
            id: id.clone(),
            created: self.now(),
            amount,
            currency,
            charge: charge.clone(),
            intent,
            metadata,
            reason,
            status,
            failure_reason: None,
            balance: Some(balance),
            failure_balance: None,
        };
        self.refunds.insert(refund);
        self.emit_for("refund.created", &id);
        self.emit_for("charge.refunded", &charge);
        // <https://docs.stripe.com/testing#refunds>
        let succeeds = match behaviour {
            Some(Behaviour::RefundPending) => Some(true),
            Some(Behaviour::RefundFails) => Some(false),
            _ => None,
        };
        if let Some(succeeds) = succeeds {
            self.later(LATE_REFUND, Later::SettleRefund { refund: id.clone(), succeeds });
        }
        Ok(id)
    }

    fn refundable(&self, charge_id: &str, amount: i64) -> Result<(), ApiError> {
        let Some(charge) = self.charges.get(charge_id) else {
            return Err(ApiError::no_such_param("charge", charge_id, "charge"));
        };
        money::whole(amount, &charge.currency, "amount")?;
        if charge.status != ChargeStatus::Succeeded || !charge.captured {
            return Err(ApiError::invalid(format!("Charge {charge_id} has not been captured and cannot be refunded."))
                .param("charge"));
        }
        if self.disputes.iter().any(|dispute| dispute.charge == charge_id && !dispute.is_charge_refundable()) {
            return Err(ApiError::invalid(format!("Charge {charge_id} has been charged back; cannot issue a refund."))
                .code("charge_disputed"));
        }
        if charge.refundable() == 0 {
            return Err(ApiError::invalid(format!("Charge {charge_id} has already been refunded."))
                .code("charge_already_refunded"));
        }
        if amount > charge.refundable() {
            return Err(ApiError::invalid(format!(
                "Refund amount ({}) is greater than unrefunded amount on charge ({})",
                money::format(amount, &charge.currency),
                money::format(charge.refundable(), &charge.currency),
            ))
            .param("amount"));
        }
        Ok(())
    }

    /// A pending refund arrives; or one that seemed done comes back.
    pub fn settle_refund(&mut self, id: &str, succeeds: bool) {
        let Some(refund) = self.refunds.get_mut(id) else {
            return;
        };
        if matches!(refund.status, RefundStatus::Failed | RefundStatus::Canceled) {
            return;
        }
        if succeeds {
            refund.status = RefundStatus::Succeeded;
        } else {
            refund.status = RefundStatus::Failed;
            refund.failure_reason = Some("expired_or_canceled_card");
        }
        let (charge, amount) = (refund.charge.clone(), refund.amount);
        if succeeds {
            self.emit_for("refund.updated", id);
            self.emit_for("charge.refund.updated", id);
        } else {
            self.take_back_refund(id, &charge, amount);
            self.emit_for("refund.failed", id);
            self.emit_for("charge.refund.updated", id);
        }
    }

    /// The money of a refund that failed or was cancelled is ours again.
    fn take_back_refund(&mut self, refund: &str, charge: &str, amount: i64) {
        let Some(charge) = self.charges.get_mut(charge) else {
            return;
        };
        charge.amount_refunded -= amount;
        charge.refunded = false;
        let currency = charge.currency.clone();
        let entry = self.enter_failed_refund(refund, amount, &currency);
        if let Some(refund) = self.refunds.get_mut(refund) {
            refund.failure_balance = Some(entry);
        }
    }
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Refund, ApiError> {
    let id = call.id();
    state.refunds.get_mut(id).ok_or_else(|| ApiError::no_such("refund", id, "refund"))
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    Ok(find_mut(state, call)?.render())
}

/// Only metadata can be changed: <https://docs.stripe.com/api/refunds/update>
pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let metadata = call.params.metadata("metadata")?;
    call.params.finish()?;
    let refund = find_mut(state, call)?;
    if let Some(change) = metadata {
        change.apply(&mut refund.metadata);
    }
    let object = refund.render();
    state.emit("refund.updated", object.clone());
    Ok(object)
}

/// Only while the shopper has to act: <https://docs.stripe.com/api/refunds/cancel>
pub(crate) fn cancel(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let refund = find_mut(state, call)?;
    if refund.status != RefundStatus::RequiresAction {
        return Err(ApiError::invalid(format!(
            "You cannot cancel a refund that has a status of {}; only a refund with a status of \
             requires_action may be canceled.",
            refund.status.as_str()
        )));
    }
    refund.status = RefundStatus::Canceled;
    let (charge, amount) = (refund.charge.clone(), refund.amount);
    let object = refund.render();
    state.take_back_refund(call.id(), &charge, amount);
    state.emit("refund.updated", object.clone());
    Ok(object)
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.of(state.refunds.iter(), Refund::render, |refund| {
        charge.as_ref().is_none_or(|charge| *charge == refund.charge)
            && intent.as_ref().is_none_or(|intent| *intent == refund.intent)
    })
}
