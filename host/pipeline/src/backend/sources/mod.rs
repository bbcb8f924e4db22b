//! Sources: added, listed, tested, asked, removed.

mod kinds;

use std::time::Duration;

use api::{Caller, List, NewSource, Problem, SourceAnswer, SourceQuestion, SourceTest};
use event::{Expect, Name, Record, Scope, Source, SourceSecrets};
use plugins::CallError;
use serde_json::Value;
use sources::SourceError;

use super::{Answer, Backend, answer, authority};
use crate::desk::{DeskError, whole};

/// As long as a source's own time lasts.
const WITHIN: Duration = Duration::MAX;
/// How long whoever asks is to wait for a plugin that cannot be called, in seconds.
const RETRY_S: u32 = 5;

impl Backend {
    pub(super) fn sources(&self, caller: &Caller) -> Answer<List<api::Source>> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let all = self.sources.list().map_err(answer::internal)?;
        Ok(List::whole(
            all.into_iter().map(|source| self.source_shown(source, authority.is_admin())).collect(),
        ))
    }

    pub(super) fn source(&self, caller: &Caller, name: Name) -> Answer<api::Source> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let source = self.view()?.source(&name).map_err(answer::internal)?;
        let source = source.ok_or_else(|| problem(DeskError::Unknown(name)))?;
        Ok(self.source_shown(source, authority.is_admin()))
    }

    /// A source as soon as its kind has taken its configuration. Whether it can be reached
    /// is found out by a test: a server that is down for a while is no reason against it.
    pub(super) async fn new_source(
        &self,
        caller: &Caller,
        new: NewSource,
        replace: bool,
    ) -> Answer<api::Source> {
        administrator(caller)?;
        // A version that serves from now on would not know of this source.
        let _turn = self.installing.lock().await;
        let kind = self.kind(&new.kind)?;
        let (config, secrets) = parted(&new, &kind.secret_parts())?;
        let plugin_sha256 = self.takes_source(kind, &new, whole(&config, secrets.clone())).await?;
        let expect = if replace { Expect::Any } else { Expect::New };
        // A key that is made for nothing stays for ever.
        if !replace && self.view()?.source(&new.name).map_err(answer::internal)?.is_some() {
            return Err(Problem::conflict(format!("source `{}` exists already", new.name)));
        }
        let (keys, name) = (self.keys.clone(), new.name.clone());
        let secrets = answer::blocking(move || {
            let secrets = (!secrets.is_empty()).then(|| keys.source(&name, &secrets));
            secrets.transpose().map_err(answer::internal)
        });
        let source = Source {
            name: new.name,
            kind: new.kind,
            plugin_sha256,
            config,
            secrets: secrets.await?,
            created: self.clock.now(),
        };
        self.write(Record::Source { expect, value: source.clone() }).await?;
        Ok(self.source_shown(source, true))
    }

    pub(super) async fn end_source(&self, caller: &Caller, name: Name) -> Answer<()> {
        administrator(caller)?;
        self.write(Record::SourceRemoved { name }).await.map(drop)
    }

    pub(super) async fn try_source(&self, caller: &Caller, name: Name) -> Answer<SourceTest> {
        administrator(caller)?;
        let begun = self.clock.now();
        let probed = self.sources.probe(&name).await;
        let took_ms = u64::try_from(self.clock.now().since(begun)).unwrap_or(0);
        match probed {
            Ok(detail) => Ok(SourceTest { works: true, detail, took_ms }),
            Err(unknown @ DeskError::Unknown(_)) => Err(Problem::not_found(unknown.to_string())),
            Err(DeskError::State(error)) => Err(answer::internal(error)),
            Err(why) => Ok(SourceTest { works: false, detail: why.to_string(), took_ms }),
        }
    }

    pub(super) async fn ask_source(
        &self,
        caller: &Caller,
        name: Name,
        question: SourceQuestion,
    ) -> Answer<SourceAnswer> {
        administrator(caller)?;
        let asked = self.sources.ask(&name, &question.method, question.arguments, WITHIN).await;
        asked.map(|result| SourceAnswer { result }).map_err(problem)
    }

    /// As it stands, without its secrets.
    fn source_shown(&self, source: Source, with_config: bool) -> api::Source {
        let (secrets, unreadable) = match self.keys.read_source(&source) {
            Ok(secrets) => (secrets.into_keys().collect(), None),
            Err(why) => (Vec::new(), Some(format!("{why}: add it again"))),
        };
        api::Source {
            name: source.name,
            kind: source.kind,
            config: with_config.then_some(source.config),
            secrets,
            unreadable,
            created: source.created.into(),
        }
    }
}

fn administrator(caller: &Caller) -> Answer<()> {
    let authority = authority(caller);
    authority.need(Scope::Admin).map_err(answer::denied)?;
    if authority.is_admin() {
        return Ok(());
    }
    Err(Problem::forbidden("Sources are for an administrator to set up and to test."))
}

/// A configuration without its secret parts, and those.
fn parted(new: &NewSource, secret: &[String]) -> Answer<(Value, SourceSecrets)> {
    let wrong = |pointer: String, detail: String| Err(Problem::bad_request(detail).at_pointer(pointer));
    let Value::Object(mut config) = new.config.clone() else {
        return wrong("/config".to_owned(), "the configuration of a source is an object".to_owned());
    };
    let mut secrets = new.secrets.clone();
    if let Some(part) = secrets.keys().find(|part| !secret.contains(part)) {
        let of = if secret.is_empty() { "none".to_owned() } else { secret.join(", ") };
        let detail =
            format!("`{part}` is no secret part of a source of the kind {}: there are {of}", new.kind);
        return wrong(format!("/secrets/{part}"), detail);
    }
    for part in secret {
        if let Some(value) = config.remove(part)
            && secrets.insert(part.clone(), value).is_some()
        {
            return wrong(format!("/config/{part}"), format!("`{part}` is given twice"));
        }
    }
    Ok((Value::Object(config), secrets))
}

fn problem(error: DeskError) -> Problem {
    let detail = error.to_string();
    match error {
        DeskError::Unknown(_) => Problem::not_found(detail),
        DeskError::Unreadable(..) | DeskError::Outdated(..) | DeskError::Unworkable(..) => {
            Problem::conflict(detail)
        }
        DeskError::Unready(..) => Problem::unavailable(detail, RETRY_S),
        DeskError::State(error) => answer::internal(error),
        DeskError::Asked(SourceError::Unknown(_)) => Problem::not_found(detail).at_pointer("/method"),
        // What would write, for instance: no other token would help.
        DeskError::Asked(SourceError::BadArguments(_) | SourceError::Denied(_)) => {
            Problem::bad_request(detail).at_pointer("/arguments")
        }
        // Of what stands behind us.
        DeskError::Asked(SourceError::Timeout) | DeskError::Broke(_, _, CallError::Timeout { .. }) => {
            Problem::new(504, detail)
        }
        DeskError::Asked(SourceError::Failed(_)) | DeskError::Broke(..) => Problem::new(502, detail),
    }
}
