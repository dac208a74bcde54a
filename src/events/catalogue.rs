//! The catalogue: all that the world is told of. Each topic has its payload, its version and its meaning here, once.
//!
//! A new event is a line of this table and a place that records it. Its payload is a type of `of_orders`, `of_goods` or
//! `of_people`. What breaks those who read a topic (a field that goes away or means something else) needs another
//! version.

use super::entity::{EntityKind, Payload};
use super::of_goods::{CategoryEvent, ImportEvent, PictureEvent, PicturesEvent, ProductEvent, StockEvent};
use super::of_orders::{AmountDiffers, DisputeEvent, OrderEvent, RefundEvent, ShipmentEvent};
use super::of_people::{AccountEvent, ApiKeyEvent, CartEvent, RoleEvent, SettingsEvent, StaffEvent, WebhookEvent};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Something that can happen, as others may subscribe to it.
#[derive(Debug)]
pub struct Topic {
    /// `entity.past_tense`, such as `order.paid`.
    pub name: &'static str,
    /// Of which day the shape of its payload is.
    pub version: &'static str,
    /// What happened, in a sentence.
    pub about: &'static str,
    pub entity: EntityKind,
    /// Whether its payload holds more of a person than ids.
    pub is_personal: bool,
    /// The variant of [`Event`].
    pub variant: &'static str,
    /// How the payload is called in documents.
    pub payload: fn() -> std::borrow::Cow<'static, str>,
    /// The payload's schema, with an example.
    pub schema: fn() -> RefOr<Schema>,
    /// The schemas that it refers to, by their names.
    pub refers_to: fn(&mut Vec<(String, RefOr<Schema>)>),
    /// Reads a payload that was written down.
    pub read: fn(Value) -> serde_json::Result<Event>,
}

macro_rules! catalogue {
    ($(
        $variant:ident($payload:ty) $name:literal $version:literal $(personal: $personal:literal)? $about:literal;
    )+) => {
        /// Something that happened.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event { $(#[doc = $about] $variant($payload)),+ }

        impl Event {
            pub fn topic(&self) -> &'static Topic {
                match self { $(Self::$variant(_) => &topics::$variant),+ }
            }

            /// What it is about, and which one.
            pub fn entity(&self) -> (EntityKind, String) {
                match self { $(Self::$variant(payload) => (<$payload>::ENTITY, payload.entity_id())),+ }
            }

            pub fn payload(&self) -> serde_json::Result<Value> {
                match self { $(Self::$variant(payload) => serde_json::to_value(payload)),+ }
            }
        }

        #[expect(non_upper_case_globals, reason = "each is named after its variant")]
        mod topics {
            use super::*;

            $(pub static $variant: Topic = Topic {
                name: $name,
                version: $version,
                about: $about,
                entity: <$payload>::ENTITY,
                is_personal: false $(|| $personal)?,
                variant: stringify!($variant),
                payload: <$payload as ToSchema>::name,
                schema: <$payload as PartialSchema>::schema,
                refers_to: <$payload as ToSchema>::schemas,
                read: |payload| serde_json::from_value(payload).map(Event::$variant),
            };)+
        }

        /// All topics, in the order in which the documentation lists them.
        pub static TOPICS: &[&Topic] = &[$(&topics::$variant),+];
    };
}

catalogue! {
    OrderPlaced(OrderEvent) "order.placed" "2026-12-01"
        "An order was placed. Its goods are held; its money is awaited, unless it costs nothing.";
    OrderCorrected(OrderEvent) "order.corrected" "2026-12-01"
        "What was asked for with an order changed: by its customer before it was paid, or by staff before it left.";
    OrderPaid(OrderEvent) "order.paid" "2026-12-01"
        "The money for an order came in. One that was accepted to be paid offline may be further on already.";
    OrderProcessing(OrderEvent) "order.processing" "2026-12-01"
        "An order is being picked and packed from now on.";
    OrderShipped(OrderEvent) "order.shipped" "2026-12-01"
        "The last of an order's goods left.";
    OrderDelivered(OrderEvent) "order.delivered" "2026-12-01"
        "An order's goods arrived.";
    OrderCompleted(OrderEvent) "order.completed" "2026-12-01"
        "Nothing is left to do for an order.";
    OrderCancelled(OrderEvent) "order.cancelled" "2026-12-01"
        "An order was cancelled, by somebody or because nobody paid in time. Its goods are released.";
    OrderRefunded(OrderEvent) "order.refunded" "2026-12-01"
        "All the money of an order went back.";

    ShipmentCreated(ShipmentEvent) "shipment.created" "2026-12-01"
        "A parcel with all or some of an order's goods left.";

    PaymentDisputed(DisputeEvent) "payment.disputed" "2026-12-01"
        "A shopper disputes a payment, or a dispute went a step on.";
    PaymentAmountDiffers(AmountDiffers) "payment.amount_differs" "2026-12-01"
        "Money came in that is not what the order costs. Staff have to look at it.";

    RefundCreated(RefundEvent) "refund.created" "2026-12-01"
        "Money is to go back: it was asked for here, or found at the provider.";
    RefundSucceeded(RefundEvent) "refund.succeeded" "2026-12-01"
        "Money went back.";
    RefundFailed(RefundEvent) "refund.failed" "2026-12-01"
        "Money could not go back, or came back to us. Staff have to look at it.";
    RefundCancelled(RefundEvent) "refund.cancelled" "2026-12-01"
        "A refund was called off at the provider before it was made.";

    StockChanged(StockEvent) "stock.changed" "2026-12-01"
        "A level of stock moved: goods came, left, came back or were counted, or an order holds or releases some.";

    ProductCreated(ProductEvent) "product.created" "2026-12-01"
        "A product was made, by hand, as a copy or by an import.";
    ProductUpdated(ProductEvent) "product.updated" "2026-12-01"
        "A product was edited.";
    ProductPublished(ProductEvent) "product.published" "2026-12-01"
        "A product is for sale from now on.";
    ProductUnpublished(ProductEvent) "product.unpublished" "2026-12-01"
        "A product is not for sale any more and is a draft again.";
    ProductArchived(ProductEvent) "product.archived" "2026-12-01"
        "A product was put away.";
    ProductRestored(ProductEvent) "product.restored" "2026-12-01"
        "A product that had been put away is a draft again.";
    ProductDeleted(ProductEvent) "product.deleted" "2026-12-01"
        "A product is gone.";
    ProductPicturesChanged(PicturesEvent) "product.pictures_changed" "2026-12-01"
        "A product shows other pictures, shows them in another order, or describes them otherwise.";

    CategoryCreated(CategoryEvent) "category.created" "2026-12-01"
        "A category was made.";
    CategoryUpdated(CategoryEvent) "category.updated" "2026-12-01"
        "A category was edited, shown, hidden, or got another picture. An edit may put it into another category.";
    CategoryMoved(CategoryEvent) "category.moved" "2026-12-01"
        "A category was put into another one, or elsewhere among its neighbours.";
    CategoryDeleted(CategoryEvent) "category.deleted" "2026-12-01"
        "A category is gone.";

    PictureUploaded(PictureEvent) "picture.uploaded" "2026-12-01"
        "A picture was uploaded, to be shown by something later.";
    PictureDeleted(PictureEvent) "picture.deleted" "2026-12-01"
        "A picture was taken away by somebody. Those that nothing shows are cleared away without a word.";

    ImportFinished(ImportEvent) "import.finished" "2026-12-01"
        "An import that was sent in came to its end. `ironmonger import` tells only of its products.";

    AccountRegistered(AccountEvent) "account.registered" "2026-12-01"
        "A customer has an account: the owner confirmed the e-mail address, or staff made it.";
    AccountVerified(AccountEvent) "account.verified" "2026-12-01"
        "The owner of an account proved that its e-mail address is theirs.";
    AccountUpdated(AccountEvent) "account.updated" "2026-12-01"
        "Name or telephone number of an account changed.";
    AccountEmailChanged(AccountEvent) "account.email_changed" "2026-12-01"
        "An account has another e-mail address, not verified yet.";
    AccountPasswordChanged(AccountEvent) "account.password_changed" "2026-12-01"
        "An account has another password.";
    AccountClosed(AccountEvent) "account.closed" "2026-12-01"
        "Nobody can sign in to an account any more.";
    AccountReopened(AccountEvent) "account.reopened" "2026-12-01"
        "An account that was closed can be signed in to again.";

    CartAbandoned(CartEvent) "cart.abandoned" "2026-12-01" personal: true
        "A cart was left with something in it, by somebody who can be reached. Told again only once it was used since.";

    StaffCreated(StaffEvent) "staff.created" "2026-12-01"
        "Somebody was invited to work here, or got an account for it.";
    StaffJoined(StaffEvent) "staff.joined" "2026-12-01"
        "Somebody followed the invitation.";
    StaffUpdated(StaffEvent) "staff.updated" "2026-12-01"
        "Somebody may do something else here than before, or nothing any more.";
    StaffWithdrawn(StaffEvent) "staff.withdrawn" "2026-12-01"
        "An invitation was withdrawn, and the account that it made is gone.";

    RoleCreated(RoleEvent) "role.created" "2026-12-01"
        "A role was made.";
    RoleUpdated(RoleEvent) "role.updated" "2026-12-01"
        "A role was edited. It counts at once for everybody who has it.";
    RoleDeleted(RoleEvent) "role.deleted" "2026-12-01"
        "A role is gone.";

    ApiKeyCreated(ApiKeyEvent) "api_key.created" "2026-12-01"
        "A machine got a key.";
    ApiKeyRevoked(ApiKeyEvent) "api_key.revoked" "2026-12-01"
        "A machine's key works no more. One that only ran out is not told of.";

    WebhookTested(WebhookEvent) "webhook.tested" "2026-12-01"
        "Somebody asked for a message, to see whether it arrives. It goes to that webhook alone, whatever it wants.";

    SettingsChanged(SettingsEvent) "settings.changed" "2026-12-01"
        "Somebody saved other settings.";
}

/// That of messages which only test a webhook.
pub fn test_topic() -> &'static Topic {
    &topics::WebhookTested
}
