//! A loaded plugin, and what can be asked of any kind.

use std::sync::{Arc, OnceLock};

use event::{Name, PluginKind, Requirement};
use serde_json::Value;
use wasmtime::Store;
use wasmtime::component::InstancePre;

use crate::bindings::{describing, handling, taking};
use crate::description::{self, Described};
use crate::guest::Guest;
use crate::output::{self, Check};
use crate::running::{Running, Scope};
use crate::{
    CallError, Config, Description, HandlerInstance, Host, Instances, Limits, Problem, convert, text,
};

/// A component that is linked and ready to be started. Cheap to clone.
///
/// Every function here that calls into the component blocks, and does so in a fresh
/// instance.
#[derive(Clone)]
pub struct Plugin {
    inner: Arc<Inner>,
}

struct Inner {
    host: Host,
    kind: PluginKind,
    sha256: String,
    pre: InstancePre<Guest>,
    describing: describing::DescribingIndices,
    exports: Exports,
    described: OnceLock<Described>,
}

/// What a kind exports beside its description.
pub(crate) enum Exports {
    Handling(handling::HandlingIndices),
    Taking(taking::TakingIndices),
}

/// One paragraph for people, in bytes.
const SUMMARY_MAX: usize = 4_000;

impl Plugin {
    /// Starts the plugin once, which shows whether all that it exports is as it must be.
    ///
    /// # Errors
    /// With the reason, for people.
    pub(crate) fn new(
        host: Host,
        kind: PluginKind,
        sha256: String,
        pre: InstancePre<Guest>,
    ) -> Result<Plugin, String> {
        let text = |e: wasmtime::Error| format!("{e:#}");
        let describing = describing::DescribingIndices::new(&pre).map_err(text)?;
        let exports = match kind {
            PluginKind::Handler => Exports::Handling(handling::HandlingIndices::new(&pre).map_err(text)?),
            PluginKind::Ingest => Exports::Taking(taking::TakingIndices::new(&pre).map_err(text)?),
            other => return Err(format!("plugins of the kind {other} are not run by this version")),
        };
        let inner = Inner { host, kind, sha256, pre, describing, exports, described: OnceLock::new() };
        let plugin = Plugin { inner: Arc::new(inner) };
        plugin.check_exports().map_err(|e| e.to_string())?;
        Ok(plugin)
    }

    pub fn kind(&self) -> PluginKind {
        self.inner.kind
    }

    /// Of the component's bytes, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.inner.sha256
    }

    /// What the plugin says of itself; asked once, then kept.
    pub fn describe(&self) -> Result<Description, CallError> {
        Ok(self.described()?.description.clone())
    }

    /// What is wrong with a configuration, as `user` would save it: first by the
    /// schema, then, when that finds nothing, by the plugin. Empty: it is accepted.
    pub fn validate(&self, user: &Name, config: &Value) -> Result<Vec<Problem>, CallError> {
        let problems = self.described()?.schema.problems(config);
        if !problems.is_empty() {
            return Ok(problems);
        }
        let json = config.to_string();
        let found = self.ask(|plugin, store| {
            plugin.tellify_plugin_descriptor().call_validate(store, user.as_str(), &json)
        })?;
        description::problems(found, self.limits())
    }

    /// One line for a saved configuration.
    pub fn title(&self, config: &Config) -> Result<String, CallError> {
        let config = convert::config(config);
        let title =
            self.ask(|plugin, store| plugin.tellify_plugin_descriptor().call_title(store, &config))?;
        Ok(text::line(&title, text::LINE_MAX))
    }

    /// One paragraph for a saved configuration.
    pub fn summary(&self, config: &Config) -> Result<String, CallError> {
        let config = convert::config(config);
        let summary =
            self.ask(|plugin, store| plugin.tellify_plugin_descriptor().call_summary(store, &config))?;
        Ok(text::line(&summary, SUMMARY_MAX))
    }

    /// What must hold of an event before this handler is called for it.
    pub fn required_fields(&self, config: &Config) -> Result<Vec<Requirement>, CallError> {
        let indices = self.handling()?;
        let wit = convert::config(config);
        let (answer, ..) = self.fresh()?.call(Scope::TIMELESS, |store, instance| {
            let handling = indices.load(&mut *store, instance)?;
            handling.tellify_plugin_handling().call_required_fields(store, &wit)
        });
        let requirements = answer?.map_err(output::error)?;
        Ok(Check::new(self.limits(), Scope::TIMELESS.now).requirements(requirements)?)
    }

    /// An instance for one batch of one owner. It starts with its first call.
    pub fn handler(&self, owner: Name) -> HandlerInstance {
        HandlerInstance::new(self.clone(), owner)
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.inner.host.limits()
    }

    pub(crate) fn instances(&self) -> Instances {
        self.inner.host.instances()
    }

    pub(crate) fn fresh(&self) -> Result<Running, CallError> {
        let host = &self.inner.host;
        Running::start(host, &self.inner.pre)
    }

    /// # Errors
    /// When the plugin is of another kind.
    pub(crate) fn handling(&self) -> Result<&handling::HandlingIndices, CallError> {
        match &self.inner.exports {
            Exports::Handling(indices) => Ok(indices),
            Exports::Taking(_) => Err(self.wrong_kind(PluginKind::Handler)),
        }
    }

    /// # Errors
    /// When the plugin is of another kind.
    pub(crate) fn taking(&self) -> Result<&taking::TakingIndices, CallError> {
        match &self.inner.exports {
            Exports::Taking(indices) => Ok(indices),
            Exports::Handling(_) => Err(self.wrong_kind(PluginKind::Ingest)),
        }
    }

    fn wrong_kind(&self, wanted: PluginKind) -> CallError {
        CallError::Host { message: format!("a plugin of the kind {} is no {wanted}", self.inner.kind) }
    }

    fn described(&self) -> Result<&Described, CallError> {
        if let Some(described) = self.inner.described.get() {
            return Ok(described);
        }
        let said = self.ask(|plugin, store| plugin.tellify_plugin_descriptor().call_describe(store))?;
        let described = Described::check(said, self.limits())?;
        Ok(self.inner.described.get_or_init(|| described))
    }

    fn ask<R>(
        &self,
        question: impl FnOnce(&describing::Describing, &mut Store<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let (answer, ..) = self.fresh()?.call(Scope::TIMELESS, |store, instance| {
            let describing = self.inner.describing.load(&mut *store, instance)?;
            question(&describing, store)
        });
        answer
    }

    fn check_exports(&self) -> Result<(), CallError> {
        let (found, ..) = self.fresh()?.call(Scope::TIMELESS, |store, instance| {
            self.inner.describing.load(&mut *store, instance)?;
            match &self.inner.exports {
                Exports::Handling(indices) => indices.load(store, instance).map(drop),
                Exports::Taking(indices) => indices.load(store, instance).map(drop),
            }
        });
        found
    }
}
