//! Each request is held against the list of routes before anything else sees it.

use api::{Method, Operation, Problem};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::ALLOW;

use crate::answer::Fault;
use crate::app::App;
use crate::meters::OperationId;
use crate::query::Query;

/// Lets a request through when an operation is meant and its parameters are known.
/// What the list does not name cannot be reached.
pub(crate) async fn check(
    State(app): State<App>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    // The router marks a parameter that takes many steps.
    let path = path.as_str().replace("{*", "{");
    let operations = app.operations.get(path.as_str()).map(Vec::as_slice).unwrap_or_default();
    let Some(operation) = operations.iter().find(|o| o.method.fits(request.method().as_str())) else {
        return not_allowed(operations);
    };
    let id = OperationId(operation.id);
    let mut response = match Query::read(request.uri(), operation) {
        Ok(query) => {
            request.extensions_mut().insert(query);
            next.run(request).await
        }
        Err(problem) => Fault(problem).into_response(),
    };
    response.extensions_mut().insert(id);
    response
}

fn not_allowed(operations: &[Operation]) -> Response {
    let words: Vec<&str> = operations.iter().filter_map(|operation| word(operation.method)).collect();
    let words = words.join(", ");
    let mut response = Fault(Problem::new(405, format!("this path takes {words}"))).into_response();
    if let Ok(value) = HeaderValue::from_str(&words) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

fn word(method: Method) -> Option<&'static str> {
    match method {
        Method::Get => Some("GET, HEAD"),
        Method::Post => Some("POST"),
        Method::Put => Some("PUT"),
        Method::Patch => Some("PATCH"),
        Method::Delete => Some("DELETE"),
        Method::Options => Some("OPTIONS"),
        Method::Any => None,
    }
}
