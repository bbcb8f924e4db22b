//! Which URLs a plugin may ask for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A set of URLs, written as one: `https://api.example.com/repos/*`.
///
/// Scheme, host, an optional port and a path. The host may begin with `*.`, for all below
/// a name, or be `*`, for any; the port may be `*`, for any; the path may end with `*`, for
/// all that begin so; without a path it is all of that host. Queries are not judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UrlPattern {
    scheme: Scheme,
    /// As a URL has it: in lower case, an IPv6 address in brackets.
    host: String,
    /// None: any.
    port: Option<u16>,
    /// Begins with a slash.
    path: String,
}

/// The parts of a URL that a pattern judges, as a parser of URLs normalised them: the host
/// in lower case, dots in the path resolved.
#[derive(Clone, Copy, Debug)]
pub struct UrlParts<'a> {
    pub scheme: &'a str,
    pub host: &'a str,
    /// The scheme's own where the URL names none.
    pub port: u16,
    pub path: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Scheme {
    Http,
    Https,
}

/// Why a text is no [`UrlPattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no pattern of URLs such as `https://api.example.com/repos/*`: {why}")]
pub struct UrlPatternError {
    text: String,
    why: &'static str,
}

const LENGTH_MAX: usize = 500;

impl UrlPattern {
    pub fn new(text: &str) -> Result<UrlPattern, UrlPatternError> {
        UrlPattern::parse(text).map_err(|why| {
            // Shown to people: what they sent may be long or hold control characters.
            let shown = text.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect();
            UrlPatternError { text: shown, why }
        })
    }

    /// Whether a URL is among them.
    pub fn admits(&self, url: &UrlParts<'_>) -> bool {
        url.scheme == self.scheme.as_str()
            && self.port.is_none_or(|port| port == url.port)
            && self.admits_host(url.host)
            && self.admits_path(url.path)
    }

    /// Whether whatever the other one admits, this one admits too.
    pub fn covers(&self, other: &UrlPattern) -> bool {
        let host = match (self.below(), other.below()) {
            _ if self.host == "*" => true,
            (_, _) if other.host == "*" => false,
            (Some(own), Some(others)) => others == own || is_below(others, own),
            (None, Some(_)) => false,
            (_, None) => self.admits_host(&other.host),
        };
        let path = match (self.path.strip_suffix('*'), other.path.strip_suffix('*')) {
            (Some(own), Some(others)) => others.starts_with(own),
            (None, Some(_)) => false,
            (_, None) => self.admits_path(&other.path),
        };
        let port = self.port.is_none() || self.port == other.port;
        host && path && port && self.scheme == other.scheme
    }

    /// Whether it names a host, or all below a name, so that whoever grants it means that
    /// host even if it lies inside their own network.
    pub fn names_host(&self) -> bool {
        self.host != "*"
    }

    fn admits_host(&self, host: &str) -> bool {
        match self.below() {
            _ if self.host == "*" => true,
            Some(name) => is_below(host, name),
            None => host == self.host,
        }
    }

    fn admits_path(&self, path: &str) -> bool {
        let Some(start) = self.path.strip_suffix('*') else { return path == self.path };
        // A server may decode these into steps that lead out of what was granted.
        let is_plain = || {
            let path = path.to_ascii_lowercase();
            !["%2f", "%5c", "%2e"].iter().any(|hidden| path.contains(hidden))
        };
        path.starts_with(start) && (start == "/" || is_plain())
    }

    /// The name below which all hosts are meant.
    fn below(&self) -> Option<&str> {
        self.host.strip_prefix("*.")
    }

    fn parse(text: &str) -> Result<UrlPattern, &'static str> {
        if text.len() > LENGTH_MAX {
            return Err("it is longer than 500 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("write it in ASCII without spaces, a host as `xn--…`");
        }
        let (scheme, rest) = text.split_once("://").ok_or("it begins with `https://` or `http://`")?;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("it begins with `https://` or `http://`"),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/*"), |at| rest.split_at(at));
        let (host, port) = host_and_port(authority)?;
        check_host(host)?;
        check_path(path)?;
        let port = match port {
            None => Some(scheme.port()),
            Some(Port::Any) => None,
            Some(Port::Only(port)) => Some(port),
        };
        Ok(UrlPattern { scheme, host: host.to_ascii_lowercase(), port, path: path.to_owned() })
    }
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).and_then(|front| front.strip_suffix('.')).is_some_and(|front| !front.is_empty())
}

/// As a pattern names it.
enum Port {
    Any,
    Only(u16),
}

fn host_and_port(authority: &str) -> Result<(&str, Option<Port>), &'static str> {
    if authority.contains('@') {
        return Err("it names no user: credentials are secrets");
    }
    // The colons of an IPv6 address stand in brackets.
    let end_of_host = authority.find(']').map_or(0, |at| at + 1);
    let Some(colon) = authority[end_of_host..].find(':') else { return Ok((authority, None)) };
    let (host, port) = authority.split_at(end_of_host + colon);
    if &port[1..] == "*" {
        return Ok((host, Some(Port::Any)));
    }
    let number = port[1..].parse().ok().filter(|port| *port > 0);
    Ok((host, Some(Port::Only(number.ok_or("its port is a number up to 65535, or `*`")?))))
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.parse::<std::net::Ipv6Addr>() {
            Ok(read) if read.to_string() == address => Ok(()),
            _ => Err("in brackets stands an IPv6 address in its shortest form"),
        };
    }
    if host == "*" {
        return Ok(());
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let label_ok = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if !name.split('.').all(label_ok) {
        return Err("its host is a name, an address, `*.` in front of a name, or `*`");
    }
    // What ends in a number is an address, which a URL may write in many ways.
    let is_number =
        name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()));
    match is_number && (name != host || name.parse::<std::net::Ipv4Addr>().is_err()) {
        true => Err("a host that ends in a number is a whole IPv4 address"),
        false => Ok(()),
    }
}

fn check_path(path: &str) -> Result<(), &'static str> {
    if path.contains(['?', '#', '\\']) {
        return Err("it has a path, and neither a query nor a fragment");
    }
    let literal = path.strip_suffix('*').unwrap_or(path);
    if literal.contains('*') {
        return Err("a `*` stands at the end of the path");
    }
    match literal.split('/').any(|step| matches!(step, "." | "..")) {
        true => Err("its path has no `.` or `..` in it"),
        false => Ok(()),
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        match self.port {
            None => f.write_str(":*")?,
            Some(port) if port != self.scheme.port() => write!(f, ":{port}")?,
            Some(_) => {}
        }
        f.write_str(&self.path)
    }
}

impl FromStr for UrlPattern {
    type Err = UrlPatternError;

    fn from_str(text: &str) -> Result<UrlPattern, UrlPatternError> {
        UrlPattern::new(text)
    }
}

impl TryFrom<String> for UrlPattern {
    type Error = UrlPatternError;

    fn try_from(text: String) -> Result<UrlPattern, UrlPatternError> {
        UrlPattern::new(&text)
    }
}

impl From<UrlPattern> for String {
    fn from(pattern: UrlPattern) -> String {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> UrlPattern {
        UrlPattern::new(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_pattern_admits_its_urls_and_no_others() {
        // Pattern; scheme, host, port and path of a URL; whether it is among them.
        let cases = [
            ("https://a.example/x/*", ("https", "a.example", 443, "/x/y"), true),
            ("https://a.example/x/*", ("https", "a.example", 443, "/x/"), true),
            ("https://a.example/x/*", ("https", "a.example", 443, "/x"), false),
            ("https://a.example/x/*", ("http", "a.example", 80, "/x/y"), false),
            ("https://a.example/x/*", ("https", "a.example", 8443, "/x/y"), false),
            ("https://a.example/x/*", ("https", "b.example", 443, "/x/y"), false),
            ("https://a.example/x/*", ("https", "a.example.", 443, "/x/y"), false),
            ("https://a.example/x/*", ("https", "a.example", 443, "/x/..%2Fy"), false),
            ("https://a.example/x/*", ("https", "a.example", 443, "/x/%2e%2e/y"), false),
            ("https://a.example/*", ("https", "a.example", 443, "/x%2Fy"), true),
            ("https://a.example", ("https", "a.example", 443, "/anything"), true),
            ("https://a.example/x", ("https", "a.example", 443, "/x"), true),
            ("https://a.example/x", ("https", "a.example", 443, "/xy"), false),
            ("http://a.example:8080/", ("http", "a.example", 8080, "/"), true),
            ("https://*.example/*", ("https", "a.b.example", 443, "/"), true),
            ("https://*.example/*", ("https", "example", 443, "/"), false),
            ("https://*.example/*", ("https", "anexample", 443, "/"), false),
            ("https://*/*", ("https", "anything", 443, "/"), true),
            ("http://[::1]:8080/*", ("http", "[::1]", 8080, "/"), true),
            ("http://10.0.0.5/*", ("http", "10.0.0.5", 80, "/"), true),
            ("http://*:*/*", ("http", "a.example", 8080, "/x"), true),
            ("http://*:*/*", ("https", "a.example", 8080, "/x"), false),
            ("http://a.example:*/x", ("http", "a.example", 80, "/x"), true),
            ("http://[::1]:*/*", ("http", "[::1]", 8080, "/"), true),
        ];
        for (text, (scheme, host, port, path), expected) in cases {
            let url = UrlParts { scheme, host, port, path };
            assert_eq!(pattern(text).admits(&url), expected, "{text}: {url:?}");
        }
    }

    #[test]
    fn a_grant_may_be_narrower_than_what_was_asked_for() {
        let cases = [
            ("https://a.example/*", "https://a.example/x/*", true),
            ("https://a.example/x/*", "https://a.example/*", false),
            ("https://a.example/x*", "https://a.example/xy", true),
            ("https://a.example/x", "https://a.example/x", true),
            ("https://a.example/x", "https://a.example/x*", false),
            ("https://*.example/*", "https://a.example/*", true),
            ("https://*.example/*", "https://*.b.example/*", true),
            ("https://*.b.example/*", "https://*.example/*", false),
            ("https://a.example/*", "https://*.example/*", false),
            ("https://*.example/*", "https://*/*", false),
            ("https://*/*", "https://10.0.0.5/*", true),
            ("https://*/*", "https://*/*", true),
            ("https://a.example/*", "http://a.example/*", false),
            ("https://a.example/*", "https://a.example:444/*", false),
            ("https://a.example:*/*", "https://a.example:444/*", true),
            ("https://a.example:*/*", "https://a.example/x", true),
            ("https://a.example/*", "https://a.example:*/*", false),
            ("https://*:*/*", "https://a.example:*/*", true),
        ];
        for (wide, narrow, expected) in cases {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), expected, "{wide} {narrow}");
        }
    }

    #[test]
    fn a_pattern_is_written_in_one_way() {
        let cases = [
            ("https://A.Example", "https://a.example/*"),
            ("https://a.example:443/x", "https://a.example/x"),
            ("http://a.example:443/x", "http://a.example:443/x"),
            ("http://*:*", "http://*:*/*"),
        ];
        for (text, written) in cases {
            assert_eq!(pattern(text).to_string(), written);
        }
    }

    #[test]
    fn what_could_be_taken_for_another_set_is_no_pattern() {
        let wrong = [
            "",
            "a.example/*",
            "ftp://a.example/*",
            "https:///x",
            "https://a..example/",
            "https://a.*/",
            "https://*a.example/",
            "https://u@a.example/",
            "https://a.example:0/",
            "https://a.example:x/",
            "https://a.example:4*/",
            "https://a.example/*/b",
            "https://a.example/../b",
            "https://a.example/?q=*",
            "https://a.example/#x",
            "https://ä.example/",
            "https://a.example/a b",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://*.0.0.1/",
            "https://[::0001]/",
            "https://[::1/",
            "https://2130706433/",
        ];
        for text in wrong {
            assert!(UrlPattern::new(text).is_err(), "{text}");
        }
    }
}
