//! From what happened to what is to be sent: a delivery of each event for each endpoint that wants it.

use super::messages;
use crate::actors::System;
use crate::{Result, Shop, events};

const AT_ONCE: i64 = 500;

/// Makes deliveries of the events that wait, and says how many events there were. One process does so at a time, so
/// that they come in order; it is done with each batch, or not at all.
pub async fn fan_out(shop: &Shop) -> Result<usize> {
    let mut handed_on = 0;
    loop {
        match batch(shop).await? {
            0 => return Ok(handed_on),
            n => handed_on += n,
        }
    }
}

/// It need not be on the disk at once: an event that waits again makes the same deliveries again.
async fn batch(shop: &Shop) -> Result<usize> {
    act!(shop, &System, "webhooks.fan_out", unflushed, |act| {
        let events = events::take(&mut act, AT_ONCE).await?;
        // one that is dropped would hold the lock until its connection is used again
        if !events.is_empty() {
            let endpoints = messages::all(&mut act).await?;
            messages::deliver(&mut act, &events, &endpoints).await?;
            events::mark_sent(&mut act, &events).await?;
        }
        act.commit(events.len()).await
    })
}
