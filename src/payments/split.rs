//! Money of an order by what it was paid for, and how a refund is divided.
//!
//! One rule: whoever gives back a part of what is left takes the same share of the tax that is left with it. So the
//! splits of several refunds come to the order's goods, delivery and tax, to the cent, when all is given back; and
//! whatever a refund that failed took can be taken again.

use crate::id::{PaymentId, RefundId};
use crate::lifecycle::say_parts;
use crate::money::MoneyError;
use crate::words::Locale;
use crate::{Currency, Money, Result};
use serde::Serialize;
use sqlx::PgConnection;

/// Goods, delivery and tax on top come to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    pub goods: Money,
    pub shipping: Money,
    /// Added on top. Zero where prices include tax.
    pub tax: Money,
    /// How much tax is contained in it where prices include tax.
    pub tax_included: Money,
}

impl Split {
    /// Money of which nobody can say what it was paid for.
    pub fn unknown(amount: Money) -> Self {
        let none = Money::zero(amount.currency);
        Self { goods: amount, shipping: none, tax: none, tax_included: none }
    }

    pub fn total(self) -> Result<Money, MoneyError> {
        self.goods.plus(self.shipping)?.plus(self.tax)
    }

    /// What delivery comes to, with its share of the tax on top.
    pub fn delivery(self) -> Result<Money, MoneyError> {
        self.shipping.plus(share(self.tax, self.shipping, self.goods.plus(self.shipping)?)?)
    }

    /// What the goods come to, with theirs.
    pub fn merchandise(self) -> Result<Money, MoneyError> {
        self.total()?.minus(self.delivery()?)
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            goods: self.goods.minus(other.goods)?,
            shipping: self.shipping.minus(other.shipping)?,
            tax: self.tax.minus(other.tax)?,
            tax_included: self.tax_included.minus(other.tax_included)?,
        })
    }

    /// So much of the goods and of the delivery, tax on top included in both. Neither is more than there is.
    pub fn take(self, merchandise: Money, delivery: Money) -> Result<Self, MoneyError> {
        let goods = share(self.goods, merchandise, self.merchandise()?)?;
        let shipping = share(self.shipping, delivery, self.delivery()?)?;
        let amount = merchandise.plus(delivery)?;
        let tax = amount.minus(goods)?.minus(shipping)?;
        Ok(Self { goods, shipping, tax, tax_included: share(self.tax_included, amount, self.total()?)? })
    }

    /// An amount that nobody says more of: off the goods first, then off the delivery.
    pub fn take_goods_first(self, amount: Money) -> Result<Self, MoneyError> {
        let merchandise = Money { minor: amount.minor.min(self.merchandise()?.minor), ..amount };
        self.take(merchandise, amount.minus(merchandise)?)
    }

    /// `£10.00 for goods, £4.95 for delivery, £2.99 of tax`, for staff.
    pub fn words(self) -> String {
        let Self { goods, shipping, tax, tax_included } = self;
        say_parts(Locale::English, goods, shipping, tax, tax_included)
    }
}

/// Of `what`, as much as `part` is of `whole`.
fn share(what: Money, part: Money, whole: Money) -> Result<Money, MoneyError> {
    if whole.is_zero() { Ok(Money::zero(what.currency)) } else { what.in_proportion(part, whole) }
}

/// What a payment brought in, and what of it is not given back or on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Balance {
    pub whole: Split,
    pub left: Split,
}

impl Balance {
    /// Of a payment whose order is locked, or seen at one moment.
    pub async fn of(conn: &mut PgConnection, payment: PaymentId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select o.currency, o.total, o.subtotal - o.discount as "goods!", o.shipping, o.tax, o.tax_included,
                      p.amount_captured,
                      coalesce(sum(r.goods), 0)::bigint as "gone_goods!",
                      coalesce(sum(r.shipping), 0)::bigint as "gone_shipping!",
                      coalesce(sum(r.tax), 0)::bigint as "gone_tax!",
                      coalesce(sum(r.tax_included), 0)::bigint as "gone_tax_included!"
               from payments p
               join orders o on o.id = p.order_id
               left join refunds r on r.payment_id = p.id and r.status in ('pending', 'succeeded')
               where p.id = $1
               group by p.id, o.id"#,
            payment as _,
        )
        .fetch_one(conn)
        .await?;
        let currency = Currency::stored(&row.currency)?;
        let money = |minor| Money::new(minor, currency);
        // another sum than the order's: it cannot be said what it was for
        let whole = match row.amount_captured == row.total {
            true => Split {
                goods: money(row.goods),
                shipping: money(row.shipping),
                tax: money(row.tax),
                tax_included: money(row.tax_included),
            },
            false => Split::unknown(money(row.amount_captured)),
        };
        let gone = Split {
            goods: money(row.gone_goods),
            shipping: money(row.gone_shipping),
            tax: money(row.gone_tax),
            tax_included: money(row.gone_tax_included),
        };
        Ok(Self { whole, left: whole.minus(gone)? })
    }
}

/// Divides the refunds of a payment anew, off the goods first: its amount or one of theirs was corrected, and what they
/// were asked for does not come to what there is any more.
pub(super) async fn divide_anew(conn: &mut PgConnection, payment: PaymentId) -> Result<()> {
    let mut left = Balance::of(conn, payment).await?.whole;
    let refunds = sqlx::query!(
        r#"select id as "id: RefundId", amount
           from refunds
           where payment_id = $1 and status in ('pending', 'succeeded')
           order by created_at, id"#,
        payment as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    for refund in refunds {
        let split = left.take_goods_first(Money { minor: refund.amount, ..left.goods })?;
        sqlx::query!(
            "update refunds set goods = $2, shipping = $3, tax = $4, tax_included = $5 where id = $1",
            refund.id as _,
            split.goods.minor,
            split.shipping.minor,
            split.tax.minor,
            split.tax_included.minor,
        )
        .execute(&mut *conn)
        .await?;
        left = left.minus(split)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn gbp(minor: i64) -> Money {
        Money::new(minor, Currency::GBP)
    }

    fn split(goods: i64, shipping: i64, tax: i64, tax_included: i64) -> Split {
        Split { goods: gbp(goods), shipping: gbp(shipping), tax: gbp(tax), tax_included: gbp(tax_included) }
    }

    #[test]
    fn delivery_and_goods_bear_their_share_of_the_tax() {
        let on_top = split(18_50, 4_95, 4_69, 0);
        assert_eq!((on_top.delivery().unwrap(), on_top.merchandise().unwrap()), (gbp(5_94), gbp(22_20)));
        assert_eq!(on_top.take(gbp(0), gbp(5_94)).unwrap(), split(0, 4_95, 99, 0));
        assert_eq!(on_top.take(gbp(11_10), gbp(0)).unwrap(), split(9_25, 0, 1_85, 0));
        let included = split(18_50, 4_95, 0, 3_91);
        assert_eq!(included.take(gbp(18_50), gbp(0)).unwrap(), split(18_50, 0, 0, 3_08));
        assert_eq!(included.words(), "£18.50 for goods, £4.95 for delivery, including £3.91 of tax");
    }

    /// Fails when each share is computed from the whole: rounding adds up, and a cent is left or missing.
    #[test]
    fn all_parts_come_to_the_whole() {
        let mut seed = 7_u64;
        let mut draw = |upto: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(seed >> 33).unwrap() % (upto + 1)
        };
        for _ in 0..2_000 {
            let (goods, shipping) = (draw(9_999), draw(1_500));
            let tax = draw(goods + shipping);
            let whole = if draw(1) == 0 { split(goods, shipping, tax, 0) } else { split(goods, shipping, 0, tax) };
            let mut taken: Vec<Split> = Vec::new();
            let gone = |taken: &[Split]| taken.iter().try_fold(whole, |left, part| left.minus(*part)).unwrap();
            for turn in 0..40 {
                let left = gone(&taken);
                let (m, d) = (left.merchandise().unwrap().minor, left.delivery().unwrap().minor);
                let last = turn == 39;
                let part = match last || draw(5) == 0 {
                    true => left.take(gbp(m), gbp(d)),
                    false => left.take(gbp(draw(m)), gbp(draw(d))),
                };
                taken.push(part.unwrap());
                // some fail later, and what they took can be taken again
                if !last && draw(3) == 0 {
                    let which = usize::try_from(draw(taken.len() as i64 - 1)).unwrap();
                    taken.swap_remove(which);
                }
                let Split { goods, shipping, tax, tax_included } = gone(&taken);
                assert!([goods, shipping, tax, tax_included].iter().all(|m| m.minor >= 0), "{whole:?} {taken:?}");
            }
            assert_eq!(gone(&taken), split(0, 0, 0, 0), "{whole:?}");
        }
    }

    #[test]
    fn an_amount_is_taken_off_the_goods_first() {
        let left = split(10_00, 4_95, 0, 2_49);
        assert_eq!(left.take_goods_first(gbp(5_00)).unwrap(), split(5_00, 0, 0, 83));
        assert_eq!(left.take_goods_first(gbp(12_00)).unwrap(), split(10_00, 2_00, 0, 2_00));
    }
}
