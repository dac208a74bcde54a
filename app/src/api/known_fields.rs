//! What each endpoint takes, as the API's document has it: a parameter or field that is not there is refused by its
//! name, rather than read past. One rule for all endpoints, so what is described and what is taken cannot differ.

use super::codes::{UNKNOWN_FIELD, UNKNOWN_PARAMETER};
use super::fault::Fault;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use shop::Invalid;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// Bodies are no deeper; a schema that holds itself ends here.
const DEEPEST: usize = 12;
/// Faults beyond these say nothing new.
const MOST: usize = 50;

/// What all endpoints take, by method and path.
pub struct KnownFields(HashMap<(String, String), Arc<Takes>>);

/// What one endpoint takes.
pub struct Takes {
    parameters: Vec<String>,
    /// `None` where no body is read.
    body: Option<Shape>,
}

/// The names that an object may have, at each place.
#[derive(Default)]
pub struct Shape {
    /// `None` where anything may stand.
    fields: Option<BTreeMap<String, Shape>>,
    items: Option<Box<Shape>>,
}

impl KnownFields {
    pub fn of(document: &OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default();
        let mut known = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let in_query = parameters.filter(|parameter| parameter["in"] == "query");
                let mut takes = Takes {
                    parameters: in_query.filter_map(|p| Some(p["name"].as_str()?.to_owned())).collect(),
                    body: body(&document, &operation["requestBody"]),
                };
                if method == "put" {
                    takes.body = takes.body.map(|shape| shape.or(answered(&document, operation)));
                }
                known.insert((method.to_uppercase(), path.clone()), Arc::new(takes));
            }
        }
        Self(known)
    }

    fn takes(&self, method: &Method, path: &str) -> Option<&Arc<Takes>> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(&(method.as_str().to_owned(), path.to_owned()))
    }
}

/// What an endpoint answers of the thing itself. A `PUT` may send back all that a `GET` answered: read-only fields are
/// ignored then.
fn answered(document: &Value, operation: &Value) -> Shape {
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    let fields = Shape::of(document, schema, 0).fields.unwrap_or_default();
    fields.into_iter().find(|(name, _)| name == "data").map(|(_, data)| data).unwrap_or_default()
}

fn body(document: &Value, body: &Value) -> Option<Shape> {
    let contents = body["content"].as_object()?;
    Some(contents.get("application/json").map_or_else(Shape::default, |json| Shape::of(document, &json["schema"], 0)))
}

impl Shape {
    fn of(document: &Value, schema: &Value, depth: usize) -> Self {
        if depth > DEEPEST {
            return Self::default();
        }
        if let Some(to) = schema["$ref"].as_str() {
            let place = to.trim_start_matches('#');
            return Self::of(document, document.pointer(place).unwrap_or(&Value::Null), depth + 1);
        }
        let mut shape = Self::default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let inner = Self::of(document, property, depth + 1);
            shape.fields.get_or_insert_default().insert(name.clone(), inner);
        }
        if schema["items"].is_object() {
            shape.items = Some(Box::new(Self::of(document, &schema["items"], depth + 1)));
        }
        for part in ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|kind| schema[kind].as_array()).flatten() {
            shape = shape.or(Self::of(document, part, depth + 1));
        }
        shape
    }

    /// What either of them may hold.
    fn or(self, other: Self) -> Self {
        let fields = match (self.fields, other.fields) {
            (Some(mut fields), Some(others)) => {
                for (name, shape) in others {
                    let known = fields.remove(&name).unwrap_or_default();
                    fields.insert(name, known.or(shape));
                }
                Some(fields)
            }
            (fields, others) => fields.or(others),
        };
        let items = match (self.items, other.items) {
            (Some(items), Some(others)) => Some(Box::new(items.or(*others))),
            (items, others) => items.or(others),
        };
        Self { fields, items }
    }

    fn check(&self, value: &Value, at: &str, faults: &mut Invalid) {
        let place = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        match (value, &self.fields, &self.items) {
            (Value::Object(object), Some(fields), _) => {
                for (name, inner) in object {
                    match fields.get(name) {
                        Some(shape) => shape.check(inner, &place(name), faults),
                        None if faults.0.len() < MOST => faults.add(place(name), unknown("field", name, fields.keys())),
                        None => return,
                    }
                }
            }
            (Value::Array(values), _, Some(shape)) => {
                for (n, value) in values.iter().enumerate() {
                    shape.check(value, &place(&n.to_string()), faults);
                }
            }
            _ => {}
        }
    }
}

/// With the name that was meant, if it is there in another case or with other marks.
fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let wanted = plain(name);
    match known.into_iter().find(|known| plain(known) == wanted) {
        Some(meant) => format!("is not a {what} of this request; {meant} is"),
        None => format!("is not a {what} of this request"),
    }
}

impl Takes {
    /// A fault if a body has fields that are not known.
    pub fn check_body(&self, body: &Value) -> Result<(), Fault> {
        let mut faults = Invalid::default();
        match &self.body {
            Some(shape) => shape.check(body, "", &mut faults),
            None => Shape { fields: Some(BTreeMap::new()), items: None }.check(body, "", &mut faults),
        }
        if faults.0.is_empty() { Ok(()) } else { Err(Fault::unknown(UNKNOWN_FIELD, faults)) }
    }

    fn check_query(&self, query: &str) -> Result<(), Fault> {
        let mut faults = Invalid::default();
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()).take(MOST) {
            let is_new = faults.0.iter().all(|fault| fault.field != name);
            if is_new && !self.parameters.iter().any(|known| *known == name) {
                faults.add(name.clone().into_owned(), unknown("parameter", &name, self.parameters.iter()));
            }
        }
        if faults.0.is_empty() { Ok(()) } else { Err(Fault::unknown(UNKNOWN_PARAMETER, faults)) }
    }
}

/// Middleware round the endpoints: refuses parameters that there are not, and leaves with the request what its body may
/// hold.
pub async fn only(State(known): State<Arc<KnownFields>>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let takes = path.as_deref().and_then(|path| known.takes(request.method(), path)).cloned();
    let Some(takes) = takes else { return next.run(request).await };
    if let Err(fault) = takes.check_query(request.uri().query().unwrap_or_default()) {
        return fault.into_response();
    }
    // elsewhere a body means nothing (RFC 9110, 9.3)
    let may_mean = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    if takes.body.is_none() && may_mean && !request.body().is_end_stream() {
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = match Bytes::from_request(whole, &()).await {
            Ok(bytes) => bytes,
            Err(e) => return Fault::of(e.status()).into_response(),
        };
        // what is no JSON is nobody's to read
        if let Ok(sent) = serde_json::from_slice::<Value>(&bytes)
            && let Err(fault) = takes.check_body(&sent)
        {
            return fault.into_response();
        }
        request = Request::from_parts(parts, Body::from(bytes));
    }
    request.extensions_mut().insert(takes);
    let mut response = next.run(request).await;
    if let Some(kind) = path.as_deref().map(kind)
        && let Some(fault) = response.extensions_mut().get_mut::<Fault>()
    {
        *fault = fault.clone().naming(kind);
    }
    response
}

/// What kind of thing an address names, for the text of a 404.
fn kind(path: &str) -> &str {
    let last = path.rsplit_once('{').and_then(|(_, rest)| rest.split('}').next());
    match last {
        Some("item") => "line in the cart",
        Some("filepath") => "picture",
        Some("session") => "device",
        Some(thing) => thing,
        // what is paid is named in the body
        None if path.ends_with("/payments") || path.ends_with("/create-payment-intent") => "order",
        None => "thing",
    }
}
