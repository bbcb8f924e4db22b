//! The one way out: the only crate that holds an HTTP client.
//!
//! Certificates are checked against the system's authorities by rustls. Redirects are
//! not followed and the environment's proxies are not obeyed: what is connected to is
//! what was asked for. A client that acts for somebody else connects only to what its
//! [`Reach`] admits, judged by the address that is then connected to. Whoever was granted
//! certain URLs goes through a [`Gate`], and what is not HTTP through [`connect`] or a
//! [`Dialer`]. SMTP connections are not made here, but by `deliver`'s own library.

mod address;
mod connect;
mod dial;
mod error;
mod gate;
mod http;
mod reach;
mod resolve;
mod response;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;

pub use ipnet::IpNet;
pub use reqwest::Method;
pub use tokio_rustls::client::TlsStream;

pub use crate::connect::connect;
pub use crate::dial::Dialer;
pub use crate::error::Error;
pub use crate::gate::{Bounds, Gate, Pass, judge};
pub use crate::http::{HttpError, HttpRequest, HttpResponse};
pub use crate::reach::{Reach, Rule};
pub use crate::resolve::{Lookup, Resolver, SystemResolver};
pub use crate::response::{Lines, Response};

use crate::reach::Protection;
use crate::resolve::Guarded;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The longest silence: to connect, for the answer to begin, between two pieces of
    /// it. A stream may last for ever, as long as it says something in between.
    pub timeout: Duration,
    pub user_agent: String,
    pub reach: Reach,
    /// Authorities in PEM, trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    /// For `https://`.
    secure: reqwest::Client,
    /// For `http://`: a name may lead it to less.
    plain: reqwest::Client,
    reach: Reach,
}

impl Client {
    /// # Errors
    /// [`Error::Other`] when the user agent cannot stand in a header, or the file of
    /// authorities cannot be used.
    pub fn new(options: &Options) -> Result<Client, Error> {
        Client::with_resolver(options, Arc::new(SystemResolver))
    }

    /// A client that does not ask the operating system for the addresses behind names.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_resolver(options: &Options, resolver: Arc<dyn Resolver>) -> Result<Client, Error> {
        let tls = tls::config(options.ca_file.as_deref())?;
        let build = |protection| {
            let mut builder = reqwest::Client::builder()
                .user_agent(options.user_agent.as_str())
                .connect_timeout(options.timeout)
                .read_timeout(options.timeout)
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .tls_backend_preconfigured(tls.clone());
            if options.reach != Reach::Anywhere {
                // Each request looks its host up anew, and outlives no change of rules.
                builder = builder.pool_max_idle_per_host(0);
            }
            let (resolver, reach) = (resolver.clone(), options.reach.clone());
            builder.dns_resolver(Arc::new(Guarded { resolver, reach, protection })).build()
        };
        Ok(Client {
            secure: build(Protection::Tls).map_err(Error::from_client)?,
            plain: build(Protection::None).map_err(Error::from_client)?,
            reach: options.reach.clone(),
        })
    }

    /// Says of a URL whether it may be asked, as far as that can be said without looking
    /// its host up: for whoever saves it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when a rule is broken, [`Error::Other`] when it is no URL of HTTP.
    pub fn check(&self, url: &str) -> Result<(), Error> {
        self.judged(url).map(drop)
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
        let url = self.judged(url)?;
        let mut request = self.client_for(&url).request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        request.send().await.map(Response::new).map_err(Error::from_client)
    }

    /// The same for [`Gate`], which has read URL and headers already.
    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<reqwest::Response, HttpError> {
        self.admitted(&url).map_err(HttpError::from)?;
        let request = self.client_for(&url).request(method, url).headers(headers);
        let request = if body.is_empty() { request } else { request.body(body) };
        request.send().await.map_err(HttpError::from_client)
    }

    fn client_for(&self, url: &Url) -> &reqwest::Client {
        if url.scheme() == "https" { &self.secure } else { &self.plain }
    }

    /// Read once: what is judged is what is asked.
    fn judged(&self, url: &str) -> Result<Url, Error> {
        let url = Url::parse(url).map_err(|e| Error::Other { cause: format!("this is no URL: {e}") })?;
        self.admitted(&url)?;
        Ok(url)
    }

    fn admitted(&self, url: &Url) -> Result<(), Error> {
        if let Err(rule) = self.reach.admits_url(url) {
            return Err(Error::Forbidden { host: error::authority(url), rule });
        }
        if !url.has_host() {
            return Err(Error::Other { cause: "the URL names no host".to_owned() });
        }
        Ok(())
    }
}
