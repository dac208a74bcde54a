//! Where Stripe's statement and our books differ. Every few minutes a round reads the statement on, asks for what it
//! did not name, and compares. Each difference is one row, which closes by itself when a late webhook or a job puts
//! things right; for the others there is a [`repair()`] each.

mod kind;
mod list;
mod repair;

pub use kind::{DifferenceKind, DifferenceStatus, Repair};
pub use list::{
    ComparisonSummary, Difference, DifferenceQuery, comparison_summary, difference, differences,
    differences_for_export, open_differences,
};
pub use repair::{DismissDifference, Repaired, dismiss, repair};

use super::gateway::RefundEntry;
use super::statement::{self, no_refund, payment_missing, payment_seen, refund_missing, refund_seen};
use crate::actors::{Permission, Staff, System};
use crate::id::{DifferenceId, RefundId};
use crate::jobs::{self, Job, JobOptions};
use crate::notifications::{self, Happened};
use crate::{Error, Result, Shop};
use chrono::TimeDelta;
use serde::Deserialize;
use sqlx::Executor;
use sqlx::types::Json;

/// What is younger is not yet a difference: its webhook or its job may be on their way.
const TOO_YOUNG: TimeDelta = TimeDelta::minutes(3);
/// So many payments, and as many refunds, are asked for by name in one round.
const ASK_AT_ONCE: i64 = 50;

/// What a round found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// New differences.
    pub opened: i64,
    /// Those that are none any more.
    pub closed: i64,
}

/// One round. While Stripe does not answer, what is known of its statement is compared, and the next round reads on.
pub async fn compare(shop: &Shop) -> Result<Compared> {
    let read = match statement::read(shop).await {
        Ok(()) => ask_by_name(shop).await,
        e => e,
    };
    let compared = compare_books(shop).await?;
    match read {
        // the page says so, and the next round is not far
        Err(Error::Unavailable(_) | Error::Conflict { code: "payment_refused", .. }) | Ok(()) => Ok(compared),
        Err(e) => Err(e),
    }
}

/// Has a round made soon, in the background.
pub async fn enqueue_compare(shop: &Shop, staff: &Staff) -> Result<()> {
    staff.may(Permission::PaymentsRead)?;
    act!(shop, staff, "payment.compare", |act| {
        jobs::enqueue_with(&mut act, &Job::ComparePayments, JobOptions::unique("compare-now"))?;
        act.commit(()).await
    })
}

/// Asks Stripe for what our books have and its statement, as far as it was read, does not; and how open differences are
/// doing.
async fn ask_by_name(shop: &Shop) -> Result<()> {
    if !statement::progress(shop).await?.is_complete {
        return Ok(());
    }
    let young = shop.clock.now() - TOO_YOUNG;
    let intents = sqlx::query_scalar!(
        r#"select intent as "intent!"
           from (
               select p.provider_intent as intent, l.seen_at
               from payments p
               left join ledger_payments l on l.intent = p.provider_intent
               where p.provider = 'stripe' and p.status = 'succeeded' and p.amount_captured > 0
                 and p.provider_intent is not null
                 and p.created_at >= (select since from ledger_readings where stream = 'all_payments')
                 and coalesce(p.settled_at, p.updated_at) <= $1
                 and (l.status is null or l.status <> 'succeeded')
               union
               select d.provider_intent, l.seen_at
               from payment_differences d
               left join ledger_payments l on l.intent = d.provider_intent
               where d.status = 'open' and d.provider_intent is not null
           ) wanted
           order by seen_at nulls first, intent
           limit $2"#,
        young,
        ASK_AT_ONCE,
    )
    .fetch_all(&shop.db)
    .await?;
    for intent in intents {
        ask_for_payment(shop, &intent).await?;
    }
    let refunds = sqlx::query!(
        r#"select f.id as "id: RefundId", f.provider_refund, p.provider_intent as "intent!"
           from refunds f
           join payments p on p.id = f.payment_id
           left join lateral (
               select max(seen_at) as seen_at, bool_or(status in ('pending', 'succeeded')) as is_there
               from ledger_refunds r
               where r.refund = f.provider_refund or r.refund_id = f.id
           ) l on true
           where p.provider = 'stripe' and p.provider_intent is not null and f.updated_at <= $1
             and (f.status = 'succeeded' and l.is_there is not true
                      and f.created_at >= (select since from ledger_readings where stream = 'all_refunds')
                  or exists (select from payment_differences d where d.refund_id = f.id and d.status = 'open'))
           order by l.seen_at nulls first, f.id
           limit $2"#,
        young,
        ASK_AT_ONCE,
    )
    .fetch_all(&shop.db)
    .await?;
    for refund in refunds {
        ask_for_refund(shop, refund.id, refund.provider_refund.as_deref(), &refund.intent).await?;
    }
    // refunds that our books do not have: whether they still stand
    let strays = sqlx::query!(
        r#"select d.provider_refund as "name!", d.provider_intent as "intent!"
           from payment_differences d
           left join ledger_refunds l on l.refund = d.provider_refund
           where d.status = 'open' and d.kind = 'unbooked_refund'
           order by l.seen_at nulls first, d.id
           limit $1"#,
        ASK_AT_ONCE,
    )
    .fetch_all(&shop.db)
    .await?;
    for stray in strays {
        ask_for_stray(shop, &stray.name, &stray.intent).await?;
    }
    Ok(())
}

async fn ask_for_stray(shop: &Shop, name: &str, intent: &str) -> Result<()> {
    let all = all_refunds(shop, intent).await?;
    act!(shop, &System, "statement.keep", |act| {
        for entry in &all {
            refund_seen(&mut act, entry).await?;
        }
        if !all.iter().any(|entry| entry.seen.id == name) {
            refund_missing(&mut act, name).await?;
        }
        act.commit(()).await
    })
}

async fn all_refunds(shop: &Shop, intent: &str) -> Result<Vec<RefundEntry>> {
    match shop.gateway.refund_entries(intent).await {
        Err(e) if e.is_missing() => Ok(Vec::new()),
        all => Ok(all?),
    }
}

async fn ask_for_payment(shop: &Shop, intent: &str) -> Result<()> {
    let entry = shop.gateway.intent_entry(intent).await?;
    act!(shop, &System, "statement.keep", |act| {
        match &entry {
            Some(entry) => payment_seen(&mut act, entry).await?,
            None => payment_missing(&mut act, intent).await?,
        }
        act.commit(()).await
    })
}

/// Asks for all refunds of its payment, since it may go by another name than the one we know.
async fn ask_for_refund(shop: &Shop, refund: RefundId, name: Option<&str>, intent: &str) -> Result<()> {
    let all = all_refunds(shop, intent).await?;
    let mark = refund.to_string();
    let is_it =
        |entry: &RefundEntry| Some(entry.seen.id.as_str()) == name || entry.seen.refund_id.as_deref() == Some(&mark);
    let is_there = all.iter().any(is_it);
    act!(shop, &System, "statement.keep", |act| {
        for entry in &all {
            refund_seen(&mut act, entry).await?;
        }
        if !is_there {
            no_refund(&mut act, refund, name, intent).await?;
        }
        act.commit(()).await
    })
}

/// A difference that was found just now, with the number of its order.
#[derive(Debug, Deserialize)]
struct Opened {
    difference: DifferenceId,
    number: Option<String>,
}

/// Compares what is known of both sides. One at a time, so that no difference is opened twice.
async fn compare_books(shop: &Shop) -> Result<Compared> {
    let compared = act!(shop, &System, "payment.compare", |act| {
        let now = act.now;
        // it reads all there is; compiling the plan would take longer than running it
        act.execute("set local statement_timeout = '2min'; set local jit = off").await?;
        sqlx::query("select pg_advisory_xact_lock(hashtext('payment_differences'))").execute(&mut *act).await?;
        let row = sqlx::query_file!("src/payments/differences/compare.sql", now, now - TOO_YOUNG)
            .fetch_one(&mut *act)
            .await?;
        let opened = i64::try_from(row.opened.0.len()).unwrap_or(i64::MAX);
        for Opened { difference, number } in row.opened.0 {
            notifications::record(&mut act, &Happened::DifferenceFound { difference, number }, None)?;
        }
        act.commit(Compared { opened, closed: row.closed }).await
    })?;
    if compared.opened > 0 {
        tracing::error!(opened = compared.opened, "Stripe's statement and our books differ");
    }
    Ok(compared)
}
