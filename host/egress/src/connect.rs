//! Connections for those who speak something else than HTTP over them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Host;

use crate::reach::Protection;
use crate::{Error, Reach, Resolver, Rule};

/// Connects to a host, by name or address, within a time: to the first of its addresses
/// that is within reach and answers. What protects the connection is its user's to see to.
///
/// # Errors
/// [`Error::Forbidden`] when none of its addresses is within reach, and none was connected
/// to; [`Error::Unreachable`] or [`Error::Timeout`] when none answered.
pub async fn connect(
    resolver: &dyn Resolver,
    reach: &Reach,
    host: &str,
    port: u16,
    within: Duration,
) -> Result<TcpStream, Error> {
    let connecting = first(resolver, reach, host, port);
    timeout(within, connecting).await.unwrap_or_else(|_| Err(Error::Timeout { host: host.to_owned() }))
}

async fn first(resolver: &dyn Resolver, reach: &Reach, host: &str, port: u16) -> Result<TcpStream, Error> {
    let unreachable = |cause: String| Error::Unreachable { host: host.to_owned(), cause };
    let found = addresses(resolver, host).await.map_err(|error| unreachable(error.to_string()))?;
    let good = judged(&found, reach).map_err(|rule| match rule {
        Some(rule) => Error::Forbidden { host: host.to_owned(), rule },
        None => unreachable("the name has no address".to_owned()),
    })?;
    let mut last = None;
    for address in good {
        match TcpStream::connect(SocketAddr::new(address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(unreachable(last.map_or_else(|| "it has no address".to_owned(), |error| error.to_string())))
}

/// What is written as an address is read as a URL's host is, in all its forms.
async fn addresses(resolver: &dyn Resolver, host: &str) -> io::Result<Vec<IpAddr>> {
    let bare = host.parse::<IpAddr>().ok();
    let read = bare.map(|address| match address {
        IpAddr::V4(v4) => Host::Ipv4(v4),
        IpAddr::V6(v6) => Host::Ipv6(v6),
    });
    let read = match read {
        Some(address) => address,
        None => Host::parse(host).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?,
    };
    match read {
        Host::Ipv4(v4) => Ok(vec![v4.into()]),
        Host::Ipv6(v6) => Ok(vec![v6.into()]),
        Host::Domain(name) => resolver.lookup(&name).await,
    }
}

/// The addresses within reach.
///
/// # Errors
/// With the rule that keeps from one, when there is none; without, when there was no address.
fn judged(found: &[IpAddr], reach: &Reach) -> Result<Vec<IpAddr>, Option<Rule>> {
    let rule = |address: &IpAddr| reach.admits(*address, Protection::Tls);
    let good: Vec<IpAddr> = found.iter().copied().filter(|address| rule(address).is_ok()).collect();
    if good.is_empty() { Err(found.iter().find_map(|address| rule(address).err())) } else { Ok(good) }
}
