//! What staff do with an order.

use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::id::{OrderId, RefundId};
use shop::orders::{self, AddNote, CancelOrder, MoveOrder, ShipOrder};
use shop::payments::{self, RefundInput};

#[server]
pub async fn accept_offline(order: OrderId, #[server(flatten)] step: MoveOrder) -> Done {
    form(|visit| async move {
        orders::accept_offline(visit.shop(), visit.staff()?, order, step).await?;
        Ok(Next::back().say("Accepted. The order is in preparation and will be paid offline."))
    })
    .await
}

#[server]
pub async fn record_payment(order: OrderId) -> Done {
    form(|visit| async move {
        orders::record_offline_payment(visit.shop(), visit.staff()?, order).await?;
        Ok(Next::back().say("The payment is written down."))
    })
    .await
}

#[server]
pub async fn process(order: OrderId, #[server(flatten)] step: MoveOrder) -> Done {
    form(|visit| async move {
        orders::process(visit.shop(), visit.staff()?, order, step).await?;
        Ok(Next::back().say("The order is in preparation."))
    })
    .await
}

#[server]
pub async fn ship(order: OrderId, #[server(flatten)] parcel: ShipOrder) -> Done {
    form(|visit| async move {
        orders::ship(visit.shop(), visit.staff()?, order, parcel).await?;
        Ok(Next::back().say("Shipped. The customer gets a mail."))
    })
    .await
}

#[server]
pub async fn deliver(order: OrderId, #[server(flatten)] step: MoveOrder) -> Done {
    form(|visit| async move {
        orders::deliver(visit.shop(), visit.staff()?, order, step).await?;
        Ok(Next::back().say("Marked as delivered."))
    })
    .await
}

#[server]
pub async fn complete(order: OrderId, #[server(flatten)] step: MoveOrder) -> Done {
    form(|visit| async move {
        orders::complete(visit.shop(), visit.staff()?, order, step).await?;
        Ok(Next::back().say("The order is complete."))
    })
    .await
}

#[server]
pub async fn cancel(order: OrderId, #[server(flatten)] why: CancelOrder) -> Done {
    form(|visit| async move {
        orders::cancel(visit.shop(), visit.staff()?, order, why).await?;
        Ok(Next::back().say("Cancelled. The stock is released. Money that was paid goes back: see below how."))
    })
    .await
}

#[server]
pub async fn jot(order: OrderId, #[server(flatten)] note: AddNote) -> Done {
    form(|visit| async move {
        orders::add_note(visit.shop(), visit.staff()?, order, note).await?;
        Ok(Next::back().say("The note is added."))
    })
    .await
}

/// `key` is drawn when the form is shown: the same form sent twice is one refund.
#[server]
pub async fn refund(order: OrderId, key: String, #[server(flatten)] what: RefundInput) -> Done {
    form(|visit| async move {
        payments::refund(visit.shop(), visit.staff()?, order, what, &key).await?;
        Ok(Next::back().say("The refund is written down and on its way; what was paid offline is yours to hand back."))
    })
    .await
}

#[server]
pub async fn handed_back(refund: RefundId) -> Done {
    form(|visit| async move {
        payments::handed_back(visit.shop(), visit.staff()?, refund).await?;
        Ok(Next::back().say("Written down: the customer has the money back."))
    })
    .await
}
