//! The conversation that an act changes: locked, and theirs who act.

use super::participant::Participant;
use super::words::ConversationStatus;
use crate::id::{ConversationId, UserId};
use crate::live_topic::LiveTopic;
use crate::{Act, Error, Result};

/// A conversation whose row is locked.
pub(super) struct Held {
    pub id: ConversationId,
    pub status: ConversationStatus,
    pub last_seq: i32,
    pub title: String,
    pub assignee: Option<UserId>,
}

/// Locks a conversation of theirs.
///
/// # Errors
/// `NotFound` for others'.
pub(super) async fn hold(act: &mut Act<'_>, participant: Participant<'_>, id: ConversationId) -> Result<Held> {
    let only_of = participant.only_of();
    sqlx::query_as!(
        Held,
        r#"select id as "id: ConversationId", status as "status: ConversationStatus", last_seq,
                  title, assignee_id as "assignee: UserId"
           from conversations
           where id = $1 and ($2::uuid is null or customer_id = $2)
           for update"#,
        id as _,
        only_of as _,
    )
    .fetch_optional(&mut **act)
    .await?
    .ok_or(Error::NotFound)
}

/// Counts the change, and lets those hear who follow the conversation.
pub(super) async fn changed(act: &mut Act<'_>, id: ConversationId) -> Result<()> {
    sqlx::query!("update conversations set revision = revision + 1 where id = $1", id as _).execute(&mut **act).await?;
    act.changes(LiveTopic::Conversation(id));
    act.changes(LiveTopic::AdminConversations);
    Ok(())
}
