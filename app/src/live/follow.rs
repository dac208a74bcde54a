//! What a program may follow: what it could read, too.

use crate::api::caller::{Caller, Who};
use shop::accounts::Permission;
use shop::conversations::Participant;
use shop::live::{LiveTopic, Standing, Viewer};
use shop::{Error, Shop, cart, orders};

/// Who follows, for counting and for ending it in time.
pub fn viewer(caller: &Caller) -> Viewer {
    let visitor = match caller.who() {
        Who::Person(identity) => Some(format!("user:{}", identity.customer.id())),
        Who::Machine(client) => Some(format!("key:{}", client.id())),
        Who::Nobody => None,
    };
    let standing = match caller.who() {
        Who::Person(identity) => match &identity.staff {
            Some(staff) => Standing::of_staff(staff),
            None => Standing::of_customer(&identity.customer),
        },
        Who::Machine(client) => Some(Standing::of_machine(client)),
        Who::Nobody => None,
    };
    Viewer { visitor, network: caller.origin().network(), standing, staff: None }
}

/// Whether this caller may follow the topic.
///
/// # Errors
/// As reading the thing would be refused.
pub async fn may_follow(shop: &Shop, caller: &Caller, topic: LiveTopic) -> shop::Result<()> {
    let with = |permission: Permission| caller.operator()?.may(permission);
    match topic {
        LiveTopic::Product(_) => Ok(()),
        LiveTopic::Stock(_) => with(Permission::InventoryRead),
        LiveTopic::Import(_) => with(Permission::CatalogWrite),
        LiveTopic::Editing(_) => with(Permission::CatalogRead),
        LiveTopic::AdminOrders => with(Permission::OrdersRead),
        LiveTopic::AdminPayments => with(Permission::PaymentsRead),
        LiveTopic::AdminJobs => with(Permission::JobsRead),
        LiveTopic::AdminConversations => with(Permission::ConversationsRead),
        LiveTopic::AdminNotifications => caller.staff().map(drop),
        LiveTopic::Cart(id) => match cart::of(shop, &caller.visitor()).await?.id == Some(id) {
            true => Ok(()),
            false => Err(Error::NotFound),
        },
        LiveTopic::Conversation(id) => match caller.who() {
            Who::Person(person) => {
                Participant::of_person(shop, &person.customer, person.staff.as_ref(), id).await.map(drop)
            }
            _ => with(Permission::ConversationsRead),
        },
        LiveTopic::Order(id) => match caller.operator() {
            Ok(who) => orders::for_staff(shop, who, &id.to_string()).await.map(drop),
            Err(_) => orders::of(shop, caller.customer()?, &id.to_string()).await.map(drop),
        },
    }
}
