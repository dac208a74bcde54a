//! The body of a product: JSON, or a form (`multipart/form-data`) with the same JSON as its part `product` and with
//! pictures.

use crate::api::fault::{Fault, Result};
use crate::api::known_fields::Takes;
use crate::api::uploads;
use crate::web::App;
use crate::web::body::is_form;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use shop::accounts::{May, Permission};
use shop::catalog::images::NewPicture;
use shop::catalog::products::ProductInput;
use shop::files::StoredFile;
use shop::input::Raw;
use std::sync::Arc;
use utoipa::ToSchema;

/// A product with its pictures in one request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
pub struct ProductForm {
    /// As without pictures. Of its `images`, those without a `path` are the files, one after the other; files beyond
    /// them come behind.
    product: ProductInput,
    /// PNG, JPEG, WebP or GIF; at most 20.
    #[schema(value_type = Vec<String>, format = Binary)]
    files: Vec<String>,
}

/// What was sent, and the files that came with it. They are kept already: a product that is refused may be sent again
/// with their `path`, or with the same files, which are the same pictures.
pub async fn read<T: FromRequest<App, Rejection = Fault>>(
    app: &App,
    who: &dyn May,
    request: Request,
) -> Result<(T, Vec<StoredFile>)> {
    who.may(Permission::CatalogWrite)?;
    if !is_form(request.headers()) {
        return Ok((T::from_request(request, app).await?, Vec::new()));
    }
    let takes = request.extensions().get::<Arc<Takes>>().cloned();
    let (product, files) = uploads::with_files(app, who, request, "product").await?;
    let mut json = Request::new(Body::from(product.0));
    if let Some(takes) = takes {
        json.extensions_mut().insert(takes);
    }
    json.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
    Ok((T::from_request(json, app).await?, files))
}

/// Puts the files where the product says, or behind.
pub fn place(mut input: ProductInput, files: &[StoredFile]) -> ProductInput {
    let mut paths = files.iter().map(|file| Raw(file.hash.to_string()));
    for picture in input.images.iter_mut().filter(|p| p.path.is_empty() && p.id.is_empty()) {
        picture.path = paths.next().unwrap_or_default();
    }
    input.images.extend(paths.map(|path| NewPicture { path, ..NewPicture::default() }));
    input
}
