//! What is done with a conversation beside writing in it.

use super::hold::{Held, changed, hold};
use super::open::{TITLE, exists};
use super::participant::Participant;
use super::words::{ConversationStatus, Side};
use crate::actors::{Staff, System};
use crate::entity::Entity;
use crate::id::{ConversationId, UserId};
use crate::input::Raw;
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, audit, said};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// Gives it another title.
///
/// # Errors
/// `NotFound` for others', faults of the title.
pub async fn rename(shop: &Shop, participant: Participant<'_>, id: ConversationId, title: &Raw) -> Result<()> {
    participant.may_write()?;
    act!(shop, participant.actor(), "conversation.rename", |act| {
        let held = hold(&mut act, participant, id).await?;
        let mut faults = Invalid::default();
        let title = title.line("title", TITLE, &mut faults);
        faults.into_result()?;
        if held.title != title {
            sqlx::query!("update conversations set title = $2 where id = $1", id as _, title)
                .execute(&mut *act)
                .await?;
            changed(&mut act, id).await?;
        }
        act.commit(()).await
    })
}

/// Closes it: nobody waits for an answer any more. A second time changes nothing.
///
/// # Errors
/// `NotFound` for others'.
pub async fn close(shop: &Shop, participant: Participant<'_>, id: ConversationId) -> Result<()> {
    move_to(shop, participant, id, ConversationStatus::Closed).await
}

/// Takes up one that was closed.
///
/// # Errors
/// `NotFound` for others', a conflict `session_exists` when another one about the same thing goes on.
pub async fn reopen(shop: &Shop, participant: Participant<'_>, id: ConversationId) -> Result<()> {
    move_to(shop, participant, id, ConversationStatus::Open).await
}

async fn move_to(
    shop: &Shop,
    participant: Participant<'_>,
    id: ConversationId,
    status: ConversationStatus,
) -> Result<()> {
    participant.may_write()?;
    act!(shop, participant.actor(), "conversation.move", |act| {
        let held = hold(&mut act, participant, id).await?;
        let is_closed = held.status == ConversationStatus::Closed;
        if is_closed != (status == ConversationStatus::Closed) {
            sqlx::query!(
                "update conversations
                 set status = $2, closed_at = case when $3 then $4::timestamptz end, snoozed_until = null,
                     waiting_since = null
                 where id = $1",
                id as _,
                status as _,
                status == ConversationStatus::Closed,
                act.now,
            )
            .execute(&mut *act)
            .await
            .on_constraint("conversations_open_key", exists)?;
            note(&mut act, participant, &held, "conversation.status", json!(held.status), json!(status))?;
            changed(&mut act, id).await?;
        }
        act.commit(()).await
    })
}

/// What is done for the shop stands in the audit log; what people write to each other does not.
fn note(
    act: &mut Act<'_>,
    participant: Participant<'_>,
    held: &Held,
    action: &'static str,
    before: serde_json::Value,
    after: serde_json::Value,
) -> Result<()> {
    if participant.side() != Side::Shop {
        return Ok(());
    }
    let entry = audit::Entry { action, entity_type: Entity::Conversation, entity_id: held.id.to_string() };
    audit::record(act, entry, &before, &after)
}

/// Deletes it for oneself: it is gone from one's own list, with all that was said so far, until somebody writes again.
/// For the other side nothing changes.
///
/// # Errors
/// `NotFound` for others', `Forbidden` for programs.
pub async fn hide(shop: &Shop, participant: Participant<'_>, id: ConversationId) -> Result<()> {
    participant.may_read()?;
    let reader = participant.reader().ok_or(Error::Forbidden)?;
    act!(shop, participant.actor(), "conversation.hide", |act| {
        let held = hold(&mut act, participant, id).await?;
        sqlx::query!(
            "insert into conversation_readers as r (conversation_id, user_id, read_seq, hidden_seq, is_hidden)
             values ($1, $2, $3, $3, true)
             on conflict (conversation_id, user_id) do update
             set read_seq = excluded.read_seq, hidden_seq = excluded.hidden_seq, is_hidden = true",
            id as _,
            reader as _,
            held.last_seq,
        )
        .execute(&mut *act)
        .await?;
        changed(&mut act, id).await?;
        act.commit(()).await
    })
}

/// Takes a conversation that nobody answers for yet. Of two at once one gets it.
///
/// # Errors
/// `NotFound`; a conflict `claimed` when somebody else has it.
pub async fn claim(shop: &Shop, who: &Staff, id: ConversationId) -> Result<()> {
    hand_over(shop, Participant::Staff(who), id, Some(who.id), true).await
}

/// Says who answers: the id of a member of staff, or nothing. With `only_if_free` nobody is relieved.
///
/// # Errors
/// `NotFound`; a fault beside `assigneeId` when it is nobody who works here; a conflict `claimed`.
pub async fn assign(
    shop: &Shop,
    participant: Participant<'_>,
    id: ConversationId,
    to: &Raw,
    only_if_free: bool,
) -> Result<()> {
    // what is no id is nobody's
    let to = (!to.is_empty()).then(|| to.trimmed().parse().unwrap_or(UserId(Uuid::nil())));
    hand_over(shop, participant, id, to, only_if_free).await
}

async fn hand_over(
    shop: &Shop,
    participant: Participant<'_>,
    id: ConversationId,
    to: Option<UserId>,
    only_if_free: bool,
) -> Result<()> {
    participant.may_share_out()?;
    act!(shop, participant.actor(), "conversation.assign", |act| {
        let held = hold(&mut act, participant, id).await?;
        if only_if_free && held.assignee.is_some() && held.assignee != to {
            return Err(Error::conflict("claimed", said!("refusal-conversation-claimed")));
        }
        if let Some(to) = to {
            let works_here = sqlx::query_scalar!(
                r#"select exists (select from users where id = $1 and is_active and role <> 'customer') as "is!""#,
                to as _,
            );
            if !works_here.fetch_one(&mut *act).await? {
                return Err(Error::invalid("assigneeId", said!("fault-nobody-who-works-here")));
            }
        }
        if held.assignee != to {
            sqlx::query!("update conversations set assignee_id = $2 where id = $1", id as _, to as _)
                .execute(&mut *act)
                .await?;
            let (before, after) = (json!(held.assignee), json!(to));
            note(&mut act, participant, &held, "conversation.assign", before, after)?;
            changed(&mut act, id).await?;
        }
        act.commit(()).await
    })
}

/// Puts it aside until a moment; it comes back by itself, or when the shopper writes.
///
/// # Errors
/// `NotFound`; a fault beside `until` when that is no moment (RFC 3339) or over, a conflict `session_closed`.
pub async fn snooze(shop: &Shop, participant: Participant<'_>, id: ConversationId, until: &Raw) -> Result<()> {
    participant.may_share_out()?;
    act!(shop, participant.actor(), "conversation.snooze", |act| {
        let held = hold(&mut act, participant, id).await?;
        let Ok(until) = until.trimmed().parse::<DateTime<Utc>>() else {
            return Err(Error::invalid("until", said!("fault-moment")));
        };
        if until <= act.now {
            return Err(Error::invalid("until", said!("fault-is-over")));
        }
        if held.status == ConversationStatus::Closed {
            return Err(Error::conflict("session_closed", said!("refusal-conversation-closed")));
        }
        sqlx::query!("update conversations set status = 'snoozed', snoozed_until = $2 where id = $1", id as _, until,)
            .execute(&mut *act)
            .await?;
        note(&mut act, participant, &held, "conversation.snooze", json!(held.status), json!(until))?;
        changed(&mut act, id).await?;
        act.commit(()).await
    })
}

/// Takes up what was put aside until a moment that has come.
///
/// # Errors
/// When the database cannot be asked.
pub async fn wake(shop: &Shop) -> Result<u64> {
    let due = sqlx::query_scalar!(
        r#"select id as "id: ConversationId" from conversations where status = 'snoozed' and snoozed_until <= $1"#,
        shop.clock.now(),
    );
    let due = due.fetch_all(&shop.db).await?;
    let mut woken = 0;
    for id in due {
        woken += act!(shop, &System, "conversation.wake", |act| {
            // the shopper may have written meanwhile
            let is_due = sqlx::query!(
                "update conversations set status = 'open', snoozed_until = null
                 where id = $1 and status = 'snoozed' and snoozed_until <= $2",
                id as _,
                act.now,
            );
            let is_due = is_due.execute(&mut *act).await?.rows_affected();
            if is_due > 0 {
                changed(&mut act, id).await?;
            }
            act.commit(is_due).await
        })?;
    }
    Ok(woken)
}
