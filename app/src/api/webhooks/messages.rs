//! What is posted to webhooks, as the API's document describes it.

use shop::events::{TOPICS, Topic};
use utoipa::PartialSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{
    ContentBuilder, KnownFormat, ObjectBuilder, OpenApi, RefOr, Required, ResponseBuilder, Schema, SchemaFormat, Type,
};

/// Writes what is sent into the API's document, a webhook for each topic.
pub fn describe(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    let mut paths = PathsBuilder::new();
    for topic in TOPICS {
        let mut named = Vec::new();
        (topic.refers_to)(&mut named);
        for (name, schema) in named {
            schemas.entry(name).or_insert(schema);
        }
        let payload = (topic.payload)().into_owned();
        schemas.entry(payload.clone()).or_insert_with(topic.schema);
        paths = paths.path(topic.name, PathItem::new(HttpMethod::Post, operation(topic, &payload)));
    }
    document.webhooks = Some(paths.build());
}

fn operation(topic: &'static Topic, payload: &str) -> OperationBuilder {
    let text = |format: KnownFormat| {
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
    };
    let header = |name: &str, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(about))
            .schema(Some(String::schema()))
            .build()
    };
    let body = ObjectBuilder::new()
        .property("type", ObjectBuilder::new().schema_type(Type::String).enum_values(Some([topic.name])))
        .property("timestamp", text(KnownFormat::DateTime).description(Some("When it happened")))
        .property("version", text(KnownFormat::Date).description(Some("The day of which the payload has the shape")))
        .property(
            "sequence",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .description(Some("Its number among the events of the same thing, from 1")),
        )
        .property("data", utoipa::openapi::Ref::from_schema_name(payload));
    let body = ["type", "timestamp", "version", "sequence", "data"].into_iter().fold(body, ObjectBuilder::required);
    let body = RefOr::T(Schema::Object(body.build()));
    OperationBuilder::new()
        .operation_id(Some(topic.name))
        .tag("Webhooks")
        .summary(Some(topic.about))
        .parameter(header("webhook-id", "Of the event: the same however often it is sent"))
        .parameter(header("webhook-timestamp", "When it was sent, in seconds since 1970"))
        .parameter(header("webhook-signature", "Of `id.timestamp.body`, by the Standard Webhooks"))
        .request_body(Some(
            RequestBodyBuilder::new()
                .content("application/json", ContentBuilder::new().schema(Some(body)).build())
                .required(Some(Required::True))
                .build(),
        ))
        .response("2XX", ResponseBuilder::new().description("It arrived"))
}
