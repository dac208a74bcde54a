//! Typed UUIDv7 ids: a `ProductId` is never taken for an `OrderId`.

use uuid::Uuid;

/// Makes an id type for each name given.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id. Time-ordered (RFC 9562, version 7), so fresh rows lie together in their index.
            #[expect(clippy::new_without_default, reason = "an id that nobody asked for names nothing")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )+};
}

ids! {
    UserId, RoleId, SessionId, AddressId, ApiKeyId, LinkId, TokenId, KeptFormId,
    FileId, CategoryId, ProductId, OptionId, VariantId, ImageId, FetchId, ImportId,
    LocationId, MovementId,
    CartId, CartItemId, WatchId, OrderId, OrderItemId, ShipmentId, PaymentId, RefundId, DifferenceId,
    AuditId, EventId,
    WebhookId, WebhookSecretId, WebhookKeyId, DeliveryId,
    NotificationId, NotificationMailId,
    ConversationId, MessageId, VendorId, SellerId,
}
