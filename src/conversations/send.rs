//! Writing messages, and correcting or taking back one's own for a while.

use super::hold::{Held, changed, hold};
use super::participant::Participant;
use super::read::{Message, message};
use super::words::{ConversationStatus, Side};
use crate::entity::Entity;
use crate::id::{ConversationId, MessageId};
use crate::input::Raw;
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, idempotency, said};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Of a message, in characters.
const LONGEST: usize = 2_000;
/// So long a message may be corrected or taken back.
const CHANGEABLE: TimeDelta = TimeDelta::minutes(15);

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = SendMessage, example = json!({
    "sessionId": "0190b5a0-7c1e-7000-8000-000000000031", "text": "Does it come with a handle?", "clientId": "7f3a-1",
}))]
pub struct SendMessage {
    #[schema(value_type = ConversationId)]
    pub session_id: Raw,
    #[schema(max_length = 2000, example = "Does it come with a handle?")]
    pub text: Raw,
    /// Drawn by the client, another one for each message: sent twice, the message is one.
    #[schema(max_length = 64, example = "7f3a-1")]
    pub client_id: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = EditMessage, example = json!({ "text": "Does it come with a wooden handle?" }))]
pub struct EditMessage {
    #[schema(max_length = 2000, example = "Does it come with a wooden handle?")]
    pub text: Raw,
}

/// Writes a message, and answers it as its author sees it. What was sent before under the same client id is answered
/// again. At most twenty a minute.
///
/// # Errors
/// `NotFound` for others' conversations, faults of the input, `TooMany`; a conflict `session_exists` when the
/// conversation is closed and another one about the same thing goes on.
pub async fn send(shop: &Shop, participant: Participant<'_>, input: &SendMessage) -> Result<Message> {
    participant.may_write()?;
    let mut faults = Invalid::default();
    let text = input.text.required("text", LONGEST, &mut faults);
    let client_id = input.client_id.optional_line("clientId", 64, &mut faults);
    faults.into_result()?;
    let id: ConversationId = input.session_id.trimmed().parse().map_err(|_| Error::NotFound)?;
    let author = participant.author();
    act!(shop, participant.actor(), "conversation.send", |act| {
        let held = hold(&mut act, participant, id).await?;
        if !client_id.is_empty() {
            let sent = sqlx::query_scalar!(
                r#"select id as "id: MessageId" from messages
                   where conversation_id = $1 and author_id = $2 and client_id = $3"#,
                id as _,
                author,
                client_id,
            );
            if let Some(sent) = sent.fetch_optional(&mut *act).await? {
                let message = message(&mut act, participant, sent).await?;
                return act.commit(message).await;
            }
        }
        if let Some(author) = author {
            throttle::attempt(&mut act, &Count::messages(author)).await?;
        }
        turn(&mut act, participant.side(), &held).await?;
        let sent = MessageId::new();
        sqlx::query!(
            "insert into messages (id, conversation_id, seq, side, author_id, author_name, body, client_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9)",
            sent as _,
            id as _,
            held.last_seq + 1,
            participant.side() as _,
            author,
            participant.name(),
            text,
            client_id,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        if let Some(reader) = participant.reader() {
            // whoever answers has read what was there
            super::read::note_read(&mut act, id, reader, held.last_seq + 1).await?;
        }
        changed(&mut act, id).await?;
        idempotency::done(&mut act, Entity::Message, &sent.to_string())?;
        let message = message(&mut act, participant, sent).await?;
        act.commit(message).await
    })
}

/// The conversation after a message of this side: the other side's turn, and again open if it was closed.
async fn turn(act: &mut Act<'_>, side: Side, held: &Held) -> Result<()> {
    let status = match side {
        Side::Shopper => ConversationStatus::Open,
        Side::Vendor | Side::Shop => ConversationStatus::Answered,
    };
    sqlx::query!(
        "update conversations
         set last_seq = last_seq + 1, last_message_at = $2, status = $3, closed_at = null, snoozed_until = null,
             waiting_since = case when $4 then coalesce(waiting_since, $2) end,
             first_answered_at = case when $4 then first_answered_at else coalesce(first_answered_at, $2) end
         where id = $1",
        held.id as _,
        act.now,
        status as _,
        side == Side::Shopper,
    )
    .execute(&mut **act)
    .await
    .on_constraint("conversations_open_key", super::open::exists)?;
    Ok(())
}

/// Corrects a message of one's own, within a quarter of an hour.
///
/// # Errors
/// `NotFound` for what is not theirs, a conflict `too_late`, faults of the input.
pub async fn edit(shop: &Shop, participant: Participant<'_>, id: MessageId, input: &EditMessage) -> Result<Message> {
    let mut faults = Invalid::default();
    let text = input.text.required("text", LONGEST, &mut faults);
    faults.into_result()?;
    change(shop, participant, id, Some(&text)).await
}

/// Takes a message of one's own back, within a quarter of an hour: its place stays, its words go.
///
/// # Errors
/// As [`edit`].
pub async fn retract(shop: &Shop, participant: Participant<'_>, id: MessageId) -> Result<Message> {
    change(shop, participant, id, None).await
}

async fn change(shop: &Shop, participant: Participant<'_>, id: MessageId, text: Option<&str>) -> Result<Message> {
    participant.may_write()?;
    let author = participant.author();
    act!(shop, participant.actor(), "conversation.change_message", |act| {
        let found = sqlx::query!(
            r#"select conversation_id as "conversation: ConversationId", created_at, retracted_at
               from messages
               where id = $1 and author_id = $2"#,
            id as _,
            author,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::NotFound)?;
        let held = hold(&mut act, participant, found.conversation).await?;
        if act.now > found.created_at + CHANGEABLE {
            return Err(Error::conflict("too_late", said!("refusal-message-too-late")));
        }
        let changes = sqlx::query!(
            "update messages
             set body = coalesce($2, ''),
                 edited_at = case when $2::text is null then edited_at else $3::timestamptz end,
                 retracted_at = case when $2::text is null then $3::timestamptz end
             where id = $1 and retracted_at is null and body is distinct from $2",
            id as _,
            text,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        match (changes.rows_affected(), text, found.retracted_at) {
            (0, Some(_), Some(_)) => return Err(Error::conflict("too_late", said!("refusal-message-retracted"))),
            (0, ..) => {}
            _ => changed(&mut act, held.id).await?,
        }
        let message = message(&mut act, participant, id).await?;
        act.commit(message).await
    })
}
