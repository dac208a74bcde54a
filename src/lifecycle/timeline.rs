//! The timeline of an order: what happened to it, in whose name. Rows can be added, never changed.

use super::happening::{Happening, HappeningKind};
use super::status::OrderStatus;
use crate::Result;
use crate::act::{Act, DeferredRows};
use crate::id::{EventId, OrderId};
use crate::live_topic::LiveTopic;
use crate::words::Locale;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

/// Adds to an order's timeline.
pub fn note_down(act: &mut Act<'_>, order: OrderId, what: &Happening) -> Result<()> {
    write(act, order, what, None)
}

fn write(act: &mut Act<'_>, order: OrderId, what: &Happening, mark: Option<&str>) -> Result<()> {
    let actor = act.who.actor();
    let (note, mut data) = what.kept()?;
    if let Some(mark) = mark {
        data["mark"] = mark.into();
    }
    let row = json!({
        "id": EventId::new(),
        "order_id": order,
        "kind": what.kind(),
        "from_status": what.from(),
        "to_status": what.to(),
        "actor_type": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "note": note,
        "data": data,
        "is_public": what.is_public(),
        "created_at": act.now,
    });
    act.changes(LiveTopic::Order(order));
    act.changes(LiveTopic::AdminOrders);
    act.changes(LiveTopic::AdminPayments);
    act.later(&ROWS, &row)
}

static ROWS: DeferredRows = DeferredRows {
    before: None,
    sql: "insert into order_events
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, data, is_public, created_at)
          select id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, data, is_public, created_at
          from jsonb_to_recordset({rows}) as r
            (id uuid, order_id uuid, kind text, from_status text, to_status text, actor_type text, actor_id uuid,
             actor_name text, note text, data jsonb, is_public boolean, created_at timestamptz)
          returning 1",
    missing: None,
    complete: None,
};

/// As [`note_down`], once for what `mark` names (a declined charge, a message of Stripe's), however often it is told.
/// The order is locked. Answers whether it was news.
pub async fn note_once(act: &mut Act<'_>, order: OrderId, mark: &str, what: &Happening) -> Result<bool> {
    act.write_down().await?;
    let is_known = sqlx::query_scalar!(
        r#"select exists(select from order_events where order_id = $1 and data->>'mark' = $2) as "known!""#,
        order as _,
        mark,
    )
    .fetch_one(&mut **act)
    .await?;
    if !is_known {
        write(act, order, what, Some(mark))?;
    }
    Ok(!is_known)
}

/// Something that happened to the order, and who did it.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "StoredTimelineRow")]
pub struct TimelineRow {
    pub what: Happening,
    pub actor_name: String,
    pub is_public: bool,
    pub created_at: DateTime<Utc>,
}

impl TimelineRow {
    /// As it is read once the act has written it with [`note_down`].
    pub(crate) fn written(act: &Act<'_>, what: Happening) -> Self {
        Self { actor_name: act.who.actor().name, is_public: what.is_public(), what, created_at: act.now }
    }
}

/// A row as the database gives it: see [`Happening::read`] for its values.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTimelineRow {
    kind: HappeningKind,
    values: Value,
    actor_name: String,
    is_public: bool,
    created_at: DateTime<Utc>,
}

impl From<StoredTimelineRow> for TimelineRow {
    fn from(row: StoredTimelineRow) -> Self {
        Self {
            what: Happening::read(row.kind, row.values),
            actor_name: row.actor_name,
            is_public: row.is_public,
            created_at: row.created_at,
        }
    }
}

/// Something that happened to the order.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimelineRow)]
pub struct ShownRow {
    pub kind: HappeningKind,
    pub from: Option<OrderStatus>,
    pub to: Option<OrderStatus>,
    #[schema(example = "Ruth Calder")]
    pub actor_name: String,
    /// In English.
    #[schema(example = "Royal Mail AB123456785GB")]
    pub note: String,
    /// `what` happened within its kind, and its values, of which the note is made. Amounts are in the currency's minor
    /// unit. Null where only the note is known.
    #[schema(value_type = Option<Object>, example = json!({ "what": "moved", "why": "parcel", "carrier": "Royal Mail", "tracking": "AB123456785GB" }))]
    pub data: Option<Value>,
    pub is_public: bool,
    pub created_at: DateTime<Utc>,
}

impl Serialize for TimelineRow {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let shown = ShownRow {
            kind: self.what.kind(),
            from: self.what.from(),
            to: self.what.to(),
            actor_name: self.actor_name.clone(),
            note: self.what.say(Locale::English).into_owned(),
            data: self.what.kept().ok().map(|(_, values)| values),
            is_public: self.is_public,
            created_at: self.created_at,
        };
        shown.serialize(s)
    }
}
