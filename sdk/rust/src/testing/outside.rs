//! What a plugin finds outside in a test: what the test says, on its own thread.

use std::rc::Rc;

use serde_json::Value;

use crate::host::outside::with;
use crate::http::{HttpError, Request, Response};
use crate::sources::SourceError;

/// From now on, this answers every request.
///
/// ```
/// use tellify_plugin::http::{Request, Response};
/// use tellify_plugin::testing;
///
/// testing::answer_http(|request| {
///     assert_eq!(request.url, "https://api.example.org/load");
///     Ok(Response { status: 200, body: b"3.5".to_vec(), ..Response::default() })
/// });
/// assert_eq!(Request::get("https://api.example.org/load").send().unwrap().text(), "3.5");
/// assert_eq!(testing::take_sent().len(), 1);
/// ```
pub fn answer_http(answer: impl Fn(&Request) -> Result<Response, HttpError> + 'static) {
    with(|outside| outside.http = Some(Rc::new(answer)));
}

/// The requests since they were last taken, answered or not.
pub fn take_sent() -> Vec<Request> {
    with(|outside| std::mem::take(&mut outside.sent))
}

/// Grants a secret.
pub fn set_secret(name: &str, text: &str) {
    with(|outside| outside.secrets.insert(name.to_owned(), text.to_owned()));
}

/// From now on, this is the signature of this data under the secret.
pub fn accept_signature(secret: &str, data: &[u8], signature: &[u8]) {
    with(|outside| outside.signatures.push((secret.to_owned(), data.to_vec(), signature.to_vec())));
}

/// Grants a source of some kind, which answers to a method and its arguments.
pub fn add_source(
    name: &str,
    kind: &str,
    answer: impl Fn(&str, &Value) -> Result<Value, SourceError> + 'static,
) {
    with(|outside| outside.sources.insert(name.to_owned(), (kind.to_owned(), Rc::new(answer))));
}
