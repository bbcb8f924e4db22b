//! Whether a request comes from this very machine.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST, ORIGIN};
use http::{HeaderMap, Uri};

/// Only then are events taken without a token. A loopback peer alone says nothing: it
/// may be a proxy that speaks for somebody else, or a browser that a page elsewhere
/// makes send. So `Host` must name this machine too (a page that was rebound to our
/// address cannot forge that), and no header may tell of another origin or of a proxy.
pub(crate) fn is_local(peer: IpAddr, uri: &Uri, headers: &HeaderMap) -> bool {
    let forwarded =
        headers.keys().any(|name| *name == FORWARDED || name.as_str().starts_with("x-forwarded-"));
    let authorities_local = only(headers, HOST.as_str()).is_some_and(names_loopback)
        && uri.authority().is_none_or(|authority| names_loopback(authority.as_str()));
    peer.to_canonical().is_loopback()
        && authorities_local
        && !forwarded
        && !headers.get_all("sec-fetch-site").iter().any(|site| site == "cross-site")
        && !other_origin(headers)
}

/// An origin of our own is that of the `Host` itself; `null` is nobody's.
fn other_origin(headers: &HeaderMap) -> bool {
    if !headers.contains_key(ORIGIN) {
        return false;
    }
    let origin = only(headers, ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    origin.is_none_or(|(_, authority)| only(headers, HOST.as_str()) != Some(authority))
}

/// A header that is there once, and is text.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// `localhost`, an address of 127.0.0.0/8 or `[::1]`, with or without a port.
fn names_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok_and(|ip| ip.to_canonical().is_loopback()),
        None => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::{HeaderName, HeaderValue};

    use super::*;

    fn verdict(peer: &str, uri: &str, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        is_local(peer.parse().unwrap(), &uri.parse().unwrap(), &map)
    }

    #[test]
    fn a_request_is_local_when_peer_and_host_are_loopback_and_nothing_says_otherwise() {
        let me = ("host", "localhost:8355");
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool, &'a str);
        let table: &[Case<'_>] = &[
            ("127.0.0.1", &[me], true, "curl"),
            ("127.0.0.1", &[("host", "127.0.0.1:8355")], true, "by address"),
            ("127.9.9.9", &[("host", "127.1.2.3")], true, "all of 127.0.0.0/8"),
            ("::1", &[("host", "[::1]:8355")], true, "version 6"),
            ("::ffff:127.0.0.1", &[("host", "LOCALHOST")], true, "version 4 in 6"),
            ("10.0.0.5", &[me], false, "a peer elsewhere"),
            ("::ffff:10.0.0.5", &[me], false, "a peer elsewhere, in version 6"),
            ("127.0.0.1", &[], false, "no host"),
            ("127.0.0.1", &[me, me], false, "two hosts"),
            ("127.0.0.1", &[("host", "tellify.example.org")], false, "a proxy that keeps the host"),
            ("127.0.0.1", &[("host", "localhost.example.org")], false, "a rebound name"),
            ("127.0.0.1", &[("host", "127.0.0.1.example.org")], false, "a rebound name like an address"),
            ("127.0.0.1", &[("host", "localhost@example.org")], false, "user information"),
            ("127.0.0.1", &[("host", "[::2]:8355")], false, "another address"),
            ("127.0.0.1", &[("host", "0.0.0.0:8355")], false, "no address at all"),
            ("127.0.0.1", &[("host", "2130706433")], false, "an address as a number"),
            ("127.0.0.1", &[me, ("origin", "https://example.org")], false, "a page elsewhere"),
            ("127.0.0.1", &[me, ("origin", "null")], false, "a page of nobody's"),
            ("127.0.0.1", &[me, ("origin", "http://localhost:3000")], false, "another page on this machine"),
            ("127.0.0.1", &[me, ("origin", "http://localhost:8355")], true, "our own page"),
            (
                "127.0.0.1",
                &[me, ("origin", "http://localhost:8355"), ("origin", "http://x")],
                false,
                "two origins",
            ),
            ("127.0.0.1", &[me, ("sec-fetch-site", "cross-site")], false, "a browser that says so"),
            ("127.0.0.1", &[me, ("sec-fetch-site", "none")], true, "a browser's user"),
            ("127.0.0.1", &[me, ("sec-fetch-site", "same-origin")], true, "our own page, by the browser"),
            ("127.0.0.1", &[me, ("forwarded", "for=127.0.0.1")], false, "a proxy"),
            ("127.0.0.1", &[me, ("x-forwarded-for", "127.0.0.1")], false, "a proxy, by habit"),
            ("127.0.0.1", &[me, ("X-Forwarded-Proto", "https")], false, "a proxy, by another habit"),
        ];
        for (peer, headers, expected, what) in table {
            assert_eq!(verdict(peer, "/api/v1/events", headers), *expected, "{what}: {peer} {headers:?}");
        }
        assert!(
            !verdict("127.0.0.1", "http://example.org/api/v1/events", &[me]),
            "a whole address elsewhere"
        );
        assert!(verdict("127.0.0.1", "http://localhost:8355/api/v1/events", &[me]), "a whole address here");
    }
}
