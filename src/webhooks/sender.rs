//! Hands events on and sends what is due, again and again.

use super::fan_out::fan_out;
use super::pause::{pause_by_itself, tell_failing};
use super::queue::{claim, waiting};
use super::record::{Trouble, record};
use super::secrets;
use super::send::{Sent, send};
use crate::{Result, Shop};
use std::pin::pin;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// How many messages are under way at once, to all endpoints together. Many, since those that hang hold theirs.
const AT_ONCE: usize = 256;
/// How often is looked for what became due, and for what another process wrote.
const LOOK_EVERY: Duration = Duration::from_millis(2_500);
/// What happens within so long is handed on together, and not while whoever made it happen waits for the answer.
const GATHER: Duration = Duration::from_millis(100);
/// What came of attempts that end within so long is written down together.
const TOGETHER: Duration = Duration::from_millis(5);
/// After an error of the database.
const REST: Duration = Duration::from_secs(2);
/// How long messages that are under way may go on after the signal to stop; longer than an attempt takes.
const GRACE: Duration = Duration::from_secs(16);

/// Sends until `shutdown` is done, then lets what is under way finish. Several processes may send at once.
pub async fn run(shop: Shop, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    let mut flights = JoinSet::new();
    let mut ended: Vec<Sent> = Vec::new();
    let mut stop_at: Option<Instant> = None;
    let mut look = true;
    let mut hand_on_at: Option<Instant> = None;
    loop {
        let looks = std::mem::take(&mut look);
        let worked = async {
            settle(&shop, &mut ended).await?;
            if stop_at.is_none() {
                set_off(&shop, &mut flights, looks).await?;
            }
            Ok::<_, crate::Error>(())
        };
        if let Err(e) = worked.await {
            tracing::warn!("webhooks wait: {e}");
            sleep(REST).await;
        }
        if stop_at.is_some() && flights.is_empty() && ended.is_empty() {
            return;
        }
        tokio::select! {
            () = &mut shutdown, if stop_at.is_none() => stop_at = Some(Instant::now() + GRACE),
            Some(one) = flights.join_next() => {
                ended.extend(one.ok());
                sleep(TOGETHER).await;
                while let Some(one) = flights.try_join_next() {
                    ended.extend(one.ok());
                }
            }
            () = shop.announcements.until_webhooks_due(), if stop_at.is_none() && hand_on_at.is_none() => {
                hand_on_at = Some(Instant::now() + GATHER);
            }
            () = sleep_until(hand_on_at.unwrap_or_else(Instant::now)), if hand_on_at.is_some() => {
                (look, hand_on_at) = (true, None);
            }
            () = sleep(LOOK_EVERY) => look = true,
            // what is under way is sent again by another process
            () = sleep_until(stop_at.unwrap_or_else(Instant::now)), if stop_at.is_some() => return,
        }
    }
}

/// Sends what is due as long as there is room, after handing on the events that wait if it shall look for them.
async fn set_off(shop: &Shop, flights: &mut JoinSet<Sent>, look: bool) -> Result<()> {
    if look {
        let waiting = waiting(shop).await?;
        if waiting.events {
            fan_out(shop).await?;
        } else if !waiting.messages {
            return Ok(());
        }
    }
    while flights.len() < AT_ONCE {
        let room = i64::try_from(AT_ONCE - flights.len()).unwrap_or(0);
        let claimed = claim(shop, room).await?;
        if claimed.is_empty() {
            break;
        }
        for one in claimed {
            let shop = shop.clone();
            flights.spawn(async move { send(&shop, one).await });
        }
    }
    Ok(())
}

/// Writes down what came of attempts, and sees to endpoints that are in trouble.
async fn settle(shop: &Shop, ended: &mut Vec<Sent>) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    crash_point!("webhook-sent");
    let trouble = record(shop, ended).await?;
    ended.clear();
    for (webhook, trouble) in trouble {
        match trouble {
            Trouble::Tell => tell_failing(shop, webhook).await?,
            Trouble::Pause(reason) => pause_by_itself(shop, webhook, reason).await?,
        }
    }
    Ok(())
}

/// Hands on what waits and sends all that is due by the shop's clock, until nothing is left; says how many attempts
/// that took.
pub async fn send_due(shop: &Shop) -> Result<usize> {
    let mut attempts = 0;
    loop {
        fan_out(shop).await?;
        let mut flights = JoinSet::new();
        set_off(shop, &mut flights, false).await?;
        if flights.is_empty() {
            return Ok(attempts);
        }
        let mut ended = flights.join_all().await;
        attempts += ended.len();
        settle(shop, &mut ended).await?;
    }
}

/// Forgets secrets that sign no more. Messages and the log of their attempts go with their events, after thirty days.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    secrets::sweep(shop).await
}
