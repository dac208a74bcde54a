//! Differences as staff see them.

use super::{DifferenceKind, DifferenceStatus, Repair};
use crate::actors::{Permission, Staff};
use crate::id::{DifferenceId, OrderId, PaymentId, RefundId};
use crate::input::like_pattern;
use crate::lifecycle::{Fulfilment, OrderStatus, PaymentStatus, PaymentWord};
use crate::payments::statement::{self, EntryState, StatementProgress};
use crate::{Currency, Money, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};

/// One difference, with what both sides know.
#[derive(Debug, Clone, FromRow)]
pub struct Difference {
    pub id: DifferenceId,
    pub kind: DifferenceKind,
    pub status: DifferenceStatus,
    pub payment: Option<PaymentId>,
    pub order: Option<OrderId>,
    /// As long as the order is there.
    pub number: Option<String>,
    /// How the order stands, as long as it is there.
    #[sqlx(flatten)]
    pub standing: OrderStanding,
    pub refund: Option<RefundId>,
    pub intent: Option<String>,
    pub provider_refund: Option<String>,
    pub currency: String,
    /// In minor units.
    pub theirs: Option<i64>,
    pub ours: Option<i64>,
    /// How the payment or refund stands in either book.
    pub their_status: Option<EntryState>,
    pub our_status: Option<EntryState>,
    pub opened_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub repair: Option<Repair>,
    pub repair_by: Option<String>,
    pub reason: Option<String>,
}

/// How an order stands, in what the database knows of it.
#[derive(Debug, Clone, FromRow)]
pub struct OrderStanding {
    order_status: Option<OrderStatus>,
    order_payment: Option<PaymentStatus>,
    order_fulfilment: Option<Fulfilment>,
}

impl Difference {
    /// How its order stands, as people read it.
    pub fn standing(&self) -> Option<(PaymentWord, Fulfilment)> {
        let OrderStanding { order_status, order_payment, order_fulfilment } = self.standing;
        Some((PaymentWord::of(order_payment?, order_status?), order_fulfilment?))
    }

    /// What can be done about it, the best first. None where the money is not ours to move.
    pub fn repairs(&self) -> &'static [Repair] {
        use DifferenceKind::*;
        match self.kind {
            UnbookedPayment if self.payment.is_some() => &[Repair::Settle],
            UnbookedPayment if self.number.is_some() => &[Repair::Take],
            UnbookedPayment | OrderTotalDiffers => &[Repair::GiveBack],
            ForeignPayment => &[],
            PaymentNotAtStripe | OrderWithoutPayment => &[Repair::WriteOff],
            CapturedDiffers | UnbookedRefund | RefundDiffers => &[Repair::Adopt],
            RefundNotAtStripe if self.their_status == Some(EntryState::Missing) => &[Repair::SendAgain, Repair::Adopt],
            RefundNotAtStripe => &[Repair::Adopt],
        }
    }

    pub fn their_amount(&self) -> Option<String> {
        self.theirs.map(|minor| shown(minor, &self.currency))
    }

    pub fn our_amount(&self) -> Option<String> {
        self.ours.map(|minor| shown(minor, &self.currency))
    }

    /// `49.99`, for files.
    pub fn their_decimal(&self) -> Option<String> {
        self.theirs.map(|minor| decimal(minor, &self.currency))
    }

    pub fn our_decimal(&self) -> Option<String> {
        self.ours.map(|minor| decimal(minor, &self.currency))
    }
}

fn decimal(minor: i64, currency: &str) -> String {
    Currency::parse(currency).map_or_else(|| minor.to_string(), |currency| Money::new(minor, currency).decimal())
}

/// An amount of Stripe's statement, which may be in a currency that this shop does not know.
fn shown(minor: i64, currency: &str) -> String {
    match Currency::parse(currency) {
        Some(currency) => Money::new(minor, currency).to_string(),
        None => format!("{minor} {currency} (smallest unit)"),
    }
}

/// Which differences staff ask for.
#[derive(Debug, Clone)]
pub struct DifferenceQuery {
    /// In the order's number or an id of Stripe's.
    pub search: String,
    pub status: Option<DifferenceStatus>,
    /// All that are of this shop, unless one kind is asked for.
    pub kind: Option<DifferenceKind>,
    pub paging: Paging,
}

impl Default for DifferenceQuery {
    fn default() -> Self {
        Self { search: String::new(), status: None, kind: None, paging: Paging::new(1, 50) }
    }
}

/// The differences, those that are open first, then the newest.
pub async fn differences(shop: &Shop, staff: &Staff, query: &DifferenceQuery) -> Result<Page<Difference>> {
    staff.may(Permission::PaymentsRead)?;
    let mut count = QueryBuilder::new(
        "select count(*) from payment_differences d left join orders o on o.id = d.order_id where true",
    );
    narrow(&mut count, query);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&shop.db).await?;
    let items = fetch(shop, query, i64::from(query.paging.limit()), query.paging.offset()).await?;
    Ok(Page::new(items, total, query.paging))
}

/// The same as a whole, as far as one file goes: at most `limit`.
pub async fn differences_for_export(
    shop: &Shop,
    staff: &Staff,
    query: &DifferenceQuery,
    limit: i64,
) -> Result<Vec<Difference>> {
    staff.may(Permission::PaymentsRead)?;
    fetch(shop, query, limit, 0).await
}

/// One of them.
pub async fn difference(shop: &Shop, staff: &Staff, id: DifferenceId) -> Result<Difference> {
    staff.may(Permission::PaymentsRead)?;
    one(shop, id).await
}

pub(super) async fn one(shop: &Shop, id: DifferenceId) -> Result<Difference> {
    let mut sql = select();
    sql.push(" and d.id = ").push_bind(id);
    sql.build_query_as().fetch_optional(&shop.db).await?.ok_or(crate::Error::NotFound)
}

fn select() -> QueryBuilder<Postgres> {
    QueryBuilder::new(
        r#"select d.id, d.kind, d.status, d.payment_id as payment, d.order_id as "order", o.number, o.status as order_status,
                  o.payment_status as order_payment, o.fulfilment as order_fulfilment,
                  d.refund_id as refund, d.provider_intent as intent, d.provider_refund, d.currency, d.theirs, d.ours,
                  case when d.refund_id is null and d.provider_refund is null then l.status else r.status end as their_status,
                  case when d.refund_id is null then p.status else f.status end as our_status,
                  d.opened_at, d.resolved_at, d.repair, d.repair_by, d.reason
           from payment_differences d
           left join orders o on o.id = d.order_id
           left join payments p on p.id = d.payment_id
           left join refunds f on f.id = d.refund_id
           left join ledger_payments l on l.intent = d.provider_intent
           left join lateral (
               select status from ledger_refunds where refund = d.provider_refund or refund_id = d.refund_id
               order by seen_at desc limit 1
           ) r on true
           where true"#,
    )
}

async fn fetch(shop: &Shop, query: &DifferenceQuery, limit: i64, offset: i64) -> Result<Vec<Difference>> {
    let mut sql = select();
    narrow(&mut sql, query);
    sql.push(" order by d.status = 'open' desc, d.opened_at desc, d.id desc limit ").push_bind(limit);
    sql.push(" offset ").push_bind(offset);
    Ok(sql.build_query_as().persistent(false).fetch_all(&shop.db).await?)
}

fn narrow(sql: &mut QueryBuilder<Postgres>, query: &DifferenceQuery) {
    if let Some(status) = query.status {
        sql.push(" and d.status = ").push_bind(status.word());
    }
    match query.kind {
        Some(kind) => sql.push(" and d.kind = ").push_bind(kind.word()),
        None => sql.push(" and d.kind <> 'foreign_payment'"),
    };
    if !query.search.trim().is_empty() {
        let pattern = like_pattern(&query.search);
        sql.push(" and (lower(o.number) like ").push_bind(pattern.clone());
        sql.push(" or lower(concat_ws(' ', d.provider_intent, d.provider_refund)) like ").push_bind(pattern).push(")");
    }
}

/// How the two books stand to each other.
#[derive(Debug, Clone, Default)]
pub struct ComparisonSummary {
    /// How far Stripe's statement is read.
    pub progress: StatementProgress,
    pub open: i64,
    pub dismissed: i64,
    pub resolved: i64,
    /// Open, and not of this shop.
    pub foreign: i64,
}

pub async fn comparison_summary(shop: &Shop, staff: &Staff) -> Result<ComparisonSummary> {
    staff.may(Permission::PaymentsRead)?;
    let row = sqlx::query!(
        r#"select count(*) filter (where status = 'open' and kind <> 'foreign_payment') as "open!",
                  count(*) filter (where status = 'dismissed' and kind <> 'foreign_payment') as "dismissed!",
                  count(*) filter (where status = 'resolved' and kind <> 'foreign_payment') as "resolved!",
                  count(*) filter (where status = 'open' and kind = 'foreign_payment') as "foreign!"
           from payment_differences"#
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(ComparisonSummary {
        progress: statement::progress(shop).await?,
        open: row.open,
        dismissed: row.dismissed,
        resolved: row.resolved,
        foreign: row.foreign,
    })
}

/// How many differences of this shop are open: for the navigation and for `doctor`.
pub async fn open_differences(shop: &Shop) -> Result<i64> {
    let open = sqlx::query_scalar!(
        r#"select count(*) as "open!" from payment_differences where status = 'open' and kind <> 'foreign_payment'"#
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(open)
}
