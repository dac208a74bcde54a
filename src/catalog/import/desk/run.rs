//! The job: reads the file that was sent, writes down how far it is, and in the end what it did.

use super::super::{ImportInput, Progress, Report, read_all};
use super::ImportStatus;
use crate::actors::{Actor, ActorKind, AsActor};
use crate::events::{self, Event, ImportEvent, ImportOutcome};
use crate::id::ImportId;
use crate::live_topic::LiveTopic;
use crate::notifications::{self, Happened};
use crate::{Error, Result, Shop};
use anyhow::Context;
use sqlx::types::Json;
use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

const TELL_EVERY: Duration = Duration::from_millis(500);

/// Whoever sent the file: what the import changes is written down under this name.
struct Sender {
    kind: ActorKind,
    id: Uuid,
    name: String,
}

impl AsActor for Sender {
    fn actor(&self) -> Actor {
        Actor::remembered(self.kind, Some(self.id), self.name.clone())
    }
}

/// Reads an import that waits, or one whose run was broken off: it begins again, and finds what it did already
/// unchanged.
pub async fn run(shop: &Shop, id: ImportId) -> Result<()> {
    let begun = sqlx::query!(
        r#"update imports
           set status = 'running', started_at = coalesce(started_at, $2)
           where id = $1 and status in ('waiting', 'running')
           returning staff_id, staff_name, actor_type as "kind: ActorKind", options as "options: Json<ImportInput>""#,
        id as _,
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(begun) = begun else { return Ok(()) };
    let sender = Sender { kind: begun.kind, id: begun.staff_id, name: begun.staff_name };
    let file = read_file(shop, id).await?;
    let (told, heard) = watch::channel(Progress::default());
    let reading = async {
        let options = begun.options.0.check()?;
        read_all(shop, &sender, options, BufReader::new(file), move |progress| {
            told.send_replace(progress);
        })
        .await
    };
    let ended = tokio::select! {
        ended = reading => ended,
        never = tell(shop, id, heard.clone()) => match never {},
    };
    let last = *heard.borrow();
    write_down(shop, id, last).await?;
    match ended {
        Ok(report) => finish(shop, &sender, id, Some(&report), report.is_nothing().then(|| nothing(&report))).await,
        Err(Error::Invalid(faults)) => {
            let why = faults.0.iter().map(|fault| format!("The {} {}.", fault.field, fault.message));
            finish(shop, &sender, id, None, Some(why.collect::<Vec<_>>().join(" "))).await
        }
        // the database or a fellow is in the way: tried again later
        Err(e @ (Error::Unavailable(_) | Error::Busy)) => Err(e),
        // would be no better the next time
        Err(e) => {
            tracing::error!(import = %id, error = ?e, "an import could not be read to its end");
            let why = "Something went wrong on our side, and it was broken off. What it did before that stays; the log says what \
                       it was.";
            finish(shop, &sender, id, None, Some(why.to_owned())).await
        }
    }
}

fn nothing(report: &Report) -> String {
    match report.failures {
        0 => "Nothing of the file came in.".to_owned(),
        _ => "Nothing of the file came in: each of its rows is left out, for the reasons below.".to_owned(),
    }
}

/// The file put together again, on disk, without a name that anybody else could open it by.
async fn read_file(shop: &Shop, id: ImportId) -> Result<File> {
    let mut file = tempfile::tempfile().context("a file to read the import from").map_err(Error::Internal)?;
    for place in 0.. {
        let part = sqlx::query_scalar!(
            "select content from import_parts where import_id = $1 and place = $2",
            id as _,
            place,
        );
        let Some(part) = part.fetch_optional(&shop.db).await? else { break };
        file.write_all(&part).context("writing the file to read the import from").map_err(Error::Internal)?;
    }
    file.rewind().context("going to the beginning of the import").map_err(Error::Internal)?;
    Ok(file)
}

/// Writes down how far the reading is, now and then, until it ends.
async fn tell(shop: &Shop, id: ImportId, heard: watch::Receiver<Progress>) -> std::convert::Infallible {
    let mut tick = tokio::time::interval(TELL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = Progress::default();
    loop {
        tick.tick().await;
        let now = *heard.borrow();
        if now != last {
            last = now;
            match write_down(shop, id, now).await {
                Ok(()) => shop.announcements.changed([LiveTopic::Import(id)]),
                Err(e) => tracing::warn!("how far an import is cannot be written down: {e}"),
            }
        }
    }
}

async fn write_down(shop: &Shop, id: ImportId, now: Progress) -> Result<()> {
    sqlx::query!(
        "update imports set bytes_read = $2, rows_read = $3, products_read = $4 where id = $1",
        id as _,
        now.bytes as i64,
        now.rows as i64,
        now.products as i64,
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// The end: the report stays, the file goes.
async fn finish(
    shop: &Shop,
    who: &dyn AsActor,
    id: ImportId,
    report: Option<&Report>,
    problem: Option<String>,
) -> Result<()> {
    let (status, outcome) = match problem {
        Some(_) => (ImportStatus::Failed, ImportOutcome::Failed),
        None => (ImportStatus::Done, ImportOutcome::Done),
    };
    let count = |of: fn(&Report) -> u64| report.map(of);
    let told = Event::ImportFinished(ImportEvent {
        import_id: id,
        status: outcome,
        created: count(|report| report.created),
        updated: count(|report| report.updated),
        unchanged: count(|report| report.unchanged),
        failures: count(|report| report.failures),
    });
    act!(shop, who, "import.finish", |act| {
        let file = sqlx::query_scalar!(
            "with read as (delete from import_parts where import_id = $1)
             update imports set status = $2, report = $3, problem = $4, finished_at = $5 where id = $1
             returning file_name",
            id as _,
            status.word(),
            report.map(Json) as _,
            problem,
            act.now,
        )
        .fetch_one(&mut *act)
        .await?;
        events::record(&mut act, &told)?;
        let (is_done, failures) = (status == ImportStatus::Done, report.map_or(0, |report| report.failures));
        let what = Happened::ImportFinished { import: id, file, is_done, failures };
        notifications::record(&mut act, &what, None)?;
        act.commit(()).await
    })
}
