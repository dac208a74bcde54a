//! Files that a form sends along (`multipart/form-data`), read piece by piece.

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use shop::files::too_large;
use shop::{Error, Result};

/// A file, or the reason why it was not kept.
pub struct UploadedFile {
    /// As the client calls it: to be shown, never to be a path.
    pub name: String,
    /// `None`: larger than allowed.
    pub content: Option<Bytes>,
}

impl UploadedFile {
    /// The bytes of a picture; `None` when no file was chosen, for browsers send an empty one then.
    pub fn picture(&self) -> Result<Option<Bytes>> {
        let content = self.content.clone().ok_or_else(too_large)?;
        Ok((!content.is_empty() || !self.name.is_empty()).then_some(content))
    }
}

/// Reads a file of at most `max` bytes. A larger one is read to its end and thrown away, so that the rest of the form
/// still arrives.
pub async fn file(mut field: Field<'_>, max: usize) -> Result<UploadedFile, MultipartError> {
    let name: String = field.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
    let (mut content, mut fits) = (Vec::new(), true);
    while let Some(piece) = field.chunk().await? {
        fits = fits && content.len() + piece.len() <= max;
        match fits {
            true => content.extend_from_slice(&piece),
            false => content.clear(),
        }
    }
    Ok(UploadedFile { name, content: fits.then(|| content.into()) })
}

/// The upload did not arrive, or is larger than its address takes.
pub fn broken(e: MultipartError) -> Error {
    match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::invalid("files", "The files are too large together; send fewer at once")
        }
        _ => Error::invalid("files", "The files did not arrive whole; please send them again"),
    }
}
