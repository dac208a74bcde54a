//! Lists of orders: a customer's own, and the staff's with search and filters.

use crate::actors::{Customer, May, Permission};
use crate::address::sought;
use crate::id::{OrderId, UserId};
use crate::lifecycle::{Fulfilment, OrderStatus, PaymentStatus, PaymentWord};
use crate::{Currency, Money, Page, Paging, Result, Shop, TimeZone, settings};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};
use std::fmt;

/// A line of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderRow {
    pub id: OrderId,
    #[schema(example = "IM-100042")]
    pub number: String,
    /// The same as `number`.
    #[schema(example = "IM-100042")]
    pub order_number: String,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    #[serde(rename = "fulfillmentStatus")]
    pub fulfilment: Fulfilment,
    #[schema(example = "ada@example.org")]
    pub email: String,
    #[schema(example = "Ada Byron")]
    pub name: String,
    pub currency: Currency,
    pub total: Money,
    pub pieces: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which orders staff ask for.
#[derive(Debug, Clone)]
pub struct OrderQuery {
    /// In number, e-mail or name.
    pub search: String,
    pub status: Option<OrderStatus>,
    pub payment_status: Option<PaymentStatus>,
    /// As people read it.
    pub payment: Option<PaymentFilter>,
    pub fulfilment: Option<Fulfilment>,
    /// Placed on this day (of the shop's time zone) or later.
    pub from: Option<NaiveDate>,
    /// Placed on this day (of the shop's time zone) or earlier.
    pub until: Option<NaiveDate>,
    pub sort: OrderSort,
    pub paging: Paging,
}

impl Default for OrderQuery {
    fn default() -> Self {
        Self {
            search: String::new(),
            status: None,
            payment_status: None,
            payment: None,
            fulfilment: None,
            from: None,
            until: None,
            sort: OrderSort::Newest,
            paging: Paging::new(1, 20),
        }
    }
}

/// What staff choose orders by, of their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentFilter {
    Word(PaymentWord),
    /// Money came in and was not all given back: the goods are owed.
    Received,
}

impl PaymentFilter {
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Word(PaymentWord::Awaiting),
        Self::Word(PaymentWord::Paid),
        Self::Word(PaymentWord::Failed),
        Self::Word(PaymentWord::PartlyRefunded),
        Self::Word(PaymentWord::Refunded),
        Self::Word(PaymentWord::NotPaid),
    ];

    /// As in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Word(payment) => payment.word(),
            Self::Received => "received",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.word() == word)
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Word(payment) => payment.sql(),
            Self::Received => "o.payment_status in ('paid', 'partially_refunded')",
        }
    }
}

/// For people.
impl fmt::Display for PaymentFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(payment) => payment.fmt(f),
            Self::Received => f.write_str("Paid, or partly refunded"),
        }
    }
}

/// How many orders of each fulfilment fit the other choices.
#[derive(Debug, Clone)]
pub struct FulfilmentCounts(Vec<(Fulfilment, i64)>);

impl FulfilmentCounts {
    /// Of one, or of all.
    pub fn of(&self, fulfilment: Option<Fulfilment>) -> i64 {
        let counted = |of: &Fulfilment| fulfilment.is_none_or(|wanted| wanted == *of);
        self.0.iter().filter(|(of, _)| counted(of)).map(|(_, count)| count).sum()
    }
}

words! {
    #[derive(Default)]
    pub enum OrderSort {
        #[default]
        Newest = "created:desc",
        Oldest = "created:asc",
        Dearest = "total:desc",
        Cheapest = "total:asc",
    }
}

impl OrderSort {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => " order by o.created_at desc, o.id desc",
            Self::Oldest => " order by o.created_at, o.id",
            Self::Dearest => " order by o.total desc, o.id desc",
            Self::Cheapest => " order by o.total, o.id",
        }
    }
}

#[derive(sqlx::FromRow)]
struct StoredOrder {
    id: OrderId,
    number: String,
    status: OrderStatus,
    payment_status: PaymentStatus,
    fulfilment: Fulfilment,
    email: String,
    name: String,
    currency: String,
    total: i64,
    pieces: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl StoredOrder {
    fn row(self) -> Result<OrderRow> {
        let currency = Currency::stored(&self.currency)?;
        Ok(OrderRow {
            id: self.id,
            order_number: self.number.clone(),
            number: self.number,
            status: self.status,
            payment_status: self.payment_status,
            fulfilment: self.fulfilment,
            email: self.email,
            name: self.name,
            currency,
            total: Money::new(self.total, currency),
            pieces: self.pieces,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

impl OrderRow {
    /// What became of its money, as people read it.
    pub fn payment(&self) -> PaymentWord {
        PaymentWord::of(self.payment_status, self.status)
    }
}

/// A customer's orders, the newest first.
pub async fn list_of(shop: &Shop, customer: &Customer, paging: Paging) -> Result<Page<OrderRow>> {
    of_user(shop, customer.id(), paging).await
}

/// The same for staff.
pub async fn list_of_user(shop: &Shop, who: &dyn May, user: UserId, paging: Paging) -> Result<Page<OrderRow>> {
    who.may(Permission::OrdersRead)?;
    of_user(shop, user, paging).await
}

async fn of_user(shop: &Shop, user: UserId, paging: Paging) -> Result<Page<OrderRow>> {
    let total = sqlx::query_scalar!(r#"select count(*) as "count!" from orders where user_id = $1"#, user as _)
        .fetch_one(&shop.db)
        .await?;
    let mut sql = QueryBuilder::new("with page as (select o.id from orders o where o.user_id = ");
    sql.push_bind(user);
    fetch(shop, sql, total, OrderSort::Newest, paging).await
}

/// All orders, for staff. Planned afresh each time: which index serves depends on what is searched.
pub async fn list(shop: &Shop, who: &dyn May, query: &OrderQuery) -> Result<Page<OrderRow>> {
    who.may(Permission::OrdersRead)?;
    let mut count = QueryBuilder::new("select count(*) from orders o where true");
    let zone = settings::time_zone(shop).await?;
    narrow(&mut count, query, zone);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&shop.db).await?;
    page(shop, query, zone, total).await
}

/// The same with how many there are of each fulfilment, for a list with tabs.
pub async fn list_and_count(
    shop: &Shop,
    who: &dyn May,
    query: &OrderQuery,
) -> Result<(Page<OrderRow>, FulfilmentCounts)> {
    who.may(Permission::OrdersRead)?;
    let zone = settings::time_zone(shop).await?;
    let mut count = QueryBuilder::new("select o.fulfilment, count(*) from orders o where true");
    narrow(&mut count, &OrderQuery { fulfilment: None, ..query.clone() }, zone);
    count.push(" group by o.fulfilment");
    let counts = FulfilmentCounts(count.build_query_as().persistent(false).fetch_all(&shop.db).await?);
    let page = page(shop, query, zone, counts.of(query.fulfilment)).await?;
    Ok((page, counts))
}

async fn page(shop: &Shop, query: &OrderQuery, zone: TimeZone, total: i64) -> Result<Page<OrderRow>> {
    let mut sql = QueryBuilder::new("with page as (select o.id from orders o where true");
    narrow(&mut sql, query, zone);
    fetch(shop, sql, total, query.sort, query.paging).await
}

fn narrow(sql: &mut QueryBuilder<Postgres>, query: &OrderQuery, zone: TimeZone) {
    if let Some(status) = query.status {
        sql.push(" and o.status = ").push_bind(status.word());
    }
    if let Some(status) = query.payment_status {
        sql.push(" and o.payment_status = ").push_bind(status.word());
    }
    if let Some(payment) = query.payment {
        sql.push(" and ").push(payment.sql());
    }
    if let Some(fulfilment) = query.fulfilment {
        sql.push(" and o.fulfilment = ").push_bind(fulfilment.word());
    }
    if let Some(day) = query.from {
        sql.push(" and o.created_at >= ").push_bind(zone.start_of(day));
    }
    if let Some(day) = query.until {
        sql.push(" and o.created_at < ").push_bind(zone.end_of(day));
    }
    if !query.search.trim().is_empty() {
        sql.push(" and o.search_text like fold_like(").push_bind(sought(&query.search)).push(")");
    }
}

/// Finds the page by its ids first: what a row shows is looked up for the rows of the page only.
async fn fetch(
    shop: &Shop,
    mut sql: QueryBuilder<Postgres>,
    total: i64,
    sort: OrderSort,
    paging: Paging,
) -> Result<Page<OrderRow>> {
    sql.push(sort.sql());
    sql.push(" limit ").push_bind(i64::from(paging.limit())).push(" offset ").push_bind(paging.offset());
    sql.push(
        ") select o.id, o.number, o.status, o.payment_status, o.fulfilment, o.email::text as email,
                  o.currency, o.total, o.created_at, o.updated_at,
                  trim(concat_ws(' ', o.shipping_address->>'firstName', o.shipping_address->>'lastName')) as name,
                  (select coalesce(sum(quantity), 0) from order_items where order_id = o.id) as pieces
           from page
           join orders o using (id)",
    );
    sql.push(sort.sql());
    let rows: Vec<StoredOrder> = sql.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    Ok(Page::new(rows.into_iter().map(StoredOrder::row).collect::<Result<_>>()?, total, paging))
}
