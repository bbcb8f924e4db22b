//! A new version of a plugin whose calls keep breaking off goes back to the one before.
//!
//! Calls that fail say so in the journal beside their failure; here they are counted. So a
//! crash in between changes nothing, and whoever called need not wait for the change.

use std::collections::HashMap;
use std::sync::Arc;

use event::{Clock, Name, Plugin, PluginFaults, Record, Timestamp};
use journal::{StateError, View};
use plugins::CallError;

use crate::backend::Backend;
use crate::stage::{Stage, StageError, Step};

/// How long a version is left alone that could not go back.
const RETRY_MS: i64 = 60_000;

/// The record of a call that broke off or ran out of time, when the version that was called
/// is new and there is one to go back to. A call that ends with an error of the plugin's own
/// is no fault of the version: it may well be the configuration's.
pub(crate) fn fault(
    view: &View,
    name: &Name,
    sha256: &str,
    error: &CallError,
    now: Timestamp,
) -> Result<Option<Record>, StateError> {
    if !matches!(error, CallError::Trap { .. } | CallError::Timeout { .. } | CallError::Limit { .. }) {
        return Ok(None);
    }
    let serving = view
        .plugin(name)?
        .filter(|serving| serving.sha256 == sha256 && now.since(serving.installed) < PluginFaults::TRIAL_MS);
    let Some(serving) = serving else { return Ok(None) };
    let versions = view.plugin_versions(name)?;
    let faulted = Record::PluginFaulted { name: name.clone(), sha256: sha256.to_owned() };
    Ok(Plugin::way_back(&serving, &versions).map(|_| faulted))
}

pub(crate) struct GoBack {
    backend: Arc<Backend>,
    clock: Arc<dyn Clock>,
    /// Those that could not go back, and when that is tried again.
    failed: HashMap<Name, Timestamp>,
}

impl GoBack {
    pub(crate) fn new(backend: Arc<Backend>) -> GoBack {
        let clock = backend.clock.clone();
        GoBack { backend, clock, failed: HashMap::new() }
    }

    /// Those with so many faults that they go back.
    fn due(&self) -> Result<Vec<PluginFaults>, StateError> {
        let view = self.backend.journal.view()?;
        if !view.has_plugin_faults()? {
            return Ok(Vec::new());
        }
        let mut faults = view.plugin_faults()?;
        faults.retain(|faults| faults.count >= PluginFaults::MAX);
        Ok(faults)
    }
}

impl Stage for GoBack {
    const NAME: &'static str = "go-back";

    async fn step(&mut self) -> Result<Step, StageError> {
        let (due, now) = (self.due().map_err(StageError::damaged)?, self.clock.now());
        self.failed.retain(|name, _| due.iter().any(|faults| faults.name == *name));
        for PluginFaults { name, sha256, count } in due {
            if self.failed.get(&name).is_some_and(|retry| *retry > now) {
                continue;
            }
            let why = format!("{count} calls broke off or ran out of time within its first hour");
            match self.backend.roll_back_faulty(&name, &sha256, &why).await {
                Ok(_) => return Ok(Step::Worked),
                Err(problem) => {
                    tracing::error!(plugin = %name, problem = problem.detail, "a new version that breaks off cannot go back");
                    self.failed.insert(name, now.plus_ms(RETRY_MS));
                }
            }
        }
        Ok(Step::Idle { next: self.failed.values().min().copied() })
    }
}
