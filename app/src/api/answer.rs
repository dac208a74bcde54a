//! Answers that went well: one envelope for all.

use super::conditional::Public;
use super::fault::Fault;
use super::headers::REPLAYED;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shop::catalog::{Facets, ValueFacet};
use shop::{Error, Page};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// As much as 20 products weigh.
const ROOM: usize = 16 << 10;

/// What is answered, and how.
pub struct Answer<T> {
    status: StatusCode,
    data: T,
    pagination: Option<Pagination>,
    facets: Option<Arc<Facets>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    is_public: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// How many there are on all pages.
    #[schema(minimum = 0)]
    total: i64,
    #[schema(minimum = 1)]
    page: u32,
    #[schema(minimum = 1)]
    limit: u32,
    total_pages: u32,
}

/// What every answer looks like that went well. `pagination` stands with lists only.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, T> {
    status: &'static str,
    status_code: u16,
    message: &'static str,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Pagination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<WithVendors<'a>>,
}

/// [`Facets`], those of brands by their earlier name as well.
#[derive(Serialize)]
struct WithVendors<'a> {
    #[serde(flatten)]
    facets: &'a Facets,
    vendors: &'a [ValueFacet],
}

/// [`WithVendors`] as the API's document describes it.
#[derive(Serialize, ToSchema)]
struct ShownFacets {
    #[serde(flatten)]
    facets: Facets,
    /// The same as `brands`, until the next major version.
    #[schema(deprecated)]
    vendors: Vec<ValueFacet>,
}

/// [`Body`] as the API's document describes it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `Body` writes")]
pub struct Envelope<T> {
    #[schema(example = "success")]
    status: String,
    #[schema(example = 200)]
    status_code: u16,
    #[schema(example = "Success")]
    message: String,
    data: T,
}

/// [`Body`] with one page of a list.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `Body` writes")]
pub struct ListEnvelope<T> {
    #[schema(example = "success")]
    status: String,
    #[schema(example = 200)]
    status_code: u16,
    #[schema(example = "Success")]
    message: String,
    data: Vec<T>,
    pagination: Pagination,
}

/// [`Body`] with one page of a list that can be narrowed.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `Body` writes")]
pub struct FacetedEnvelope<T> {
    #[schema(example = "success")]
    status: String,
    #[schema(example = 200)]
    status_code: u16,
    #[schema(example = "Success")]
    message: String,
    data: Vec<T>,
    pagination: Pagination,
    /// What the list could be narrowed by, with how many there would be left; when it was asked for.
    #[schema(nullable = false)]
    facets: Option<ShownFacets>,
}

/// [`Body`] where there is nothing to tell but that it was done.
#[derive(ToSchema)]
#[schema(as = Done, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `Body` writes")]
pub struct DoneEnvelope {
    #[schema(example = "success")]
    status: String,
    #[schema(example = 200)]
    status_code: u16,
    #[schema(example = "Success")]
    message: String,
    #[schema(schema_with = null)]
    data: (),
}

fn null() -> Object {
    ObjectBuilder::new().schema_type(Type::Null).build()
}

impl<T> Answer<T> {
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, pagination: None, facets: None, headers: Vec::new(), is_public: false }
    }

    pub fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// Taken up, and done later.
    pub fn accepted(data: T) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(data) }
    }

    pub fn as_created(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }

    /// With a header, if there is something to say in it.
    pub fn with(mut self, name: HeaderName, value: Option<&str>) -> Self {
        self.headers.extend(value.and_then(|value| Some((name, HeaderValue::from_str(value).ok()?))));
        self
    }

    /// The same for everybody who asks: it may be kept, and is not sent again to whoever has it.
    pub fn public(self) -> Self {
        Self { is_public: true, ..self }
    }

    /// Says that this was done before, under the same key.
    pub fn replayed(self, is_repeat: bool) -> Self {
        self.with(REPLAYED, is_repeat.then_some("true"))
    }
}

impl Answer<()> {
    /// It was done, and there is nothing to tell.
    pub fn done() -> Self {
        Self::ok(())
    }
}

impl<T> Answer<Vec<T>> {
    /// With what the list could be narrowed by.
    pub fn with_facets(self, facets: Option<Arc<Facets>>) -> Self {
        Self { facets, ..self }
    }

    pub fn page(page: Page<T>) -> Self {
        let pagination =
            Pagination { total: page.total, page: page.page, limit: page.limit, total_pages: page.total_pages() };
        Self { pagination: Some(pagination), ..Self::ok(page.items) }
    }
}

/// (`axum::Json` begins with far less room than a list needs, and copies what is there each time that it makes more.)
fn written(body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut bytes, body)?;
    Ok(bytes)
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let body = Body {
            status: "success",
            status_code: self.status.as_u16(),
            message: "Success",
            data: self.data,
            pagination: self.pagination,
            facets: self.facets.as_deref().map(|facets| WithVendors { facets, vendors: &facets.brands }),
        };
        let mut response = match written(&body) {
            Ok(bytes) => (self.status, [(header::CONTENT_TYPE, JSON)], bytes).into_response(),
            Err(e) => return Fault::from(Error::from(e)).into_response(),
        };
        if self.is_public {
            response.extensions_mut().insert(Public);
        }
        response.headers_mut().extend(self.headers);
        response
    }
}
