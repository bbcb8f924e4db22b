//! One request to the daemon's API.

use std::collections::BTreeSet;
use std::time::Duration;

use api::Problem;
use egress::{Method, Options, Reach, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::credential::Credential;
use super::failure::Failure;
use super::meant;

/// Answers are lists of at most a thousand things.
const ANSWER_MAX: usize = 512 << 20;
/// A plugin may take a while to be compiled.
const TIMEOUT: Duration = Duration::from_secs(120);
const PAGE: usize = 1000;

pub(super) struct Client {
    http: egress::Client,
    url: String,
    credential: Credential,
}

/// What a probe was answered.
pub(super) struct Probe {
    pub(super) ok: bool,
    pub(super) says: String,
}

/// Query parameters; those without a value are left out.
pub(super) type Query<'a> = &'a [(&'a str, Option<&'a str>)];

/// Why a request has no good answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No answer came.
    Away(egress::Error),
    /// The daemon, or somebody before it, said no.
    Refused(Box<Problem>),
}

impl Client {
    pub(super) fn new(url: &str, credential: Credential) -> Result<Client, Failure> {
        let is_http = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_http {
            return Err(Failure::usage(format!("`{url}` is no address such as http://127.0.0.1:8355")));
        }
        let url = url.trim_end_matches('/').to_owned();
        Ok(Client { http: http(TIMEOUT)?, url, credential })
    }

    /// The same daemon, given up sooner when it is silent.
    pub(super) fn within(self, timeout: Duration) -> Result<Client, Failure> {
        Ok(Client { http: http(timeout)?, ..self })
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.credential.token.as_deref()
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
        self.list_with(path, query, most, |_| ()).await
    }

    /// The same, and tells after each page how much it has.
    pub(super) async fn list_with(
        &self,
        path: &str,
        query: Query<'_>,
        most: usize,
        told: impl Fn(usize),
    ) -> Result<Vec<Value>, Failure> {
        let (mut items, mut damaged) = (Vec::new(), BTreeSet::new());
        let mut cursor: Option<String> = None;
        while items.len() < most {
            let limit = PAGE.min(most - items.len()).to_string();
            let mut asked = query.to_vec();
            asked.extend([("limit", Some(limit.as_str())), ("cursor", cursor.as_deref())]);
            let mut page = self.get(path, &asked).await?;
            if let Value::Array(some) = page["items"].take() {
                items.extend(some);
            }
            let spans = page["damaged"].as_array().into_iter().flatten();
            damaged.extend(spans.filter_map(|span| Some((span["first"].as_u64()?, span["last"].as_u64()?))));
            told(items.len());
            match page["next"].take() {
                Value::String(next) => cursor = Some(next),
                _ => break,
            }
        }
        damaged.into_iter().for_each(note_damage);
        Ok(items)
    }

    /// A list that comes whole.
    pub(super) async fn whole(&self, path: &str, query: Query<'_>) -> Result<Vec<Value>, Failure> {
        match self.get(path, query).await?["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// Asks how the daemon is, which it tells with any status.
    pub(super) async fn probe(&self, path: &str) -> Result<Probe, Failure> {
        let url = format!("{}{path}", self.url);
        let answer = self.http.request(Method::GET, &url, &[], Vec::new()).await;
        let answer = answer.map_err(|error| Failure::unreachable(&self.url, &error))?;
        let ok = answer.status() == 200;
        let bytes = answer.bytes(ANSWER_MAX).await.map_err(Failure::failed)?;
        let status: api::Status = serde_json::from_slice(&bytes)
            .map_err(|_| Failure::failed(format!("what answers at {} is no tellify", self.url)))?;
        Ok(Probe { ok, says: status.status })
    }

    pub(super) async fn request(
        &self,
        method: Method,
        path: &str,
        query: Query<'_>,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Response, Failure> {
        let kind: &[(&str, &str)] = &[("content-type", content_type)];
        let headers = if content_type.is_empty() { &[] } else { kind };
        match self.attempt(method.clone(), path, query, headers, body).await {
            Ok(answer) => Ok(answer),
            Err(mut trouble) => {
                // What is counted are events, and here there are none.
                if let Trouble::Refused(problem) = &mut trouble {
                    problem.index = None;
                }
                let nearest = match &trouble {
                    Trouble::Refused(problem) if problem.status == 404 => {
                        meant::instead(self, path, query).await
                    }
                    _ => None,
                };
                let filter = query.iter().find(|(name, _)| *name == "q").and_then(|(_, value)| *value);
                let failure = self.failure(&trouble, filter);
                let taken = method == Method::POST && failure.is_conflict();
                let advice = taken.then(|| meant::taken(path)).flatten();
                let failure = advice.into_iter().fold(failure, |failure, advice| failure.advised(&advice));
                Err(nearest.into_iter().fold(failure, |failure, advice| failure.advised(&advice)))
            }
        }
    }

    /// One request, with the reason when there is no good answer to it.
    pub(super) async fn attempt(
        &self,
        method: Method,
        path: &str,
        query: Query<'_>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response, Trouble> {
        let bearer = self.credential.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = headers.to_vec();
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let url = format!("{}{path}{}", self.url, query_text(query));
        let answer = self.http.request(method, &url, &headers, body).await.map_err(Trouble::Away)?;
        if answer.status() < 300 {
            return Ok(answer);
        }
        let status = answer.status();
        let bytes = answer.bytes(ANSWER_MAX).await.map_err(Trouble::Away)?;
        let problem = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Problem::new(status, format!("{} answers {status}", self.url)));
        Err(Trouble::Refused(Box::new(problem)))
    }

    /// What to tell of a trouble. `filter` is the filter that was sent, to point at the
    /// place that is wrong.
    pub(super) fn failure(&self, trouble: &Trouble, filter: Option<&str>) -> Failure {
        match trouble {
            Trouble::Away(error) => Failure::unreachable(&self.url, error),
            Trouble::Refused(problem) => Failure::refused(problem, filter, &self.credential),
        }
    }
}

fn http(timeout: Duration) -> Result<egress::Client, Failure> {
    let user_agent = format!("tellify/{}", env!("CARGO_PKG_VERSION"));
    egress::Client::new(&Options { timeout, user_agent, reach: Reach::Anywhere, ca_file: None })
        .map_err(Failure::failed)
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

/// A list that is not whole says so.
fn note_damage((first, last): (u64, u64)) {
    let what = match first == last {
        true => format!("record {first} is"),
        false => format!("records {first} to {last} are"),
    };
    eprintln!("{what} damaged, and left out: see `tellify verify`");
}
