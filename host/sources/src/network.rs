//! The way to other servers, by `egress` alone. What an administrator named by its host
//! may lie in a private network.

use egress::{Bounds, Dialer, Gate, HttpError, HttpRequest, HttpResponse};
use event::UrlPattern;

use crate::error::SourceError;
use crate::sources::Limits;

#[derive(Clone)]
pub(crate) struct Network {
    gate: Gate,
    /// For servers that speak no HTTP.
    pub(crate) dialer: Dialer,
}

impl Network {
    pub(crate) fn new(options: &egress::Options, limits: Limits) -> Result<Network, egress::Error> {
        // How many ask at once is seen to by whoever counts for all kinds.
        let bounds = Bounds { time: limits.time, bytes: limits.bytes, at_once: usize::MAX >> 4 };
        Ok(Network { gate: Gate::new(options, bounds)?, dialer: Dialer::new(options)? })
    }

    /// Sends a request to the host that the source's configuration names.
    pub(crate) async fn http(
        &self,
        host: &UrlPattern,
        request: HttpRequest,
        limits: Limits,
    ) -> Result<HttpResponse, SourceError> {
        let sent = self.gate.pass(vec![host.clone()]).send(request, limits.time).await;
        sent.map_err(|error| match error {
            HttpError::Timeout => SourceError::Timeout,
            HttpError::Denied(message) => SourceError::Denied(message),
            HttpError::Invalid(message) => SourceError::BadArguments(message),
            HttpError::TooBig => limits.exceeded(),
            HttpError::Dns(message) | HttpError::Tls(message) | HttpError::Io(message) => {
                SourceError::Failed(message)
            }
        })
    }
}
