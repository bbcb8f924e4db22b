//! What a case's plugin finds outside: what was recorded, as far as its manifest asks for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use event::{Manifest, Wanted};
use plugins::{
    Capability, HttpError, HttpRequest, HttpResponse, Outside, Secret, SecretError, SourceError, SourceRef,
    ungranted,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `outside.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Recorded {
    /// Answers, each for the first request that it fits; the last that fits goes on answering.
    http: Vec<Exchange>,
    /// By name.
    secrets: BTreeMap<String, String>,
    sources: Vec<RecordedSource>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A text, or JSON that is sent as text.
    #[serde(default)]
    body: Value,
    /// Instead of an answer.
    error: Option<Broken>,
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Broken {
    Timeout,
    TooBig,
    Dns,
    Tls,
    Io,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedSource {
    name: String,
    kind: String,
    #[serde(default)]
    calls: Vec<SourceCall>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceCall {
    method: String,
    /// Left out: any.
    arguments: Option<Value>,
    #[serde(default)]
    result: Value,
    error: Option<String>,
}

/// One call's way out. It notes down what the plugin sent.
#[derive(Debug)]
pub(super) struct Playback {
    /// The plugin's, for what it is told to ask for.
    plugin: String,
    /// None: no manifest says what it asks for.
    wants: Option<Wanted>,
    recorded: Recorded,
    /// Which of the answers were given.
    given: Mutex<Vec<bool>>,
    sent: Mutex<Vec<Value>>,
}

impl Playback {
    pub(super) fn new(recorded: &Recorded, plugin: &str, manifest: Option<&Manifest>) -> Arc<Playback> {
        Arc::new(Playback {
            plugin: plugin.to_owned(),
            wants: manifest.map(|manifest| manifest.wants.clone()),
            given: Mutex::new(vec![false; recorded.http.len()]),
            recorded: recorded.clone(),
            sent: Mutex::default(),
        })
    }

    /// What the plugin has sent since this was last asked.
    pub(super) fn take_sent(&self) -> Vec<Value> {
        std::mem::take(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, sent: Value) {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
    }

    fn is_wanted(&self, missing: Capability<'_>, wants: impl Fn(&Wanted) -> bool) -> Result<(), String> {
        match &self.wants {
            Some(wanted) if !wants(wanted) => Err(ungranted(&self.plugin, missing)),
            _ => Ok(()),
        }
    }

    /// The next answer to a request: the first that was not given yet, else the last.
    fn answer(&self, request: &HttpRequest) -> Option<&Exchange> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |exchange: &Exchange| {
            exchange.url == request.url && exchange.method.eq_ignore_ascii_case(&request.method)
        };
        let mut fitting = (0..given.len()).filter(|i| is_meant(&self.recorded.http[*i]));
        let last = fitting.clone().next_back()?;
        let chosen = fitting.find(|i| !given[*i]).unwrap_or(last);
        given[chosen] = true;
        Some(&self.recorded.http[chosen])
    }
}

impl Exchange {
    fn response(&self) -> Result<HttpResponse, HttpError> {
        let host = || self.url.clone();
        match self.error {
            Some(Broken::Timeout) => return Err(HttpError::Timeout),
            Some(Broken::TooBig) => return Err(HttpError::TooBig),
            Some(Broken::Dns) => return Err(HttpError::Dns(format!("{} leads nowhere", host()))),
            Some(Broken::Tls) => return Err(HttpError::Tls(format!("{} is not trusted", host()))),
            Some(Broken::Io) => return Err(HttpError::Io(format!("nobody listens at {}", host()))),
            None => {}
        }
        let body = match &self.body {
            Value::Null => Vec::new(),
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        Ok(HttpResponse { status: self.status, headers: headers.collect(), body })
    }
}

impl Outside for Playback {
    fn http(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        let url = &request.url;
        if let Some(wants) = &self.wants {
            egress::judge(&wants.http, &request).map_err(|error| match error {
                HttpError::Denied(_) => HttpError::Denied(ungranted(&self.plugin, Capability::Http(url))),
                other => other,
            })?;
        }
        let headers: Map<String, Value> =
            request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        self.note(json!({
            "http": format!("{} {url}", request.method), "headers": headers, "body": text(&request.body),
        }));
        match self.answer(&request) {
            Some(exchange) => exchange.response(),
            None => Err(HttpError::Io(format!("outside.json has no answer to {} {url}", request.method))),
        }
    }

    fn secret(&self, name: &str) -> Result<Secret, SecretError> {
        self.is_wanted(Capability::Secret(name), |wants| {
            wants.secrets.iter().any(|wanted| wanted.as_str() == name)
        })
        .map_err(SecretError::Denied)?;
        let known = self.recorded.secrets.get(name);
        known.map(|text| Secret::new(text.clone())).ok_or_else(|| {
            SecretError::Missing(format!("the secret `{name}` is not set: outside.json has no such secret"))
        })
    }

    fn sources(&self) -> Vec<SourceRef> {
        let wanted = |source: &&RecordedSource| {
            self.wants.as_ref().is_none_or(|wants| wants.sources.iter().any(|kind| kind.covers(&source.kind)))
        };
        let sources = self.recorded.sources.iter().filter(wanted);
        sources.map(|source| SourceRef { name: source.name.clone(), kind: source.kind.clone() }).collect()
    }

    fn ask_source(
        &self,
        source: &str,
        method: &str,
        arguments: Value,
        _: Duration,
    ) -> Result<Value, SourceError> {
        let known = self.recorded.sources.iter().find(|known| known.name == source);
        let known =
            known.ok_or_else(|| SourceError::Unknown(format!("outside.json has no source `{source}`")))?;
        self.is_wanted(Capability::Source(source), |wants| {
            wants.sources.iter().any(|kind| kind.covers(&known.kind))
        })
        .map_err(SourceError::Denied)?;
        self.note(json!({ "source": source, "method": method, "arguments": arguments }));
        let fits = |call: &&SourceCall| {
            call.method == method && call.arguments.as_ref().is_none_or(|wanted| *wanted == arguments)
        };
        match known.calls.iter().find(fits) {
            Some(SourceCall { error: Some(why), .. }) => Err(SourceError::Failed(why.clone())),
            Some(call) => Ok(call.result.clone()),
            None => Err(SourceError::Failed(format!(
                "outside.json has no answer of the source `{source}` to `{method}` with {arguments}"
            ))),
        }
    }
}

/// JSON where it is some, which reads better, else text.
fn text(body: &[u8]) -> Value {
    match body {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into()),
    }
}
