//! A step of a dispute, as the timeline keeps it.

use super::kept;
use crate::words::Locale;
use crate::{Money, say};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A step of a dispute: the cardholder's bank wants the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// Its name at the provider.
    #[serde(rename = "dispute", default)]
    pub id: String,
    /// The bank has decided, or asks no more. Until one of its steps is the last, a dispute is open.
    #[serde(default)]
    pub is_over: bool,
    pub news: DisputeNews,
    #[serde(with = "kept::or_none", default)]
    pub amount: Option<Money>,
    /// The provider's code. <https://docs.stripe.com/api/disputes/object#dispute_object-reason>
    pub reason: String,
    /// Until when to answer, by the clock of the shop.
    pub due: Option<NaiveDate>,
    /// The provider's words for what happened, and for where it stands.
    pub step: String,
    pub status: String,
}

words! {
    /// What is new about a dispute.
    pub enum DisputeNews {
        /// The bank has questions, and took no money.
        Asked = "asked",
        Opened = "opened",
        Taken = "taken",
        Returned = "returned",
        Won = "won",
        Lost = "lost",
        AskedNoMore = "asked_no_more",
        UnderReview = "under_review",
        WaitsForUs = "waits_for_us",
        /// Something that there are no words for.
        Changed = "changed",
    }
}

impl Dispute {
    /// For staff.
    pub fn say(&self, locale: Locale) -> Cow<'static, str> {
        let amount = match self.amount {
            Some(amount) => Cow::Owned(locale.money(amount)),
            None => say!(locale, "dispute-the-payment"),
        };
        let due = self.due.map(|due| locale.long_date(due.and_time(Default::default())));
        match (self.news, due) {
            (DisputeNews::Asked, None) => {
                say!(locale, "dispute-asked", amount = amount, reason = self.reason(locale))
            }
            (DisputeNews::Asked, Some(due)) => {
                say!(locale, "dispute-asked-by", amount = amount, reason = self.reason(locale), date = due)
            }
            (DisputeNews::Opened, None) => {
                say!(locale, "dispute-opened", amount = amount, reason = self.reason(locale))
            }
            (DisputeNews::Opened, Some(due)) => {
                say!(locale, "dispute-opened-by", amount = amount, reason = self.reason(locale), date = due)
            }
            (DisputeNews::Taken, _) => say!(locale, "dispute-taken", amount = amount),
            (DisputeNews::Returned, _) => say!(locale, "dispute-returned", amount = amount),
            (DisputeNews::Won, _) => say!(locale, "dispute-won", amount = amount),
            (DisputeNews::Lost, _) => say!(locale, "dispute-lost", amount = amount),
            (DisputeNews::AskedNoMore, _) => say!(locale, "dispute-asked-no-more", amount = amount),
            (DisputeNews::UnderReview, _) => say!(locale, "dispute-under-review", amount = amount),
            (DisputeNews::WaitsForUs, None) => say!(locale, "dispute-waits", amount = amount),
            (DisputeNews::WaitsForUs, Some(due)) => say!(locale, "dispute-waits-by", amount = amount, date = due),
            (DisputeNews::Changed, _) => {
                say!(locale, "dispute-changed", amount = amount, step = &self.step, status = &self.status)
            }
        }
    }

    /// Stripe's words for people. <https://docs.stripe.com/api/disputes/object#dispute_object-reason>
    fn reason(&self, locale: Locale) -> Cow<'static, str> {
        match self.reason.as_str() {
            "fraudulent" => say!(locale, "dispute-reason-fraudulent"),
            "product_not_received" => say!(locale, "dispute-reason-not-received"),
            "product_unacceptable" => say!(locale, "dispute-reason-unacceptable"),
            "duplicate" => say!(locale, "dispute-reason-duplicate"),
            "credit_not_processed" => say!(locale, "dispute-reason-not-credited"),
            "unrecognized" => say!(locale, "dispute-reason-unrecognized"),
            "subscription_canceled" => say!(locale, "dispute-reason-cancelled"),
            "" | "general" => say!(locale, "dispute-reason-none"),
            other => Cow::Owned(other.replace('_', " ")),
        }
    }
}
