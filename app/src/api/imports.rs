//! Products from a file, as the page *Import* takes it: sent here, read by a job, and told of afterwards.

use super::answer::{Answer, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Path, Query};
use super::fault::{Fault, Result};
use super::idempotency::key_of;
use super::query::{paging, word};
use super::uploads::{Fields, broken, not_a_field, text};
use crate::web::App;
use crate::web::body::is_form;
use axum::extract::multipart::MultipartError;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use shop::accounts::{May, Permission};
use shop::catalog::import::desk::{self, ImportLine, ImportQuery, ImportStatus, Imported, MAX_FILE, Upload};
use shop::catalog::import::{ImportInput, Report};
use shop::id::ImportId;
use shop::input::Raw;
use shop::{Error, Invalid, Shop};
use std::pin::pin;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Of what is said about the file.
const LONGEST_TEXT: usize = 4096;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, send)).routes(routes!(get))
}

/// How far an import is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportStatus)]
pub enum Status {
    Waiting,
    Running,
    Done,
    /// The file could not be read at all, or nothing of it came in: `problem` says why.
    Failed,
}

impl From<ImportStatus> for Status {
    fn from(status: ImportStatus) -> Self {
        match status {
            ImportStatus::Sending | ImportStatus::Waiting => Self::Waiting,
            ImportStatus::Running => Self::Running,
            ImportStatus::Done => Self::Done,
            ImportStatus::Failed => Self::Failed,
        }
    }
}

/// An import with what it did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    id: ImportId,
    /// As the sender calls it; may be empty.
    #[schema(example = "products_export.csv")]
    file_name: String,
    status: Status,
    /// The name of whoever sent it.
    #[schema(example = "Ruth Calder")]
    sent_by: String,
    /// How many there are of each variant whose stock the file does not count, if it was said.
    #[schema(example = "25")]
    untracked_stock: Option<String>,
    /// How the file is written, if it was said.
    #[schema(example = "windows-1251")]
    encoding: Option<String>,
    /// Of the file.
    bytes: i64,
    bytes_read: i64,
    rows_read: i64,
    products_read: i64,
    /// What it did, once it is over.
    report: Option<Report>,
    /// Why nothing came in.
    #[schema(example = "Nothing of the file came in.")]
    problem: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Imported> for Import {
    fn from(import: Imported) -> Self {
        let said = |raw: &Raw| (!raw.is_empty()).then(|| raw.trimmed().to_owned());
        Self {
            id: import.id,
            status: import.status.into(),
            sent_by: import.staff_name,
            untracked_stock: said(&import.options.untracked_stock),
            encoding: said(&import.options.encoding),
            file_name: import.file_name,
            bytes: import.bytes,
            bytes_read: import.bytes_read,
            rows_read: import.rows_read,
            products_read: import.products_read,
            report: import.report,
            problem: import.problem,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}

/// An import among others.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportInList {
    id: ImportId,
    #[schema(example = "products_export.csv")]
    file_name: String,
    status: Status,
    #[schema(example = "Ruth Calder")]
    sent_by: String,
    /// Products that were made.
    created: i64,
    updated: i64,
    unchanged: i64,
    /// Rows that were left out.
    failures: i64,
    created_at: DateTime<Utc>,
}

impl From<ImportLine> for ImportInList {
    fn from(line: ImportLine) -> Self {
        Self {
            id: line.id,
            file_name: line.file_name,
            status: line.status.into(),
            sent_by: line.staff_name,
            created: line.created,
            updated: line.updated,
            unchanged: line.unchanged,
            failures: line.failures,
            created_at: line.created_at,
        }
    }
}

/// Which imports; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListImports {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    #[param(value_type = Option<String>, pattern = "^createdAt:(asc|desc)$", default = "createdAt:desc")]
    sort: Raw,
    #[param(value_type = Option<Status>)]
    status: Raw,
    /// In the file's name or the sender's.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
}

impl ListImports {
    fn check(&self) -> shop::Result<ImportQuery> {
        let mut faults = Invalid::default();
        let oldest = |sort: &str| match sort {
            "createdAt:asc" => Some(true),
            "createdAt:desc" => Some(false),
            _ => None,
        };
        let query = ImportQuery {
            search: self.search.text("search", 200, &mut faults),
            status: word(&self.status, "status", ImportStatus::listed, &mut faults),
            oldest: word(&self.sort, "sort", oldest, &mut faults).unwrap_or_default(),
            paging: paging(&self.page, &self.limit, &mut faults),
        };
        faults.into_result()?;
        Ok(query)
    }
}

/// What is said of the file; a form may say it in its own fields.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Said {
    /// What the file is called.
    #[param(value_type = Option<String>, max_length = 200)]
    file_name: Raw,
    /// How many there are of each variant whose stock the file does not count. Left out, they are without stock, and
    /// reported.
    #[param(value_type = Option<u32>, maximum = 1_000_000)]
    untracked_stock: Raw,
    /// How the file is written, by a name of the Encoding Standard. Left out, it is the `charset` of the body, or found
    /// out.
    #[param(value_type = Option<String>, max_length = 100, example = "windows-1251")]
    encoding: Raw,
}

/// What is sent to `/imports` as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
#[schema(rename_all = "camelCase")]
struct ImportForm {
    /// A CSV file of products, at most 100 MB.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// How many there are of each variant whose stock the file does not count.
    #[schema(maximum = 1_000_000, example = 25)]
    untracked_stock: Option<u32>,
    /// How the file is written, by a name of the Encoding Standard.
    #[schema(example = "windows-1251")]
    encoding: Option<String>,
}

/// Past imports
#[utoipa::path(
    get, path = "/imports", tag = "Imports",
    params(ListImports),
    responses((status = 200, body = ListEnvelope<ImportInList>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListImports>,
) -> Result<Answer<Vec<ImportInList>>> {
    let who = caller.operator()?;
    who.may(Permission::CatalogWrite)?;
    Ok(Answer::page(desk::list(&app.shop, who, &query.check()?).await?.map(ImportInList::from)))
}

/// An import, and what it did
#[utoipa::path(
    get, path = "/imports/{import}", tag = "Imports",
    params(("import" = ImportId, Path)),
    responses((status = 200, body = Envelope<Import>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn get(State(app): State<App>, caller: Caller, Path(import): Path) -> Result<Answer<Import>> {
    let who = caller.operator()?;
    who.may(Permission::CatalogWrite)?;
    let id = import.parse().map_err(|_| Error::NotFound)?;
    Ok(Answer::ok(desk::get(&app.shop, who, id).await?.into()))
}

/// Imports products from a file
///
/// A CSV file as Shopify exports products, as the body itself or in a form. It is read in the background: the answer
/// says where (`Location`), and what was done is told there. The same file twice changes nothing, and what a file does
/// not name stays. With an `Idempotency-Key` it is read once, however often it is sent.
#[utoipa::path(
    post, path = "/imports", tag = "Imports",
    params(
        Said,
        ("Idempotency-Key" = Option<String>, Header, description = "Of your choosing, one for each import that is meant"),
    ),
    request_body(content((ImportForm = "multipart/form-data"), (String = "text/csv", example = "Handle,Title,Variant Price\ncotton-t-shirt,Cotton T-shirt,18.50\n"))),
    responses((status = 202, body = Envelope<Import>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn send(
    State(app): State<App>,
    caller: Caller,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Answer<Import>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    who.may(Permission::CatalogWrite)?;
    let key = key_of(request.headers())?;
    let upload = match is_form(request.headers()) {
        true => from_form(&app, who, said, request).await?,
        false => from_body(shop, who, said, request).await?,
    };
    if upload.is_empty() {
        upload.discard(shop).await?;
        return Err(Error::invalid("file", "has nothing in it").into());
    }
    let taken = upload.finish(shop, who, key.as_ref()).await?;
    let at = format!("/api/imports/{}", taken.id);
    let import = desk::get(shop, who, taken.id).await?;
    Ok(Answer::accepted(import.into()).with(LOCATION, Some(&at)).replayed(taken.is_repeat))
}

/// The file is the body.
async fn from_body(shop: &Shop, who: &dyn May, said: Said, request: Request) -> Result<Upload> {
    let kind = csv(request.headers()).ok_or_else(|| {
        Fault::of(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .saying("The body must be a CSV file (text/csv), or a form with one (multipart/form-data)")
    })?;
    let mut input = ImportInput { untracked_stock: said.untracked_stock, encoding: said.encoding };
    if input.encoding.is_empty() {
        input.encoding = kind.charset.into();
    }
    let mut upload = desk::begin(shop, who, said.file_name.trimmed(), &input).await?;
    let lost = |_| Error::invalid("file", "did not arrive whole; send it again").into();
    receive(shop, &mut upload, request.into_body().into_data_stream(), lost).await?;
    Ok(upload)
}

/// A body that is a table in text.
struct Csv {
    /// How it says that it is written; may be empty.
    charset: String,
}

fn csv(headers: &HeaderMap) -> Option<Csv> {
    let mut parts = headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next()?;
    let charset = parts.find_map(|part| Some(part.strip_prefix("charset=")?.trim_matches('"').to_owned()));
    matches!(kind.as_str(), "text/csv" | "text/tab-separated-values" | "application/csv")
        .then(|| Csv { charset: charset.unwrap_or_default() })
}

/// The file stands in a form, with what is said of it before or after.
async fn from_form(app: &App, who: &dyn May, said: Said, request: Request) -> Result<Upload> {
    let shop = &app.shop;
    let mut fields = Fields::of(app, request).await?;
    let mut input = ImportInput { untracked_stock: said.untracked_stock, encoding: said.encoding };
    let mut upload: Option<Upload> = None;
    let read = async {
        while let Some(field) = fields.next().await? {
            match field.name().unwrap_or_default() {
                "file" if upload.is_some() => return Err(Error::invalid("file", "can be one only").into()),
                "file" => {
                    let name = match said.file_name.trimmed() {
                        "" => field.file_name().unwrap_or_default().to_owned(),
                        name => name.to_owned(),
                    };
                    let arriving = upload.insert(desk::begin(shop, who, &name, &input).await?);
                    receive(shop, arriving, field, |e: MultipartError| broken(e, MAX_FILE)).await?;
                }
                "untrackedStock" => input.untracked_stock = text(field, LONGEST_TEXT).await?,
                "encoding" => input.encoding = text(field, LONGEST_TEXT).await?,
                other => return Err(not_a_field(other)),
            }
        }
        Ok(())
    };
    let read: Result<()> = read.await;
    match (read, upload) {
        (Ok(()), Some(mut upload)) => {
            upload.input = input;
            Ok(upload)
        }
        (Ok(()), None) => Err(Error::invalid("file", "is required").into()),
        (Err(fault), arrived) => {
            if let Some(upload) = arrived {
                upload.discard(shop).await?;
            }
            Err(fault)
        }
    }
}

/// Takes what comes, piece by piece. What is broken off on its way leaves nothing behind.
async fn receive<P: AsRef<[u8]>, E>(
    shop: &Shop,
    upload: &mut Upload,
    pieces: impl Stream<Item = std::result::Result<P, E>>,
    lost: impl FnOnce(E) -> Fault,
) -> Result<()> {
    let mut pieces = pin!(pieces);
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => upload.write(shop, piece.as_ref()).await?,
            Err(e) => {
                upload.discard(shop).await?;
                return Err(lost(e));
            }
        }
    }
    Ok(())
}
