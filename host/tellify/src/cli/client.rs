//! One request to the daemon's API.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::Problem;
use egress::{Method, Options, Reach, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use url::{Host, Url};

use super::failure::Failure;

/// Answers are lists of at most a thousand things.
const ANSWER_MAX: usize = 512 << 20;
/// A plugin may take a while to be compiled.
const TIMEOUT: Duration = Duration::from_secs(120);
const PAGE: usize = 1000;

pub(super) struct Client {
    http: egress::Client,
    url: String,
    authorization: Option<String>,
}

/// Query parameters; those without a value are left out.
pub(super) type Query<'a> = &'a [(&'a str, Option<&'a str>)];

impl Client {
    pub(super) fn new(url: &str, token_file: Option<&Path>) -> Result<Client, Failure> {
        let user_agent = format!("tellify/{}", env!("CARGO_PKG_VERSION"));
        let http = egress::Client::new(&Options {
            timeout: TIMEOUT,
            user_agent,
            reach: Reach::Anywhere,
            ca_file: None,
        })
        .map_err(Failure::failed)?;
        let authorization = find_token(token_file, url)?.map(|token| format!("Bearer {token}"));
        Ok(Client { http, url: url.trim_end_matches('/').to_owned(), authorization })
    }

    /// Where the daemon is, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn get(&self, path: &str, query: Query<'_>) -> Result<Value, Failure> {
        self.json(Method::GET, path, query, "", Vec::new()).await
    }

    pub(super) async fn send<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        query: Query<'_>,
        body: &B,
    ) -> Result<Value, Failure> {
        let body = serde_json::to_vec(body).map_err(Failure::failed)?;
        self.json(method, path, query, "application/json", body).await
    }

    /// Sends a body as it is; none when the content type is empty.
    pub(super) async fn json(
        &self,
        method: Method,
        path: &str,
        query: Query<'_>,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, Failure> {
        let answer = self.request(method, path, query, content_type, body).await?;
        let bytes = answer.bytes(ANSWER_MAX).await.map_err(Failure::failed)?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::failed(format!("the answer is no JSON: {error}")))
    }

    /// Walks through a list until there is no more of it, or enough.
    pub(super) async fn list(
        &self,
        path: &str,
        query: Query<'_>,
        most: usize,
    ) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        while items.len() < most {
            let limit = PAGE.min(most - items.len()).to_string();
            let mut asked = query.to_vec();
            asked.extend([("limit", Some(limit.as_str())), ("cursor", cursor.as_deref())]);
            let mut page = self.get(path, &asked).await?;
            if let Value::Array(some) = page["items"].take() {
                items.extend(some);
            }
            match page["next"].take() {
                Value::String(next) => cursor = Some(next),
                _ => break,
            }
        }
        Ok(items)
    }

    /// A list that comes whole.
    pub(super) async fn whole(&self, path: &str, query: Query<'_>) -> Result<Vec<Value>, Failure> {
        match self.get(path, query).await?["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn request(
        &self,
        method: Method,
        path: &str,
        query: Query<'_>,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Response, Failure> {
        let mut headers = Vec::new();
        if let Some(authorization) = &self.authorization {
            headers.push(("authorization", authorization.as_str()));
        }
        if !content_type.is_empty() {
            headers.push(("content-type", content_type));
        }
        let url = format!("{}{path}{}", self.url, query_text(query));
        let answer = self.http.request(method, &url, &headers, body).await.map_err(|error| match error {
            egress::Error::Other { cause } => Failure::failed(cause),
            unreachable => Failure::unreachable(&self.url, &unreachable),
        })?;
        if answer.status() < 400 {
            return Ok(answer);
        }
        let status = answer.status();
        let bytes = answer.bytes(ANSWER_MAX).await.map_err(Failure::failed)?;
        let problem = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Problem::new(status, format!("{} answers {status}", self.url)));
        let filter = query.iter().find(|(name, _)| *name == "q").and_then(|(_, value)| *value);
        Err(Failure::refused(&problem, filter))
    }
}

/// A step of a path, such as a name that somebody typed.
pub(super) fn step(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn query_text(query: Query<'_>) -> String {
    let given = query.iter().filter_map(|(name, value)| Some(format!("{name}={}", step((*value)?))));
    let text = given.collect::<Vec<_>>().join("&");
    if text.is_empty() { text } else { format!("?{text}") }
}

/// The named file, else `TELLIFY_TOKEN`, else the administrator's token of the data
/// folder, if it is there and ours to read. Nobody asked for the usual folder's token,
/// so that one stays on this machine.
fn find_token(file: Option<&Path>, url: &str) -> Result<Option<String>, Failure> {
    if let Some(file) = file {
        let text =
            fs::read_to_string(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        return Ok(Some(text.trim().to_owned()));
    }
    if let Ok(token) = std::env::var("TELLIFY_TOKEN") {
        return Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty()));
    }
    let data = match std::env::var_os("TELLIFY_DATA").map(PathBuf::from) {
        Some(data) => data,
        None if is_here(url) => settings::default_data_folder(std::env::vars()),
        None => return Ok(None),
    };
    Ok(fs::read_to_string(data.join("admin-token")).ok().map(|text| text.trim().to_owned()))
}

/// Whether a URL leads to this very machine, read as the HTTP client reads it.
fn is_here(url: &str) -> bool {
    match Url::parse(url).as_ref().map(Url::host) {
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(None) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_a_url_of_this_machine_gets_the_token_that_nobody_named() {
        for here in ["http://127.0.0.1:8355", "http://127.9.9.9", "http://[::1]:8355/", "https://LOCALHOST"] {
            assert!(is_here(here), "{here}");
        }
        for away in [
            "http://192.0.2.1:8355",
            "https://tellify.example.org",
            "http://127.0.0.1@example.org",
            "http://localhost.example.org",
            "http://example.org/?http://127.0.0.1",
            "http://example.org\\@127.0.0.1",
            "http://[2001:db8::1]",
            "127.0.0.1:8355",
            "",
        ] {
            assert!(!is_here(away), "{away}");
        }
    }
}
