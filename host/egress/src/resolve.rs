//! Names to addresses: looked up once for each connection, judged, and then connected to
//! exactly as judged, so that no second answer can take the place of the first.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::reach::{Protection, Reach, Rule};

/// The addresses of a host, as soon as they are known.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
pub trait Resolver: Send + Sync + 'static {
    fn lookup(&self, host: &str) -> Lookup;
}

/// As the operating system does it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn lookup(&self, host: &str) -> Lookup {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Gives the connector nothing that it may not connect to.
pub(crate) struct Guarded {
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) reach: Reach,
    pub(crate) protection: Protection,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.resolver.lookup(name.as_str());
        let (reach, protection) = (self.reach.clone(), self.protection);
        Box::pin(async move {
            let found = lookup.await.map_err(Unresolved)?;
            let judged = |address: &IpAddr| reach.admits(*address, protection);
            let good: Vec<IpAddr> = found.iter().copied().filter(|address| judged(address).is_ok()).collect();
            if good.is_empty() {
                return match found.iter().find_map(|address| judged(address).err()) {
                    Some(rule) => Err(Broken(rule).into()),
                    None => {
                        Err(Unresolved(io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
                            .into())
                    }
                };
            }
            // The connector puts in the port.
            let addresses: Addrs = Box::new(good.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// How a broken rule comes through the client's own errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) Rule);

/// A name that leads nowhere, in the same way.
#[derive(Debug, thiserror::Error)]
#[error("the name was not found")]
pub(crate) struct Unresolved(#[source] io::Error);
