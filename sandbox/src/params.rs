//! Request parameters: form encoding with brackets, read strictly.
//!
//! Every endpoint takes from [`Params`] what it knows; what is left over afterwards, at any depth,
//! is answered as Stripe does, with `parameter_unknown`. A request is refused before it acts.
//! The encoding: <https://docs.stripe.com/api#intro>; the codes: <https://docs.stripe.com/error-codes>.

mod form;

use std::collections::BTreeMap;

use form::{Node, collect_leaves, insert, segments};
use url::form_urlencoded;

use crate::errors::ApiError;

pub(crate) type Metadata = BTreeMap<String, String>;

/// The parameters of one request, or one object nested in them.
#[derive(Debug, Clone)]
pub(crate) struct Params {
    path: String,
    left: Vec<(String, Node)>,
    finished: bool,
}

/// What an update says about metadata: <https://docs.stripe.com/api/metadata>.
#[derive(Debug, Clone)]
pub(crate) enum MetadataChange {
    Clear,
    /// A key with an empty value is removed.
    Merge(Metadata),
}

impl MetadataChange {
    pub fn apply(self, metadata: &mut Metadata) {
        match self {
            Self::Clear => metadata.clear(),
            Self::Merge(changes) => {
                for (key, value) in changes {
                    if value.is_empty() {
                        metadata.remove(&key);
                    } else {
                        metadata.insert(key, value);
                    }
                }
            }
        }
    }
}

impl Params {
    /// Parses an `application/x-www-form-urlencoded` body or query.
    pub fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        let mut root = Vec::new();
        for (key, value) in form_urlencoded::parse(encoded) {
            let segments = segments(&key)?;
            insert(&mut root, &segments, value.into_owned(), &key)?;
        }
        Ok(Self { path: String::new(), left: root, finished: false })
    }

    /// The parameters in one canonical form, to tell whether two requests are the same.
    pub fn fingerprint(&self) -> String {
        let mut leaves = Vec::new();
        for (key, node) in &self.left {
            collect_leaves(key.clone(), node, &mut leaves);
        }
        leaves.sort();
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(leaves);
        encoded.finish()
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}[{key}]", self.path) }
    }

    fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.left.iter().position(|(name, _)| name == key)?;
        Some(self.left.remove(at).1)
    }

    pub fn missing(&self, key: &str) -> ApiError {
        let full = self.full(key);
        ApiError::invalid_param(format!("Missing required param: {full}."), &full).code("parameter_missing")
    }

    pub fn refuse(&self, key: &str, message: impl Into<String>) -> ApiError {
        ApiError::invalid_param(message, &self.full(key))
    }

    /// A text that must not be empty if it is given at all.
    pub fn text(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => {
                let full = self.full(key);
                let message = format!(
                    "You passed an empty string for '{full}'. We assume empty values are an \
                     attempt to unset a parameter; however '{full}' cannot be unset. You should \
                     remove '{full}' from your request or supply a non-empty value."
                );
                Err(ApiError::invalid_param(message, &full).code("parameter_invalid_empty"))
            }
            Some(Node::Text(text)) if text.contains('\0') => {
                Err(self.refuse(key, "Invalid string: null characters are not allowed"))
            }
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Branch(_)) => Err(self.refuse(key, format!("Invalid string: {}", self.full(key)))),
        }
    }

    pub fn text_up_to(&mut self, key: &str, max: usize) -> Result<Option<String>, ApiError> {
        let text = self.text(key)?;
        if let Some(text) = &text {
            let length = text.chars().count();
            if length > max {
                let full = self.full(key);
                let message = format!(
                    "Invalid string: {}...; must be at most {max} characters",
                    text.chars().take(20).collect::<String>()
                );
                return Err(ApiError::invalid_param(message, &full).code("parameter_invalid_string_length"));
            }
        }
        Ok(text)
    }

    /// A text that an empty value unsets: `Some(None)`.
    pub fn text_or_unset(&mut self, key: &str) -> Result<Option<Option<String>>, ApiError> {
        match self.take(key) {
            Some(Node::Text(text)) if text.is_empty() => Ok(Some(None)),
            Some(node) => {
                self.left.push((key.to_owned(), node));
                Ok(self.text(key)?.map(Some))
            }
            None => Ok(None),
        }
    }

    pub fn required(&mut self, key: &str) -> Result<String, ApiError> {
        match self.text(key)? {
            Some(text) => Ok(text),
            None => Err(self.missing(key)),
        }
    }

    pub fn integer(&mut self, key: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.refuse(key, format!("Invalid integer: {text}")).code("parameter_invalid_integer")),
        }
    }

    pub fn integer_from(&mut self, key: &str, least: i64) -> Result<Option<i64>, ApiError> {
        match self.integer(key)? {
            Some(number) if number < least => Err(self
                .refuse(key, format!("This value must be greater than or equal to {least}."))
                .code("parameter_invalid_integer")),
            other => Ok(other),
        }
    }

    pub fn boolean(&mut self, key: &str) -> Result<Option<bool>, ApiError> {
        match self.text(key)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(self.refuse(key, format!("Invalid boolean: {other}"))),
        }
    }

    pub fn one_of(&mut self, key: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        match allowed.iter().find(|option| **option == text) {
            Some(option) => Ok(Some(option)),
            None => Err(self.refuse(key, format!("Invalid {}: must be one of {}", key, listed(allowed)))),
        }
    }

    /// An absolute http or https address.
    pub fn url(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        self.url_of(key, |scheme| matches!(scheme, "http" | "https"))
    }

    /// The same, or an address of an app's own scheme, such as `shop://paid`; nothing that a browser would run.
    /// <https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url>
    pub fn url_of_page_or_app(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        self.url_of(key, |scheme| !matches!(scheme, "javascript" | "vbscript" | "data" | "blob" | "file" | "about"))
    }

    fn url_of(&mut self, key: &str, may_be: impl Fn(&str) -> bool) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text_up_to(key, 5000)? else {
            return Ok(None);
        };
        // The template is no valid address before it is filled in.
        let probe = text.replace("{CHECKOUT_SESSION_ID}", "id");
        match url::Url::parse(&probe) {
            Ok(url) if may_be(url.scheme()) => Ok(Some(text)),
            _ => Err(self.refuse(key, "Not a valid URL").code("url_invalid")),
        }
    }

    /// What a text parameter says, left for the endpoint to take.
    pub fn peek(&self, key: &str) -> Option<String> {
        self.left.iter().find_map(|(name, node)| match node {
            Node::Text(text) if name == key => Some(text.clone()),
            _ => None,
        })
    }

    pub fn is_object(&self, key: &str) -> bool {
        self.left.iter().any(|(name, node)| name == key && matches!(node, Node::Branch(_)))
    }

    /// A nested object, read by `read`, which must know all of it.
    pub fn object<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Params) -> Result<T, ApiError>,
    ) -> Result<Option<T>, ApiError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Branch(left)) => {
                let mut nested = Params { path: self.full(key), left, finished: false };
                let value = read(&mut nested)?;
                nested.finish()?;
                Ok(Some(value))
            }
            Some(Node::Text(_)) => Err(self.refuse(key, "Invalid object")),
        }
    }

    /// A list of objects, each read by `read`.
    pub fn list<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&mut Params) -> Result<T, ApiError>,
    ) -> Result<Option<Vec<T>>, ApiError> {
        let Some(entries) = self.array(key)? else {
            return Ok(None);
        };
        let full = self.full(key);
        let mut values = Vec::new();
        for (index, node) in entries {
            let path = format!("{full}[{index}]");
            let Node::Branch(left) = node else {
                return Err(ApiError::invalid_param("Invalid object", &path));
            };
            let mut nested = Params { path, left, finished: false };
            values.push(read(&mut nested)?);
            nested.finish()?;
        }
        Ok(Some(values))
    }

    pub fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(entries) = self.array(key)? else {
            return Ok(None);
        };
        let mut values = Vec::new();
        for (_, node) in entries {
            match node {
                Node::Text(text) => values.push(text),
                Node::Branch(_) => return Err(self.refuse(key, "Invalid string")),
            }
        }
        Ok(Some(values))
    }

    fn array(&mut self, key: &str) -> Result<Option<Vec<(usize, Node)>>, ApiError> {
        let entries = match self.take(key) {
            None => return Ok(None),
            Some(Node::Text(text)) if text.is_empty() => return Ok(Some(Vec::new())),
            Some(Node::Text(_)) => return Err(self.refuse(key, "Invalid array")),
            Some(Node::Branch(entries)) => entries,
        };
        let mut numbered = Vec::new();
        for (index, node) in entries {
            let Ok(index) = index.parse::<usize>() else {
                return Err(self.refuse(key, "Invalid array"));
            };
            numbered.push((index, node));
        }
        numbered.sort_by_key(|(index, _)| *index);
        Ok(Some(numbered))
    }

    /// Up to 50 keys of 40 characters with values of 500: <https://docs.stripe.com/api/metadata>.
    pub fn metadata(&mut self, key: &str) -> Result<Option<MetadataChange>, ApiError> {
        let entries = match self.take(key) {
            None => return Ok(None),
            Some(Node::Text(text)) if text.is_empty() => return Ok(Some(MetadataChange::Clear)),
            Some(Node::Text(_)) => return Err(self.refuse(key, "Invalid object")),
            Some(Node::Branch(entries)) => entries,
        };
        let mut metadata = Metadata::new();
        for (name, node) in entries {
            let Node::Text(value) = node else {
                return Err(self.refuse(key, "Metadata values must be strings"));
            };
            if name.chars().count() > 40 || name.contains(['[', ']']) {
                return Err(self.refuse(
                    key,
                    format!("Metadata keys can only be up to 40 characters. The key '{name}' is too long."),
                ));
            }
            if value.chars().count() > 500 {
                return Err(self.refuse(
                    key,
                    format!(
                        "Metadata values can have up to 500 characters, but you passed in a value \
                         that is {} characters. Invalid value for '{name}'.",
                        value.chars().count()
                    ),
                ));
            }
            metadata.insert(name, value);
        }
        if metadata.len() > 50 {
            return Err(self.refuse(key, "You may only specify up to 50 metadata keys"));
        }
        Ok(Some(MetadataChange::Merge(metadata)))
    }

    /// Metadata of an object that is being made.
    pub fn new_metadata(&mut self) -> Result<Metadata, ApiError> {
        let mut metadata = Metadata::new();
        if let Some(change) = self.metadata("metadata")? {
            change.apply(&mut metadata);
        }
        Ok(metadata)
    }

    /// Refuses what nobody took.
    pub fn finish(&mut self) -> Result<(), ApiError> {
        self.finished = true;
        let mut leaves = Vec::new();
        for (key, node) in &self.left {
            collect_leaves(self.full(key), node, &mut leaves);
        }
        let Some((first, _)) = leaves.first().cloned() else {
            return Ok(());
        };
        let names: Vec<&str> = leaves.iter().map(|(name, _)| name.as_str()).collect();
        let plural = if names.len() > 1 { "s" } else { "" };
        let message = format!("Received unknown parameter{plural}: {}", names.join(", "));
        Err(ApiError::invalid_param(message, &first).code("parameter_unknown"))
    }
}

impl Params {
    /// Whether [`Params::finish`] was called, without which an endpoint would be lenient.
    pub fn finished(&self) -> bool {
        self.finished
    }
}

fn listed(options: &[&str]) -> String {
    match options {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [start @ .., last] => format!("{}, or {last}", start.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_leftovers_are_named_by_their_path() {
        let mut params = Params::parse(b"a[b][0][c]=1&a[b][0][d]=2").unwrap();
        let error = params.object("a", |a| a.list("b", |b| b.integer("c"))).unwrap_err();
        assert_eq!(error.message(), "Received unknown parameter: a[b][0][d]");
    }

    #[test]
    fn the_same_parameters_in_another_order_are_the_same() {
        let one = Params::parse(b"x=1&y[k]=2").unwrap();
        let two = Params::parse(b"y%5Bk%5D=2&x=1").unwrap();
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_ne!(one.fingerprint(), Params::parse(b"x=1&y[k]=3").unwrap().fingerprint());
    }

    #[test]
    fn an_array_may_be_numbered_or_appended() {
        for body in ["a[]=x&a[]=y", "a[1]=y&a[0]=x"] {
            let mut params = Params::parse(body.as_bytes()).unwrap();
            assert_eq!(params.texts("a").unwrap(), Some(vec!["x".to_owned(), "y".to_owned()]));
        }
    }
}
