//! What somebody may follow while it changes: the live updates name it so, between processes and to those who follow.

use crate::id::{CartId, ConversationId, ImportId, OrderId, ProductId, VariantId};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! topics {
    (
        one { $($(#[$of_doc:meta])* $of:ident($id:ident) $of_name:literal,)+ }
        list { $($(#[$list_doc:meta])* $list:ident $list_name:literal,)+ }
    ) => {
        /// Something whose changes can be followed. It is written `product:0197…` or `admin:orders`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LiveTopic {
            $($(#[$of_doc])* $of($id),)+
            $($(#[$list_doc])* $list,)+
        }

        impl fmt::Display for LiveTopic {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$of(id) => write!(f, concat!($of_name, ":{}"), id),)+
                    $(Self::$list => f.write_str($list_name),)+
                }
            }
        }

        impl FromStr for LiveTopic {
            type Err = UnknownTopic;

            fn from_str(text: &str) -> Result<Self, UnknownTopic> {
                match text {
                    $($list_name => return Ok(Self::$list),)+
                    _ => {}
                }
                let (name, id) = text.split_once(':').ok_or(UnknownTopic)?;
                // as it is written here, and in no other way
                let id = id.parse::<Uuid>().ok().filter(|uuid| uuid.to_string() == id).ok_or(UnknownTopic)?;
                match name {
                    $($of_name => Ok(Self::$of($id(id))),)+
                    _ => Err(UnknownTopic),
                }
            }
        }
    };
}

topics! {
    one {
        /// All that shoppers see of a product, with its stock.
        Product(ProductId) "product",
        /// The levels of a variant at all locations.
        Stock(VariantId) "stock",
        /// The lines of a cart, with what became of their prices and stock.
        Cart(CartId) "cart",
        /// An order with its payments, parcels and refunds.
        Order(OrderId) "order",
        /// How far an import is.
        Import(ImportId) "import",
        /// What is said in a conversation, and how it stands.
        Conversation(ConversationId) "conversation",
        /// Which members of staff have a product open to edit it.
        Editing(ProductId) "editing",
    }
    list {
        /// The newest orders.
        AdminOrders "admin:orders",
        /// The newest payments, and the differences from the provider's statement.
        AdminPayments "admin:payments",
        /// Work in the background.
        AdminJobs "admin:jobs",
        /// The newest conversations, and those that wait for an answer.
        AdminConversations "admin:conversations",
        /// The log of what staff are told.
        AdminNotifications "admin:notifications",
    }
}

/// A text that names no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no topic")]
pub struct UnknownTopic;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_as_they_are_written() {
        let id = Uuid::from_u128(7);
        for topic in [LiveTopic::Product(ProductId(id)), LiveTopic::Editing(ProductId(id)), LiveTopic::AdminOrders] {
            assert_eq!(topic.to_string().parse(), Ok(topic));
        }
        for text in
            ["", "product", "product:", "product:7", "admin:nothing", "shelf:00000000-0000-0000-0000-000000000007"]
        {
            assert_eq!(text.parse::<LiveTopic>(), Err(UnknownTopic), "{text}");
        }
        assert!("product:{00000000-0000-0000-0000-000000000007}".parse::<LiveTopic>().is_err());
    }
}
