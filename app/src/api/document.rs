//! The API's own description, OpenAPI 3.1, collected from the endpoints. [`super::routes`] makes both of it and the
//! router, so that neither has what the other lacks.

use super::answer::JSON;
use super::fault::Body;
use crate::web::App;
use crate::web::name::ShopName;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr, Response as Described, ResponseBuilder, header::HeaderBuilder,
};
use utoipa::{IntoResponses, Modify, PartialSchema, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "{shop}",
        description = "The shop for apps and other machines. Money is a decimal string, times are RFC 3339 in UTC. \
                       `/api/v1` is the same as `/api`.",
    ),
    components(schemas(Body)),
    modifiers(&Ways),
    tags(
        (name = "Signing in", description = "Tokens for apps, devices, and recovering an account"),
        (name = "Conversations", description = "What shoppers and the shop write to each other: sessions and their messages"),
        (name = "Your account", description = "Profile, password and address book of whoever is signed in"),
        (name = "Cart", description = "What a shopper means to buy. It holds no stock"),
        (name = "Orders", description = "Placing orders and following them; for staff, all of them"),
        (name = "Products", description = "What is sold. Everybody sees what is published; staff write it"),
        (name = "Categories", description = "The tree in which products stand"),
        (name = "Imports", description = "Products from a file, read in the background; for staff"),
        (name = "Inventory", description = "How many there are of each variant, and why; for staff"),
        (name = "Notifications", description = "What whoever works here is told of"),
        (name = "Users", description = "Accounts"),
        (name = "Settings", description = "What the owner decides about the shop; for staff"),
        (name = "Audit log", description = "Who did what; for staff"),
        (name = "Uploads", description = "Pictures, for those who write the catalogue"),
        (name = "Live updates", description = "What changes while somebody looks: a WebSocket at `/ws`, described in docs/API.md"),
        (name = "Webhooks", description = "Where events are posted to, and what became of each message; for staff"),
        (name = "Payments", description = "What apps need to pay, and what became of it"),
        (name = "Health", description = "Is the shop alive, is it ready"),
    )
)]
pub struct Document;

/// How to say who asks.
struct Ways;

impl Modify for Ways {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a person who signed in; good for 15 minutes"))
            .build();
        let key = ApiKeyValue::with_description("X-API-Key", "The key of a machine; its scopes say what it may do");
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// Every error that an endpoint may answer; all have the one body.
pub struct Faults;

impl IntoResponses for Faults {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let with_wait = ["429", "503"];
        let described = [
            ("400", "The request does not fit; `details` names the fields"),
            ("401", "No token or key, or one that is not good"),
            ("403", "Whoever asks may not do this"),
            ("404", "No such thing"),
            ("405", "Not that method; `Allow` says which"),
            ("409", "It does not go with how things stand"),
            ("410", "It was there and is no more: a link that was used or is too old"),
            ("412", "It was changed since `If-Match` was read"),
            ("413", "The body is too large"),
            ("415", "The body has a type that is not taken"),
            ("422", "This `Idempotency-Key` was used for another request"),
            ("429", "Too many requests: come again after `Retry-After` seconds"),
            ("500", "Something went wrong on our side"),
            ("503", "The shop is busy, or not open yet: come again after `Retry-After` seconds"),
        ];
        let body = || ContentBuilder::new().schema(Some(Ref::from_schema_name(Body::name()))).build();
        let response = |(status, description): (&str, &str)| {
            let mut response = ResponseBuilder::new().description(description).content("application/json", body());
            if with_wait.contains(&status) {
                let seconds = HeaderBuilder::new().schema(Some(u32::schema()));
                response = response.header("Retry-After", seconds.description(Some("Seconds")).build());
            }
            (status.to_owned(), RefOr::T(response.build()))
        };
        described.into_iter().map(response).collect()
    }
}

/// Names each operation after its method and path, `getOrdersByOrder`, for the functions of clients that are generated.
pub fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}{}", in_camel_case(path)));
            }
        }
    }
}

fn in_camel_case(path: &str) -> String {
    let words = path.trim_start_matches("/api").split(['/', '-', '.']).filter(|word| !word.is_empty());
    words
        .flat_map(|word| match word.strip_prefix('{') {
            Some(parameter) => ["By", parameter.trim_end_matches('}')],
            None => ["", word],
        })
        .map(|word| word[..word.len().min(1)].to_uppercase() + word.get(1..).unwrap_or_default())
        .collect()
}

/// `/api/openapi.json`, and a page to read and try it at `/api/docs`. The page's files are part of the program.
pub fn pages(document: &OpenApi) -> Router<App> {
    let text = Arc::new(written(document));
    let named = Arc::new(Mutex::new((ShopName::default(), Bytes::new())));
    let serve = move |State(app): State<App>| {
        let (text, named) = (text.clone(), named.clone());
        async move {
            let name = ShopName::of(&app.shop).await;
            ([(header::CONTENT_TYPE, JSON)], titled(&text, &named, name))
        }
    };
    let ui = SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json").use_base_layout());
    let policy = SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, READER);
    Router::from(ui).layer(policy).route("/api/openapi.json", get(serve))
}

/// The document under the shop's name; written anew only when that is another one.
fn titled(text: &str, kept: &Mutex<(ShopName, Bytes)>, name: ShopName) -> Bytes {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.1.is_empty() || kept.0 != name {
        let title = serde_json::Value::from(name.as_str()).to_string();
        *kept = (name, Bytes::from(text.replacen("\"{shop}\"", &title, 1)));
    }
    kept.1.clone()
}

/// What may be left out of a body is empty then, which utoipa calls a default of `""`, for numbers and lists too. That
/// says nothing and reads as if leaving out were clearing. (Within a text of JSON these quotes would be escaped.)
#[expect(clippy::expect_used, reason = "the document is ours, and the same at each start")]
fn written(document: &OpenApi) -> String {
    let text = document.to_json().expect("a document of our own can be written");
    text.replace(",\"default\":\"\"", "").replace("\"default\":\"\",", "")
}

/// Swagger UI comes as files of script and sets styles on its own; nothing inline runs and nothing is fetched from
/// elsewhere.
const READER: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
