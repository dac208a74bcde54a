//! Jobs that were given up.

use super::{Happened, record};
use crate::actors::System;
use crate::{Result, Shop, jobs};

/// Tells of each job that was given up, once each time that it is. Answers how many there are.
pub async fn tell_dead_jobs(shop: &Shop) -> Result<usize> {
    let dead = jobs::dead(shop).await?;
    if dead.is_empty() {
        return Ok(0);
    }
    act!(shop, &System, "notification.tell_dead_jobs", |act| {
        for job in &dead {
            let what = job.payload["job"].as_str().unwrap_or("?").to_owned();
            // tried again and given up again, it stands there with another time
            let once = format!("job:{}:{}", job.id, job.updated_at.timestamp_micros());
            record(&mut act, &Happened::JobDead { job: job.id, what }, Some(once))?;
        }
        act.commit(dead.len()).await
    })
}
