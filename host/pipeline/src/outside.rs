//! What calls of plugins may reach: what the manifest asks for and an administrator granted,
//! both, as they stand when the call begins.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egress::{Gate, HttpError, HttpRequest, HttpResponse, Pass};
use event::{Granted, Name, Plugin, UrlPattern, Wanted};
use journal::{Journal, StateError, View};
use plugins::{
    CallError, Capability, Nothing, Outside, Secret, SecretError, SourceError, SourceRef, ungranted,
};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::desk::{Desk, DeskError};
use crate::keys::Keys;

/// The way out for all plugins. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outsides {
    pub(crate) journal: Journal,
    pub(crate) keys: Keys,
    gate: Gate,
    /// Where sources are asked; none: no call asks any.
    desk: Option<Arc<Desk>>,
    /// One for each plugin that was granted URLs, so that all its calls together take no more
    /// than their turns.
    passes: Arc<Mutex<Passes>>,
}

/// By the plugin, with what was granted when it was made.
type Passes = HashMap<Name, (Vec<UrlPattern>, Pass)>;

/// One version of one plugin, with what it was granted.
struct Reach {
    plugin: Name,
    wants: Wanted,
    granted: Granted,
    /// Through which nothing is sent: it only judges what the manifest asks for.
    asked: Pass,
    pass: Pass,
    journal: Journal,
    keys: Keys,
    desk: Option<Arc<Desk>>,
    runtime: Handle,
}

impl Outsides {
    pub(crate) fn new(journal: Journal, keys: Keys, gate: Gate) -> Outsides {
        Outsides { journal, keys, gate, desk: None, passes: Arc::default() }
    }

    /// The same, for plugins that may ask sources.
    pub(crate) fn with_sources(&self, desk: Desk) -> Outsides {
        Outsides { desk: Some(Arc::new(desk)), ..self.clone() }
    }

    /// What calls of this version may reach from now on.
    pub(crate) fn of(&self, name: &Name, sha256: &str) -> Result<Arc<dyn Outside>, StateError> {
        let view = self.journal.view()?;
        let Some((wants, granted)) = grants(&view, name, sha256)? else { return Ok(Arc::new(Nothing)) };
        Ok(Arc::new(Reach {
            plugin: name.clone(),
            asked: self.gate.pass(wants.http.clone()),
            wants,
            pass: self.pass(name, &granted.http),
            granted,
            journal: self.journal.clone(),
            keys: self.keys.clone(),
            desk: self.desk.clone(),
            runtime: Handle::current(),
        }))
    }

    fn pass(&self, name: &Name, granted: &[UrlPattern]) -> Pass {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        match passes.get(name) {
            Some((patterns, pass)) if patterns == granted => pass.clone(),
            _ => {
                let pass = self.gate.pass(granted.to_vec());
                passes.insert(name.clone(), (granted.to_vec(), pass.clone()));
                pass
            }
        }
    }
}

/// What a version asks for, and what the plugin was granted; none when it is neither the
/// version that serves nor one that is kept.
fn grants(view: &View, name: &Name, sha256: &str) -> Result<Option<(Wanted, Granted)>, StateError> {
    let Some(serving) = view.plugin(name)? else { return Ok(None) };
    if serving.sha256 == sha256 {
        return Ok(Some((serving.wants, serving.granted)));
    }
    let kept = view.plugin_versions(name)?.into_iter().find(|version| version.sha256 == sha256);
    Ok(kept.map(|Plugin { wants, .. }| (wants, serving.granted)))
}

impl Reach {
    fn missing(&self, capability: Capability<'_>) -> String {
        ungranted(self.plugin.as_str(), capability)
    }
}

impl Outside for Reach {
    fn http(&self, request: HttpRequest, within: Duration) -> Result<HttpResponse, HttpError> {
        if !self.asked.admits(&request.url) || !self.pass.admits(&request.url) {
            return Err(HttpError::Denied(self.missing(Capability::Http(&request.url))));
        }
        self.runtime.block_on(self.pass.send(request, within))
    }

    fn secret(&self, name: &str) -> Result<Secret, SecretError> {
        let is_given = |given: &[Name]| given.iter().any(|given| given.as_str() == name);
        let known = Name::new(name).ok().filter(|_| is_given(&self.wants.secrets));
        let Some(known) = known.filter(|_| is_given(&self.granted.secrets)) else {
            return Err(SecretError::Denied(self.missing(Capability::Secret(name))));
        };
        let lost = |why: String| SecretError::Missing(format!("the secret `{name}` cannot be used: {why}"));
        let record = self.journal.view().and_then(|view| view.secret(&known));
        let record = record.map_err(|error| lost(error.to_string()))?;
        let record = record.ok_or_else(|| {
            SecretError::Missing(format!(
                "the secret `{name}` is granted, and not there: an administrator keeps it with `tellify secret \
                 set {name}`"
            ))
        })?;
        self.keys.read_secret(&record).map(Secret::new).map_err(|why| lost(why.to_string()))
    }

    fn sources(&self) -> Vec<SourceRef> {
        let configured = self.desk.iter().flat_map(|desk| desk.list().unwrap_or_default());
        let granted = configured.filter(|source| self.granted.sources.contains(&source.name));
        let asked =
            granted.filter(|source| self.wants.sources.iter().any(|kind| kind.covers(source.kind.as_str())));
        asked.map(|source| SourceRef { name: source.name.into(), kind: source.kind.into() }).collect()
    }

    fn ask_source(
        &self,
        source: &str,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, SourceError> {
        let given = self.sources().into_iter().find(|given| given.name == source);
        let name = given.and_then(|given| Name::new(&given.name).ok());
        let Some((name, desk)) = name.zip(self.desk.as_ref()) else {
            return Err(SourceError::Denied(self.missing(Capability::Source(source))));
        };
        let answer = self.runtime.block_on(desk.ask(&name, method, arguments, within));
        answer.map_err(said)
    }
}

/// As the plugin hears it.
fn said(error: DeskError) -> SourceError {
    match error {
        DeskError::Unknown(_) => SourceError::Unknown(error.to_string()),
        DeskError::Asked(error) => error,
        DeskError::Broke(_, _, CallError::Timeout { .. }) => SourceError::Timeout,
        other => SourceError::Failed(other.to_string()),
    }
}
