//! What a refund comes to: computed the same way when staff look at it before and when it is written down.

use super::super::split::{Balance, Split};
use super::input::{CheckedRefund, WantedLine};
use crate::id::{OrderId, OrderItemId, PaymentId};
use crate::lifecycle::RefundReason;
use crate::{Currency, Error, Money, Result, input};
use serde::Serialize;
use sqlx::PgConnection;

/// What would be given back, and what would be left.
#[derive(Debug, Clone)]
pub struct RefundPlan {
    pub amount: Money,
    pub split: Split,
    pub lines: Vec<PlannedLine>,
    /// Of the payment, before and after.
    pub left: Split,
    pub left_after: Split,
    /// It was paid offline: staff hand it over themselves.
    pub is_by_hand: bool,
    pub reason: RefundReason,
    pub(super) payment: PaymentId,
    /// All goods go back into stock, although no line is named.
    pub(super) restocks_all: bool,
}

/// Pieces of a line that are paid back, as stored with the refund.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedLine {
    pub item: OrderItemId,
    pub quantity: i32,
    /// Their share of what was paid for all goods: a discount and the tax on top are in it.
    #[serde(serialize_with = "minor")]
    pub amount: Money,
    pub restock: bool,
}

fn minor<S: serde::Serializer>(money: &Money, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_i64(money.minor)
}

impl RefundPlan {
    /// Whether any goods go back into stock.
    pub fn restocks(&self) -> bool {
        self.restocks_all || self.lines.iter().any(|line| line.restock)
    }
}

/// Of an order that is locked, or seen at one moment.
pub(super) async fn plan(
    conn: &mut PgConnection,
    order: OrderId,
    currency: Currency,
    checked: &CheckedRefund,
) -> Result<RefundPlan> {
    let payment = sqlx::query!(
        r#"select id as "id: PaymentId", provider = 'offline' as "is_offline!"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
           order by amount_captured - amount_refunding desc, id
           limit 1"#,
        order as _,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(payment) = payment else {
        overtaken(conn, order, Money::zero(currency), checked).await?;
        return Err(Error::conflict("nothing_to_refund", "There is no money to give back"));
    };
    let balance = Balance::of(conn, payment.id).await?;
    let left = balance.left;
    overtaken(conn, order, left.total()?, checked).await?;
    let lines = price(conn, order, payment.id, balance.whole, &checked.lines).await?;
    let split = divide(left, checked, &lines)?;
    let amount = split.total()?;
    if !payment.is_offline && !amount.is_in_steps() {
        return Err(Error::invalid("amount", format!("would be {amount}: it {}", input::off_step(amount))));
    }
    let gives_all = amount == left.total()?;
    Ok(RefundPlan {
        amount,
        split,
        restocks_all: checked.restock && lines.is_empty() && gives_all,
        lines,
        left,
        left_after: left.minus(split)?,
        is_by_hand: payment.is_offline,
        reason: RefundReason { occasion: None, cause: checked.cause, text: checked.reason.clone() },
        payment: payment.id,
    })
}

/// Somebody else gave money back between a look at the order and this.
async fn overtaken(conn: &mut PgConnection, order: OrderId, left: Money, checked: &CheckedRefund) -> Result<()> {
    if checked.expected_left.is_none_or(|expected| expected == left) {
        return Ok(());
    }
    let last = sqlx::query!(
        "select amount, actor_name from refunds where order_id = $1 order by created_at desc, id desc limit 1",
        order as _,
    )
    .fetch_optional(conn)
    .await?;
    let done = match last {
        Some(last) => format!("{} gave {} back meanwhile", last.actor_name, Money::new(last.amount, left.currency)),
        None => "What can be given back has changed meanwhile".to_owned(),
    };
    let message = match left.is_zero() {
        true => format!("{done}. Nothing is left of this order’s money, and nothing more was given back."),
        false => format!("{done}: {left} is left. Nothing more was given back yet; please look at it again."),
    };
    Err(Error::conflict("refund_overtaken", message))
}

/// What is wanted, of what is left.
fn divide(left: Split, checked: &CheckedRefund, lines: &[PlannedLine]) -> Result<Split> {
    let (goods_left, delivery_left) = (left.merchandise()?, left.delivery()?);
    if checked.all {
        return Ok(left);
    }
    let delivery = checked.delivery;
    if delivery.is_some_and(|d| d.minor > delivery_left.minor) {
        let message = format!("is more than the {delivery_left} that is left of the delivery");
        return Err(Error::invalid("delivery", message));
    }
    let Some(amount) = checked.amount else {
        let worth = Money::sum(delivery_left.currency, lines.iter().map(|line| line.amount))?;
        if worth.minor > goods_left.minor {
            let at = checked.lines.first().map_or(0, |line| line.at);
            let message = format!("is worth {worth}, and {goods_left} of the goods is left: say an amount instead");
            return Err(Error::invalid(format!("lines[{at}].quantity"), message));
        }
        let split = left.take(worth, delivery.unwrap_or(Money::zero(worth.currency)))?;
        return match split.total()?.is_zero() {
            true => Err(Error::invalid("amount", "must be more than nothing")),
            false => Ok(split),
        };
    };
    let total = left.total()?;
    if amount.minor > total.minor {
        return Err(Error::invalid("amount", format!("is more than the {total} that is left")));
    }
    let Some(delivery) = delivery else { return Ok(left.take_goods_first(amount)?) };
    let goods = amount.minus(delivery)?;
    if goods.minor < 0 {
        return Err(Error::invalid("delivery", "is more than the whole amount"));
    }
    if goods.minor > goods_left.minor {
        let message = format!("is too little: only {goods_left} of the amount can be for goods");
        return Err(Error::invalid("delivery", message));
    }
    Ok(left.take(goods, delivery)?)
}

/// What the lines are worth: of what is left for goods beside the lines that were paid back before, the share that
/// their price is of the prices left. So the lines come to all the goods, to the cent.
async fn price(
    conn: &mut PgConnection,
    order: OrderId,
    payment: PaymentId,
    whole: Split,
    wanted: &[WantedLine],
) -> Result<Vec<PlannedLine>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let items = sqlx::query!(
        r#"select i.id as "id!: OrderItemId", i.unit_price as "unit_price!", i.quantity as "quantity!",
                  coalesce(gone.quantity, 0)::int as "gone!",
                  coalesce(gone.amount, 0)::bigint as "gone_amount!"
           from order_items i
           left join (
               select line->>'item' as item, sum((line->>'quantity')::int) as quantity, sum((line->>'amount')::bigint) as amount
               from refunds, jsonb_array_elements(lines) as line
               where payment_id = $2 and status in ('pending', 'succeeded')
               group by 1
           ) gone on gone.item = i.id::text
           where i.order_id = $1"#,
        order as _,
        payment as _,
    )
    .fetch_all(conn)
    .await?;
    let currency = whole.goods.currency;
    let mut prices_left: i64 = items.iter().map(|i| i.unit_price * i64::from((i.quantity - i.gone).max(0))).sum();
    let gone: i64 = items.iter().map(|i| i.gone_amount).sum();
    let mut worth_left = Money::new((whole.merchandise()?.minor - gone).max(0), currency);
    let mut lines = Vec::with_capacity(wanted.len());
    for line in wanted {
        let at = line.at;
        let item = items
            .iter()
            .find(|item| item.id == line.item)
            .ok_or_else(|| Error::invalid(format!("lines[{at}].item"), "is not a line of this order"))?;
        let pieces_left = item.quantity - item.gone;
        if line.quantity > pieces_left {
            let message = match (item.gone, pieces_left) {
                (0, ordered) => format!("is more than the {ordered} ordered"),
                (_, ..=0) => "is more than is left: all of it was paid back".to_owned(),
                (_, left) => format!("is more than the {left} that were not paid back yet"),
            };
            return Err(Error::invalid(format!("lines[{at}].quantity"), message));
        }
        let price = item.unit_price * i64::from(line.quantity);
        let amount = match prices_left {
            0 => Money::zero(currency),
            prices => worth_left.in_proportion(Money::new(price, currency), Money::new(prices, currency))?,
        };
        worth_left = worth_left.minus(amount)?;
        prices_left -= price;
        lines.push(PlannedLine { item: line.item, quantity: line.quantity, amount, restock: line.restock });
    }
    Ok(lines)
}
