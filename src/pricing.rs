//! The sums of an order. Σ lines − discount + tax + shipping = total, to the minor unit, always.

use crate::settings::{Settings, ShippingMethod};
use crate::{Currency, Error, FieldError, Money, Rate, Result, said};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub currency: Currency,
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    /// Added on top. Zero where prices include tax.
    pub tax: Money,
    /// How much tax is in the total where prices include it.
    pub tax_included: Money,
    pub tax_rate: Rate,
    pub total: Money,
}

impl Totals {
    /// Goods worth `subtotal` sent to `country`. Shipping is taxed like the goods. The total is in steps of the
    /// currency, so that it can be charged.
    pub fn of(settings: &Settings, country: &str, method: &ShippingMethod, subtotal: Money) -> Result<Self> {
        let none = Money::zero(subtotal.currency);
        // Of prices from before there were steps, what cannot be charged is let off.
        let discount = subtotal.minus(subtotal.in_steps())?;
        let shipping = method.price_for(subtotal);
        let tax_rate = settings.tax_rate(country);
        let taxed = subtotal.minus(discount)?.plus(shipping)?;
        let (tax, tax_included) = match settings.prices_include_tax {
            true => (none, taxed.share_included(tax_rate)?),
            false => (taxed.share(tax_rate)?, none),
        };
        let total = taxed.plus(tax)?;
        Ok(Self { currency: subtotal.currency, subtotal, discount, shipping, tax, tax_included, tax_rate, total })
    }

    /// Why such an order could not be paid: what the payment provider charges at least and at most. A total of nothing
    /// needs no payment. Conflicts `total_too_small` and `total_too_large`, each with the total and the bound.
    pub fn payable(&self) -> Result<()> {
        let (total, least, most) = (self.total, self.currency.least(), self.currency.most());
        let details = |bound: &'static str, money: Money| {
            [("total", total), (bound, money)].map(|(field, money)| FieldError::new(field, money.decimal())).into()
        };
        if total.minor < least.minor && !total.is_zero() {
            let message = said!("refusal-total-too-small", total = total, least = least);
            return Err(Error::Conflict { code: "total_too_small", message, details: details("least", least) });
        }
        if total.minor > most.minor {
            let message = said!("refusal-total-too-large", total = total, most = most);
            return Err(Error::Conflict { code: "total_too_large", message, details: details("most", most) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(settings: &Settings, subtotal: i64, method: usize) -> [i64; 5] {
        let method = &settings.shipping_methods[method];
        let t = Totals::of(settings, "GB", method, Money::new(subtotal, Currency::GBP)).unwrap();
        [t.subtotal.minor, t.shipping.minor, t.tax.minor, t.tax_included.minor, t.total.minor]
    }

    #[test]
    fn add_up_with_tax_in_the_prices() {
        let settings = Settings::defaults(Currency::GBP);
        assert_eq!(totals(&settings, 18_50, 0), [18_50, 4_95, 0, 3_91, 23_45]);
        assert_eq!(totals(&settings, 59_99, 0), [59_99, 4_95, 0, 10_82, 64_94]);
        assert_eq!(totals(&settings, 60_00, 0), [60_00, 0, 0, 10_00, 60_00], "free from £60");
        assert_eq!(totals(&settings, 60_00, 1), [60_00, 9_95, 0, 11_66, 69_95]);
        assert_eq!(totals(&settings, 1, 2), [1, 0, 0, 0, 1]);
    }

    #[test]
    fn add_up_with_tax_on_top() {
        let settings = Settings { prices_include_tax: false, ..Settings::defaults(Currency::GBP) };
        assert_eq!(totals(&settings, 18_50, 0), [18_50, 4_95, 4_69, 0, 28_14]);
        assert_eq!(totals(&settings, 10_02, 2), [10_02, 0, 2_00, 0, 12_02]);
    }
}
