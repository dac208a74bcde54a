//! What people read of an order's timeline.

use super::happening::{Happening, Why};
use super::reasons::say_parts;
use crate::say;
use crate::words::Locale;
use std::borrow::Cow;

impl Happening {
    /// Beside the status of a move, and of the order itself, it is what is said beside it; else all of it. May be
    /// empty.
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match self {
            Self::Placed => Cow::Borrowed(""),
            Self::Corrected { parts, before_payment } => {
                let parts = parts.iter().map(|part| part.say(locale)).collect::<Vec<_>>().join(", ");
                if *before_payment {
                    say!(locale, "order-told-corrected-unpaid", parts = parts)
                } else {
                    say!(locale, "order-told-corrected", parts = parts)
                }
            }
            Self::Moved { why, .. } => why.say(locale),
            Self::Note { text } | Self::Told { text, .. } => Cow::Borrowed(text),
            Self::PartShipped { carrier, tracking } => match name_parcel(carrier, tracking) {
                parcel if parcel.is_empty() => say!(locale, "order-told-part-shipped"),
                parcel => say!(locale, "order-told-part-shipped-by", parcel = parcel),
            },
            Self::PaymentReceived => say!(locale, "order-told-received"),
            Self::PaymentDeclined { words } => say!(locale, "order-told-declined", words = words),
            Self::PaymentRefused { words } => say!(locale, "order-told-refused", words = words),
            Self::NoPage => say!(locale, "order-told-no-page"),
            Self::AmountDiffers { received, expected } => {
                say!(locale, "order-told-amount-differs", received = *received, expected = *expected)
            }
            Self::PaymentCorrected { amount } => say!(locale, "order-told-payment-corrected", amount = *amount),
            Self::PaymentFound => say!(locale, "order-told-payment-found"),
            Self::RefundBegun { amount, goods, shipping, tax, tax_included, reason } => {
                let parts = say_parts(locale, *goods, *shipping, *tax, *tax_included);
                match reason.say(locale) {
                    reason if reason.is_empty() => {
                        say!(locale, "order-told-goes-back", amount = *amount, parts = parts)
                    }
                    reason => {
                        say!(locale, "order-told-goes-back-because", amount = *amount, parts = parts, reason = reason)
                    }
                }
            }
            Self::RefundMade { amount } => say!(locale, "order-told-given-back", amount = *amount),
            Self::RefundFailed { amount, why } => {
                say!(locale, "order-told-not-given-back", amount = *amount, why = why.say(locale))
            }
            Self::RefundRefused { why } => say!(locale, "order-told-refund-refused", why = why.say(locale)),
            Self::RefundCorrected { amount } => say!(locale, "order-told-refund-corrected", amount = *amount),
            Self::Disputed(dispute) => dispute.say(locale),
            Self::ReservationLapsed => say!(locale, "order-told-not-held"),
            Self::AttemptBegun { number, amount, on_page: true } => {
                say!(locale, "order-told-attempt-on-a-page", number = *number, amount = *amount)
            }
            Self::AttemptBegun { number, amount, on_page: false } => {
                say!(locale, "order-told-attempt-in-place", number = *number, amount = *amount)
            }
            Self::CameIn { amount } => say!(locale, "order-told-came-in", amount = *amount),
            Self::AttemptFailed { number, why: None } => say!(locale, "order-told-attempt-failed", number = *number),
            Self::AttemptFailed { number, why: Some(why) } => {
                say!(locale, "order-told-attempt-failed-because", number = *number, why = why.say(locale))
            }
            Self::AttemptExpired { number } => say!(locale, "order-told-attempt-expired", number = *number),
            Self::AttemptGivenUp { number } => say!(locale, "order-told-attempt-given-up", number = *number),
            Self::FeeKept { fee, came, stays } => {
                say!(locale, "order-told-fee", fee = *fee, came = *came, stays = *stays)
            }
        }
    }
}

impl Why {
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match self {
            Self::Typed { text } => Cow::Borrowed(text),
            Self::AfterDelivery { days } => say!(locale, "order-told-after-delivery", days = *days),
            Self::Parcel { carrier, tracking } => Cow::Owned(name_parcel(carrier, tracking)),
            Self::Cancelled(reason) => reason.say(locale),
        }
    }
}

/// `Royal Mail AB123456785GB`
fn name_parcel(carrier: &str, tracking: &str) -> String {
    [carrier, tracking].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
