//! What a client may connect to.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;
use url::Host;

use crate::address::{canonical, is_private, not_public};

/// Where a client's connections may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Wherever its user says: for a program that acts for whoever started it.
    Anywhere,
    /// To what everybody can reach, over TLS; and to these networks, which may be private
    /// and may be spoken to without TLS. For a server that acts for its users, who must
    /// not get through it what they could not get without it.
    Public { and: Vec<IpNet> },
    /// The same, and private networks, all with or without TLS: for what somebody who may
    /// grant that named by its host. This machine itself and what a cloud keeps beside it
    /// stay out of reach.
    Named { and: Vec<IpNet> },
}

/// The rule that a URL or the address behind it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("only https:// leads out, and http:// to what `[egress] allow` names")]
    Scheme,
    #[error("without TLS only what `[egress] allow` names is reached: use https://")]
    Plain,
    #[error("a URL may hold no user name or password")]
    Login,
    #[error("port {0} is some other service's: use 443, 80, or one from 1024 on")]
    Port(u16),
    /// The word says what the address is instead of public.
    #[error("its address is {0}, and `[egress] allow` in the server's configuration does not name it")]
    Address(&'static str),
}

/// Whether TLS protects the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    Tls,
    None,
}

impl Reach {
    /// Judges all of a URL that can be judged before its host's name is looked up.
    pub(crate) fn admits_url(&self, url: &Url) -> Result<(), Rule> {
        if *self == Reach::Anywhere {
            return Ok(());
        }
        let protection = match url.scheme() {
            "https" => Protection::Tls,
            "http" => Protection::None,
            _ => return Err(Rule::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Rule::Login);
        }
        if let Some(port) = url.port_or_known_default().filter(|port| !is_of_the_web(*port)) {
            return Err(Rule::Port(port));
        }
        match url.host() {
            Some(Host::Ipv4(v4)) => self.admits(v4.into(), protection),
            Some(Host::Ipv6(v6)) => self.admits(v6.into(), protection),
            Some(Host::Domain(_)) if protection == Protection::None && self.is_never_plain() => {
                Err(Rule::Plain)
            }
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    /// Judges an address that is about to be connected to.
    pub(crate) fn admits(&self, address: IpAddr, protection: Protection) -> Result<(), Rule> {
        let meant = canonical(address);
        if *self == Reach::Anywhere || self.allowed().iter().any(|net| net.contains(&meant)) {
            return Ok(());
        }
        let named = matches!(self, Reach::Named { .. });
        match (not_public(meant), protection) {
            (Some(word), _) if named && is_private(word) => Ok(()),
            (Some(word), _) => Err(Rule::Address(word)),
            (None, Protection::None) if !named => Err(Rule::Plain),
            (None, _) => Ok(()),
        }
    }

    /// What is within reach where its host is named by somebody who may.
    pub(crate) fn by_name(self) -> Reach {
        match self {
            Reach::Anywhere => Reach::Anywhere,
            Reach::Public { and } | Reach::Named { and } => Reach::Named { and },
        }
    }

    /// Whether no address can be spoken to without TLS.
    fn is_never_plain(&self) -> bool {
        matches!(self, Reach::Public { and } if and.is_empty())
    }

    fn allowed(&self) -> &[IpNet] {
        match self {
            Reach::Anywhere => &[],
            Reach::Public { and } | Reach::Named { and } => and,
        }
    }
}

/// The low ports belong to mail, remote shells, name servers and the like, some of which
/// can be made to take a request for words of their own.
fn is_of_the_web(port: u16) -> bool {
    matches!(port, 80 | 443 | 1024..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_may_be_private_and_plain_and_nothing_else() {
        let table = [
            ("1.1.1.1", true),
            ("2606:4700::1111", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("::ffff:10.1.2.3", true),
            ("64:ff9b::10.1.2.3", true),
            ("fd12:3456::1", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("0.0.0.0", false),
            ("169.254.169.254", false),
            ("fe80::1", false),
            ("100.100.100.200", false),
            ("168.63.129.16", false),
            ("fd00:ec2::254", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
        ];
        let public = Reach::Public { and: Vec::new() };
        let named = public.clone().by_name();
        for (address, expected) in table {
            let address: IpAddr = address.parse().expect("the table holds addresses");
            assert_eq!(named.admits(address, Protection::None).is_ok(), expected, "{address}");
            assert_eq!(named.admits(address, Protection::Tls).is_ok(), expected, "{address}");
            assert!(public.admits(address, Protection::None).is_err(), "{address}");
        }
    }
}
