//! Sending a file: the form, and the route that takes it piece by piece.

use super::{HERE, address};
use crate::ui::{Field, Icon, Select, fault_note};
use crate::web::form::conclude;
use crate::web::{App, Next, Visit, made_for, upload};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Multipart, multipart};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use leptos::prelude::*;
use shop::accounts::{Permission, Staff};
use shop::catalog::import::ImportInput;
use shop::catalog::import::desk::{self, MAX_FILE};
use shop::id::ImportId;
use shop::{Error, Result, Shop};

const ACTION: &str = "/admin/import/send";

/// The encodings in which spreadsheets of some countries save; what is not here is UTF-8, or can be told without being
/// asked.
const ENCODINGS: [(&str, &str); 12] = [
    ("", "Find out (UTF-8, UTF-16 or Windows-1252)"),
    ("utf-8", "UTF-8"),
    ("windows-1250", "Central European (Windows-1250)"),
    ("iso-8859-2", "Central European (ISO 8859-2)"),
    ("windows-1251", "Cyrillic (Windows-1251)"),
    ("windows-1252", "Western European (Windows-1252)"),
    ("windows-1253", "Greek (Windows-1253)"),
    ("windows-1254", "Turkish (Windows-1254)"),
    ("windows-1255", "Hebrew (Windows-1255)"),
    ("windows-1256", "Arabic (Windows-1256)"),
    ("shift_jis", "Japanese (Shift_JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
];

/// `POST /admin/import/send`
pub fn upload_route() -> MethodRouter<App> {
    post(receive)
}

async fn receive(Extension(visit): Extension<Visit>, sent: Multipart) -> Response {
    let mut input = ImportInput::default();
    let result = take(visit.shop(), &visit, sent, &mut input).await;
    let typed = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("untrackedStock", &input.untracked_stock.0)
        .append_pair("encoding", &input.encoding.0)
        .finish();
    let next = result.map(|id| Next::to(address(id)));
    conclude(&visit, ACTION, &Bytes::from(typed), HERE.to_owned(), next).await
}

/// The options stand before the file.
async fn take(shop: &Shop, visit: &Visit, mut sent: Multipart, input: &mut ImportInput) -> Result<ImportId> {
    let staff = visit.staff()?;
    staff.may(Permission::CatalogWrite)?;
    while let Some(field) = sent.next_field().await.map_err(upload::broken)? {
        match field.name() {
            Some("untrackedStock") => input.untracked_stock = field.text().await.map_err(upload::broken)?.into(),
            Some("encoding") => input.encoding = field.text().await.map_err(upload::broken)?.into(),
            Some("file") => return keep(shop, staff, field, input).await,
            _ => {}
        }
    }
    Err(Error::invalid("file", "must be chosen first"))
}

/// What is broken off on its way leaves nothing behind.
async fn keep(shop: &Shop, staff: &Staff, mut field: multipart::Field<'_>, input: &ImportInput) -> Result<ImportId> {
    let name = field.file_name().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(Error::invalid("file", "must be chosen first"));
    }
    let mut arriving = match desk::begin(shop, staff, &name, input).await {
        Ok(arriving) => arriving,
        Err(e) => return refused(field, e).await,
    };
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => {
                if let Err(e) = arriving.write(shop, &piece).await {
                    return refused(field, e).await;
                }
            }
            Ok(None) => return Ok(arriving.finish(shop, staff, None).await?.id),
            Err(e) => {
                arriving.discard(shop).await?;
                return Err(match e.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => desk::too_large(),
                    _ => Error::invalid("file", "did not arrive whole; send it again"),
                });
            }
        }
    }
}

/// Reads the rest and throws it away: a browser that is still sending hears no answer.
async fn refused(mut field: multipart::Field<'_>, why: Error) -> Result<ImportId> {
    while let Ok(Some(_)) = field.chunk().await {}
    Err(why)
}

/// The form that sends a file.
pub fn form(visit: &Visit) -> impl IntoView + use<> {
    let state = visit.flash.form(ACTION, "");
    let fault = state.fault("file", "File", "f-file").or_else(|| state.fault("files", "File", "f-file"));
    let class = if fault.is_some() { "field field--error" } else { "field" };
    let encodings = ENCODINGS.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    let owner = Owner::new();
    let options = owner.with(|| {
        provide_context(state);
        view! {
            <Field
                name="untrackedStock"
                label="Stock of what the file does not count"
                hint="Some exports have no stock, and some goods are not counted. Each of those gets this many; left empty, they are sold out until stock is received."
                inputmode="numeric"
                optional=true
            />
            <Select
                name="encoding"
                label="Letters of the file"
                options=encodings
                hint="To be chosen only where letters come out wrong."
            />
        }
        .into_any()
    });
    view! {
        <section class="panel" aria-labelledby="send">
            <div class="panel__head">
                <h2 class="panel__title" id="send">
                    "Send a file"
                </h2>
            </div>
            <form
                class="panel__body form"
                method="post"
                action=made_for::address(visit, ACTION)
                enctype="multipart/form-data"
            >
                {options}
                <div class=class>
                    <label class="field__label" for="f-file">
                        "File"
                        " "
                        <span class="field__required" aria-hidden="true">
                            "*"
                        </span>
                    </label>
                    <p class="field__hint" id="f-file-hint">
                        {format!("A CSV file of products, up to {} MB.", MAX_FILE >> 20)}
                    </p>
                    <input
                        id="f-file"
                        type="file"
                        name="file"
                        required
                        accept=".csv,.tsv,.txt,text/csv"
                        aria-describedby=if fault.is_some() { "f-file-hint f-file-error" } else { "f-file-hint" }
                        aria-invalid=fault.is_some().then_some("true")
                    />
                    {fault_note("f-file", fault.clone())}
                </div>
                <div class="form__actions">
                    <button class="button">
                        <Icon name="upload" />
                        "Import"
                    </button>
                </div>
            </form>
        </section>
    }
}
