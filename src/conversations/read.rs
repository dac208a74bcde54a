//! Reading: one's conversations, one of them, its messages, and up to where they were read.

use super::hold::{changed, hold};
use super::participant::Participant;
use super::words::{ConversationStatus, Side};
use crate::id::{ConversationId, MessageId, OrderId, ProductId, UserId, VendorId};
use crate::input::like_pattern;
use crate::{Act, Error, Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// A conversation, as somebody on one side of it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub id: ConversationId,
    /// Counted, for people who talk about it.
    #[schema(example = 1042)]
    pub number: i64,
    #[schema(example = "Does the rasp come with a handle?")]
    pub title: String,
    pub status: ConversationStatus,
    /// The vendor that the shopper talks with; `null` for the shop itself.
    pub vendor_id: Option<VendorId>,
    pub product_id: Option<ProductId>,
    pub order_id: Option<OrderId>,
    /// The shopper.
    #[schema(example = "Ada Byron")]
    pub customer_name: String,
    /// The `seq` of the newest message.
    #[schema(minimum = 0)]
    pub last_seq: i32,
    /// How many messages came since you read it last.
    #[schema(minimum = 0)]
    pub unread: i32,
    /// How the newest message begins.
    #[schema(example = "Does it come with a handle?")]
    pub excerpt: String,
    pub created_at: DateTime<Utc>,
    pub last_message_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// For whoever works for the shop.
    pub staff: Option<StaffView>,
    /// For live updates: another one after each change.
    #[schema(example = "12")]
    pub version: String,
}

/// What those see who answer for the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffView {
    pub customer_id: UserId,
    /// Who answers.
    pub assignee_id: Option<UserId>,
    #[schema(example = "Priya Nair")]
    pub assignee_name: Option<String>,
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Since when a shopper's message has no answer.
    pub waiting_since: Option<DateTime<Utc>>,
    pub first_answered_at: Option<DateTime<Utc>>,
}

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: MessageId,
    pub session_id: ConversationId,
    /// Its place in the conversation, from 1.
    #[schema(minimum = 1)]
    pub seq: i32,
    pub side: Side,
    #[schema(example = "Ada Byron")]
    pub author_name: String,
    /// Whether you wrote it.
    pub is_mine: bool,
    /// Empty once it was taken back.
    #[schema(example = "Does it come with a handle?")]
    pub text: String,
    /// As you sent it.
    #[schema(example = "7f3a-1")]
    pub client_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub retracted_at: Option<DateTime<Utc>>,
}

/// Which conversations are asked for.
#[derive(Debug, Clone)]
pub struct ConversationQuery {
    pub status: Option<ConversationStatus>,
    /// In the title, or the number.
    pub search: String,
    /// For those who work here: theirs, or nobody's.
    pub assignee: Option<Option<UserId>>,
    /// Those that wait for an answer, the longest first.
    pub waiting: bool,
    pub paging: Paging,
}

/// Which messages: after or before a place, the ones next to it.
#[derive(Debug, Clone, Copy)]
pub struct MessageQuery {
    pub after: Option<i32>,
    pub before: Option<i32>,
    /// At most 100.
    pub limit: u32,
}

/// A part of a conversation, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SessionMessages)]
#[serde(rename_all = "camelCase")]
pub struct Messages {
    pub messages: Vec<Message>,
    /// Whether there are earlier ones, which come with `before` the first of these.
    pub has_before: bool,
    /// Whether there are later ones.
    pub has_after: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: ConversationId,
    number: i64,
    title: String,
    status: ConversationStatus,
    vendor: Option<VendorId>,
    product: Option<ProductId>,
    order: Option<OrderId>,
    customer: UserId,
    customer_name: String,
    last_seq: i32,
    unread: i32,
    excerpt: String,
    created_at: DateTime<Utc>,
    last_message_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    assignee: Option<UserId>,
    assignee_name: Option<String>,
    snoozed_until: Option<DateTime<Utc>>,
    waiting_since: Option<DateTime<Utc>>,
    first_answered_at: Option<DateTime<Utc>>,
    revision: i32,
}

impl Row {
    fn seen_by(self, participant: Participant<'_>) -> Conversation {
        let staff = (participant.side() == Side::Shop).then_some(StaffView {
            customer_id: self.customer,
            assignee_id: self.assignee,
            assignee_name: self.assignee_name,
            snoozed_until: self.snoozed_until,
            waiting_since: self.waiting_since,
            first_answered_at: self.first_answered_at,
        });
        // that it was put aside is not for the shopper to know
        let status = match self.status {
            ConversationStatus::Snoozed if staff.is_none() => ConversationStatus::Open,
            status => status,
        };
        Conversation {
            id: self.id,
            number: self.number,
            title: self.title,
            status,
            vendor_id: self.vendor,
            product_id: self.product,
            order_id: self.order,
            customer_name: self.customer_name,
            last_seq: self.last_seq,
            unread: self.unread,
            excerpt: self.excerpt,
            created_at: self.created_at,
            last_message_at: self.last_message_at,
            closed_at: self.closed_at,
            staff,
            version: self.revision.to_string(),
        }
    }
}

/// How many of a list are counted: nobody pages further.
const COUNTED: i64 = 10_000;

/// Conversations of theirs, the newest first; those that wait, the longest first. More than 10,000 are not counted.
///
/// # Errors
/// `Forbidden` for whoever works here and may not read them.
pub async fn list(shop: &Shop, participant: Participant<'_>, query: &ConversationQuery) -> Result<Page<Conversation>> {
    participant.may_read()?;
    let mut count = QueryBuilder::new("select count(*) from (select");
    narrow(&mut count, participant, query);
    count.push(" limit ").push_bind(COUNTED).push(") counted");
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&shop.db).await?;
    let mut sql = QueryBuilder::new("with page as (select c.id");
    narrow(&mut sql, participant, query);
    let order = match query.waiting {
        true => " order by c.waiting_since, c.id",
        false => " order by c.last_message_at desc, c.id desc",
    };
    sql.push(order).push(" limit ").push_bind(i64::from(query.paging.limit()));
    sql.push(" offset ").push_bind(query.paging.offset());
    show(&mut sql, participant);
    sql.push(order);
    let rows: Vec<Row> = sql.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    Ok(Page::new(rows.into_iter().map(|row| row.seen_by(participant)).collect(), total, query.paging))
}

/// Only what is theirs, and what they did not delete for themselves.
fn only_theirs(sql: &mut QueryBuilder<Postgres>, participant: Participant<'_>) {
    if let Some(customer) = participant.only_of() {
        sql.push(" and c.customer_id = ").push_bind(customer);
    }
    if let Some(reader) = participant.reader() {
        sql.push(" and not exists (select from conversation_readers r where r.conversation_id = c.id and r.user_id = ");
        sql.push_bind(reader).push(" and r.hidden_seq >= c.last_seq and r.is_hidden)");
    }
}

fn narrow(sql: &mut QueryBuilder<Postgres>, participant: Participant<'_>, query: &ConversationQuery) {
    sql.push(" from conversations c where true");
    only_theirs(sql, participant);
    if let Some(status) = query.status {
        sql.push(" and c.status = ").push_bind(status.word());
    }
    if let Some(assignee) = query.assignee {
        match assignee {
            Some(assignee) => sql.push(" and c.assignee_id = ").push_bind(assignee),
            None => sql.push(" and c.assignee_id is null"),
        };
    }
    if query.waiting {
        sql.push(" and c.waiting_since is not null");
    }
    let search = query.search.trim();
    if !search.is_empty() {
        sql.push(" and (c.title ilike ").push_bind(like_pattern(search));
        if let Ok(number) = search.trim_start_matches('#').parse::<i64>() {
            sql.push(" or c.number = ").push_bind(number);
        }
        sql.push(")");
    }
}

/// What is shown of each: looked up for the rows of the page only.
fn show(sql: &mut QueryBuilder<Postgres>, participant: Participant<'_>) {
    sql.push(
        ") select c.id, c.number, c.title, c.status, c.vendor_id as vendor, c.product_id as product,
                  c.order_id as order, c.customer_id as customer, concat_ws(' ', u.first_name, u.last_name) as customer_name, c.last_seq,
                  c.last_seq - greatest(coalesce(r.read_seq, 0), coalesce(r.hidden_seq, 0)) as unread,
                  coalesce((
                      select left(m.body, 140) from messages m where m.conversation_id = c.id and m.seq = c.last_seq
                  ), '') as excerpt,
                  c.created_at, c.last_message_at, c.closed_at, c.assignee_id as assignee,
                  nullif(concat_ws(' ', a.first_name, a.last_name), '') as assignee_name,
                  c.snoozed_until, c.waiting_since, c.first_answered_at, c.revision
           from page
           join conversations c using (id)
           join users u on u.id = c.customer_id
           left join users a on a.id = c.assignee_id
           left join conversation_readers r on r.conversation_id = c.id and r.user_id = ",
    );
    sql.push_bind(participant.reader());
}

/// One of theirs.
///
/// # Errors
/// `NotFound` for others', and for what they deleted for themselves.
pub async fn conversation(shop: &Shop, participant: Participant<'_>, id: ConversationId) -> Result<Conversation> {
    participant.may_read()?;
    let mut sql = QueryBuilder::new("with page as (select c.id from conversations c where c.id = ");
    sql.push_bind(id);
    only_theirs(&mut sql, participant);
    show(&mut sql, participant);
    let found: Option<Row> = sql.build_query_as().fetch_optional(&shop.db).await?;
    found.map(|row| row.seen_by(participant)).ok_or(Error::NotFound)
}

struct MessageRow {
    id: MessageId,
    session: ConversationId,
    seq: i32,
    side: Side,
    author: Option<Uuid>,
    author_name: String,
    body: String,
    client_id: Option<String>,
    created_at: DateTime<Utc>,
    edited_at: Option<DateTime<Utc>>,
    retracted_at: Option<DateTime<Utc>>,
}

impl MessageRow {
    fn seen_by(self, participant: Participant<'_>) -> Message {
        let is_mine = self.author.is_some() && self.author == participant.author();
        Message {
            id: self.id,
            session_id: self.session,
            seq: self.seq,
            side: self.side,
            author_name: self.author_name,
            is_mine,
            text: self.body,
            client_id: self.client_id.filter(|_| is_mine),
            created_at: self.created_at,
            edited_at: self.edited_at,
            retracted_at: self.retracted_at,
        }
    }
}

/// Messages of a conversation of theirs. Without a place the newest ones.
///
/// # Errors
/// As [`conversation()`].
pub async fn messages(
    shop: &Shop,
    participant: Participant<'_>,
    id: ConversationId,
    query: MessageQuery,
) -> Result<Messages> {
    let conversation = conversation(shop, participant, id).await?;
    let limit = query.limit.clamp(1, Paging::MAX_LIMIT);
    let mut rows = sqlx::query_as!(
        MessageRow,
        r#"select m.id as "id: MessageId", m.conversation_id as "session: ConversationId", m.seq, m.side as "side: Side",
                  m.author_id as author, m.author_name, m.body, m.client_id, m.created_at, m.edited_at, m.retracted_at
           from messages m
           where m.conversation_id = $1
             and m.seq > greatest($2::int, coalesce((
                 select hidden_seq from conversation_readers where conversation_id = $1 and user_id = $3
             ), 0))
             and ($4::int is null or m.seq < $4)
           order by case when $5 then m.seq end, m.seq desc
           limit $6"#,
        id as _,
        query.after.unwrap_or(0),
        participant.reader() as _,
        query.before,
        query.after.is_some(),
        i64::from(limit) + 1,
    )
    .fetch_all(&shop.db)
    .await?;
    let is_forward = query.after.is_some();
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    if !is_forward {
        rows.reverse();
    }
    let last = rows.last().map_or(query.after.unwrap_or(0), |row| row.seq);
    Ok(Messages {
        has_before: if is_forward { query.after.is_some_and(|after| after > 0) } else { has_more },
        has_after: if is_forward { has_more } else { last < conversation.last_seq },
        messages: rows.into_iter().map(|row| row.seen_by(participant)).collect(),
    })
}

/// One message, in the act that wrote or changed it.
pub(super) async fn message(db: &mut PgConnection, participant: Participant<'_>, id: MessageId) -> Result<Message> {
    let row = sqlx::query_as!(
        MessageRow,
        r#"select id as "id: MessageId", conversation_id as "session: ConversationId", seq, side as "side: Side",
                  author_id as author, author_name, body, client_id, created_at, edited_at, retracted_at
           from messages
           where id = $1"#,
        id as _,
    );
    Ok(row.fetch_one(db).await?.seen_by(participant))
}

/// Says that somebody has read the conversation up to a message. What was read stays so.
///
/// # Errors
/// `NotFound` for others'.
pub async fn mark_read(shop: &Shop, participant: Participant<'_>, id: ConversationId, up_to: i32) -> Result<()> {
    participant.may_read()?;
    let Some(reader) = participant.reader() else { return Err(Error::Forbidden) };
    act!(shop, participant.actor(), "conversation.read", |act| {
        let held = hold(&mut act, participant, id).await?;
        if note_read(&mut act, id, reader, up_to.min(held.last_seq)).await? {
            changed(&mut act, id).await?;
        }
        act.commit(()).await
    })
}

/// Answers whether it is news.
pub(super) async fn note_read(act: &mut Act<'_>, id: ConversationId, reader: UserId, up_to: i32) -> Result<bool> {
    let noted = sqlx::query!(
        "insert into conversation_readers as r (conversation_id, user_id, read_seq)
         values ($1, $2, $3)
         on conflict (conversation_id, user_id) do update set read_seq = excluded.read_seq
         where r.read_seq < excluded.read_seq",
        id as _,
        reader as _,
        up_to,
    );
    Ok(noted.execute(&mut **act).await?.rows_affected() > 0)
}
