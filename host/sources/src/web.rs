//! A server that is asked by HTTP: where it is, and what it wants to be shown.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use egress::{HttpRequest, HttpResponse};
use event::UrlPattern;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::arguments;
use crate::error::{BadConfig, SourceError};
use crate::sources::Reachable;

/// What all kinds that speak HTTP want to know.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    url: String,
    username: Option<String>,
    password: Option<String>,
    token: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    secret_headers: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(crate) struct Web {
    /// Ends in a slash.
    base: Url,
    /// All that is on its host.
    host: UrlPattern,
    /// Sent with each request; the names in lower case.
    headers: Vec<(String, String)>,
}

/// Of a server's own words so much is repeated.
const SAID_MAX: usize = 300;

/// Headers that HTTP itself decides about.
const NOT_OURS: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"];

impl Web {
    pub(crate) fn read(config: &Value) -> Result<Web, BadConfig> {
        let config: Config = arguments::config(config)?;
        let base = base(&config.url)?;
        let mut headers = Vec::new();
        for (field, given) in [("headers", &config.headers), ("secret_headers", &config.secret_headers)] {
            for (name, value) in given {
                headers.push(header(name, value).map_err(|message| BadConfig::at(field, message))?);
            }
        }
        let login = match (&config.username, &config.password, &config.token) {
            (None, None, None) => None,
            (Some(username), password, None) => {
                let password = password.as_deref().unwrap_or_default();
                Some(format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
            }
            (None, None, Some(token)) => Some(format!("Bearer {token}")),
            (None, Some(_), None) => {
                return Err(BadConfig::at("username", "`password` is given without `username`"));
            }
            (_, _, Some(_)) => {
                let message = "either `token` is shown, or `username` and `password`";
                return Err(BadConfig::at("token", message));
            }
        };
        if let Some(login) = login {
            headers.push(header("authorization", &login).map_err(|message| BadConfig::at("token", message))?);
        }
        if let Some((name, _)) = headers.iter().enumerate().find_map(|(index, header)| {
            headers[..index].iter().any(|other| other.0 == header.0).then_some(header)
        }) {
            return Err(BadConfig::at("headers", format!("the header `{name}` is given twice")));
        }
        let host = UrlPattern::new(&format!("{}/*", base.origin().ascii_serialization()));
        let host = host.map_err(|error| BadConfig::at("url", error.to_string()))?;
        Ok(Web { base, host, headers })
    }

    /// The URL of a path below the base, without leaving it.
    pub(crate) fn below(&self, path: &str, query: &[(String, String)]) -> Result<String, SourceError> {
        let outside = || SourceError::Denied(format!("`{}` leads out of the source's URL", shown(path)));
        let whole = format!("{}{}", self.base, path.trim_start_matches('/'));
        let mut url = Url::parse(&whole).map_err(|e| SourceError::BadArguments(format!("the path: {e}")))?;
        let below = url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        if !below || climbs(url.path()) {
            return Err(outside());
        }
        url.set_fragment(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url.into())
    }

    /// Sends a request with the source's own headers, which come before any other of the
    /// same name.
    pub(crate) async fn send(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        url: String,
        headers: &BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<HttpResponse, SourceError> {
        let mut all = self.headers.clone();
        for (name, value) in headers {
            let (name, value) = header(name, value).map_err(SourceError::BadArguments)?;
            if all.iter().all(|(own, _)| *own != name) {
                all.push((name, value));
            }
        }
        let request = HttpRequest { method: method.to_owned(), url, headers: all, body };
        reachable.network.http(&self.host, request, reachable.limits).await
    }

    /// Asks for JSON, with any status.
    pub(crate) async fn get(
        &self,
        reachable: &Reachable<'_>,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Answer, SourceError> {
        let url = self.below(path, query)?;
        let accept = BTreeMap::from([("accept".to_owned(), "application/json".to_owned())]);
        let response = self.send(reachable, "GET", url, &accept, Vec::new()).await?;
        let json = serde_json::from_slice(&response.body).ok();
        Ok(Answer { response, json })
    }
}

/// An answer, and the JSON that it holds.
pub(crate) struct Answer {
    pub(crate) response: HttpResponse,
    pub(crate) json: Option<Value>,
}

impl Answer {
    /// The JSON of a good answer. `what` names what should have answered.
    pub(crate) fn good(self, what: &str) -> Result<Value, SourceError> {
        match (self.response.status, self.json) {
            (200..=299, Some(json)) => Ok(json),
            (200..=299, None) => Err(SourceError::Failed(format!(
                "what answers at this URL is no {what}: {}",
                beginning(&self.response.body)
            ))),
            (_, _) => Err(refused(&self.response, what)),
        }
    }
}

/// Why an answer with such a status is of no use.
pub(crate) fn refused(response: &HttpResponse, what: &str) -> SourceError {
    let said = || match beginning(&response.body) {
        said if said.is_empty() => String::new(),
        said => format!(": {said}"),
    };
    SourceError::Failed(match response.status {
        401 => format!("{what} wants a login, or does not take the one that it is shown (status 401)"),
        403 => format!("{what} does not let this login do that (status 403)"),
        404 => format!("there is no {what} at this URL (status 404)"),
        status @ 300..=399 => {
            let location = response.headers.iter().find(|(name, _)| name == "location");
            let to = location.map(|(_, to)| format!(" to {}", shown(to))).unwrap_or_default();
            format!(
                "it redirects{to} (status {status}), and redirects are not followed: `url` has to lead there itself"
            )
        }
        status => format!("{what} answers {status}{}", said()),
    })
}

/// The parts of a configuration schema that all kinds by HTTP share.
pub(crate) fn properties(url: &str) -> Map<String, Value> {
    let properties = json!({
        "url": {"type": "string", "title": "URL", "description": url, "format": "uri"},
        "username": {"type": "string", "title": "User name"},
        "password": {"type": "string", "title": "Password", "x-secret": true},
        "token": {"type": "string", "title": "Token", "description": "Shown as a bearer token, in place of user name and password.", "x-secret": true},
        "headers": {"type": "object", "title": "Headers", "description": "Sent with each request.", "additionalProperties": {"type": "string"}},
        "secret_headers": {"type": "object", "title": "Secret headers", "description": "The same, for what nobody is to see.", "additionalProperties": {"type": "string"}, "x-secret": true},
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

/// A whole schema of these properties.
pub(crate) fn schema(title: &str, properties: Map<String, Value>) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": ["url"],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn base(text: &str) -> Result<Url, BadConfig> {
    let bad = |message: String| BadConfig::at("url", message);
    let mut url =
        Url::parse(text).map_err(|e| bad(format!("this is no URL such as https://example.org: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad("a URL here begins with https:// or http://".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "a login in the URL could be read by everybody: use `username` and `password`".to_owned()
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("nothing may stand behind `?` or `#`: paths are put below this URL".to_owned()));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// A header as it is sent, its name in lower case.
fn header(name: &str, value: &str) -> Result<(String, String), String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let lower = name.to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("`{}` cannot be the name of a header", shown(name)));
    }
    if NOT_OURS.contains(&lower.as_str()) {
        return Err(format!("the header `{name}` cannot be set"));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!("the value of the header `{name}` holds a control character"));
    }
    Ok((lower, value.to_owned()))
}

/// Whether a step of a path would lead upwards on a server that decodes slashes first.
fn climbs(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split(['/', '\\']).any(|step| step == "..")
}

/// The beginning of what a server said, on one line.
pub(crate) fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SAID_MAX)]);
    shown(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SAID_MAX).collect()
}
