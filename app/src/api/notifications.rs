//! Notifications: what whoever works here is told of. A person's own, so there is no key for them.

use super::answer::{Answer, DoneEnvelope, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use crate::web::App;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shop::audit::Entity;
use shop::id::NotificationId;
use shop::input::Raw;
use shop::notifications::{self, Cursor, Notification, NotificationKind, Preference, SavePreferences};
use shop::{Error, Invalid};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(read_all))
        .routes(routes!(preferences, choose))
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    id: NotificationId,
    /// Its place in the log.
    cursor: Cursor,
    kind: NotificationKind,
    entity_type: Entity,
    #[schema(example = "0193a1f0-6b7c-7d1e-9f00-2a4b6c8d0e1f")]
    entity_id: String,
    /// In a sentence, in English.
    #[schema(example = "New order IM-100042 over £78.50")]
    text: String,
    /// Its values, by its kind.
    #[schema(value_type = Object, example = json!({ "number": "IM-100042", "total": 7850, "currency": "GBP" }))]
    data: Value,
    /// Its page in the admin.
    #[schema(example = "/admin/orders/IM-100042")]
    path: String,
    is_read: bool,
    at: DateTime<Utc>,
}

impl NotificationView {
    fn new(one: Notification) -> shop::Result<Self> {
        let (entity_type, entity_id) = one.what.entity();
        Ok(Self {
            id: one.id,
            cursor: one.cursor,
            kind: one.what.kind(),
            entity_type,
            entity_id,
            text: one.what.message().to_string(),
            data: one.what.data()?,
            path: one.what.path(),
            is_read: one.is_read,
            at: one.at,
        })
    }
}

/// A part of the log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationLog {
    /// The oldest first.
    notifications: Vec<NotificationView>,
    /// To go on from; where the log was asked for without one and is empty, there is none.
    cursor: Option<Cursor>,
    /// How many are not read yet; more than 100 are not counted.
    #[schema(minimum = 0, maximum = 100)]
    unread: i64,
}

/// Which part of the log.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ReadLog {
    /// The `cursor` of the answer before, or of a notification. Without it the log begins at its beginning.
    #[param(value_type = Option<Cursor>)]
    after: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
}

impl ReadLog {
    fn check(&self) -> shop::Result<(Option<Cursor>, u32)> {
        let mut faults = Invalid::default();
        let after = cursor(&self.after, "after", &mut faults);
        let limit = match self.limit.is_empty() {
            true => 20,
            false => self.limit.whole("limit", 1..=100, &mut faults).map_or(20, i32::unsigned_abs),
        };
        faults.into_result()?;
        Ok((after, limit))
    }
}

fn cursor(raw: &Raw, field: &'static str, faults: &mut Invalid) -> Option<Cursor> {
    if raw.is_empty() {
        return None;
    }
    let cursor = raw.trimmed().parse().ok();
    if cursor.is_none() {
        faults.add(field, "is no place in the log of notifications");
    }
    cursor
}

/// What you are told of, after a place in the log
///
/// For staff: what their permissions let them see and they want in their bell. Ask again after `cursor`: nothing is
/// left out, also where two things happened at the same time. They are kept for ninety days.
#[utoipa::path(
    get, path = "/notifications", tag = "Notifications",
    params(ReadLog),
    responses((status = 200, body = Envelope<NotificationLog>), Faults),
    security(("token" = [])),
)]
async fn list(State(app): State<App>, caller: Caller, Query(query): Query<ReadLog>) -> Result<Answer<NotificationLog>> {
    let (shop, staff) = (&app.shop, caller.staff()?);
    let (after, limit) = query.check()?;
    let found = notifications::after(&shop.db, staff, after.unwrap_or_default(), limit).await?;
    let unread = notifications::unread_count(&shop.db, staff).await?;
    let cursor = found.last().map(|last| last.cursor).or(after);
    let notifications = found.into_iter().map(NotificationView::new).collect::<shop::Result<_>>()?;
    Ok(Answer::ok(NotificationLog { notifications, cursor, unread }))
}

/// Marks one as read
#[utoipa::path(
    post, path = "/notifications/{notification}/read", tag = "Notifications",
    params(("notification" = NotificationId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn read(State(app): State<App>, caller: Caller, Path(notification): Path) -> Result<Answer<()>> {
    let staff = caller.staff()?;
    let id = notification.parse().map_err(|_| Error::NotFound)?;
    notifications::mark_read(&app.shop, staff, id).await?;
    Ok(Answer::done())
}

/// Up to where.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "upTo": "2f4-019323a4c6d27f0e8b1a5c3d9e7f6a21" }))]
pub struct ReadUpTo {
    /// The `cursor` of the last one that was seen.
    #[schema(value_type = Cursor)]
    up_to: Raw,
}

/// Marks as read all up to a place in the log
#[utoipa::path(
    post, path = "/notifications/read", tag = "Notifications",
    request_body = ReadUpTo,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn read_all(State(app): State<App>, caller: Caller, Json(read): Json<ReadUpTo>) -> Result<Answer<()>> {
    let staff = caller.staff()?;
    let mut faults = Invalid::default();
    let up_to = cursor(&read.up_to, "upTo", &mut faults);
    if read.up_to.is_empty() {
        faults.add("upTo", "is required");
    }
    faults.into_result()?;
    notifications::mark_all_read(&app.shop, staff, up_to.unwrap_or_default()).await?;
    Ok(Answer::done())
}

/// How you are told
///
/// For each kind that you may see: whether it is in the bell, and when mail comes.
#[utoipa::path(
    get, path = "/notifications/preferences", tag = "Notifications",
    responses((status = 200, body = Envelope<Vec<Preference>>), Faults),
    security(("token" = [])),
)]
async fn preferences(State(app): State<App>, caller: Caller) -> Result<Answer<Vec<Preference>>> {
    Ok(Answer::ok(notifications::preferences(&app.shop, caller.staff()?).await?))
}

/// Chooses how you are told
///
/// Of the kinds that are named; the others stay as they are.
#[utoipa::path(
    patch, path = "/notifications/preferences", tag = "Notifications",
    request_body = SavePreferences,
    responses((status = 200, body = Envelope<Vec<Preference>>), Faults),
    security(("token" = [])),
)]
async fn choose(
    State(app): State<App>,
    caller: Caller,
    Json(chosen): Json<SavePreferences>,
) -> Result<Answer<Vec<Preference>>> {
    Ok(Answer::ok(notifications::save_preferences(&app.shop, caller.staff()?, chosen).await?))
}
