//! Sessions: conversations of shoppers with the shop, and their messages.

use super::answer::{Answer, DoneEnvelope, Envelope, ListEnvelope};
use super::caller::{Caller, Who};
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::query::{paging, word};
use crate::web::App;
use axum::extract::State;
use axum::http::header;
use serde::{Deserialize, Serialize};
use shop::accounts::May;
use shop::accounts::Permission::{self, ConversationsRead, ConversationsWrite};
use shop::conversations::{
    self, Conversation, ConversationQuery, ConversationStatus, EditMessage, Message, MessageQuery, Messages,
    OpenConversation, Participant, SendMessage,
};
use shop::id::{ConversationId, MessageId, UserId};
use shop::input::Raw;
use shop::{Error, Invalid, Shop};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(show, change, hide))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(read))
        .routes(routes!(assign))
        .routes(routes!(snooze))
        .routes(routes!(messages))
        .routes(routes!(send))
        .routes(routes!(edit, retract))
}

/// What the caller is in a conversation. A program is asked for its scope before anything is looked for.
async fn participant<'a>(shop: &Shop, caller: &'a Caller, id: ConversationId) -> shop::Result<Participant<'a>> {
    match caller.who() {
        Who::Person(person) => Participant::of_person(shop, &person.customer, person.staff.as_ref(), id).await,
        Who::Machine(client) => Ok(Participant::Machine(client)),
        Who::Nobody => Err(Error::Unauthenticated),
    }
}

/// Nobody in particular has no conversations, and a program only with this scope.
fn check(caller: &Caller, scope: Permission) -> shop::Result<()> {
    match caller.who() {
        Who::Person(_) => Ok(()),
        Who::Machine(client) => client.may(scope),
        Who::Nobody => Err(Error::Unauthenticated),
    }
}

/// The session with this id, and what the caller is in it.
async fn session<'a>(
    shop: &Shop,
    caller: &'a Caller,
    session: &str,
    scope: Permission,
) -> shop::Result<(ConversationId, Participant<'a>)> {
    check(caller, scope)?;
    let id = session.parse().map_err(|_| Error::NotFound)?;
    Ok((id, participant(shop, caller, id).await?))
}

/// The same for those who answer for the shop: a member of staff who shops here, too, is one of them.
async fn at_desk<'a>(
    shop: &Shop,
    caller: &'a Caller,
    session: &str,
) -> shop::Result<(ConversationId, Participant<'a>)> {
    caller.operator()?.may(ConversationsWrite)?;
    let id = session.parse().map_err(|_| Error::NotFound)?;
    let participant = match caller.who() {
        Who::Machine(client) => Participant::Machine(client),
        Who::Person(_) | Who::Nobody => Participant::Staff(caller.staff()?),
    };
    // what is not there is told before what does not fit
    conversations::conversation(shop, participant, id).await?;
    Ok((id, participant))
}

/// The message with this id, and what the caller is in its session.
async fn of_message<'a>(shop: &Shop, caller: &'a Caller, message: &str) -> shop::Result<(MessageId, Participant<'a>)> {
    check(caller, ConversationsWrite)?;
    let id = message.parse().map_err(|_| Error::NotFound)?;
    let conversation = conversations::conversation_of(shop, id).await?;
    Ok((id, participant(shop, caller, conversation).await?))
}

/// Which sessions.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListSessions {
    /// `own`, what you talk about as a shopper; or `all` that reach the shop, with `conversations:read`.
    #[param(value_type = Option<String>, default = "own")]
    scope: Raw,
    #[param(value_type = Option<ConversationStatus>)]
    status: Raw,
    /// In the title, or the number.
    #[param(value_type = Option<String>)]
    search: Raw,
    /// With `scope=all`: `me`, `nobody`, or the id of a member of staff.
    #[param(value_type = Option<String>)]
    assignee: Raw,
    /// With `scope=all`: those that wait for an answer, the longest first.
    #[param(value_type = Option<bool>)]
    waiting: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
}

impl ListSessions {
    /// Answers whether all are asked for, too.
    fn check(&self, caller: &Caller) -> shop::Result<(bool, ConversationQuery)> {
        let mut faults = Invalid::default();
        let scope = |text: &str| match text {
            "own" => Some(false),
            "all" => Some(true),
            _ => None,
        };
        let all = word(&self.scope, "scope", scope, &mut faults).unwrap_or_default();
        let me = match caller.who() {
            Who::Person(person) => Some(person.customer.id()),
            Who::Machine(_) | Who::Nobody => None,
        };
        let assignee = |text: &str| match text {
            "me" => Some(me),
            "nobody" => Some(None),
            id => id.parse::<UserId>().ok().map(Some),
        };
        let query = ConversationQuery {
            status: word(&self.status, "status", ConversationStatus::parse, &mut faults),
            search: self.search.text("search", 120, &mut faults),
            assignee: word(&self.assignee, "assignee", assignee, &mut faults).filter(|_| all),
            waiting: super::query::flag(&self.waiting, "waiting", &mut faults) && all,
            paging: paging(&self.page, &self.limit, &mut faults),
        };
        faults.into_result()?;
        Ok((all, query))
    }
}

/// Conversations
///
/// Your own, the newest first; or all of the shop.
#[utoipa::path(
    get, path = "/sessions", tag = "Conversations",
    params(ListSessions),
    responses((status = 200, body = ListEnvelope<Conversation>), Faults),
    security(("token" = []), ("key" = [])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListSessions>,
) -> Result<Answer<Vec<Conversation>>> {
    let shop = &app.shop;
    let participant = match caller.who() {
        Who::Nobody => return Err(Error::Unauthenticated.into()),
        Who::Machine(client) => Participant::Machine(client),
        Who::Person(person) => Participant::Shopper(&person.customer),
    };
    let (all, query) = query.check(&caller)?;
    let participant = match (all, caller.who()) {
        (true, Who::Person(_)) => Participant::Staff(caller.staff()?),
        (false, Who::Machine(_)) => return Err(Error::Forbidden.into()),
        _ => participant,
    };
    Ok(Answer::page(conversations::list(shop, participant, &query).await?))
}

/// Begins a conversation
///
/// With the shop, about a product, an order of yours or nothing in particular. One about the same thing goes on until
/// it is closed (`session_exists`). At most five in an hour.
#[utoipa::path(
    post, path = "/sessions", tag = "Conversations",
    request_body = OpenConversation,
    responses((status = 201, body = Envelope<Conversation>), Faults),
    security(("token" = [])),
)]
async fn open(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<OpenConversation>,
) -> Result<Answer<Conversation>> {
    let customer = caller.customer()?;
    let id = conversations::open(&app.shop, customer, input).await?;
    let opened = conversations::conversation(&app.shop, Participant::Shopper(customer), id).await?;
    Ok(Answer::created(opened).with(header::LOCATION, Some(&format!("/api/sessions/{id}"))))
}

/// A conversation
#[utoipa::path(
    get, path = "/sessions/{session}", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path) -> Result<Answer<Conversation>> {
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsRead).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// What is changed of a session.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "title": "A handle for the rasp" }))]
pub struct ChangeSession {
    #[schema(max_length = 120, example = "A handle for the rasp")]
    title: Raw,
}

/// Renames a conversation
#[utoipa::path(
    patch, path = "/sessions/{session}", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    request_body = ChangeSession,
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Json(input): Json<ChangeSession>,
) -> Result<Answer<Conversation>> {
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsWrite).await?;
    conversations::rename(&app.shop, participant, id, &input.title).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// Deletes a conversation for yourself
///
/// It is gone from your list, with all that was said so far, until somebody writes again. For the other side nothing
/// changes.
#[utoipa::path(
    delete, path = "/sessions/{session}", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn hide(State(app): State<App>, caller: Caller, Path(id): Path) -> Result<Answer<()>> {
    caller.customer()?;
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsRead).await?;
    conversations::hide(&app.shop, participant, id).await?;
    Ok(Answer::done())
}

/// Closes a conversation
#[utoipa::path(
    post, path = "/sessions/{session}/close", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn close(State(app): State<App>, caller: Caller, Path(id): Path) -> Result<Answer<Conversation>> {
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsWrite).await?;
    conversations::close(&app.shop, participant, id).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// Takes up a conversation that was closed
#[utoipa::path(
    post, path = "/sessions/{session}/reopen", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn reopen(State(app): State<App>, caller: Caller, Path(id): Path) -> Result<Answer<Conversation>> {
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsWrite).await?;
    conversations::reopen(&app.shop, participant, id).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// Up to where you have read.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "upTo": 12 }))]
pub struct ReadSession {
    /// The `seq` of the last message that you have read.
    #[schema(value_type = i32, minimum = 1, example = 12)]
    up_to: Raw,
}

/// Says what you have read
#[utoipa::path(
    post, path = "/sessions/{session}/read", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    request_body = ReadSession,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Json(input): Json<ReadSession>,
) -> Result<Answer<()>> {
    caller.customer()?;
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsRead).await?;
    let mut faults = Invalid::default();
    let up_to = input.up_to.whole("upTo", 1..=i32::MAX, &mut faults);
    faults.into_result()?;
    conversations::mark_read(&app.shop, participant, id, up_to.unwrap_or_default()).await?;
    Ok(Answer::done())
}

/// Who answers.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "assigneeId": "0190b5a0-7c1e-7000-8000-000000000001" }))]
pub struct AssignSession {
    /// Of a member of staff; nobody when it is left out.
    #[schema(value_type = Option<UserId>)]
    assignee_id: Raw,
    /// Only when nobody answers yet (`claimed`): of two at once one gets it.
    #[schema(value_type = bool)]
    only_if_free: Raw,
}

/// Says who answers
#[utoipa::path(
    post, path = "/sessions/{session}/assign", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    request_body = AssignSession,
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn assign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Json(input): Json<AssignSession>,
) -> Result<Answer<Conversation>> {
    let (id, participant) = at_desk(&app.shop, &caller, &id).await?;
    conversations::assign(&app.shop, participant, id, &input.assignee_id, input.only_if_free.is_on()).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// Until when a session is put aside.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "until": "2030-01-07T09:00:00Z" }))]
pub struct SnoozeSession {
    #[schema(value_type = DateTime<Utc>)]
    until: Raw,
}

/// Puts a conversation aside
///
/// It comes back by itself, or when the shopper writes.
#[utoipa::path(
    post, path = "/sessions/{session}/snooze", tag = "Conversations",
    params(("session" = ConversationId, Path)),
    request_body = SnoozeSession,
    responses((status = 200, body = Envelope<Conversation>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn snooze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Json(input): Json<SnoozeSession>,
) -> Result<Answer<Conversation>> {
    let (id, participant) = at_desk(&app.shop, &caller, &id).await?;
    conversations::snooze(&app.shop, participant, id, &input.until).await?;
    Ok(Answer::ok(conversations::conversation(&app.shop, participant, id).await?))
}

/// Which messages.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListMessages {
    /// Those after this `seq`, the oldest of them first.
    #[param(value_type = Option<i32>, minimum = 0)]
    after: Raw,
    /// Those before this `seq`, as many as fit, up to it.
    #[param(value_type = Option<i32>, minimum = 1)]
    before: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
}

/// The messages of a conversation
///
/// The oldest of the part first; without a place the newest messages. A program that lost its connection asks for those
/// `after` the last that it has: none is missing and none comes twice.
#[utoipa::path(
    get, path = "/sessions/{session}/messages", tag = "Conversations",
    params(("session" = ConversationId, Path), ListMessages),
    responses((status = 200, body = Envelope<Messages>), Faults),
    security(("token" = []), ("key" = ["conversations:read"])),
)]
async fn messages(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Query(query): Query<ListMessages>,
) -> Result<Answer<Messages>> {
    let (id, participant) = session(&app.shop, &caller, &id, ConversationsRead).await?;
    let mut faults = Invalid::default();
    let place = |raw: &Raw, field: &'static str, least: i32, faults: &mut Invalid| {
        if raw.is_empty() { None } else { raw.whole(field, least..=i32::MAX, faults) }
    };
    let query = MessageQuery {
        after: place(&query.after, "after", 0, &mut faults),
        before: place(&query.before, "before", 1, &mut faults),
        limit: paging(&Raw::default(), &query.limit, &mut faults).limit(),
    };
    faults.into_result()?;
    Ok(Answer::ok(conversations::messages(&app.shop, participant, id, query).await?))
}

/// Writes a message
///
/// The same `clientId` again is the same message: whoever got no answer sends it again. A closed conversation goes on.
/// At most twenty a minute.
#[utoipa::path(
    post, path = "/messages", tag = "Conversations",
    request_body = SendMessage,
    responses((status = 201, body = Envelope<Message>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn send(State(app): State<App>, caller: Caller, Json(input): Json<SendMessage>) -> Result<Answer<Message>> {
    let (_, participant) = session(&app.shop, &caller, input.session_id.trimmed(), ConversationsWrite).await?;
    let sent = conversations::send(&app.shop, participant, &input).await?;
    let at = format!("/api/sessions/{}/messages?after={}&limit=1", sent.session_id, sent.seq - 1);
    Ok(Answer::created(sent).with(header::LOCATION, Some(&at)))
}

/// Corrects a message of yours
///
/// Within a quarter of an hour (`too_late`).
#[utoipa::path(
    patch, path = "/messages/{message}", tag = "Conversations",
    params(("message" = MessageId, Path)),
    request_body = EditMessage,
    responses((status = 200, body = Envelope<Message>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path,
    Json(input): Json<EditMessage>,
) -> Result<Answer<Message>> {
    let (id, participant) = of_message(&app.shop, &caller, &id).await?;
    Ok(Answer::ok(conversations::edit(&app.shop, participant, id, &input).await?))
}

/// Takes a message of yours back
///
/// Within a quarter of an hour (`too_late`). Its place stays, its words go.
#[utoipa::path(
    delete, path = "/messages/{message}", tag = "Conversations",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Envelope<Message>), Faults),
    security(("token" = []), ("key" = ["conversations:write"])),
)]
async fn retract(State(app): State<App>, caller: Caller, Path(id): Path) -> Result<Answer<Message>> {
    let (id, participant) = of_message(&app.shop, &caller, &id).await?;
    Ok(Answer::ok(conversations::retract(&app.shop, participant, id).await?))
}
