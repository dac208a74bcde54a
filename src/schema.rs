//! How values that are written as text are described in the API's document.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// Text that always has this form.
pub(crate) fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(pattern))
        .examples([serde_json::Value::from(example)])
        .into()
}
