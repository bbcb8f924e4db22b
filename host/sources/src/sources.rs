//! Asking: within the time, a few at once, and never more than the limits.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use event::Name;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::SourceError;
use crate::kind::Connection;
use crate::network::Network;

/// What one call may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the question to the answer, waiting for others included.
    pub time: Duration,
    /// Of a query's result.
    pub rows: usize,
    /// Of an answer, as JSON or as it comes.
    pub bytes: usize,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Where connections may lead, and whom they trust.
    pub egress: egress::Options,
    pub limits: Limits,
    /// SQLite files are opened below these folders only.
    pub sqlite_folders: Vec<PathBuf>,
}

/// Asks sources. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    network: Network,
    limits: Limits,
    sqlite_folders: Arc<Vec<PathBuf>>,
    lanes: Lanes,
}

/// What a call may use.
pub(crate) struct Reachable<'a> {
    pub(crate) network: &'a Network,
    pub(crate) limits: Limits,
    pub(crate) sqlite_folders: &'a [PathBuf],
}

/// One source is asked so many things at once: a monitor gone wild shall not take all of
/// a database's connections, nor a dead server all of our threads.
const AT_ONCE: usize = 4;

/// For each source that is being asked now, how many may still ask it.
#[derive(Clone, Default)]
struct Lanes(Arc<Mutex<HashMap<Name, Weak<Semaphore>>>>);

impl Sources {
    /// # Errors
    /// When the authorities that are to be trusted cannot be read.
    pub fn new(options: Options) -> Result<Sources, egress::Error> {
        Ok(Sources {
            network: Network::new(&options.egress, options.limits)?,
            limits: options.limits,
            sqlite_folders: Arc::new(options.sqlite_folders),
            lanes: Lanes::default(),
        })
    }

    /// Asks the source of that name one thing, and waits for the answer for `within` at
    /// most, and never longer than the limits say.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call(
        &self,
        name: &Name,
        connection: &Connection,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, SourceError> {
        let limits = Limits { time: self.time(within), ..self.limits };
        let reachable = self.reachable(limits);
        let asked = connection.call(&reachable, method, arguments);
        self.in_turn(name, limits.time, asked).await
    }

    /// Finds out whether a source could be asked at all, harmlessly, and says what is there.
    ///
    /// # Errors
    /// When it could not.
    pub async fn probe(&self, name: &Name, connection: &Connection) -> Result<String, SourceError> {
        let reachable = self.reachable(self.limits);
        let asked = connection.probe(&reachable);
        self.in_turn(name, self.limits.time, asked).await
    }

    /// How long whoever has `within` left may wait for an answer.
    pub fn time(&self, within: Duration) -> Duration {
        self.limits.time.min(within)
    }

    /// Asks a source of any kind, also of one that is not built in, when it is its turn.
    ///
    /// # Errors
    /// When there is no answer, or none within that time.
    pub async fn in_turn<T, E: From<SourceError>>(
        &self,
        name: &Name,
        within: Duration,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let lane = self.lanes.of(name);
        let turn = async {
            // It is never closed.
            let _turn = lane.acquire().await;
            asked.await
        };
        timeout(within, turn).await.unwrap_or_else(|_| Err(SourceError::Timeout.into()))
    }

    fn reachable(&self, limits: Limits) -> Reachable<'_> {
        Reachable { network: &self.network, limits, sqlite_folders: &self.sqlite_folders }
    }
}

impl Limits {
    /// Why an answer that takes more is none.
    pub(crate) fn exceeded(self) -> SourceError {
        SourceError::Failed(format!(
            "the answer takes more than {} bytes: ask for less, or raise `sources.result_bytes` in the server's \
             configuration",
            self.bytes
        ))
    }
}

impl Lanes {
    fn of(&self, name: &Name) -> Arc<Semaphore> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(name).and_then(Weak::upgrade) {
            return lane;
        }
        // Nobody asks these any more.
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::new(Semaphore::new(AT_ONCE));
        lanes.insert(name.clone(), Arc::downgrade(&lane));
        lane
    }
}
