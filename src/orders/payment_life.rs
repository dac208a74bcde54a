//! What the rows of payments and of Stripe's statement say of an order's life. It is told among the events of the
//! timeline and stored nowhere a second time.

use crate::id::OrderId;
use crate::lifecycle::{Happening, PaymentFailure, PaymentFault, TimelineRow};
use crate::payments::{Method, PaymentState};
use crate::{Currency, Money, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The timeline with each attempt to pay: when it was begun, how it ended, and what Stripe kept, if that is known.
pub(super) async fn happenings(
    conn: &mut PgConnection,
    order: OrderId,
    events: Vec<TimelineRow>,
) -> Result<Vec<TimelineRow>> {
    let attempts = sqlx::query!(
        r#"select p.method as "method: Method", p.status as "status: PaymentState", p.currency, p.amount,
                  p.amount_captured, p.failure_fault as "fault: PaymentFault", p.failure_message, p.created_at,
                  p.settled_at, l.fee, l.currency as "fee_currency?"
           from payments p
           left join ledger_payments l on l.intent = p.provider_intent
           where p.order_id = $1 and p.provider = 'stripe'
           order by p.created_at, p.id"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    // where two things have the same time: what ended, what was stored, what was begun, what is known of it since
    let mut all: Vec<(DateTime<Utc>, u8, TimelineRow)> = Vec::with_capacity(events.len() + 3 * attempts.len());
    let mut latest = DateTime::<Utc>::MIN_UTC;
    for event in events {
        latest = latest.max(event.created_at);
        all.push((latest, 1, event));
    }
    for (i, a) in attempts.iter().enumerate() {
        let currency = Currency::stored(&a.currency)?;
        let money = |minor| Money::new(minor, currency);
        let number = i + 1;
        let begun = Happening::AttemptBegun { number, amount: money(a.amount), on_page: a.method == Method::Checkout };
        all.push((a.created_at, 2, row(a.created_at, begun)));
        let Some(at) = a.settled_at else { continue };
        let came = money(a.amount_captured);
        let ended = match a.status {
            PaymentState::Succeeded => Happening::CameIn { amount: came },
            PaymentState::Failed => {
                let why = PaymentFailure::kept(a.fault, a.failure_message.clone());
                Happening::AttemptFailed { number, why }
            }
            PaymentState::Expired => Happening::AttemptExpired { number },
            _ => Happening::AttemptGivenUp { number },
        };
        all.push((at, 0, row(at, ended)));
        // in another currency it is no part of what came
        if let (Some(fee), true) = (a.fee, a.fee_currency.as_deref() == Some(a.currency.as_str())) {
            let fee = money(fee);
            all.push((at, 3, row(at, Happening::FeeKept { fee, came, stays: came.minus(fee)? })));
        }
    }
    // stable: events keep their order
    all.sort_by_key(|(at, rank, _)| (*at, *rank));
    Ok(all.into_iter().map(|(_, _, row)| row).collect())
}

fn row(at: DateTime<Utc>, what: Happening) -> TimelineRow {
    TimelineRow { what, actor_name: "Stripe".to_owned(), is_public: false, created_at: at }
}
