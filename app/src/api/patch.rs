//! Merge patches (RFC 7396), as they are sent.

use super::extract::Json;
use super::fault::Fault;
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shop::Invalid;
use shop::input::{Raw, patched};
use std::marker::PhantomData;

/// A change to a `T`, not yet laid on the one there is.
pub struct Patch<T>(Map<String, Value>, PhantomData<T>);

impl<T: Serialize + DeserializeOwned> Patch<T> {
    /// What there is, changed.
    pub fn onto(&self, now: &T) -> shop::Result<T> {
        patched(now, &self.0)
    }

    /// The same with fields under their first names where another one was used. A fault where both were, and do not say
    /// the same.
    pub fn by_first_names(mut self, names: &[(&'static str, &'static str)]) -> shop::Result<Self> {
        let mut faults = Invalid::default();
        for (other, first) in names {
            let Some(value) = self.0.remove(*other) else { continue };
            match self.0.get(*first) {
                Some(said) if !alike(said, &value) => {
                    faults.add(*other, format!("says something else than {first}: give one of the two"));
                }
                Some(_) => {}
                None => {
                    self.0.insert((*first).to_owned(), value);
                }
            }
        }
        faults.into_result()?;
        Ok(self)
    }

    /// What there is of another kind that the same request changes.
    pub fn onto_its<U: Serialize + DeserializeOwned>(&self, now: &U) -> shop::Result<U> {
        patched(now, &self.0)
    }

    /// Whether it says anything of this field.
    pub fn names(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Whether it takes this field away.
    pub fn empties(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(Value::is_null)
    }
}

/// Whether both come to the same once they are read.
fn alike(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| serde_json::from_value::<Raw>(value.clone()).ok().map(|raw| raw.trimmed().to_owned());
    one == other || text(one).is_some_and(|one| text(other) == Some(one))
}

impl<T, S: Send + Sync> FromRequest<S> for Patch<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let Json(patch) = Json::from_request(request, state).await?;
        Ok(Self(patch, PhantomData))
    }
}
