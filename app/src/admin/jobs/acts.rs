//! What staff do with jobs.

use crate::ui::counted;
use crate::web::{Done, Next, form};
use leptos::prelude::*;
use shop::input::Raw;
use shop::{Error, jobs};

fn named(job: &Raw) -> shop::Result<i64> {
    job.trimmed().parse().map_err(|_| Error::NotFound)
}

#[server]
pub async fn retry(job: Raw) -> Done {
    form(|visit| async move {
        jobs::retry(visit.shop(), visit.staff()?, named(&job)?).await?;
        Ok(Next::back().say("It is tried again now."))
    })
    .await
}

#[server]
pub async fn retry_all() -> Done {
    form(|visit| async move {
        let retried = jobs::retry_all_dead(visit.shop(), visit.staff()?).await?;
        let n = i64::try_from(retried).unwrap_or(i64::MAX);
        Ok(Next::back().say(format!("{} tried again now.", counted(n, "job"))))
    })
    .await
}

#[server]
pub async fn delete(job: Raw) -> Done {
    form(|visit| async move {
        jobs::delete(visit.shop(), visit.staff()?, named(&job)?).await?;
        Ok(Next::back().say("The job is deleted. What it was for does not happen."))
    })
    .await
}
