//! Merge patches (RFC 7396): what is left out stays as it is, `null` takes away.

use super::fault::Fault;
use super::read::Sent;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// A change to a `T`, not yet laid on the one there is.
pub struct Patch<T>(Map<String, Value>, PhantomData<T>);

impl<T: Serialize + DeserializeOwned> Patch<T> {
    /// What there is, changed.
    pub fn onto(self, now: &T) -> Result<T, Fault> {
        let mut whole = serde_json::to_value(now).map_err(shop::Error::from)?;
        merge(&mut whole, Value::Object(self.0));
        serde_json::from_value(whole).map_err(|e| Fault::of(StatusCode::BAD_REQUEST).saying(e.to_string()))
    }
}

impl<T, S: Send + Sync> FromRequest<S> for Patch<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let Sent(patch) = Sent::from_request(request, state).await?;
        Ok(Self(patch, PhantomData))
    }
}

fn merge(into: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *into = patch;
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(into) = into.as_object_mut() else { return };
    for (name, change) in patch {
        match change {
            Value::Null => {
                into.remove(&name);
            }
            change => merge(into.entry(name).or_insert(Value::Null), change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merges_as_the_rfc_says() {
        for (mut into, patch, becomes) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge(&mut into, patch);
            assert_eq!(into, becomes);
        }
    }
}
