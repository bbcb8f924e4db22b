//! Requests on behalf of somebody who was granted certain URLs: a plugin, for instance.
//!
//! All of them take this one way: the URL is read once and held against the grants, its
//! host is looked up, each address is judged in its canonical form, and exactly what was
//! judged is connected to. Redirections are answers, no proxy and no cookies are known,
//! and the size of what is sent and received, the time, and the number of requests at
//! once are bounded.

use std::sync::Arc;
use std::time::Duration;

use event::{UrlParts, UrlPattern};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::resolve::{Resolver, SystemResolver};
use crate::{Client, Error, HttpError, HttpRequest, HttpResponse, Options, error};

/// Bounds on what one holder of grants may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For one request, from the first lookup to the last byte.
    pub time: Duration,
    /// Of a request, and of an answer: headers and body together.
    pub bytes: usize,
    /// Requests under way at once; others wait for their turn, within their time.
    pub at_once: usize,
}

/// The way out for all who hold grants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// For hosts that a grant leaves open.
    public: Client,
    /// For hosts that a grant names: they may lie in a private network.
    named: Client,
    bounds: Bounds,
}

/// One holder's grants at the gate. Clones share its turns.
#[derive(Clone, Debug)]
pub struct Pass {
    gate: Gate,
    granted: Vec<UrlPattern>,
    turns: Arc<Semaphore>,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { time: Duration::from_secs(10), bytes: 1 << 20, at_once: 4 }
    }
}

impl Gate {
    /// `options` tell whom to trust and which networks the configuration allows; where
    /// everything is within reach, grants alone are judged.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn new(options: &Options, bounds: Bounds) -> Result<Gate, Error> {
        Gate::with_resolver(options, bounds, Arc::new(SystemResolver))
    }

    /// A gate that does not ask the operating system for the addresses behind names.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_resolver(
        options: &Options,
        bounds: Bounds,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Gate, Error> {
        let named = Options { reach: options.reach.clone().by_name(), ..options.clone() };
        let public = Client::with_resolver(options, resolver.clone())?;
        let named = Client::with_resolver(&named, resolver)?;
        Ok(Gate { inner: Arc::new(Inner { public, named, bounds }) })
    }

    /// Lets somebody through to what matches one of these patterns.
    pub fn pass(&self, granted: Vec<UrlPattern>) -> Pass {
        Pass { gate: self.clone(), granted, turns: Arc::new(Semaphore::new(self.inner.bounds.at_once)) }
    }
}

impl Pass {
    /// Whether a URL is among those granted; not yet whether its address is one to connect to.
    pub fn admits(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.granting(&url).next().is_some())
    }

    /// Sends a request, and brings the whole answer.
    ///
    /// # Errors
    /// When it is not granted, makes no sense, takes too long or too much, or fails on its way.
    pub async fn send(&self, request: HttpRequest, within: Duration) -> Result<HttpResponse, HttpError> {
        let bounds = &self.gate.inner.bounds;
        let url = Url::parse(&request.url).map_err(|e| HttpError::Invalid(format!("this is no URL: {e}")))?;
        let client = self.client(&url)?;
        let method = method(&request.method)?;
        let headers = headers(&request.headers)?;
        if size(&headers) + url.as_str().len() + request.body.len() > bounds.bytes {
            return Err(HttpError::TooBig);
        }
        let whole = async {
            let _turn = self.turns.acquire().await.map_err(|closed| HttpError::Io(closed.to_string()))?;
            let answer = client.send(method, url, headers, request.body).await?;
            received(answer, bounds.bytes).await
        };
        timeout(within.min(bounds.time), whole).await.unwrap_or(Err(HttpError::Timeout))
    }

    /// The client that may go there.
    fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        let mut granting = self.granting(url).peekable();
        if granting.peek().is_none() {
            return Err(HttpError::Denied(format!("{} is not granted", error::authority(url))));
        }
        let inner = &self.gate.inner;
        Ok(if granting.any(UrlPattern::names_host) { &inner.named } else { &inner.public })
    }

    fn granting(&self, url: &Url) -> impl Iterator<Item = &UrlPattern> {
        granting(&self.granted, url)
    }
}

/// Judges a request as [`Pass::send`] would before it connects, and sends nothing: where
/// answers are recorded, what could never be sent has none.
///
/// # Errors
/// When it is not granted, or makes no sense.
pub fn judge(granted: &[UrlPattern], request: &HttpRequest) -> Result<(), HttpError> {
    let url = Url::parse(&request.url).map_err(|e| HttpError::Invalid(format!("this is no URL: {e}")))?;
    if granting(granted, &url).next().is_none() {
        return Err(HttpError::Denied(format!("{} is not granted", error::authority(&url))));
    }
    method(&request.method)?;
    headers(&request.headers).map(drop)
}

fn granting<'g>(granted: &'g [UrlPattern], url: &Url) -> impl Iterator<Item = &'g UrlPattern> {
    let parts = url.host_str().zip(url.port_or_known_default()).map(|(host, port)| UrlParts {
        scheme: url.scheme(),
        host,
        port,
        path: url.path(),
    });
    granted.iter().filter(move |pattern| parts.as_ref().is_some_and(|parts| pattern.admits(parts)))
}

/// Those with which nothing is tunnelled or echoed.
fn method(method: &str) -> Result<Method, HttpError> {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
            Ok(Method::from_bytes(method.as_bytes()).expect("each of these is a method"))
        }
        other => {
            let shown: String = other.chars().filter(|c| !c.is_control()).take(40).collect();
            Err(HttpError::Invalid(format!("`{shown}` is no method to send: use GET or POST, for instance")))
        }
    }
}

/// Headers that say where a message begins and ends or who it is for. Who sets them could
/// put a second request behind the first.
const OURS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn headers(given: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::with_capacity(given.len().min(100));
    for (name, value) in given {
        let shown = || name.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        let read = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !OURS.contains(&name.as_str()));
        let name =
            read.ok_or_else(|| HttpError::Invalid(format!("the header `{}` is not yours to set", shown())))?;
        let value = HeaderValue::from_str(value);
        let value = value.map_err(|_| {
            HttpError::Invalid(format!("the header `{}` has a value that is no line", shown()))
        })?;
        let room = headers.try_append(name, value);
        room.map_err(|_| HttpError::TooBig)?;
    }
    Ok(headers)
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

async fn received(mut answer: reqwest::Response, most: usize) -> Result<HttpResponse, HttpError> {
    let mut left = most.checked_sub(size(answer.headers())).ok_or(HttpError::TooBig)?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let headers = answer.headers().iter().filter_map(text).collect();
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(HttpError::from_client)? {
        left = left.checked_sub(chunk.len()).ok_or(HttpError::TooBig)?;
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status, headers, body })
}
