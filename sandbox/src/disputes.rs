//! Disputes: a cardholder asks the bank for the money back. <https://docs.stripe.com/api/disputes>

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::{Dispute, DisputeStatus, EVIDENCE};
use crate::params::{Metadata, Params};
use crate::state::State;

/// <https://docs.stripe.com/api/disputes/object#dispute_object-reason>
pub(crate) const REASONS: &[&str] = &[
    "bank_cannot_process",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
];

impl State {
    /// A cardholder disputes what is left of a charge.
    pub fn dispute(&mut self, charge_id: &str, reason: &'static str) -> Option<String> {
        let id = self.open_dispute(charge_id, reason, DisputeStatus::NeedsResponse)?;
        self.emit_for("charge.dispute.created", &id);
        self.withdraw(&id);
        Some(id)
    }

    /// The bank asks about a charge before it disputes it; no money moves.
    /// <https://docs.stripe.com/disputes/how-disputes-work#inquiries>
    pub fn inquire(&mut self, charge_id: &str, reason: &'static str) -> Option<String> {
        let id = self.open_dispute(charge_id, reason, DisputeStatus::WarningNeedsResponse)?;
        self.emit_for("charge.dispute.created", &id);
        Some(id)
    }

    fn withdraw(&mut self, id: &str) {
        let Some(dispute) = self.disputes.get(id) else {
            return;
        };
        let (amount, currency) = (dispute.amount, dispute.currency.clone());
        let entry = self.enter_dispute(id, amount, &currency);
        if let Some(dispute) = self.disputes.get_mut(id) {
            dispute.entries.push(entry);
        }
        self.emit_for("charge.dispute.funds_withdrawn", id);
    }

    fn open_dispute(&mut self, charge_id: &str, reason: &'static str, status: DisputeStatus) -> Option<String> {
        let id = self.id("du");
        let created = self.now();
        let charge = self.charges.get_mut(charge_id)?;
        if charge.disputed || charge.refundable() <= 0 {
            return None;
        }
        charge.disputed = true;
        let dispute = Dispute {
            id: id.clone(),
            created,
            amount: charge.refundable(),
            currency: charge.currency.clone(),
            charge: charge.id.clone(),
            intent: charge.intent.clone(),
            reason,
            status,
            evidence: Metadata::new(),
            submissions: 0,
            metadata: Metadata::new(),
            entries: Vec::new(),
        };
        self.disputes.insert(dispute);
        Some(id)
    }

    /// The bank decides.
    pub fn decide_dispute(&mut self, id: &str, won: bool) -> Result<(), ApiError> {
        let Some(dispute) = self.disputes.get_mut(id) else {
            return Err(ApiError::no_such("dispute", id, "dispute"));
        };
        if dispute.status.is_over() {
            return Err(over(id));
        }
        let inquiry = dispute.status.is_inquiry();
        dispute.status = match (inquiry, won) {
            (true, _) => DisputeStatus::WarningClosed,
            (false, true) => DisputeStatus::Won,
            (false, false) => DisputeStatus::Lost,
        };
        let (amount, currency) = (dispute.amount, dispute.currency.clone());
        self.emit_for("charge.dispute.closed", id);
        if won && !inquiry {
            let entry = self.enter_won_dispute(id, amount, &currency);
            if let Some(dispute) = self.disputes.get_mut(id) {
                dispute.entries.push(entry);
            }
            self.emit_for("charge.dispute.funds_reinstated", id);
        }
        Ok(())
    }

    /// An inquiry becomes a dispute, and the money is taken back.
    pub fn escalate(&mut self, id: &str) {
        let inquiry = self.disputes.get_mut(id).filter(|dispute| dispute.status.is_inquiry());
        if let Some(dispute) = inquiry {
            dispute.status = DisputeStatus::NeedsResponse;
            self.emit_for("charge.dispute.updated", id);
            self.withdraw(id);
        }
    }
}

fn over(id: &str) -> ApiError {
    ApiError::invalid(format!("This dispute ({id}) is already closed."))
}

fn rendered(state: &State, call: &Call) -> Outcome {
    let id = call.id();
    state.render(id).filter(|_| id.starts_with("du_")).ok_or_else(|| ApiError::no_such("dispute", id, "dispute"))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Dispute, ApiError> {
    let id = call.id();
    state.disputes.get_mut(id).ok_or_else(|| ApiError::no_such("dispute", id, "dispute"))
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    rendered(state, call)
}

fn evidence(params: &mut Params) -> Result<Metadata, ApiError> {
    let mut evidence = Metadata::new();
    for name in EVIDENCE {
        if let Some(text) = params.text(name)? {
            evidence.insert((*name).to_owned(), text);
        }
    }
    Ok(evidence)
}

/// Evidence decides test disputes: <https://docs.stripe.com/testing#disputes>
pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let evidence = params.object("evidence", evidence)?;
    let submit = params.boolean("submit")?.unwrap_or(true);
    let metadata = params.metadata("metadata")?;
    params.finish()?;
    let dispute = find_mut(state, call)?;
    if dispute.status.is_over() && evidence.is_some() {
        return Err(over(&dispute.id));
    }
    if let Some(change) = metadata {
        change.apply(&mut dispute.metadata);
    }
    let mut text = None;
    if let Some(evidence) = evidence {
        dispute.evidence.extend(evidence);
        if submit {
            dispute.submissions += 1;
            let inquiry = dispute.status.is_inquiry();
            dispute.status = if inquiry { DisputeStatus::WarningUnderReview } else { DisputeStatus::UnderReview };
            text = dispute.evidence.get("uncategorized_text").cloned();
        }
    }
    state.emit_for("charge.dispute.updated", call.id());
    match text.as_deref() {
        Some("winning_evidence") => state.decide_dispute(call.id(), true)?,
        Some("losing_evidence") => state.decide_dispute(call.id(), false)?,
        Some("escalate_inquiry_evidence") => state.escalate(call.id()),
        _ => {}
    }
    rendered(state, call)
}

/// Closing accepts it: <https://docs.stripe.com/api/disputes/close>
pub(crate) fn close(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    find_mut(state, call)?;
    state.decide_dispute(call.id(), false)?;
    rendered(state, call)
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    let shown = |dispute: &Dispute| state.render(&dispute.id).unwrap_or_default();
    page.of(state.disputes.iter(), shown, |dispute| {
        charge.as_ref().is_none_or(|charge| *charge == dispute.charge)
            && intent.as_ref().is_none_or(|intent| *intent == dispute.intent)
    })
}
