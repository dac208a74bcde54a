//! What staff do about a difference.

use crate::web::flash::Tone;
use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::id::DifferenceId;
use shop::payments::{self, DismissDifference, Repaired};

/// One click, from the list or from the difference's own page.
#[server]
pub async fn repair(difference: DifferenceId, how: payments::Repair) -> Done {
    form(|visit| async move {
        let next = match payments::repair(visit.shop(), visit.staff()?, difference, how).await? {
            Repaired::Done => Next::back().say("Repaired: Stripe’s statement and our books agree on it."),
            Repaired::UnderWay => Next::back()
                .tell(Tone::Info, "Under way. The difference closes by itself once Stripe’s statement shows it."),
            Repaired::Before => Next::back().tell(Tone::Info, "Somebody else was quicker, or it closed by itself."),
        };
        Ok(next)
    })
    .await
}

#[server]
pub async fn dismiss(difference: DifferenceId, #[server(flatten)] why: DismissDifference) -> Done {
    form(|visit| async move {
        payments::dismiss(visit.shop(), visit.staff()?, difference, why).await?;
        Ok(Next::back().say("Dismissed. It comes back when its figures change."))
    })
    .await
}

/// Has the statement compared now instead of within five minutes.
#[server]
pub async fn compare() -> Done {
    form(|visit| async move {
        payments::enqueue_compare(visit.shop(), visit.staff()?).await?;
        Ok(Next::back().tell(Tone::Info, "Stripe’s statement is being compared. Load this page again in a moment."))
    })
    .await
}
