//! Answers that went well: one envelope for all.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shop::Page;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What is answered, and how.
pub struct Answer<T> {
    status: StatusCode,
    data: T,
    pagination: Option<Pagination>,
    is_repeat: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total: i64,
    page: u32,
    limit: u32,
    total_pages: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<T> {
    status: &'static str,
    status_code: u16,
    message: &'static str,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Pagination>,
}

impl<T> Answer<T> {
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, pagination: None, is_repeat: false }
    }

    pub fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// Says that this was done before, under the same key.
    pub fn replayed(self, is_repeat: bool) -> Self {
        Self { is_repeat, ..self }
    }
}

impl<T> Answer<Vec<T>> {
    pub fn page(page: Page<T>) -> Self {
        let pagination =
            Pagination { total: page.total, page: page.page, limit: page.limit, total_pages: page.total_pages() };
        Self { pagination: Some(pagination), ..Self::ok(page.items) }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let envelope = Envelope {
            status: "success",
            status_code: self.status.as_u16(),
            message: "Success",
            data: self.data,
            pagination: self.pagination,
        };
        let mut response = (self.status, Json(envelope)).into_response();
        if self.is_repeat {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
