//! The real thing: imports of the component.

use serde_json::Value;

use super::Refused;
use crate::Error;
use crate::guest::bindings::described::tellify::plugin::{
    http, log as imported_log, secrets, sources as imported_sources, state, types,
};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::secrets::{Hash, SecretError};
use crate::sources::{Granted, SourceError};

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Trace => imported_log::Level::Trace,
        Level::Debug => imported_log::Level::Debug,
        Level::Info => imported_log::Level::Info,
        Level::Warn => imported_log::Level::Warn,
        Level::Error => imported_log::Level::Error,
    };
    imported_log::log(level, message);
}

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
    state::get(key).map_err(|e| refused(e).explain(key))
}

pub(crate) fn set(key: &str, value: Vec<u8>, ttl_s: Option<u32>) -> Result<(), Refused> {
    state::set(key, &value, ttl_s).map_err(refused)
}

pub(crate) fn delete(key: &str) -> Result<(), Error> {
    state::delete(key).map_err(|e| refused(e).explain(key))
}

pub(crate) fn increment(key: &str, by: f64, ttl_s: Option<u32>) -> Result<f64, Error> {
    state::increment(key, by, ttl_s).map_err(|e| refused(e).explain(key))
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, Error> {
    state::keys(prefix, after, limit).map_err(|e| refused(e).explain(prefix))
}

fn refused(error: state::StateError) -> Refused {
    match error {
        state::StateError::TooBig => Refused::TooBig,
        state::StateError::Quota => Refused::Quota,
        state::StateError::NotANumber => Refused::NotANumber,
    }
}

pub(crate) fn send(request: &Request) -> Result<Response, HttpError> {
    let attribute =
        |(key, value): &(String, String)| types::Attribute { key: key.clone(), value: value.clone() };
    let sent = http::send(&http::Request {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.iter().map(attribute).collect(),
        body: request.body.clone(),
        timeout_ms: request.timeout_ms,
    });
    match sent {
        Ok(answer) => Ok(Response {
            status: answer.status,
            headers: answer.headers.into_iter().map(|header| (header.key, header.value)).collect(),
            body: answer.body,
        }),
        Err(error) => Err(match error {
            http::HttpError::Denied(why) => HttpError::Denied(why),
            http::HttpError::Invalid(why) => HttpError::Invalid(why),
            http::HttpError::Timeout => HttpError::Timeout,
            http::HttpError::TooBig => HttpError::TooBig,
            http::HttpError::Dns(why) => HttpError::Dns(why),
            http::HttpError::Tls(why) => HttpError::Tls(why),
            http::HttpError::Io(why) => HttpError::Io(why),
        }),
    }
}

pub(crate) fn secret(name: &str) -> Result<String, SecretError> {
    secrets::get(name).map_err(withheld)
}

pub(crate) fn verify_hmac(
    name: &str,
    hash: Hash,
    data: &[u8],
    signature: &[u8],
) -> Result<bool, SecretError> {
    let hash = match hash {
        Hash::Sha1 => secrets::Hash::Sha1,
        Hash::Sha256 => secrets::Hash::Sha256,
        Hash::Sha512 => secrets::Hash::Sha512,
    };
    secrets::verify_hmac(name, hash, data, signature).map_err(withheld)
}

pub(crate) fn verify_equal(name: &str, value: &str) -> Result<bool, SecretError> {
    secrets::verify_equal(name, value).map_err(withheld)
}

fn withheld(error: secrets::SecretError) -> SecretError {
    match error {
        secrets::SecretError::Denied(why) => SecretError::Denied(why),
        secrets::SecretError::Missing(why) => SecretError::Missing(why),
    }
}

pub(crate) fn sources() -> Vec<Granted> {
    let granted = |source: imported_sources::Source| Granted { name: source.name, kind: source.kind };
    imported_sources::granted().into_iter().map(granted).collect()
}

pub(crate) fn ask_source(source: &str, method: &str, arguments: &Value) -> Result<Value, SourceError> {
    match imported_sources::call(source, method, &arguments.to_string()) {
        Ok(answer) => serde_json::from_slice(answer.as_bytes())
            .map_err(|e| SourceError::Failed(format!("the answer is no JSON: {e}"))),
        Err(error) => Err(match error {
            imported_sources::SourceError::Unknown(why) => SourceError::Unknown(why),
            imported_sources::SourceError::Denied(why) => SourceError::Denied(why),
            imported_sources::SourceError::BadArguments(why) => SourceError::BadArguments(why),
            imported_sources::SourceError::Timeout => SourceError::Timeout,
            imported_sources::SourceError::Failed(why) => SourceError::Failed(why),
        }),
    }
}
