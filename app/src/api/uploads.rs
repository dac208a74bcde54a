//! Pictures: sent by those who may write the catalogue, shown by products.

use super::answer::{Answer, Envelope};
use super::caller::Caller;
use super::codes::UNKNOWN_FIELD;
use super::document::Faults;
use super::extract::Path;
use super::fault::{Fault, Result};
use crate::web::{App, body, upload};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use shop::accounts::{May, Permission};
use shop::catalog::Picture;
use shop::catalog::images::{self, ImageInput};
use shop::files::{self, MAX_BYTES, PictureHash, PictureSize, StoredFile, too_large};
use shop::id::{ImageId, ProductId};
use shop::input::Raw;
use shop::{Error, Invalid};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Of one request.
const MOST_FILES: usize = 20;
/// Of what is said about the files.
const LONGEST_TEXT: usize = 4096;
/// Of a product's JSON, as without files.
const LONGEST_JSON: usize = 1 << 20;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(single)).routes(routes!(several)).routes(routes!(remove))
}

/// A picture that is kept.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Kept)]
pub struct StoredPicture {
    /// What `DELETE /upload/{filepath}` takes, and `path` of another upload: the hash of what was sent.
    path: PictureHash,
    #[serde(flatten)]
    picture: Picture,
    /// Its place among the product's pictures, if a product was named.
    image_id: Option<ImageId>,
}

/// What became of one of several files.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// As the client calls it.
    #[schema(example = "cotton-t-shirt.jpg")]
    name: String,
    picture: Option<StoredPicture>,
    /// Why it was not kept; or why the product does not show it, though it is kept.
    #[schema(example = "must be a PNG, JPEG, WebP or GIF picture")]
    message: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Removed {
    path: PictureHash,
}

/// What is sent to `/upload/single`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
struct OnePicture {
    /// PNG, JPEG, WebP or GIF, told by its content; at most 20 MB and 50 million pixels.
    #[schema(value_type = Option<String>, format = Binary)]
    file: Option<String>,
    /// In place of `file`: the `path` of a picture that was uploaded before.
    #[schema(example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")]
    path: Option<String>,
    /// What it shows, for whoever cannot see it.
    #[schema(example = "Cotton T-shirt")]
    alt: Option<String>,
    /// The product that is to show it, behind its other pictures.
    product: Option<ProductId>,
    /// What of the product it shows: the id or SKU of a variant, or a value of an option; left out, all of it.
    #[schema(example = "Colour: Red")]
    shows: Option<String>,
}

/// What is sent to `/upload/products`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
struct SeveralPictures {
    /// At most 20, each as for `/upload/single`.
    #[schema(value_type = Vec<String>, format = Binary)]
    files: Vec<String>,
    /// Of all of them.
    #[schema(example = "Cotton T-shirt")]
    alt: Option<String>,
    /// The product that is to show them, behind its other pictures.
    product: Option<ProductId>,
    /// What of the product they show, as for `/upload/single`.
    #[schema(example = "Colour: Red")]
    shows: Option<String>,
}

/// Keeps a picture
///
/// It is kept as WebP in three sizes, stripped of everything but its pixels. The same picture sent twice is one, so
/// this may be sent again when no answer came. A picture that no product shows is cleared away after a day.
#[utoipa::path(
    post, path = "/upload/single", tag = "Uploads",
    request_body(content = OnePicture, content_type = "multipart/form-data"),
    responses((status = 201, body = Envelope<StoredPicture>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn single(State(app): State<App>, caller: Caller, request: Request) -> Result<Answer<StoredPicture>> {
    let who = caller.operator()?;
    who.may(Permission::CatalogWrite)?;
    let mut form = Form::read(&app, who, request, 1).await?;
    let file = match (form.files.pop(), form.path.trimmed()) {
        (Some(sent), "") => sent.file.map_err(|faults| Fault::from(Error::Invalid(faults)))?,
        (None, path) if !path.is_empty() => {
            let unknown = || Error::invalid("path", "is not that of a picture that was uploaded");
            let hash = hash_in(path).ok_or_else(unknown)?;
            files::find(&app.shop, who, &hash)
                .await
                .map_err(|e| if matches!(e, Error::NotFound) { unknown() } else { e })?
        }
        (None, _) => return Err(Error::invalid("file", "is required").into()),
        (Some(_), _) => return Err(Error::invalid("path", "is given instead of a file, not beside one").into()),
    };
    let image = match form.product()? {
        Some(product) => Some(show(&app, who, product, &file, &form).await?),
        None => None,
    };
    Ok(Answer::created(StoredPicture::of(file, &form.alt, image)))
}

/// Keeps several pictures
///
/// Answers for each file, in their order, what became of it: one that is refused does not lose the others. When all
/// are, the answer is 400.
#[utoipa::path(
    post, path = "/upload/products", tag = "Uploads",
    request_body(content = SeveralPictures, content_type = "multipart/form-data"),
    responses((status = 201, body = Envelope<Vec<Outcome>>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn several(State(app): State<App>, caller: Caller, request: Request) -> Result<Answer<Vec<Outcome>>> {
    let who = caller.operator()?;
    who.may(Permission::CatalogWrite)?;
    let mut form = Form::read(&app, who, request, MOST_FILES).await?;
    if !form.path.trimmed().is_empty() {
        return Err(Error::invalid("path", "is taken by /upload/single only").into());
    }
    let product = form.product()?;
    let (mut outcomes, mut faults) = (Vec::new(), Invalid::default());
    for (place, UploadedPicture { name, file }) in std::mem::take(&mut form.files).into_iter().enumerate() {
        outcomes.push(match file {
            Ok(file) => {
                let (image, message) = match product {
                    Some(product) => match show(&app, who, product, &file, &form).await {
                        Ok(image) => (Some(image), None),
                        Err(Error::Invalid(faults)) if faults.0.iter().all(|f| f.field == "file") => {
                            (None, faults.0.into_iter().next().map(|fault| fault.message.to_string()))
                        }
                        Err(e) => return Err(e.into()),
                    },
                    None => (None, None),
                };
                Outcome { name, picture: Some(StoredPicture::of(file, &form.alt, image)), message }
            }
            Err(why) => {
                let message = why.0.into_iter().next().map(|fault| fault.message.to_string()).unwrap_or_default();
                faults.add(format!("files.{place}"), message.clone());
                Outcome { name, picture: None, message: Some(message) }
            }
        });
    }
    if outcomes.is_empty() {
        faults.add("files", "are required");
    }
    if outcomes.iter().all(|outcome| outcome.picture.is_none()) {
        faults.into_result()?;
    }
    Ok(Answer::created(outcomes))
}

/// Takes a picture away
///
/// A conflict (`picture_in_use`) while a product or category shows it.
#[utoipa::path(
    delete, path = "/upload/{filepath}", tag = "Uploads",
    params(("filepath" = String, Path, description = "The `path` that the upload answered")),
    responses((status = 200, body = Envelope<Removed>), Faults),
    security(("token" = []), ("key" = ["catalog:write"])),
)]
async fn remove(State(app): State<App>, caller: Caller, Path(path): Path) -> Result<Answer<Removed>> {
    let who = caller.operator()?;
    who.may(Permission::CatalogWrite)?;
    let path = hash_in(&path).ok_or(Error::NotFound)?;
    files::discard(&app.shop, who, &path).await?;
    Ok(Answer::ok(Removed { path }))
}

/// The text of one part and all files of a form, which are kept one after the other. Nothing but that text, and
/// `files`, is in the form; when one file is refused, all of it is.
pub(super) async fn with_files(
    app: &App,
    who: &dyn May,
    request: Request,
    part: &str,
) -> Result<(Raw, Vec<StoredFile>)> {
    let mut fields = Fields::of(app, request).await?;
    let limit = fields.limit;
    let (mut said, mut files, mut faults) = (None, Vec::new(), Invalid::default());
    let mut count = 0;
    while let Some(field) = fields.next().await? {
        match field.name().unwrap_or_default() {
            "file" | "files" | "files[]" => {
                let place = format!("files[{count}]");
                count += 1;
                let sent = upload::file(field, MAX_BYTES).await.map_err(|e| broken(e, limit))?;
                match count <= MOST_FILES {
                    true => match keep(app, who, &sent).await? {
                        Ok(file) => files.push(file),
                        Err(why) => why.0.into_iter().for_each(|fault| faults.add(place.clone(), fault.message)),
                    },
                    false => faults.add(place, format!("is one too many (at most {MOST_FILES})")),
                }
            }
            name if name == part => said = Some(text(field, LONGEST_JSON).await?),
            other => return Err(not_a_field(other)),
        }
    }
    if said.is_none() {
        faults.add(part.to_owned(), "is required: the same JSON that is sent without files");
    }
    faults.into_result()?;
    Ok((said.unwrap_or_default(), files))
}

/// The hash, alone or in the address of one of the sizes. Nothing else of what a client says reaches the store.
fn hash_in(path: &str) -> Option<PictureHash> {
    let address = path.strip_prefix("/images/").or_else(|| path.strip_prefix("images/"));
    let hash = match address {
        Some(address) => {
            let (hash, file) = address.split_once('/')?;
            PictureSize::parse(file.strip_suffix(".webp")?)?;
            hash
        }
        None => path,
    };
    hash.parse().ok()
}

async fn show(app: &App, who: &dyn May, product: ProductId, file: &StoredFile, form: &Form) -> shop::Result<ImageId> {
    let input = ImageInput { alt: form.alt.clone(), shows: form.shows.clone(), ..ImageInput::default() };
    match images::add_uploaded(&app.shop, who, product, &file.hash, input).await {
        Ok(image) => Ok(image.id),
        Err(Error::NotFound) => Err(Error::invalid("product", "is not one that there is")),
        Err(e) => Err(named_as_sent(e)),
    }
}

/// The shop speaks of a picture, the form of a file.
fn named_as_sent(e: Error) -> Error {
    let Error::Invalid(mut faults) = e else { return e };
    for fault in faults.0.iter_mut().filter(|fault| fault.field == "picture") {
        fault.field = "file".into();
    }
    Error::Invalid(faults)
}

impl StoredPicture {
    fn of(file: StoredFile, alt: &Raw, image_id: Option<ImageId>) -> Self {
        let hash = file.hash.to_string();
        let picture = Picture { hash, width: file.width, height: file.height, alt: alt.trimmed().to_owned() };
        Self { path: file.hash, picture, image_id }
    }
}

/// One of the files: kept, or what is wrong with it.
struct UploadedPicture {
    name: String,
    file: std::result::Result<StoredFile, Invalid>,
}

/// The parts of a form, of which `web::body` lets no more than `limit` bytes through.
pub(super) struct Fields {
    parts: Multipart,
    limit: usize,
}

impl Fields {
    pub async fn of(app: &App, request: Request) -> Result<Self> {
        let limit = body::limit(&request, &app.config);
        let parts = Multipart::from_request(request, &()).await.map_err(|_| {
            Fault::of(StatusCode::UNSUPPORTED_MEDIA_TYPE).saying("The body must be a form: multipart/form-data")
        })?;
        Ok(Self { parts, limit })
    }

    pub async fn next(&mut self) -> Result<Option<Field<'_>>> {
        let limit = self.limit;
        self.parts.next_field().await.map_err(|e| broken(e, limit))
    }
}

pub(super) fn not_a_field(name: &str) -> Fault {
    let mut faults = Invalid::default();
    faults.add(name.to_owned(), "is not a field of this form");
    Fault::unknown(UNKNOWN_FIELD, faults)
}

pub(super) fn broken(e: MultipartError, limit: usize) -> Fault {
    match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::too_large(limit),
        _ => Fault::of(StatusCode::BAD_REQUEST).saying("The form did not arrive whole, or is damaged"),
    }
}

/// A form as it arrived: its files are kept one after the other, so that only one is in memory.
#[derive(Default)]
struct Form {
    files: Vec<UploadedPicture>,
    path: Raw,
    alt: Raw,
    shows: Raw,
    product: Raw,
}

impl Form {
    async fn read(app: &App, who: &dyn May, request: Request, most: usize) -> Result<Self> {
        let mut fields = Fields::of(app, request).await?;
        let limit = fields.limit;
        let mut form = Self::default();
        while let Some(field) = fields.next().await? {
            match field.name().unwrap_or_default() {
                "file" | "files" | "files[]" => {
                    let sent = upload::file(field, MAX_BYTES).await.map_err(|e| broken(e, limit))?;
                    let file = match form.files.len() < most {
                        true => keep(app, who, &sent).await?,
                        false => Err(fault(format!("is one too many (at most {most})"))),
                    };
                    form.files.push(UploadedPicture { name: sent.name, file });
                }
                "path" => form.path = text(field, LONGEST_TEXT).await?,
                "alt" => form.alt = text(field, LONGEST_TEXT).await?,
                "shows" => form.shows = text(field, LONGEST_TEXT).await?,
                "product" => form.product = text(field, LONGEST_TEXT).await?,
                other => return Err(not_a_field(other)),
            }
        }
        Ok(form)
    }

    fn product(&self) -> Result<Option<ProductId>> {
        match self.product.trimmed() {
            "" if !self.shows.is_empty() => Err(Error::invalid("shows", "is said of a product's picture only").into()),
            "" => Ok(None),
            id => Ok(Some(id.parse().map_err(|_| Error::invalid("product", "is not the id of a product"))?)),
        }
    }
}

/// What is wrong with the file itself is said of it; that the shop cannot keep anything now ends the request.
async fn keep(
    app: &App,
    who: &dyn May,
    sent: &upload::UploadedFile,
) -> Result<std::result::Result<StoredFile, Invalid>> {
    let kept = match &sent.content {
        Some(content) => files::upload(&app.shop, who, content.clone()).await,
        None => Err(too_large()),
    };
    match kept.map_err(named_as_sent) {
        Ok(file) => Ok(Ok(file)),
        Err(Error::Invalid(faults)) => Ok(Err(faults)),
        Err(e) => Err(e.into()),
    }
}

fn fault(message: String) -> Invalid {
    let mut faults = Invalid::default();
    faults.add("file", message);
    faults
}

pub(super) async fn text(field: Field<'_>, longest: usize) -> Result<Raw> {
    let name = field.name().unwrap_or_default().to_owned();
    let wrong = |message: &str| Fault::from(Error::invalid(name.clone(), message));
    let sent = upload::file(field, longest).await.map_err(|_| wrong("did not arrive whole"))?;
    let bytes = sent.content.ok_or_else(|| wrong("is too long"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("is not text"))?;
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::hash_in;

    #[test]
    fn only_a_hash_names_a_picture() {
        let hash = "0123456789abcdef".repeat(4);
        for good in [hash.clone(), format!("/images/{hash}/large.webp"), format!("images/{hash}/small.webp")] {
            assert_eq!(hash_in(&good).unwrap().as_str(), hash);
        }
        for bad in [
            "",
            "../../etc/passwd",
            &format!("../{hash}"),
            &format!("{hash}/.."),
            &format!("images/{hash}/../{hash}/large.webp"),
            &format!("images/{hash}/huge.webp"),
            &format!("images/../{hash}/large.webp"),
            &format!("{hash}\0"),
            &format!("images\\{hash}\\large.webp"),
        ] {
            assert!(hash_in(bad).is_none(), "{bad}");
        }
    }
}
