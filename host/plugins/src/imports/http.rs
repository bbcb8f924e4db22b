//! `http`: requests to what was granted.

use std::time::Duration;

use wasmtime::component::{ComponentType, LinkerInstance, Lower};

use crate::bindings::http::{self, Request, Response};
use crate::bindings::types::Attribute;
use crate::bindings::v0_1;
use crate::guest::Guest;
use crate::logs::LogLevel;
use crate::version::InterfaceVersion;
use crate::{HttpError, HttpRequest, HttpResponse};

pub(super) fn link(
    interface: &mut LinkerInstance<'_, Guest>,
    version: InterfaceVersion,
) -> wasmtime::Result<()> {
    match version {
        InterfaceVersion::V0_1 => link_as::<v0_1::http::HttpError>(interface),
        InterfaceVersion::V0_2 => link_as::<http::HttpError>(interface),
    }
}

fn link_as<E>(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()>
where
    E: From<HttpError> + ComponentType + Lower + Send + Sync + 'static,
{
    interface.func_wrap("send", |mut store, (request,): (Request,)| {
        Ok((store.data_mut().send(request)?.map_err(E::from),))
    })
}

impl Guest {
    fn send(&mut self, r: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        let within = r.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let request = HttpRequest {
            method: r.method,
            url: r.url,
            headers: r.headers.into_iter().map(|header| (header.key, header.value)).collect(),
            body: r.body,
        };
        let answer = self.go_outside(within, |outside, within| outside.http(request, within))?;
        if let Err(HttpError::Denied(why)) = &answer {
            self.log.push(LogLevel::Warn, why.clone());
        }
        Ok(answer.map(response))
    }
}

fn response(HttpResponse { status, headers, body }: HttpResponse) -> Response {
    let headers = headers.into_iter().map(|(key, value)| Attribute { key, value }).collect();
    Response { status, headers, body }
}

impl From<HttpError> for http::HttpError {
    fn from(error: HttpError) -> http::HttpError {
        match error {
            HttpError::Denied(why) => http::HttpError::Denied(why),
            HttpError::Invalid(why) => http::HttpError::Invalid(why),
            HttpError::Timeout => http::HttpError::Timeout,
            HttpError::TooBig => http::HttpError::TooBig,
            HttpError::Dns(why) => http::HttpError::Dns(why),
            HttpError::Tls(why) => http::HttpError::Tls(why),
            HttpError::Io(why) => http::HttpError::Io(why),
        }
    }
}

impl From<HttpError> for v0_1::http::HttpError {
    fn from(error: HttpError) -> v0_1::http::HttpError {
        use v0_1::http::HttpError as Then;
        match error {
            HttpError::Denied(why) => Then::Denied(why),
            HttpError::Timeout => Then::Timeout,
            HttpError::TooBig => Then::TooBig,
            HttpError::Dns(why) => Then::Dns(why),
            HttpError::Tls(why) => Then::Tls(why),
            // There was no word for it.
            HttpError::Invalid(why) | HttpError::Io(why) => Then::Io(why),
        }
    }
}
