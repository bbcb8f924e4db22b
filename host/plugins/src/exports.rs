//! The functions that plugins export, each with its types, in all versions.

use std::marker::PhantomData;

use event::PluginKind;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower, TypedFunc};

use crate::bindings::types::{Config, Error, Problem};
use crate::bindings::{checking, delivering, descriptor, handling, intake, querying, v0_1};
use crate::guest::Guest;
use crate::version::InterfaceVersion;

/// An exported function: where it stands, and what it takes and answers.
pub(crate) struct Function<P, R> {
    interface: &'static str,
    name: &'static str,
    types: PhantomData<fn(P) -> R>,
}

pub(crate) const DESCRIBE: Function<(), descriptor::Description> = Function::new("descriptor", "describe");
pub(crate) const VALIDATE: Function<(String, String), Vec<Problem>> = Function::new("descriptor", "validate");
pub(crate) const TITLE: Function<(Config,), String> = Function::new("descriptor", "title");
pub(crate) const SUMMARY: Function<(Config,), String> = Function::new("descriptor", "summary");

pub(crate) const REQUIRED_FIELDS: Function<(Config,), Result<Vec<handling::Requirement>, Error>> =
    Function::new("handling", "required-fields");
pub(crate) type Handle = Function<(Config, f64, handling::Trigger), Result<handling::Outcome, Error>>;
pub(crate) const HANDLE: Handle = Function::new("handling", "handle");
pub(crate) type Render = Function<(Vec<handling::AlertItem>,), Option<String>>;
pub(crate) const ALERT_TEXT: Render = Function::new("handling", "alert-text");
pub(crate) const ALERT_ASCII: Render = Function::new("handling", "alert-ascii");
pub(crate) const ALERT_HTML: Render = Function::new("handling", "alert-html");

pub(crate) const CHECK: Function<(Config, f64), Result<checking::Report, Error>> =
    Function::new("checking", "check");

pub(crate) const METHODS: Function<(), Vec<querying::Method>> = Function::new("querying", "methods");
pub(crate) const CALL: Function<(Config, f64, String, String), Result<String, querying::QueryError>> =
    Function::new("querying", "call");
pub(crate) const CALL_V0_1: Function<(Config, String, String), Result<String, Error>> =
    Function::new("querying", "call");

pub(crate) const DELIVER: Function<(Config, f64, delivering::Message), Result<delivering::Receipt, Error>> =
    Function::new("delivering", "deliver");
pub(crate) const DELIVER_V0_1: Function<(Config, delivering::Message), Result<delivering::Receipt, Error>> =
    Function::new("delivering", "deliver");

type Accept<Rejection> = Function<(Config, f64, intake::Request), Result<intake::Accepted, Rejection>>;
pub(crate) const ACCEPT: Accept<intake::Rejection> = Function::new("intake", "accept");
pub(crate) const ACCEPT_V0_1: Accept<v0_1::intake::Rejection> = Function::new("intake", "accept");

/// Each kind with the interface that makes it one.
pub(crate) const KINDS: &[(PluginKind, &str)] = &[
    (PluginKind::Handler, "handling"),
    (PluginKind::Monitor, "checking"),
    (PluginKind::Source, "querying"),
    (PluginKind::Channel, "delivering"),
    (PluginKind::Ingest, "intake"),
];

impl<P, R> Function<P, R>
where
    P: ComponentNamedList + Lower + Send + Sync + 'static,
    R: 'static,
    (R,): ComponentNamedList + Lift + Send + Sync + 'static,
{
    const fn new(interface: &'static str, name: &'static str) -> Function<P, R> {
        Function { interface, name, types: PhantomData }
    }

    /// # Errors
    /// When the component has no such function, or one of other types.
    pub(crate) fn find(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
        version: InterfaceVersion,
    ) -> wasmtime::Result<TypedFunc<P, (R,)>> {
        let interface = version.name(self.interface);
        let missing = || wasmtime::Error::msg(format!("`{interface}` has no function `{}`", self.name));
        let found = instance.get_export_index(&mut *store, None, &interface).ok_or_else(missing)?;
        let found = instance.get_export_index(&mut *store, Some(&found), self.name).ok_or_else(missing)?;
        let typed = instance.get_typed_func(&mut *store, found);
        typed.map_err(|e| wasmtime::Error::msg(format!("`{interface}#{}`: {e:#}", self.name)))
    }
}

/// Looks whether everything is there that a plugin of the kind exports.
///
/// # Errors
/// With what is missing or of other types.
pub(crate) fn check(
    store: &mut Store<Guest>,
    instance: &Instance,
    version: InterfaceVersion,
    kind: PluginKind,
) -> wasmtime::Result<()> {
    macro_rules! find {
        ($($function:expr),+) => {{ $($function.find(store, instance, version)?;)+ }};
    }
    find!(DESCRIBE, VALIDATE, TITLE, SUMMARY);
    match (kind, version) {
        (PluginKind::Handler, _) => find!(REQUIRED_FIELDS, HANDLE, ALERT_TEXT, ALERT_ASCII, ALERT_HTML),
        (PluginKind::Monitor, _) => find!(CHECK),
        (PluginKind::Source, InterfaceVersion::V0_1) => find!(METHODS, CALL_V0_1),
        (PluginKind::Source, InterfaceVersion::V0_2) => find!(METHODS, CALL),
        (PluginKind::Channel, InterfaceVersion::V0_1) => find!(DELIVER_V0_1),
        (PluginKind::Channel, InterfaceVersion::V0_2) => find!(DELIVER),
        (PluginKind::Ingest, InterfaceVersion::V0_1) => find!(ACCEPT_V0_1),
        (PluginKind::Ingest, InterfaceVersion::V0_2) => find!(ACCEPT),
    }
    Ok(())
}
