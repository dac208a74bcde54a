//! Who takes part in a conversation, and which ones are theirs.

use super::words::Side;
use crate::actors::{ApiClient, AsActor, Customer, May, Permission, Staff};
use crate::id::{ConversationId, MessageId, UserId};
use crate::{Error, Result, Shop};
use uuid::Uuid;

/// Somebody on one side of conversations.
#[derive(Clone, Copy)]
pub enum Participant<'a> {
    /// Sees their own.
    Shopper(&'a Customer),
    /// Sees all. Needs [`Permission::ConversationsRead`], and [`Permission::ConversationsWrite`] to say something.
    Staff(&'a Staff),
    /// The same for a program. It has read nothing and hides nothing.
    Machine(&'a ApiClient),
}

impl<'a> Participant<'a> {
    /// What a person is in a conversation: its shopper, or somebody who works here and may read it.
    ///
    /// # Errors
    /// `NotFound` when they are neither.
    pub async fn of_person(
        shop: &Shop,
        customer: &'a Customer,
        staff: Option<&'a Staff>,
        id: ConversationId,
    ) -> Result<Self> {
        let of = sqlx::query_scalar!(r#"select customer_id as "of: UserId" from conversations where id = $1"#, id as _);
        let of = of.fetch_optional(&shop.db).await?.ok_or(Error::NotFound)?;
        if of == customer.id {
            return Ok(Self::Shopper(customer));
        }
        let reads = |staff: &&Staff| staff.can(Permission::ConversationsRead);
        staff.filter(reads).map(Self::Staff).ok_or(Error::NotFound)
    }

    pub fn side(self) -> Side {
        match self {
            Self::Shopper(_) => Side::Shopper,
            Self::Staff(_) | Self::Machine(_) => Side::Shop,
        }
    }

    pub(super) fn actor(self) -> &'a dyn AsActor {
        match self {
            Self::Shopper(customer) => customer,
            Self::Staff(staff) => staff,
            Self::Machine(machine) => machine,
        }
    }

    /// # Errors
    /// `Forbidden` for whoever works here and may not read conversations.
    pub(super) fn may_read(self) -> Result<()> {
        match self {
            Self::Shopper(_) => Ok(()),
            Self::Staff(staff) => staff.may(Permission::ConversationsRead),
            Self::Machine(machine) => machine.may(Permission::ConversationsRead),
        }
    }

    /// # Errors
    /// The same, for those who may not take part.
    pub(super) fn may_write(self) -> Result<()> {
        match self {
            Self::Shopper(_) => Ok(()),
            Self::Staff(staff) => staff.may(Permission::ConversationsWrite),
            Self::Machine(machine) => machine.may(Permission::ConversationsWrite),
        }
    }

    /// # Errors
    /// `Forbidden` for whoever does not answer for the shop.
    pub(super) fn may_share_out(self) -> Result<()> {
        match self {
            Self::Shopper(_) => Err(Error::Forbidden),
            Self::Staff(_) | Self::Machine(_) => self.may_write(),
        }
    }

    /// Whose conversations only are theirs; `None` for whoever sees those of all.
    pub(super) fn only_of(self) -> Option<UserId> {
        match self {
            Self::Shopper(customer) => Some(customer.id),
            Self::Staff(_) | Self::Machine(_) => None,
        }
    }

    /// The person who reads, and hides what they do not want to see any more.
    pub(super) fn reader(self) -> Option<UserId> {
        match self {
            Self::Shopper(customer) => Some(customer.id),
            Self::Staff(staff) => Some(staff.id),
            Self::Machine(_) => None,
        }
    }

    /// Who wrote: the account or the key.
    pub(super) fn author(self) -> Option<Uuid> {
        self.actor().actor().id
    }

    /// As the other side sees it. Addresses are never shown.
    pub(super) fn name(self) -> String {
        self.actor().actor().name
    }
}

/// In which conversation a message was written. Whether somebody takes part in it is another question.
///
/// # Errors
/// `NotFound`.
pub async fn conversation_of(shop: &Shop, message: MessageId) -> Result<ConversationId> {
    let found = sqlx::query_scalar!(
        r#"select conversation_id as "id: ConversationId" from messages where id = $1"#,
        message as _,
    );
    found.fetch_optional(&shop.db).await?.ok_or(Error::NotFound)
}
