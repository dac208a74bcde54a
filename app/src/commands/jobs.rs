//! Work in the background, from the terminal: what failed and why, and trying it again.

use crate::commands::open::Opened;
use anyhow::Result;
use shop::jobs;

#[derive(clap::Args)]
pub struct Retry {
    /// The number of the job, as the list says; all that were given up without one
    id: Option<i64>,
}

/// How the queue stands, and the jobs that were given up.
pub async fn list(opened: &Opened) -> Result<()> {
    let shop = &opened.app.shop;
    let health = jobs::health(shop).await?;
    println!("{} waiting, {} running, {} given up.", health.waiting, health.running, health.dead);
    for job in jobs::dead(shop).await? {
        let reason = job.last_error.unwrap_or_default();
        println!("{}  {}  {}  {reason}", job.id, job.updated_at.format("%Y-%m-%d %H:%M"), job.payload);
    }
    Ok(())
}

pub async fn retry(opened: &Opened, which: Retry) -> Result<()> {
    let shop = &opened.app.shop;
    match which.id {
        Some(id) => {
            jobs::retry_at_terminal(shop, id).await?;
            println!("Job {id} is tried again now.");
        }
        None => println!("Tried again now: {}.", jobs::retry_all_at_terminal(shop).await?),
    }
    Ok(())
}
