//! A loaded plugin, and what can be asked of any kind.

use std::sync::{Arc, OnceLock};

use event::{Isolation, Manifest, Name, PluginKind, Requirement, secret_parts};
use serde_json::Value;
use wasmtime::component::{ComponentNamedList, InstancePre, Lift, Lower};

use crate::description::{self, Described};
use crate::exports::{self, DESCRIBE, Function, REQUIRED_FIELDS, SUMMARY, TITLE, VALIDATE};
use crate::guest::Guest;
use crate::known::{Known, Said};
use crate::output::{self, Check};
use crate::running::{Running, Scope};
use crate::source::Methods;
use crate::state::CallState;
use crate::{
    CallError, Called, Config, Description, HandlerInstance, Host, Instances, InterfaceVersion, Limits,
    Problem, convert, text,
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
    version: InterfaceVersion,
    sha256: String,
    /// The host's, as far as the plugin does not want less.
    limits: Arc<Limits>,
    isolation: Isolation,
    pre: InstancePre<Guest>,
    described: OnceLock<Described>,
    methods: Methods,
}

/// Why a component that was linked is no plugin.
pub(crate) enum Unfit {
    /// With the reason, for people.
    Misfit(String),
    DoesNotStart(CallError),
}

/// One paragraph for people, in bytes.
const SUMMARY_MAX: usize = 4_000;

impl Plugin {
    /// Starts the plugin once, which shows whether all that it exports is as it must be.
    /// Without a manifest it is one that wants nothing of its own.
    pub(crate) fn new(
        host: Host,
        (kind, version): (PluginKind, InterfaceVersion),
        manifest: Option<&Manifest>,
        sha256: String,
        pre: InstancePre<Guest>,
    ) -> Result<Plugin, Unfit> {
        let wanted = manifest.map(|manifest| manifest.limits).unwrap_or_default();
        let limits = host.shared_limits().of(kind, &wanted);
        let isolation = manifest.map(|manifest| manifest.isolation).unwrap_or_default();
        let (described, methods) = (OnceLock::new(), OnceLock::new());
        let inner = Inner { host, kind, version, sha256, limits, isolation, pre, described, methods };
        let plugin = Plugin { inner: Arc::new(inner) };
        let started = plugin.fresh().map_err(Unfit::DoesNotStart)?;
        plugin.check_exports(started).map_err(|e| Unfit::Misfit(e.to_string()))?;
        Ok(plugin)
    }

    pub fn kind(&self) -> PluginKind {
        self.inner.kind
    }

    /// The version of the interface that it is made for.
    pub fn interface_version(&self) -> InterfaceVersion {
        self.inner.version
    }

    /// The names of all interfaces that it imports.
    pub fn imports(&self) -> Vec<String> {
        let Inner { host, pre, .. } = &*self.inner;
        let ty = pre.component().component_type();
        ty.imports(host.engine()).map(|(name, _)| name.to_owned()).collect()
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
        let known = self.secrets_in(config);
        let problems = self.described()?.schema.problems(config, &known);
        if !problems.is_empty() {
            return Ok(problems);
        }
        let mut found = self.ask(&VALIDATE, (user.to_string(), config.to_string()))?;
        found.iter_mut().for_each(|problem| known.text(&mut problem.message));
        description::problems(found, self.limits())
    }

    /// One line for a saved configuration.
    pub fn title(&self, config: &Config) -> Result<String, CallError> {
        let title = self.ask(&TITLE, (convert::config(config),))?;
        Ok(text::line(&title, text::LINE_MAX))
    }

    /// One paragraph for a saved configuration.
    pub fn summary(&self, config: &Config) -> Result<String, CallError> {
        let summary = self.ask(&SUMMARY, (convert::config(config),))?;
        Ok(text::line(&summary, SUMMARY_MAX))
    }

    /// What must hold of an event before this handler is called for it.
    pub fn required_fields(&self, config: &Config) -> Result<Vec<Requirement>, CallError> {
        self.must_be(PluginKind::Handler)?;
        let requirements = self.ask(&REQUIRED_FIELDS, (convert::config(config),))?.map_err(output::error)?;
        Ok(Check::new(self.limits(), Scope::TIMELESS.now).requirements(requirements)?)
    }

    /// An instance for one batch of one owner. It starts with its first call.
    pub fn handler(&self, owner: Name) -> HandlerInstance {
        HandlerInstance::new(self.clone(), owner)
    }

    /// What a call of it may take.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Whether an instance that served one configuration may serve another one.
    pub(crate) fn shares_instances(&self) -> bool {
        self.inner.isolation == Isolation::Batch
    }

    pub(crate) fn instances(&self) -> Instances {
        self.inner.host.instances()
    }

    pub(crate) fn fresh(&self) -> Result<Running, CallError> {
        let Inner { host, limits, pre, version, .. } = &*self.inner;
        Running::start(host, limits, pre, *version)
    }

    /// # Errors
    /// When the plugin is of another kind.
    pub(crate) fn must_be(&self, wanted: PluginKind) -> Result<(), CallError> {
        let kind = self.inner.kind;
        if kind == wanted {
            return Ok(());
        }
        Err(CallError::Host { message: format!("a plugin of the kind {kind} is no {wanted}") })
    }

    fn described(&self) -> Result<&Described, CallError> {
        if let Some(described) = self.inner.described.get() {
            return Ok(described);
        }
        let said = self.ask(&DESCRIBE, ())?;
        let described = Described::check(said, self.limits())?;
        Ok(self.inner.described.get_or_init(|| described))
    }

    /// Asks what has no time and no state, in a fresh instance.
    pub(crate) fn ask<P, R>(&self, function: &Function<P, R>, params: P) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: 'static,
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.fresh()?.ask(Scope::TIMELESS, function, params).0
    }

    /// What the schema calls secret of a configuration.
    pub(crate) fn secrets_in(&self, config: &Value) -> Known {
        let described = self.described().map(|described| secret_parts(&described.description.config_schema));
        Known::of(config, &described.unwrap_or_default())
    }

    /// One call in a fresh instance.
    pub(crate) fn call<P, R>(
        &self,
        kind: PluginKind,
        scope: Scope<'_>,
        function: &Function<P, R>,
        params: P,
    ) -> (Called<R>, Option<CallState>)
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: Said + 'static,
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        match self.must_be(kind).and_then(|()| self.fresh()) {
            Err(error) => (Called::not(error), None),
            Ok(mut running) => {
                let (mut answer, logs, state) = running.ask(scope, function, params);
                // All that can be granted secrets are called here.
                answer.iter_mut().for_each(|said| running.hide(said));
                (Called { answer, logs, cost: running.cost() }, state)
            }
        }
    }

    /// Of a source, as far as they are known.
    pub(crate) fn kept_methods(&self) -> &Methods {
        &self.inner.methods
    }

    fn check_exports(&self, mut started: Running) -> Result<(), CallError> {
        let Inner { version, kind, .. } = *self.inner;
        let (found, ..) =
            started.call(Scope::TIMELESS, |store, instance| exports::check(store, instance, version, kind));
        found
    }
}
