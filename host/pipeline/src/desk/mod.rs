//! Where configured sources are asked: by the API, and for the plugins that were granted
//! them.

mod through;

use std::sync::Arc;
use std::time::Duration;

use accounts::Unreadable;
use event::{Clock, Name, Source, SourceSecrets};
use journal::{Journal, StateError};
use plugins::CallError;
use serde_json::{Map, Value};
use sources::{BadConfig, Connection, SourceError, Sources};

use self::through::Through;
use crate::keys::Keys;
use crate::meters::Meters;
use crate::outside::Outsides;
use crate::registry::{Registry, Unready};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    journal: Journal,
    keys: Keys,
    sources: Sources,
    /// What source plugins reach, which is no other source: so no question goes in circles.
    outsides: Outsides,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    meters: Arc<Meters>,
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
    /// Its plugin has taken it, and found out later.
    #[error("the configuration of the source `{0}` cannot work: {1}; add it again with another one")]
    Unworkable(Name, String),
    #[error("the source `{0}` cannot be asked: {1}")]
    Unready(Name, Unready),
    /// The plugin that is its kind.
    #[error("the plugin `{1}` of the source `{0}` failed: {2}")]
    Broke(Name, Name, CallError),
    #[error("{0}")]
    State(#[from] StateError),
    #[error("{0}")]
    Asked(#[from] SourceError),
}

/// What leads to a source.
enum Way {
    BuiltIn(Connection),
    Plugin(Through),
}

impl Desk {
    /// `outsides` is what source plugins reach.
    pub(crate) fn new(
        sources: Sources,
        outsides: &Outsides,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
        meters: Arc<Meters>,
    ) -> Desk {
        let (journal, keys) = (outsides.journal.clone(), outsides.keys.clone());
        Desk { journal, keys, sources, outsides: outsides.clone(), registry, clock, meters }
    }

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
        let time = self.sources.time(within);
        match self.way(name, time)? {
            Way::BuiltIn(connection) => {
                Ok(self.sources.call(name, &connection, method, arguments, time).await?)
            }
            Way::Plugin(through) => self.sources.in_turn(name, time, through.ask(method, arguments)).await,
        }
    }

    /// Finds out whether a source can be asked, and says what is there.
    pub(crate) async fn probe(&self, name: &Name) -> Result<String, DeskError> {
        let time = self.sources.time(Duration::MAX);
        match self.way(name, time)? {
            Way::BuiltIn(connection) => Ok(self.sources.probe(name, &connection).await?),
            Way::Plugin(through) => self.sources.in_turn(name, time, through.probe()).await,
        }
    }

    fn way(&self, name: &Name, time: Duration) -> Result<Way, DeskError> {
        let source = self.journal.view()?.source(name)?;
        let source = source.ok_or_else(|| DeskError::Unknown(name.clone()))?;
        let secrets = self.keys.read_source(&source);
        let secrets = secrets.map_err(|why| DeskError::Unreadable(name.clone(), why))?;
        let config = whole(&source.config, secrets);
        if source.plugin_sha256.is_some() {
            return Ok(Way::Plugin(Through::new(self.clone(), source, config, time)));
        }
        let connection = Connection::new(source.kind.as_str(), &config);
        connection.map(Way::BuiltIn).map_err(|bad| DeskError::Outdated(name.clone(), bad))
    }
}

/// A configuration with its secret parts in their places.
pub(crate) fn whole(config: &Value, secrets: SourceSecrets) -> Value {
    let mut whole: Map<String, Value> = config.as_object().cloned().unwrap_or_default();
    whole.extend(secrets);
    Value::Object(whole)
}
