//! Figures of the day, for the dashboard.

use crate::actors::{Permission, Staff};
use crate::{Money, Result, Shop, settings};
use chrono::{DateTime, Days, NaiveDate, Utc};

/// What was sold on a day of the shop's time zone: orders placed then and paid (or accepted), and what of their money
/// was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    pub orders: i64,
    pub revenue: Money,
}

#[derive(Debug, Clone)]
pub struct Figures {
    pub today: Day,
    /// The last thirty days, today the last of them.
    pub days: Vec<Day>,
    pub orders: i64,
    pub revenue: Money,
    /// Paid and not yet in preparation.
    pub to_process: i64,
    /// Nothing of it has left yet.
    pub in_preparation: i64,
    pub partly_shipped: i64,
    pub awaiting_payment: i64,
}

pub async fn figures(shop: &Shop, staff: &Staff) -> Result<Figures> {
    staff.may(Permission::OrdersRead)?;
    let zone = settings::time_zone(shop).await?;
    let today = zone.day(shop.clock.now());
    let first = today.checked_sub_days(Days::new(29)).unwrap_or(today);
    let dates: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= today).collect();
    // a day begins where the shop's clock says so: it may have 23 hours, or 25
    let begins: Vec<DateTime<Utc>> = dates.iter().map(|day| zone.start_of(*day)).collect();
    let rows = sqlx::query!(
        r#"select day.date as "date!", coalesce(sold.orders, 0) as "orders!", coalesce(sold.revenue, 0)::bigint as "revenue!"
           from unnest($1::date[]) with ordinality as day (date, n)
           left join (
                select width_bucket(o.created_at, $2::timestamptz[]) as n, count(*) as orders,
                       sum(case when o.paid_at is not null then o.total else 0 end - coalesce(r.amount, 0)) as revenue
                from orders o
                left join lateral (
                    select sum(amount) as amount from refunds where order_id = o.id and status = 'succeeded'
                ) r on o.payment_status in ('partially_refunded', 'refunded')
                where o.created_at >= ($2::timestamptz[])[1]
                  and o.status not in ('pending', 'cancelled')
                group by 1
           ) sold on sold.n = day.n
           order by day.n"#,
        &dates,
        &begins,
    )
    .fetch_all(&shop.db)
    .await?;
    let days: Vec<_> = rows
        .into_iter()
        .map(|row| Day { date: row.date, orders: row.orders, revenue: Money::new(row.revenue, shop.currency) })
        .collect();
    let waiting = sqlx::query!(
        r#"select count(*) filter (where fulfilment = 'unfulfilled' and payment_status in ('paid', 'partially_refunded')) as "to_process!",
                  count(*) filter (where status = 'processing' and fulfilment = 'in_preparation') as "in_preparation!",
                  count(*) filter (where status = 'processing' and fulfilment = 'partially_shipped') as "partly_shipped!",
                  count(*) filter (where status = 'pending') as "awaiting_payment!"
           from orders
           where status in ('pending', 'paid', 'processing')"#,
    )
    .fetch_one(&shop.db)
    .await?;
    let none = Day { date: today, orders: 0, revenue: Money::zero(shop.currency) };
    Ok(Figures {
        today: days.last().copied().unwrap_or(none),
        orders: days.iter().map(|d| d.orders).sum(),
        revenue: Money::sum(shop.currency, days.iter().map(|d| d.revenue))?,
        days,
        to_process: waiting.to_process,
        in_preparation: waiting.in_preparation,
        partly_shipped: waiting.partly_shipped,
        awaiting_payment: waiting.awaiting_payment,
    })
}
