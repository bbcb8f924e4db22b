//! What goes wrong, with a variant for each reaction of the caller.

use std::path::PathBuf;
use std::time::Duration;

use event::PluginKind;

use crate::InterfaceVersion;

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("the cache folder {} cannot be used: {reason}", path.display())]
    Cache { path: PathBuf, reason: String },
    #[error("the WASM engine cannot run on this machine: {0}")]
    Engine(String),
    #[error("what compiles in a process of its own needs a cache to leave the code in")]
    NoCache,
}

/// Why some bytes are no plugin that this host runs. Each is a sentence for the
/// person who installs it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the component takes {bytes} bytes, and {limit} are allowed")]
    TooLarge { bytes: usize, limit: usize },
    #[error("this is no WebAssembly: hand in the component itself, a file that begins with `\\0asm`")]
    NotWasm,
    #[error(
        "this is a core module, no component: wrap it with `tellify plugin build` or `wasm-tools component new`"
    )]
    CoreModule,
    #[error(
        "the file is truncated: its section at byte {offset} is longer than what follows; copy it or build it once \
         more"
    )]
    Truncated { offset: usize },
    #[error("this is precompiled code, which runs unchecked: hand in the component that it was made from")]
    Precompiled,
    #[error("the component is invalid, build it once more with current tools: {0}")]
    Invalid(String),
    #[error(
        "the component uses the asynchronous ABI, and this interface is synchronous: build it with `--sync` \
         (componentize-qjs), `--backend-qjs-disable-async` (jco), or without async exports"
    )]
    Async,
    #[error(
        "the component exports no world of ours: a plugin exports `tellify:plugin/descriptor` and one of {known}"
    )]
    NoWorld { known: String },
    #[error("the component exports several worlds ({kinds}): a plugin is of one kind, so make one of each")]
    SeveralWorlds { kinds: String },
    #[error(
        "the component is made for `{interface}@{wanted}`, and this host serves versions {served}: build it for one of \
         these, or update the daemon"
    )]
    Version { interface: String, wanted: String, served: String },
    #[error("the component mixes versions of the plugin interface, `{one}` and `{other}`: build it for one")]
    SeveralVersions { one: String, other: String },
    #[error(
        "the component imports `{imports}`, which a plugin of the kind {kind} is not offered: it may import {offered}"
    )]
    UnknownImport { imports: String, kind: PluginKind, offered: String },
    #[error("the component does not fit the world `{kind}` of version {version}: {reason}")]
    Misfit { kind: PluginKind, version: InterfaceVersion, reason: String },
    #[error("the component does not start: {0}. What it does at its start, it can do when it is called")]
    DoesNotStart(String),
    /// What compiling it took more than it may.
    #[error(
        "compiling the component takes more than {what}: make it smaller, with shorter functions, or have \
         `plugins.{key}` raised in the daemon's configuration"
    )]
    TooCostly { what: String, key: &'static str },
    #[error(
        "the component breaks the compiler ({0}): build it with other tools, or without what is unusual in it"
    )]
    BrokeCompiler(String),
    /// Not the component's fault.
    #[error("the component could not be compiled: {0}")]
    NoCompiler(String),
}

/// Why a call brought nothing. After any of them nothing of the call counts.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CallError {
    /// The configuration can never work.
    #[error("the configuration cannot work: {0}")]
    BadConfig(String),
    /// The plugin asks to be called again; none: after the caller's own pause.
    #[error("{reason}")]
    Retry { after_ms: Option<u32>, reason: String },
    /// The plugin gave up on this call.
    #[error("{message}")]
    Failed { message: String },
    /// It broke off. `stack` is the guest's own words: what it wrote, and where it stood.
    #[error("the plugin broke off: {message}")]
    Trap { message: String, stack: String },
    #[error("the plugin took longer than {which}")]
    Timeout { which: TimeLimit, stack: String },
    #[error("the plugin went past its limit: {what}")]
    Limit { what: String, stack: String },
    /// It answered something that cannot be taken.
    #[error("the plugin answered what cannot be taken: {message}")]
    BadOutput { message: String },
    /// Not the plugin's fault: its state could not be read, or the host itself failed.
    #[error("the call could not be made: {message}")]
    Host { message: String },
}

/// Which time limit a call hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeLimit {
    #[error("{} ms of CPU time", .0.as_millis())]
    Cpu(Duration),
    #[error("{} ms", .0.as_millis())]
    Wall(Duration),
    /// Instead of both, where calls are measured by what they do.
    #[error("{0} units of fuel")]
    Fuel(u64),
}

impl CallError {
    /// What the plugin left for its author to read; empty when it ended in order.
    pub fn stack(&self) -> &str {
        match self {
            CallError::Trap { stack, .. }
            | CallError::Timeout { stack, .. }
            | CallError::Limit { stack, .. } => stack,
            _ => "",
        }
    }
}
