//! Webhooks: where events are posted to, and what became of each message.

mod messages;

pub use messages::describe;

use super::answer::{Answer, DoneEnvelope, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::patch::Patch;
use super::query::{paging, word};
use crate::web::App;
use axum::extract::State;
use axum::http::header::LOCATION;
use chrono::{DateTime, NaiveDate, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shop::accounts::{May, Permission};
use shop::events::Topic;
use shop::id::{DeliveryId, EventId, WebhookId, WebhookKeyId};
use shop::input::Raw;
use shop::webhooks::{
    self, Attempt, Delivery, DeliveryQuery, DeliveryStatus, Endpoint, EndpointInput, EndpointQuery, EndpointState,
    KeyInput, PauseReason, ReceiverKey, ReplayInput, RotateInput, SecretKind, SigningKey,
};
use shop::{Error, Invalid, Shop};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(test))
        .routes(routes!(replay))
        .routes(routes!(rotate_secret))
        .routes(routes!(list_keys, add_key))
        .routes(routes!(remove_key))
        .routes(routes!(activate_key))
        .routes(routes!(deactivate_key))
        .routes(routes!(list_deliveries))
        .routes(routes!(show_delivery))
        .routes(routes!(redeliver))
        .routes(routes!(list_topics))
}

/// Where events are posted to.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    id: WebhookId,
    #[schema(example = "Accounting")]
    name: String,
    #[schema(example = "https://accounting.example/hooks")]
    url: String,
    /// Topics, or `*` alone for all of them.
    #[schema(example = json!(["order.paid", "refund.succeeded"]))]
    topics: Vec<String>,
    /// By the shapes of this day payloads are sent.
    payload_version: NaiveDate,
    /// One at a time, each after the one before arrived or is dead.
    is_ordered: bool,
    state: EndpointState,
    pause_reason: Option<PauseReason>,
    paused_at: Option<DateTime<Utc>>,
    /// Since when nothing arrived there.
    failing_since: Option<DateTime<Utc>>,
    /// Whether its messages are encrypted.
    is_encrypted: bool,
    /// Messages that wait, or are tried again.
    pending: i64,
    /// When the oldest of those was made.
    oldest_pending_at: Option<DateTime<Utc>>,
    /// Within the last 24 hours.
    delivered: i64,
    /// Of the last thirty days.
    dead: i64,
    created_at: DateTime<Utc>,
    /// What signs its messages now; of a webhook that was asked for by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_keys: Option<Vec<SigningKeyView>>,
    /// What messages are signed with (`whsec_…`). Told once, when the webhook is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: Option<String>,
}

/// What signs messages.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSigningKey)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyView {
    kind: SecretKind,
    /// Of `v1a`: what a receiver checks signatures with.
    #[schema(example = "whpk_0f4636c78f65d3639ece5a064b5ae753e3408614a14fb18ab4d7540d2c248543")]
    public_key: Option<String>,
    created_at: DateTime<Utc>,
    /// Until then it signs beside its successor.
    retires_at: Option<DateTime<Utc>>,
}

impl From<SigningKey> for SigningKeyView {
    fn from(key: SigningKey) -> Self {
        Self { kind: key.kind, public_key: key.public_key, created_at: key.created_at, retires_at: key.retires_at }
    }
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            name: endpoint.name,
            url: endpoint.url,
            topics: endpoint.topics,
            payload_version: endpoint.payload_version,
            is_ordered: endpoint.is_ordered,
            state: endpoint.state,
            pause_reason: endpoint.pause_reason,
            paused_at: endpoint.paused_at,
            failing_since: endpoint.failing_since,
            is_encrypted: endpoint.is_encrypted,
            pending: endpoint.health.pending,
            oldest_pending_at: endpoint.health.oldest_pending,
            delivered: endpoint.health.delivered,
            dead: endpoint.health.dead,
            created_at: endpoint.created_at,
            signing_keys: None,
            secret: None,
        }
    }
}

/// Which webhooks; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListWebhooks {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    #[param(value_type = Option<EndpointState>)]
    state: Raw,
    /// In the name or the address.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
}

impl ListWebhooks {
    fn check(&self) -> shop::Result<EndpointQuery> {
        let mut faults = Invalid::default();
        let query = EndpointQuery {
            search: self.search.text("search", 200, &mut faults),
            state: word(&self.state, "state", EndpointState::parse, &mut faults),
            paging: paging(&self.page, &self.limit, &mut faults),
        };
        faults.into_result()?;
        Ok(query)
    }
}

fn named(id: &str) -> shop::Result<WebhookId> {
    id.parse().map_err(|_| Error::NotFound)
}

/// A webhook that there is, for whoever may change it.
async fn to_change(shop: &Shop, who: &dyn May, id: &str) -> shop::Result<WebhookId> {
    who.may(Permission::WebhooksWrite)?;
    Ok(webhooks::endpoint(shop, who, named(id)?).await?.id)
}

async fn details(shop: &Shop, who: &dyn May, id: WebhookId) -> shop::Result<WebhookView> {
    let view = WebhookView::from(webhooks::endpoint(shop, who, id).await?);
    let keys = webhooks::signing_keys(shop, who, id).await?;
    Ok(WebhookView { signing_keys: Some(keys.into_iter().map(SigningKeyView::from).collect()), ..view })
}

/// The webhooks
#[utoipa::path(
    get, path = "/webhooks", tag = "Webhooks",
    params(ListWebhooks),
    responses((status = 200, body = ListEnvelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListWebhooks>,
) -> Result<Answer<Vec<WebhookView>>> {
    let who = caller.operator()?;
    let page = webhooks::endpoints(&app.shop, who, &query.check()?).await?;
    Ok(Answer::page(page.map(WebhookView::from)))
}

/// Makes a webhook
///
/// The answer has the secret that its messages are signed with. It is told this once.
#[utoipa::path(
    post, path = "/webhooks", tag = "Webhooks",
    request_body = EndpointInput,
    responses((status = 201, body = Envelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<EndpointInput>,
) -> Result<Answer<WebhookView>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let made = webhooks::create(shop, who, input).await?;
    let view = details(shop, who, made.id).await?;
    let secret = made.secret.expose_secret().to_owned();
    let at = format!("/api/webhooks/{}", made.id);
    Ok(Answer::created(WebhookView { secret: Some(secret), ..view }).with(LOCATION, Some(&at)))
}

/// A webhook
#[utoipa::path(
    get, path = "/webhooks/{webhook}", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = Envelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<WebhookView>> {
    Ok(Answer::ok(details(&app.shop, caller.operator()?, named(&webhook)?).await?))
}

/// Changes a webhook in part
///
/// JSON Merge Patch (RFC 7396). It counts for all that is sent from then on, also of what waits.
#[utoipa::path(
    patch, path = "/webhooks/{webhook}", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    request_body = EndpointInput,
    responses((status = 200, body = Envelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(webhook): Path,
    patch: Patch<EndpointInput>,
) -> Result<Answer<WebhookView>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let id = to_change(shop, who, &webhook).await?;
    let now = EndpointInput::from(&webhooks::endpoint(shop, who, id).await?);
    webhooks::edit(shop, who, id, patch.onto(&now)?).await?;
    Ok(Answer::ok(details(shop, who, id).await?))
}

/// Deletes a webhook
///
/// With what waits for it, and its log.
#[utoipa::path(
    delete, path = "/webhooks/{webhook}", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn delete(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<()>> {
    webhooks::delete(&app.shop, caller.operator()?, named(&webhook)?).await?;
    Ok(Answer::done())
}

/// Pauses a webhook
///
/// What happens is kept for thirty days, and sent when it is resumed.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/pause", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = Envelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn pause(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<WebhookView>> {
    let (shop, who, id) = (&app.shop, caller.operator()?, named(&webhook)?);
    webhooks::pause(shop, who, id).await?;
    Ok(Answer::ok(details(shop, who, id).await?))
}

/// Resumes a webhook
///
/// What waited is sent at once, with what died since nothing arrived any more.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/resume", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = Envelope<WebhookView>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn resume(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<WebhookView>> {
    let (shop, who, id) = (&app.shop, caller.operator()?, named(&webhook)?);
    webhooks::resume(shop, who, id).await?;
    Ok(Answer::ok(details(shop, who, id).await?))
}

/// Sends a test
///
/// A message of the topic `webhook.tested`, to this webhook alone, whatever it wants.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/test", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn test(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<()>> {
    webhooks::send_test(&app.shop, caller.operator()?, named(&webhook)?).await?;
    Ok(Answer::done())
}

/// How many messages are sent again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    #[schema(minimum = 0)]
    messages: u64,
}

/// Sends again what happened within some time
///
/// Whether it was sent before or not, within the thirty days for which events are kept. At most ten thousand messages.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/replay", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    request_body = ReplayInput,
    responses((status = 200, body = Envelope<Replayed>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path(webhook): Path,
    Json(input): Json<ReplayInput>,
) -> Result<Answer<Replayed>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let messages = webhooks::replay(shop, who, to_change(shop, who, &webhook).await?, input).await?;
    Ok(Answer::ok(Replayed { messages }))
}

/// What took the place of a secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    /// Of `v1`, the new secret. It is told this once.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: Option<String>,
    /// What signs now.
    signing_keys: Vec<SigningKeyView>,
}

/// Replaces what signs a webhook's messages
///
/// The former one signs too, for 24 hours unless it is said otherwise.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/rotate-secret", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    request_body = RotateInput,
    responses((status = 200, body = Envelope<Rotated>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn rotate_secret(
    State(app): State<App>,
    caller: Caller,
    Path(webhook): Path,
    Json(input): Json<RotateInput>,
) -> Result<Answer<Rotated>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let id = to_change(shop, who, &webhook).await?;
    let secret = webhooks::rotate_secret(shop, who, id, input).await?;
    let keys = webhooks::signing_keys(shop, who, id).await?;
    Ok(Answer::ok(Rotated {
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
        signing_keys: keys.into_iter().map(SigningKeyView::from).collect(),
    }))
}

/// A public key of a receiver.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookKey)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    id: WebhookKeyId,
    /// What messages call it by.
    #[schema(example = "2026-11")]
    kid: String,
    #[schema(value_type = Object)]
    jwk: Value,
    /// Whether messages are encrypted with it.
    is_active: bool,
    created_at: DateTime<Utc>,
}

impl From<ReceiverKey> for KeyView {
    fn from(key: ReceiverKey) -> Self {
        Self { id: key.id, kid: key.kid, jwk: key.jwk, is_active: key.is_active, created_at: key.created_at }
    }
}

/// The keys of a webhook
#[utoipa::path(
    get, path = "/webhooks/{webhook}/keys", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = Envelope<Vec<KeyView>>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn list_keys(State(app): State<App>, caller: Caller, Path(webhook): Path) -> Result<Answer<Vec<KeyView>>> {
    let (shop, who, id) = (&app.shop, caller.operator()?, named(&webhook)?);
    webhooks::endpoint(shop, who, id).await?;
    let keys = webhooks::keys(shop, who, id).await?;
    Ok(Answer::ok(keys.into_iter().map(KeyView::from).collect()))
}

/// Adds a key of the receiver
///
/// A public JWK, `EC` on `P-256` or `OKP` on `X25519`, as a text of JSON. Once one is active, messages are encrypted.
#[utoipa::path(
    post, path = "/webhooks/{webhook}/keys", tag = "Webhooks",
    params(("webhook" = WebhookId, Path)),
    request_body = KeyInput,
    responses((status = 201, body = Envelope<KeyView>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn add_key(
    State(app): State<App>,
    caller: Caller,
    Path(webhook): Path,
    Json(input): Json<KeyInput>,
) -> Result<Answer<KeyView>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let id = to_change(shop, who, &webhook).await?;
    let made = webhooks::add_key(shop, who, id, input).await?;
    let keys = webhooks::keys(shop, who, id).await?;
    let key = keys.into_iter().find(|key| key.id == made).ok_or(Error::NotFound)?;
    Ok(Answer::created(key.into()))
}

fn named_key(id: &str) -> shop::Result<WebhookKeyId> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Takes a key away
#[utoipa::path(
    delete, path = "/webhook-keys/{key}", tag = "Webhooks",
    params(("key" = WebhookKeyId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn remove_key(State(app): State<App>, caller: Caller, Path(key): Path) -> Result<Answer<()>> {
    webhooks::remove_key(&app.shop, caller.operator()?, named_key(&key)?).await?;
    Ok(Answer::done())
}

/// Encrypts messages with a key
#[utoipa::path(
    post, path = "/webhook-keys/{key}/activate", tag = "Webhooks",
    params(("key" = WebhookKeyId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn activate_key(State(app): State<App>, caller: Caller, Path(key): Path) -> Result<Answer<()>> {
    webhooks::activate_key(&app.shop, caller.operator()?, named_key(&key)?).await?;
    Ok(Answer::done())
}

/// Encrypts messages with a key no more
#[utoipa::path(
    post, path = "/webhook-keys/{key}/deactivate", tag = "Webhooks",
    params(("key" = WebhookKeyId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn deactivate_key(State(app): State<App>, caller: Caller, Path(key): Path) -> Result<Answer<()>> {
    webhooks::deactivate_key(&app.shop, caller.operator()?, named_key(&key)?).await?;
    Ok(Answer::done())
}

/// A message to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    id: DeliveryId,
    webhook_id: WebhookId,
    /// The `webhook-id`.
    event_id: EventId,
    #[schema(example = "order.paid")]
    topic: String,
    status: DeliveryStatus,
    /// How often it was tried since it was sent, or sent again.
    attempts: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Of the last answer.
    #[schema(example = 204)]
    http_status: Option<i32>,
    /// Why the last attempt failed.
    #[schema(example = "the receiver answered 503 Service Unavailable")]
    error: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_id: delivery.webhook,
            event_id: delivery.event,
            topic: delivery.topic,
            status: delivery.status,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
            http_status: delivery.http_status,
            error: delivery.error,
        }
    }
}

/// A message with its attempts.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryDetails)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryDetails {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// What is sent, before it is encrypted; for those who may read it (`webhooks:read_payload`).
    #[schema(example = "{\"type\":\"order.paid\",\"sequence\":3}")]
    body: Option<String>,
    /// The newest first.
    log: Vec<AttemptView>,
}

/// One attempt to send a message.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    sent_at: DateTime<Utc>,
    duration_ms: i32,
    #[schema(example = "https://accounting.example/hooks")]
    url: String,
    is_encrypted: bool,
    http_status: Option<i32>,
    #[schema(example = "the receiver answered 503 Service Unavailable")]
    error: Option<String>,
    /// For those who may read it (`webhooks:read_payload`), as what follows.
    #[schema(value_type = Option<Object>)]
    request_headers: Option<Value>,
    #[schema(value_type = Option<Object>)]
    answer_headers: Option<Value>,
    /// The beginning of the answer.
    #[schema(example = "try again later")]
    answer: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let (request_headers, answer_headers, answer) = match attempt.exchange {
            Some(exchange) => (Some(exchange.request_headers), exchange.answer_headers, exchange.answer),
            None => (None, None, None),
        };
        Self {
            sent_at: attempt.sent_at,
            duration_ms: attempt.duration_ms,
            url: attempt.url,
            is_encrypted: attempt.is_encrypted,
            http_status: attempt.http_status,
            error: attempt.error,
            request_headers,
            answer_headers,
            answer,
        }
    }
}

/// Which messages; the newest come first.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListDeliveries {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    #[param(value_type = Option<DeliveryStatus>)]
    status: Raw,
    /// Such as `order.paid`.
    #[param(value_type = Option<String>, max_length = 100)]
    topic: Raw,
    /// The `webhook-id`.
    #[param(value_type = Option<EventId>)]
    event: Raw,
}

impl ListDeliveries {
    fn check(&self) -> shop::Result<DeliveryQuery> {
        let mut faults = Invalid::default();
        let topic = self.topic.optional("topic", 100, &mut faults);
        let query = DeliveryQuery {
            status: word(&self.status, "status", DeliveryStatus::parse, &mut faults),
            topic,
            event: word(&self.event, "event", |id| id.parse().ok(), &mut faults),
            paging: paging(&self.page, &self.limit, &mut faults),
        };
        faults.into_result()?;
        Ok(query)
    }
}

/// What was sent to a webhook, and what waits
#[utoipa::path(
    get, path = "/webhooks/{webhook}/deliveries", tag = "Webhooks",
    params(("webhook" = WebhookId, Path), ListDeliveries),
    responses((status = 200, body = ListEnvelope<DeliveryView>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn list_deliveries(
    State(app): State<App>,
    caller: Caller,
    Path(webhook): Path,
    Query(query): Query<ListDeliveries>,
) -> Result<Answer<Vec<DeliveryView>>> {
    let (shop, who, id) = (&app.shop, caller.operator()?, named(&webhook)?);
    webhooks::endpoint(shop, who, id).await?;
    let page = webhooks::deliveries(shop, who, id, &query.check()?).await?;
    Ok(Answer::page(page.map(DeliveryView::from)))
}

fn named_delivery(id: &str) -> shop::Result<DeliveryId> {
    id.parse().map_err(|_| Error::NotFound)
}

async fn delivery_details(shop: &Shop, who: &dyn May, id: DeliveryId) -> shop::Result<DeliveryDetails> {
    let (delivery, body) = webhooks::delivery(shop, who, id).await?;
    let log = webhooks::attempts(shop, who, id).await?;
    Ok(DeliveryDetails { delivery: delivery.into(), body, log: log.into_iter().map(AttemptView::from).collect() })
}

/// A message, with what was sent and answered
#[utoipa::path(
    get, path = "/webhook-deliveries/{delivery}", tag = "Webhooks",
    params(("delivery" = DeliveryId, Path)),
    responses((status = 200, body = Envelope<DeliveryDetails>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn show_delivery(
    State(app): State<App>,
    caller: Caller,
    Path(delivery): Path,
) -> Result<Answer<DeliveryDetails>> {
    Ok(Answer::ok(delivery_details(&app.shop, caller.operator()?, named_delivery(&delivery)?).await?))
}

/// Sends a message again
///
/// The same bytes under the same `webhook-id`, from the beginning of the schedule.
#[utoipa::path(
    post, path = "/webhook-deliveries/{delivery}/redeliver", tag = "Webhooks",
    params(("delivery" = DeliveryId, Path)),
    responses((status = 200, body = Envelope<DeliveryDetails>), Faults),
    security(("token" = []), ("key" = ["webhooks:write"])),
)]
async fn redeliver(State(app): State<App>, caller: Caller, Path(delivery): Path) -> Result<Answer<DeliveryDetails>> {
    let (shop, who, id) = (&app.shop, caller.operator()?, named_delivery(&delivery)?);
    webhooks::redeliver(shop, who, id).await?;
    Ok(Answer::ok(delivery_details(shop, who, id).await?))
}

/// Something that can happen.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTopic)]
#[serde(rename_all = "camelCase")]
pub struct TopicView {
    #[schema(example = "order.paid")]
    name: String,
    /// What happened, in a sentence.
    #[schema(example = "The money for an order came in.")]
    about: String,
    /// Whether its payload holds more of a person than ids.
    is_personal: bool,
}

impl From<&'static Topic> for TopicView {
    fn from(topic: &'static Topic) -> Self {
        Self { name: topic.name.to_owned(), about: topic.about.to_owned(), is_personal: topic.is_personal }
    }
}

/// The topics that a webhook may want
///
/// Their payloads stand among the `webhooks` of this document.
#[utoipa::path(
    get, path = "/webhook-topics", tag = "Webhooks",
    responses((status = 200, body = Envelope<Vec<TopicView>>), Faults),
    security(("token" = []), ("key" = ["webhooks:read"])),
)]
async fn list_topics(caller: Caller) -> Result<Answer<Vec<TopicView>>> {
    caller.operator()?.may(Permission::WebhooksRead)?;
    Ok(Answer::ok(webhooks::selectable_topics().map(TopicView::from).collect()))
}
