//! Connections to servers that somebody named and that speak no HTTP, with TLS: databases,
//! for instance.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{Error, plainly};
use crate::resolve::{Resolver, SystemResolver};
use crate::{Options, Reach, connect, tls};

/// Connects to what somebody who may grant that named by its host. Cheap to clone.
#[derive(Clone)]
pub struct Dialer {
    resolver: Arc<dyn Resolver>,
    reach: Reach,
    timeout: Duration,
    /// Whom it trusts.
    authorities: Arc<Vec<CertificateDer<'static>>>,
}

impl Dialer {
    /// # Errors
    /// [`Error::Other`] when the file of authorities cannot be used.
    pub fn new(options: &Options) -> Result<Dialer, Error> {
        Dialer::with_resolver(options, Arc::new(SystemResolver))
    }

    /// One that does not ask the operating system for the addresses behind names.
    ///
    /// # Errors
    /// As [`Dialer::new`].
    pub fn with_resolver(options: &Options, resolver: Arc<dyn Resolver>) -> Result<Dialer, Error> {
        let authorities = Arc::new(tls::authorities(options.ca_file.as_deref())?);
        let reach = options.reach.clone().by_name();
        Ok(Dialer { resolver, reach, timeout: options.timeout, authorities })
    }

    /// Connects in the clear, as [`connect`] does.
    ///
    /// # Errors
    /// As for [`connect`].
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Error> {
        connect(&*self.resolver, &self.reach, host, port, self.timeout).await
    }

    /// Goes on in TLS: the other side has to prove that it is `host`, by an authority of
    /// the system or of the options, or by one of those in `own`, which is PEM.
    ///
    /// # Errors
    /// [`Error::Tls`] when it cannot, [`Error::Other`] when `own` is no PEM.
    pub async fn secure(
        &self,
        stream: TcpStream,
        host: &str,
        own: Option<&str>,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let mut authorities = self.authorities.to_vec();
        if let Some(pem) = own {
            authorities.extend(tls::in_pem(pem.as_bytes())?);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|_| Error::Other {
            cause: format!("`{host}` is no name that a certificate could be for"),
        })?;
        let connector = TlsConnector::from(Arc::new(tls::trusting(authorities)));
        let shaken = timeout(self.timeout, connector.connect(name, stream)).await;
        let shaken = shaken.map_err(|_| Error::Timeout { host: host.to_owned() })?;
        shaken.map_err(|error| {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
            let cause = tls.map_or_else(|| error.to_string(), plainly);
            Error::Tls { host: host.to_owned(), cause }
        })
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("reach", &self.reach).finish_non_exhaustive()
    }
}
