//! Conversations: what shoppers and the shop, or one of its vendors, say to each other. The API calls one a session.
//!
//! In the order of its life: a shopper begins one ([`open()`]), about a product, an order or nothing in particular;
//! both sides write ([`send()`]), correct and take back what they wrote ([`edit`], [`retract`]) and say what they have
//! read ([`mark_read`]); staff take it in hand ([`claim`], [`assign`]) or put it aside ([`snooze`], [`wake`]); it is
//! closed, and goes on when there is more to say ([`close`], [`reopen`]).
//!
//! Messages of one conversation have one order: each gets the next number while the conversation's row is locked. A
//! message that is sent twice, since its answer was lost, is one by its `client_id`. Whether somebody is on one side of
//! a conversation is asked by the statement that reads or locks it ([`Participant`]); others' conversations are not
//! there.

mod hold;
mod manage;
mod open;
mod participant;
mod read;
mod send;
mod words;

pub use manage::{assign, claim, close, hide, rename, reopen, snooze, wake};
pub use open::{OpenConversation, open};
pub use participant::{Participant, conversation_of};
pub use read::{
    Conversation, ConversationQuery, Message, MessageQuery, Messages, StaffView, conversation, list, mark_read,
    messages,
};
pub use send::{EditMessage, SendMessage, edit, retract, send};
pub use words::{ConversationStatus, Side};
