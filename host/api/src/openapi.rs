//! The OpenAPI document, made from the list of routes.

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Required, Response,
    ResponseBuilder,
};

use crate::operation::{Content, Method, Operation, Schemas, reference};
use crate::{Problem, operations, webhook};

/// The name of the one way to say who one is.
const TOKEN: &str = "token";

/// The OpenAPI 3.1 document of the whole interface.
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Tellify")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Events go in; what people's own programs made of them comes out."));
    let mut paths = PathsBuilder::new();
    let mut schemas = Schemas::new();
    Content::json::<Problem>().collect_into(&mut schemas);
    for operation in operations() {
        let answers = operation.answers.iter().filter_map(|answer| answer.content.as_ref());
        operation.bodies.iter().chain(answers).for_each(|content| content.collect_into(&mut schemas));
        paths = paths.path(operation.path, PathItem::new(method(operation.method), describe(&operation)));
    }
    let webhooks = webhook::webhooks(&mut schemas);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token of `tellify token create`, or the administrator's."))
        .build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(TOKEN, SecurityScheme::Http(bearer));
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .webhooks(Some(webhooks))
        .components(Some(components.build()))
        .build()
}

/// OpenAPI has no word for any method: a door is described by the one that senders use.
fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post | Method::Any => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
        Method::Options => HttpMethod::Options,
    }
}

fn describe(operation: &Operation) -> utoipa::openapi::path::Operation {
    let mut described =
        OperationBuilder::new().operation_id(Some(operation.id)).summary(Some(operation.summary));
    for name in operation.path_parameters() {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(text));
        described = described.parameter(parameter);
    }
    for query in &operation.query {
        let parameter = ParameterBuilder::new()
            .name(query.name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(query.says))
            .schema(Some(query.schema()));
        described = described.parameter(parameter);
    }
    if let Some(scope) = operation.scope {
        described = described.security(SecurityRequirement::new(TOKEN, [scope.as_str()]));
    }
    for answer in &operation.answers {
        let response = ResponseBuilder::new().description(answer.says);
        let response = match &answer.content {
            Some(content) => response.content(content.media, content.described()),
            None => response,
        };
        described = described.response(answer.status.to_string(), response);
    }
    for status in problem_statuses(operation) {
        described = described.response(status.to_string(), problem(status));
    }
    described.request_body(body(operation)).build()
}

fn body(operation: &Operation) -> Option<RequestBody> {
    if operation.bodies.is_empty() {
        return None;
    }
    let required = if operation.method == Method::Any { Required::False } else { Required::True };
    let body = operation
        .bodies
        .iter()
        .fold(RequestBodyBuilder::new(), |body, content| body.content(content.media, content.described()));
    Some(body.required(Some(required)).build())
}

/// Its own, those of whatever needs a right, and those that anything may answer.
fn problem_statuses(operation: &Operation) -> Vec<u16> {
    let mut statuses = operation.problems.clone();
    if operation.scope.is_some() {
        statuses.extend([401, 403, 503]);
    }
    statuses
}

fn problem(status: u16) -> Response {
    let content = ContentBuilder::new().schema(Some(reference::<Problem>())).build();
    ResponseBuilder::new()
        .description(Problem::new(status, "").title)
        .content("application/problem+json", content)
        .build()
}
