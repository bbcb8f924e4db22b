//! Plugins in their versions, and secrets.

use event::{Name, Plugin, PluginFaults, SecretRecord};

use super::View;
use crate::state::StateError;
use crate::state::key::one;
use crate::state::rows::Span;
use crate::state::tables::{PLUGIN_FAULTS, PLUGIN_VERSIONS, PLUGINS, PLUGINS_WAITING, SECRETS};

impl View {
    /// The version that serves under a name.
    pub fn plugin(&self, name: &Name) -> Result<Option<Plugin>, StateError> {
        self.rows.get(PLUGINS, &one(name.as_str()))
    }

    /// Those that serve.
    pub fn plugins(&self) -> Result<Vec<Plugin>, StateError> {
        self.rows.list(PLUGINS, Span::all(), usize::MAX)
    }

    /// The version that waits for consent.
    pub fn plugin_waiting(&self, name: &Name) -> Result<Option<Plugin>, StateError> {
        self.rows.get(PLUGINS_WAITING, &one(name.as_str()))
    }

    /// The versions of a plugin that are kept beside the one that serves.
    pub fn plugin_versions(&self, name: &Name) -> Result<Vec<Plugin>, StateError> {
        self.rows.list(PLUGIN_VERSIONS, Span::of(&one(name.as_str())), usize::MAX)
    }

    /// Every version of every plugin whose component is needed: those that serve, those that
    /// are kept beside them, those that wait.
    pub fn all_plugin_versions(&self) -> Result<Vec<Plugin>, StateError> {
        let kept = self.rows.list(PLUGIN_VERSIONS, Span::all(), usize::MAX)?;
        let waiting = self.rows.list(PLUGINS_WAITING, Span::all(), usize::MAX)?;
        Ok([self.plugins()?, kept, waiting].concat())
    }

    /// Of the new versions, those whose calls broke off.
    pub fn plugin_faults(&self) -> Result<Vec<PluginFaults>, StateError> {
        self.rows.list(PLUGIN_FAULTS, Span::all(), usize::MAX)
    }

    /// Whether there are any.
    pub fn has_plugin_faults(&self) -> Result<bool, StateError> {
        Ok(self.rows.count(PLUGIN_FAULTS)? > 0)
    }

    pub fn secret(&self, name: &Name) -> Result<Option<SecretRecord>, StateError> {
        self.rows.get(SECRETS, &one(name.as_str()))
    }

    pub fn secrets(&self) -> Result<Vec<SecretRecord>, StateError> {
        self.rows.list(SECRETS, Span::all(), usize::MAX)
    }
}
