//! What a monitor finds outside when it runs here: what the command line names.

use std::collections::BTreeMap;
use std::time::Duration;

use egress::{Bounds, Gate, Method, Options, Pass, Reach};
use event::{Name, UrlPattern};
use plugins::{HttpError, HttpRequest, HttpResponse, Outside, Secret, SecretError, SourceError, SourceRef};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::cli::client::{Client, step};
use crate::cli::failure::Failure;

pub(super) struct Local {
    pass: Pass,
    secrets: BTreeMap<String, Secret>,
    sources: Vec<SourceRef>,
    /// Sources are the daemon's.
    client: Client,
}

/// The same, able to wait.
pub(super) struct Waiting {
    local: Local,
    runtime: Handle,
}

impl Local {
    pub(super) async fn new(
        allowed: Vec<UrlPattern>,
        secrets: &[String],
        sources: &[Name],
        client: Client,
    ) -> Result<Local, Failure> {
        // It acts for whoever started it, who can go to all of these places anyway.
        let options = Options {
            timeout: Bounds::default().time,
            user_agent: format!("tellify/{}", env!("CARGO_PKG_VERSION")),
            reach: Reach::Anywhere,
            ca_file: None,
        };
        let gate = Gate::new(&options, Bounds::default()).map_err(Failure::failed)?;
        let secrets = secrets.iter().map(|text| secret(text)).collect::<Result<_, _>>()?;
        let mut known = Vec::new();
        for name in sources {
            let source = client.get(&path(name.as_str()), &[]).await.map_err(|failure| {
                failure.advised("Sources are the daemon's: the monitor asks them through it.")
            })?;
            let kind = source["kind"].as_str().unwrap_or_default().to_owned();
            known.push(SourceRef { name: name.to_string(), kind });
        }
        Ok(Local { pass: gate.pass(allowed), secrets, sources: known, client })
    }

    /// `runtime` carries what the calls wait for.
    pub(super) fn on(self, runtime: Handle) -> Waiting {
        Waiting { local: self, runtime }
    }
}

impl Outside for Waiting {
    fn http(&self, request: HttpRequest, within: Duration) -> Result<HttpResponse, HttpError> {
        if !self.local.pass.admits(&request.url) {
            let url = request.url.split(['?', '#']).next().unwrap_or_default();
            return Err(HttpError::Denied(format!("http: {url} is not allowed: add --allow-http '{url}'")));
        }
        self.runtime.block_on(self.local.pass.send(request, within))
    }

    fn secret(&self, name: &str) -> Result<Secret, SecretError> {
        let given = self.local.secrets.get(name).cloned();
        given.ok_or_else(|| {
            SecretError::Denied(format!("secret: `{name}` is not given: add --secret {name}=@FILE"))
        })
    }

    fn sources(&self) -> Vec<SourceRef> {
        self.local.sources.clone()
    }

    fn ask_source(
        &self,
        source: &str,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, SourceError> {
        if !self.local.sources.iter().any(|known| known.name == source) {
            let why = format!("source: `{source}` is not allowed: add --source {source}");
            return Err(SourceError::Denied(why));
        }
        let question = json!({ "method": method, "arguments": arguments });
        let (client, path) = (&self.local.client, format!("{}/call", path(source)));
        let answer = self.runtime.block_on(timeout(within, client.send(Method::POST, &path, &[], &question)));
        match answer {
            Ok(Ok(mut answer)) => Ok(answer["result"].take()),
            Ok(Err(failure)) => Err(refused(&failure)),
            Err(_) => Err(SourceError::Timeout),
        }
    }
}

fn refused(failure: &Failure) -> SourceError {
    let said = failure.to_string();
    match failure.status() {
        400 | 422 => SourceError::BadArguments(said),
        401 | 403 => SourceError::Denied(said),
        404 => SourceError::Unknown(said),
        504 => SourceError::Timeout,
        _ => SourceError::Failed(said),
    }
}

/// Reads `NAME=@FILE`. A secret on the command line would be in the list of processes.
fn secret(text: &str) -> Result<(String, Secret), Failure> {
    let (name, file) = text
        .split_once("=@")
        .ok_or_else(|| Failure::usage(format!("`{text}`: a secret is given as NAME=@FILE")))?;
    let read = std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    // The line's end belongs to the editor.
    let read = read.strip_suffix('\n').unwrap_or(&read);
    Ok((name.to_owned(), Secret::new(read.strip_suffix('\r').unwrap_or(read).to_owned())))
}

fn path(source: &str) -> String {
    format!("/api/v1/sources/{}", step(source))
}
