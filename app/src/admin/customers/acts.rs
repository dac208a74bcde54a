//! What staff do with a customer's account.

use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::accounts::customers;
use shop::id::UserId;
use shop::input::Raw;

#[server]
pub async fn disable(customer: UserId, reason: Raw) -> Done {
    form(|visit| async move {
        customers::set_active_because(visit.shop(), visit.staff()?, customer, false, &reason).await?;
        Ok(Next::back().say("The account is disabled, and signed out everywhere."))
    })
    .await
}

#[server]
pub async fn enable(customer: UserId, reason: Raw) -> Done {
    form(|visit| async move {
        customers::set_active_because(visit.shop(), visit.staff()?, customer, true, &reason).await?;
        Ok(Next::back().say("The account is open again."))
    })
    .await
}
