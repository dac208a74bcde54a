//! What staff ask for when they give money back, as it arrives and checked.

use crate::id::OrderItemId;
use crate::input::Raw;
use crate::lifecycle::RefundCause;
use crate::{Currency, Invalid, Money, Result};
use serde::{Deserialize, Serialize};

/// What is to be given back: all that is left; pieces of lines, the delivery, or both; or an amount.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "lines": [{ "item": "0190b5a0-7c1e-7000-8000-000000000005", "quantity": 1, "restock": false }],
    "cause": "damaged", "reason": "The shaft was split",
}))]
pub struct RefundInput {
    /// `all`, `parts` (lines and delivery) or `amount`. Left out, whatever is given counts; an amount wins.
    #[schema(value_type = Option<String>, pattern = "^(all|parts|amount)$")]
    pub what: Raw,
    pub amount: Raw,
    /// How much of it is for the delivery. Left out beside an amount: what the goods do not cover.
    pub delivery: Raw,
    pub lines: Vec<RefundLine>,
    /// The goods go back into stock: of the named lines; of all, when all the money goes back.
    #[schema(value_type = bool)]
    pub restock: Raw,
    /// One of the usual reasons: see [`RefundCause`].
    #[schema(value_type = Option<RefundCause>)]
    pub cause: Raw,
    /// In words. The shopper reads it.
    pub reason: Raw,
    /// How much was left when this was decided; if that is not so any more, nothing is given back.
    pub expected_left: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct RefundLine {
    /// Id of the order's line.
    pub item: Raw,
    #[schema(value_type = i32, minimum = 1)]
    pub quantity: Raw,
    /// The pieces of this line go back into stock.
    #[schema(value_type = bool)]
    pub restock: Raw,
}

/// What is asked for, checked as far as that can be done without the order.
pub(super) struct CheckedRefund {
    pub all: bool,
    pub amount: Option<Money>,
    pub delivery: Option<Money>,
    pub lines: Vec<WantedLine>,
    pub restock: bool,
    pub cause: Option<RefundCause>,
    pub reason: String,
    pub expected_left: Option<Money>,
}

pub(super) struct WantedLine {
    /// Where in the input it stands, for messages.
    pub at: usize,
    pub item: OrderItemId,
    pub quantity: i32,
    pub restock: bool,
}

impl RefundInput {
    pub(super) fn check(&self, currency: Currency) -> Result<CheckedRefund> {
        let mut faults = Invalid::default();
        let what = self.what.trimmed();
        if !matches!(what, "" | "all" | "parts" | "amount") {
            faults.add("what", "must be all, parts or amount");
        }
        let amount = match what {
            "all" | "parts" => None,
            "amount" => self.amount.price("amount", currency, &mut faults),
            _ => self.amount.optional_price("amount", currency, &mut faults),
        };
        if amount.is_some_and(Money::is_zero) {
            faults.add("amount", "must be more than nothing");
        }
        let delivery = match what {
            "all" | "amount" => None,
            _ => self.delivery.optional_price("delivery", currency, &mut faults),
        };
        let lines = if matches!(what, "" | "parts") { self.lines(&mut faults) } else { Vec::new() };
        let names_nothing = lines.is_empty() && delivery.is_none_or(Money::is_zero);
        if faults.0.is_empty() && amount.is_none() && names_nothing && what != "all" {
            match what {
                "parts" => faults.add("what", "must name a product, or an amount of the delivery"),
                _ => faults.add("amount", "is required, or say which lines"),
            }
        }
        let cause = RefundCause::parse(self.cause.trimmed());
        if cause.is_none() && !self.cause.is_empty() {
            faults.add("cause", "is not one of the reasons");
        }
        let reason = match cause {
            Some(RefundCause::Other) => self.reason.required("reason", 500, &mut faults),
            _ => self.reason.text("reason", 500, &mut faults),
        };
        let expected_left = self.expected_left.optional_money("expectedLeft", currency, &mut faults);
        faults.into_result()?;
        let (all, restock) = (what == "all", self.restock.is_on());
        Ok(CheckedRefund { all, amount, delivery, lines, restock, cause, reason, expected_left })
    }

    fn lines(&self, faults: &mut Invalid) -> Vec<WantedLine> {
        let mut lines: Vec<WantedLine> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if line.quantity.is_empty() || line.quantity.trimmed() == "0" {
                continue;
            }
            let quantity = line.quantity.whole(format!("lines[{at}].quantity"), 1..=9999, faults);
            let item = line.item.trimmed().parse().map_err(|_| "is not a line of this order");
            let item = faults.check(format!("lines[{at}].item"), item);
            if let (Some(item), Some(quantity)) = (item, quantity) {
                if lines.iter().any(|other| other.item == item) {
                    faults.add(format!("lines[{at}].item"), "is named twice");
                }
                let restock = line.restock.is_on() || self.restock.is_on();
                lines.push(WantedLine { at, item, quantity, restock });
            }
        }
        lines
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefundedLine {
    pub item: OrderItemId,
    pub quantity: i32,
    /// They went back into stock.
    #[serde(default)]
    pub restock: bool,
}
