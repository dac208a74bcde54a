//! The log as a file, with the filters of the page. Read and sent piece by piece, however long it is.

use super::filter;
use crate::web::{Visit, error_page, errors};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use serde_json::Value;
use shop::Result;
use shop::audit_log::{self, AuditEntry, AuditFilter};
use shop::csv::CsvWriter;
use shop::id::AuditId;

const PIECE: i64 = 500;

const HEADS: [&str; 12] = [
    "Entry",
    "When (UTC)",
    "By",
    "By kind",
    "By id",
    "Action",
    "Of what",
    "Id",
    "Before",
    "After",
    "Address",
    "Request",
];

/// `GET /admin/audit.csv`
pub async fn audit_csv(Extension(visit): Extension<Visit>) -> Response {
    match file(&visit).await {
        Ok(body) => {
            let day = visit.shop().clock.now().format("%Y-%m-%d");
            let heads = [
                (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (CONTENT_DISPOSITION, format!("attachment; filename=\"audit-log-{day}.csv\"")),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (heads, body).into_response()
        }
        Err(e) => {
            errors::log(&e);
            error_page::of(&e, Some(&visit)).into_response()
        }
    }
}

/// Where the file goes on.
struct Rest {
    visit: Visit,
    filter: AuditFilter,
    after: Option<(DateTime<Utc>, AuditId)>,
}

/// The first piece is made before anything is sent, so that a refusal is still a page.
async fn file(visit: &Visit) -> Result<Body> {
    let rest = Rest { visit: visit.clone(), filter: filter(visit), after: None };
    let (first, rest) = piece(rest, CsvWriter::new(&HEADS)?).await?;
    let others = stream::try_unfold(rest, |rest| async move {
        let Some(rest) = rest else { return Ok(None) };
        // an error breaks the download off, so that nobody takes a part for the whole
        let made = piece(rest, CsvWriter::headless()).await.inspect_err(errors::log);
        made.map(Some).map_err(std::io::Error::other)
    });
    let first = stream::once(async move { Ok::<_, std::io::Error>(first) });
    Ok(Body::from_stream(first.chain(others)))
}

async fn piece(rest: Rest, mut csv: CsvWriter) -> Result<(Bytes, Option<Rest>)> {
    let rows = audit_log::for_export(rest.visit.shop(), rest.visit.staff()?, &rest.filter, rest.after, PIECE).await?;
    for row in &rows {
        csv.row(&cells(row))?;
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|n| n == PIECE);
    let after = rows.last().filter(|_| is_full).map(|row| (row.created_at, row.id));
    Ok((csv.finish()?.into(), after.map(|after| Rest { after: Some(after), ..rest })))
}

fn cells(entry: &AuditEntry) -> [String; 12] {
    let json = |side: &Option<Value>| side.as_ref().map(Value::to_string).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        entry.id.to_string(),
        entry.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        entry.actor_name.clone(),
        entry.actor_type.word().to_owned(),
        entry.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.action.clone(),
        entry.entity_type.word().to_owned(),
        entry.entity_id.clone(),
        json(&entry.before),
        json(&entry.after),
        text(&entry.ip),
        text(&entry.request_id),
    ]
}
