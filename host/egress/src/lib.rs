//! The one way out: the only crate that holds an HTTP client.
//!
//! Certificates are checked against the system's authorities by rustls. Redirects are
//! not followed and the environment's proxies are not obeyed: what is connected to is
//! what was asked for. SMTP connections are not made here, but by `deliver`'s own
//! library.

mod error;
mod response;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

pub use reqwest::Method;

pub use crate::error::Error;
pub use crate::response::{Lines, Response};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The longest silence: to connect, for the answer to begin, between two pieces of
    /// it. A stream may last for ever, as long as it says something in between.
    pub timeout: Duration,
    pub user_agent: String,
}

/// Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
}

impl Client {
    /// # Errors
    /// [`Error::Other`] when the user agent cannot stand in a header.
    pub fn new(options: &Options) -> Result<Client, Error> {
        let inner = reqwest::Client::builder()
            .user_agent(options.user_agent.as_str())
            .connect_timeout(options.timeout)
            .read_timeout(options.timeout)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .tls_backend_preconfigured(tls())
            .build()
            .map_err(Error::from_client)?;
        Ok(Client { inner })
    }

    /// Sends a request, and gives the answer as soon as its head is there, whatever
    /// its status.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn request(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response, Error> {
        let mut request = self.inner.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        request.send().await.map(Response::new).map_err(Error::from_client)
    }
}

/// A system without any authorities can still speak plain HTTP: only TLS will fail.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
