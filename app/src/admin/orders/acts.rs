//! What staff do with an order.

use crate::web::flash::Tone;
use crate::web::redirect::local;
use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::id::{OrderId, RefundId};
use shop::input::Raw;
use shop::orders::{self, AddNote, CancelOrder, CorrectOrder, MoveOrder, ShipOrder};
use shop::payments::{self, RefundInput, RefundState, RefundView};
use shop::words::Locale;

#[server]
pub async fn accept_offline(order: OrderId, #[server(flatten)] step: MoveOrder) -> Done {
    form(|visit| async move {
        orders::accept_offline(visit.shop(), visit.staff()?, order, step).await?;
        Ok(Next::back().say("Accepted: in preparation, awaiting payment offline."))
    })
    .await
}

/// Puts right where an order goes, and what the customer noted.
#[server]
pub async fn correct(order: OrderId, #[server(flatten)] correction: CorrectOrder) -> Done {
    form(|visit| async move {
        orders::correct(visit.shop(), visit.staff()?, order, correction).await?;
        Ok(Next::back().say("Corrected. The history says what."))
    })
    .await
}

#[server]
pub async fn record_payment(order: OrderId) -> Done {
    form(|visit| async move {
        orders::record_offline_payment(visit.shop(), visit.staff()?, order).await?;
        Ok(Next::back().say("The payment is written down: the order is paid."))
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
        Ok(Next::back().say("The order is completed."))
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
pub async fn refund(
    order: OrderId,
    key: String,
    #[server(default)] number: Raw,
    #[server(flatten)] what: RefundInput,
) -> Done {
    form(|visit| async move {
        let made = payments::refund(visit.shop(), visit.staff()?, order, what, &key).await?;
        let all = payments::refunds_of(&visit.shop().db, order).await?;
        let next = local(&format!("/admin/orders/{}", number.trimmed())).filter(|_| !number.is_empty());
        let next = next.map_or_else(Next::back, Next::to);
        Ok(all.iter().find(|refund| refund.id == made).map_or(next.clone(), |refund| tell(next, refund)))
    })
    .await
}

fn tell(next: Next, refund: &RefundView) -> Next {
    let amount = refund.amount;
    match (refund.status, &refund.failure) {
        (RefundState::Succeeded, _) => next.say(format!("{amount} is on its way to the customer, who gets a mail.")),
        (RefundState::Pending, _) => next.say(format!(
            "The refund of {amount} is written down and on its way; what was paid offline is yours to hand back."
        )),
        (_, Some(why)) => next.tell(Tone::Danger, format!("{amount} was not given back: {}", why.say(Locale::English))),
        _ => next.tell(Tone::Danger, format!("{amount} was not given back.")),
    }
}

#[server]
pub async fn handed_back(refund: RefundId) -> Done {
    form(|visit| async move {
        payments::handed_back(visit.shop(), visit.staff()?, refund).await?;
        Ok(Next::back().say("Written down: the customer has the money back."))
    })
    .await
}
