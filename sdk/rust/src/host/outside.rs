//! The stand-in for what lies outside: what a test says is there, on its own thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::http::{HttpError, Request, Response};
use crate::secrets::{Hash, SecretError};
use crate::sources::{Granted, SourceError};

pub(crate) type Answering = Rc<dyn Fn(&Request) -> Result<Response, HttpError>>;
pub(crate) type Asking = Rc<dyn Fn(&str, &Value) -> Result<Value, SourceError>>;

#[derive(Clone, Default)]
pub(crate) struct Outside {
    pub(crate) http: Option<Answering>,
    pub(crate) secrets: BTreeMap<String, String>,
    /// The name of the secret, what was signed, and the signature.
    pub(crate) signatures: Vec<(String, Vec<u8>, Vec<u8>)>,
    pub(crate) sources: BTreeMap<String, (String, Asking)>,
    /// Requests so far.
    pub(crate) sent: Vec<Request>,
}

thread_local! {
    static OUTSIDE: RefCell<Outside> = RefCell::default();
}

pub(crate) fn with<T>(f: impl FnOnce(&mut Outside) -> T) -> T {
    OUTSIDE.with_borrow_mut(f)
}

pub(crate) fn send(request: &Request) -> Result<Response, HttpError> {
    let answering = with(|outside| {
        outside.sent.push(request.clone());
        outside.http.clone()
    });
    match answering {
        Some(answering) => answering(request),
        None => Err(HttpError::Denied(format!("{} is not granted: no test answers for it", request.url))),
    }
}

pub(crate) fn secret(name: &str) -> Result<String, SecretError> {
    with(|outside| outside.secrets.get(name).cloned())
        .ok_or_else(|| SecretError::Denied(format!("the secret `{name}` is not granted: no test set it")))
}

pub(crate) fn verify_hmac(name: &str, _: Hash, data: &[u8], signature: &[u8]) -> Result<bool, SecretError> {
    secret(name)?;
    Ok(with(|outside| outside.signatures.iter().any(|(n, d, s)| n == name && d == data && s == signature)))
}

pub(crate) fn verify_equal(name: &str, value: &str) -> Result<bool, SecretError> {
    Ok(secret(name)? == value)
}

pub(crate) fn sources() -> Vec<Granted> {
    let granted =
        |(name, (kind, _)): (&String, &(String, Asking))| Granted { name: name.clone(), kind: kind.clone() };
    with(|outside| outside.sources.iter().map(granted).collect())
}

pub(crate) fn ask_source(source: &str, method: &str, arguments: &Value) -> Result<Value, SourceError> {
    match with(|outside| outside.sources.get(source).map(|(_, asking)| asking.clone())) {
        Some(asking) => asking(method, arguments),
        None => Err(SourceError::Denied(format!("the source `{source}` is not granted: no test has it"))),
    }
}
