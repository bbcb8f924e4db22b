//! The description of what webhooks get: for OpenAPI, and as a JSON Schema of its own.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{PathItem, Paths, Required, ResponseBuilder};

use crate::WebhookMessage;
use crate::operation::{Content, Schemas};

/// The headers that Standard Webhooks names.
const HEADERS: [(&str, &str); 3] = [
    ("webhook-id", "the digest's id, the same in every attempt"),
    ("webhook-timestamp", "when this attempt was made, in seconds since 1970"),
    (
        "webhook-signature",
        "`v1,` and base64 of an HMAC-SHA256; several, with spaces between, during a rotation",
    ),
];

/// The requests that the daemon makes, and the schemas that they need.
pub(crate) fn webhooks(schemas: &mut Schemas) -> Paths {
    let message = Content::json::<WebhookMessage>();
    message.collect_into(schemas);
    let body = RequestBodyBuilder::new()
        .content(message.media, message.described())
        .required(Some(Required::True))
        .build();
    let taken = ResponseBuilder::new().description("any 2xx: the receiver has it");
    let mut operation = OperationBuilder::new()
        .operation_id(Some("receiveDigest"))
        .summary(Some("A digest, posted to an address of the channel `webhook` after Standard Webhooks."))
        .request_body(Some(body))
        .response("2XX", taken);
    for (name, says) in HEADERS {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(says))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        operation = operation.parameter(parameter);
    }
    PathsBuilder::new().path("digest", PathItem::new(HttpMethod::Post, operation)).build()
}

/// The JSON Schema (2020-12) of a webhook's body.
pub fn webhook_schema() -> Value {
    let mut schemas = Schemas::new();
    Content::json::<WebhookMessage>().collect_into(&mut schemas);
    let mut definitions = Map::new();
    for (name, schema) in schemas {
        let schema = serde_json::to_value(schema).expect("schemas are plain data");
        definitions.insert(name, at_home(schema));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The body of a Tellify webhook",
        "$ref": "#/$defs/WebhookMessage",
        "$defs": definitions,
    })
}

/// The schema with its references leading to the document's own definitions.
fn at_home(schema: Value) -> Value {
    match schema {
        Value::String(text) => match text.strip_prefix("#/components/schemas/") {
            Some(name) => Value::String(format!("#/$defs/{name}")),
            None => Value::String(text),
        },
        Value::Array(values) => values.into_iter().map(at_home).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, at_home(value))).collect(),
        other => other,
    }
}
