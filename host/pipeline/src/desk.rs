//! Where configured sources are asked: by the API, and for the plugins that were granted
//! them.

use std::time::Duration;

use accounts::Unreadable;
use event::{Name, Source, SourceSecrets};
use journal::{Journal, StateError};
use serde_json::{Map, Value};
use sources::{BadConfig, Connection, SourceError, Sources};

use crate::keys::Keys;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) journal: Journal,
    pub(crate) keys: Keys,
    pub(crate) sources: Sources,
}

/// Why a source could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    #[error("there is no source `{0}`")]
    Unknown(Name),
    #[error("the secrets of the source `{0}` are unreadable: {1}; add it again")]
    Unreadable(Name, Unreadable),
    /// It was taken once, by another release.
    #[error("the configuration of the source `{0}` is not taken any more: {1}; add it again")]
    Outdated(Name, BadConfig),
    #[error("{0}")]
    State(#[from] StateError),
    #[error("{0}")]
    Asked(#[from] SourceError),
}

impl Desk {
    /// Those that are configured, in the order of their names.
    pub(crate) fn list(&self) -> Result<Vec<Source>, StateError> {
        self.journal.view()?.sources()
    }

    /// Asks a source one thing, and waits for the answer for `within` at most.
    pub(crate) async fn ask(
        &self,
        name: &Name,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, DeskError> {
        let connection = self.connection(name)?;
        Ok(self.sources.call(name, &connection, method, arguments, within).await?)
    }

    /// Finds out whether a source can be asked, and says what is there.
    pub(crate) async fn probe(&self, name: &Name) -> Result<String, DeskError> {
        let connection = self.connection(name)?;
        Ok(self.sources.probe(name, &connection).await?)
    }

    fn connection(&self, name: &Name) -> Result<Connection, DeskError> {
        let source = self.journal.view()?.source(name)?;
        let source = source.ok_or_else(|| DeskError::Unknown(name.clone()))?;
        let secrets = self.keys.read_source(&source);
        let secrets = secrets.map_err(|why| DeskError::Unreadable(name.clone(), why))?;
        let config = whole(&source.config, secrets);
        Connection::new(source.kind.as_str(), &config).map_err(|bad| DeskError::Outdated(name.clone(), bad))
    }
}

/// A configuration with its secret parts in their places.
pub(crate) fn whole(config: &Value, secrets: SourceSecrets) -> Value {
    let mut whole: Map<String, Value> = config.as_object().cloned().unwrap_or_default();
    whole.extend(secrets);
    Value::Object(whole)
}
