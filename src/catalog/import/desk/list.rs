//! The imports that were, and what became of them.

use super::super::{ImportInput, Report};
use super::ImportStatus;
use crate::actors::{May, Permission};
use crate::id::ImportId;
use crate::input::like_pattern;
use crate::{Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use sqlx::types::Json;

/// Which part of the list is asked for.
#[derive(Debug, Clone)]
pub struct ImportQuery {
    /// In the file's name or the sender's.
    pub search: String,
    pub status: Option<ImportStatus>,
    /// The oldest first.
    pub oldest: bool,
    pub paging: Paging,
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct ImportLine {
    pub id: ImportId,
    pub file_name: String,
    pub status: ImportStatus,
    pub staff_name: String,
    pub created_at: DateTime<Utc>,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    /// Rows that were left out.
    pub failures: i64,
}

/// An import with all that is known of it.
#[derive(Debug, Clone)]
pub struct Imported {
    pub id: ImportId,
    pub file_name: String,
    pub status: ImportStatus,
    pub staff_name: String,
    pub options: ImportInput,
    /// Of the file.
    pub bytes: i64,
    pub bytes_read: i64,
    pub rows_read: i64,
    pub products_read: i64,
    pub report: Option<Report>,
    /// Why nothing came in, as a sentence.
    pub problem: Option<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Imports that were sent from the admin, the newest first.
pub async fn list(shop: &Shop, who: &dyn May, query: &ImportQuery) -> Result<Page<ImportLine>> {
    who.may(Permission::CatalogWrite)?;
    let search = (!query.search.trim().is_empty()).then(|| like_pattern(&query.search));
    let status = query.status.map(ImportStatus::word);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!"
           from imports
           where status <> 'sending' and ($1::text is null or status = $1)
             and ($2::text is null or file_name ilike $2 or staff_name ilike $2)"#,
        status,
        search,
    )
    .fetch_one(&shop.db)
    .await?;
    let lines = sqlx::query_as!(
        ImportLine,
        r#"select id as "id: ImportId", file_name, status as "status: ImportStatus", staff_name, created_at,
                  coalesce((report->>'created')::bigint, 0) as "created!",
                  coalesce((report->>'updated')::bigint, 0) as "updated!",
                  coalesce((report->>'unchanged')::bigint, 0) as "unchanged!",
                  coalesce((report->>'failures')::bigint, 0) as "failures!"
           from imports
           where status <> 'sending' and ($1::text is null or status = $1)
             and ($2::text is null or file_name ilike $2 or staff_name ilike $2)
           order by case when $3 then created_at end, case when $3 then id end, created_at desc, id desc
           limit $4 offset $5"#,
        status,
        search,
        query.oldest,
        i64::from(query.paging.limit()),
        query.paging.offset(),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(Page::new(lines, total, query.paging))
}

/// One of them; `NotFound` when there is none, or while its file is still arriving.
pub async fn get(shop: &Shop, who: &dyn May, id: ImportId) -> Result<Imported> {
    who.may(Permission::CatalogWrite)?;
    let row = sqlx::query!(
        r#"select file_name, status as "status: ImportStatus", staff_name, options as "options: Json<ImportInput>", bytes,
                  bytes_read, rows_read, products_read, report as "report: Json<Report>", problem, created_at, started_at,
                  finished_at
           from imports
           where id = $1 and status <> 'sending'"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(Imported {
        id,
        file_name: row.file_name,
        status: row.status,
        staff_name: row.staff_name,
        options: row.options.0,
        bytes: row.bytes,
        bytes_read: row.bytes_read,
        rows_read: row.rows_read,
        products_read: row.products_read,
        report: row.report.map(|report| report.0),
        problem: row.problem,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
    })
}
