//! The balance: what each charge, refund and dispute did to it, and what Stripe kept for itself.
//! <https://docs.stripe.com/api/balance_transactions>
//!
//! A charge's entry comes a moment after the charge when it is captured asynchronously, as is the
//! default: <https://docs.stripe.com/payments/payment-intents/asynchronous-capture>.

use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::Entry;
use crate::state::{Later, State};

/// How long an asynchronous capture takes.
const CAPTURE_TAKES: Duration = Duration::from_secs(1);

/// 2.9 % and 30 of the smallest unit for each charge; a dispute costs 1500.
/// <https://stripe.com/pricing>; amounts in other currencies differ, which does not matter here.
const RATE_PER_MILLE: i64 = 29;

const FIXED_FEE: i64 = 30;
const DISPUTE_FEE: i64 = 1500;

impl State {
    fn enter(&mut self, kind: &'static str, amount: i64, fee: i64, currency: &str, source: &str) -> String {
        let id = self.id("txn");
        let entry = Entry {
            id: id.clone(),
            created: self.now(),
            kind,
            amount,
            fee,
            currency: currency.to_owned(),
            source: source.to_owned(),
        };
        self.balance.insert(entry);
        id
    }

    /// Money of a charge was captured: its entry is made now, or in a moment.
    pub fn captured(&mut self, charge: &str, asynchronously: bool) {
        if asynchronously {
            self.later(CAPTURE_TAKES, Later::EnterCharge { charge: charge.to_owned() });
        } else {
            self.enter_charge(charge);
        }
    }

    /// Returns whether there is a new entry.
    fn enter_charge(&mut self, id: &str) -> bool {
        let Some(charge) = self.charges.get(id).filter(|charge| charge.captured && charge.balance.is_none()) else {
            return false;
        };
        let (amount, currency) = (charge.amount_captured, charge.currency.clone());
        // Rounded half up: not documented.
        let fee = (amount.saturating_mul(RATE_PER_MILLE) + 500) / 1000 + FIXED_FEE;
        let entry = self.enter("charge", amount, fee, &currency, id);
        if let Some(charge) = self.charges.get_mut(id) {
            charge.balance = Some(entry);
        }
        true
    }

    pub fn enter_charge_late(&mut self, id: &str) {
        if self.enter_charge(id) {
            self.emit_for("charge.updated", id);
        }
    }

    /// What Stripe kept of the charge is not given back: <https://docs.stripe.com/refunds>.
    pub fn enter_refund(&mut self, refund: &str, amount: i64, currency: &str) -> String {
        self.enter("refund", -amount, 0, currency, refund)
    }

    pub fn enter_failed_refund(&mut self, refund: &str, amount: i64, currency: &str) -> String {
        self.enter("refund_failure", amount, 0, currency, refund)
    }

    /// The disputed amount is taken away, and a fee: <https://docs.stripe.com/disputes/how-disputes-work>.
    pub fn enter_dispute(&mut self, dispute: &str, amount: i64, currency: &str) -> String {
        self.enter("adjustment", -amount, DISPUTE_FEE, currency, dispute)
    }

    /// Won: the amount comes back, the fee does not. (Whether it does depends on the country.)
    pub fn enter_won_dispute(&mut self, dispute: &str, amount: i64, currency: &str) -> String {
        self.enter("adjustment", amount, 0, currency, dispute)
    }
}

/// `GET /v1/balance_transactions/{id}`
pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let id = call.id();
    state
        .render(id)
        .filter(|_| id.starts_with("txn_"))
        .ok_or_else(|| ApiError::no_such("balance_transaction", id, "id"))
}

/// `GET /v1/balance_transactions`
pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let currency = call.params.text("currency")?;
    let source = call.params.text("source")?;
    let kind = call.params.text("type")?;
    call.params.finish()?;
    let now = state.now();
    page.of(
        state.balance.iter(),
        |entry| entry.render(now),
        |entry| {
            currency.as_ref().is_none_or(|currency| *currency == entry.currency)
                && source.as_ref().is_none_or(|source| *source == entry.source)
                && kind.as_deref().is_none_or(|kind| kind == entry.kind)
        },
    )
}

/// `GET /v1/balance`: <https://docs.stripe.com/api/balance/balance_retrieve>
pub(crate) fn balance(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let now = state.now();
    let mut currencies: Vec<&str> = state.balance.iter().map(|entry| entry.currency.as_str()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let sums = |available: bool| -> Vec<Value> {
        currencies
            .iter()
            .map(|currency| {
                let ours = state
                    .balance
                    .iter()
                    .filter(|entry| entry.currency == *currency && (entry.available_on() <= now) == available);
                let amount: i64 = ours.map(|entry| entry.amount - entry.fee).sum();
                json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })
            })
            .collect()
    };
    Ok(json!({ "object": "balance", "available": sums(true), "livemode": false, "pending": sums(false) }))
}
