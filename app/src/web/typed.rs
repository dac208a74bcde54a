//! What was typed into a form, without secrets: to show it again, or to keep it.

use super::flash::Refused;
use super::made_for;
use axum::body::Bytes;

/// What was typed, without secrets.
pub fn typed(action: &str, body: &Bytes) -> Refused {
    without_secrets(action, url::form_urlencoded::parse(body).into_owned())
}

/// The same of fields that were read already.
pub fn without_secrets(action: &str, fields: impl Iterator<Item = (String, String)>) -> Refused {
    let mut refused = Refused { action: action.to_owned(), ..Refused::default() };
    for (name, value) in fields {
        if name == "form" {
            refused.which = value.clone();
        }
        if name != made_for::FIELD && !name.to_lowercase().contains("password") {
            refused.values.push((name, value));
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_typed_but_no_passwords() {
        let refused = typed("/do/x", &Bytes::from_static(b"email=a%40b.c&password=hunter2&form=f1&newPassword=x"));
        assert_eq!(refused.which, "f1");
        assert_eq!(refused.values, [("email".into(), "a@b.c".into()), ("form".into(), "f1".into())]);
    }
}
