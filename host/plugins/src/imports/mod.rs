//! Our own interfaces, as the host offers them, in all versions.

mod http;
mod log;
mod secrets;
mod sources;
mod state;

use std::time::Duration;

use event::PluginKind;
use wasmtime::component::Linker;

use crate::guest::{Guest, Stop};
use crate::version::InterfaceVersion;
use crate::{Outside, Pace};

/// An interface that plugins import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    Log,
    State,
    Http,
    Secrets,
    Sources,
}

impl Offered {
    /// What a kind may import; the worlds in `wit/` say the same.
    pub(crate) fn to(kind: PluginKind) -> &'static [Offered] {
        use Offered::{Http, Log, Secrets, Sources, State};
        match kind {
            PluginKind::Handler => &[Log, State],
            PluginKind::Monitor => &[Log, State, Http, Secrets, Sources],
            PluginKind::Source | PluginKind::Channel | PluginKind::Ingest => &[Log, Http, Secrets],
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Offered::Log => "log",
            Offered::State => "state",
            Offered::Http => "http",
            Offered::Secrets => "secrets",
            Offered::Sources => "sources",
        }
    }
}

/// Types alone, which every kind may import.
pub(crate) const TYPES: &str = "types";

/// Adds what is offered to a kind in a version.
pub(crate) fn link(
    linker: &mut Linker<Guest>,
    version: InterfaceVersion,
    kind: PluginKind,
) -> wasmtime::Result<()> {
    linker.instance(&version.name(TYPES))?;
    for offered in Offered::to(kind) {
        let mut interface = linker.instance(&version.name(offered.as_str()))?;
        match offered {
            Offered::Log => log::link(&mut interface)?,
            Offered::State => state::link(&mut interface)?,
            Offered::Http => http::link(&mut interface, version)?,
            Offered::Secrets => secrets::link(&mut interface, version)?,
            Offered::Sources => sources::link(&mut interface)?,
        }
    }
    Ok(())
}

impl Guest {
    /// Goes outside, for as long as the call may still take, or for `most` if that is less.
    ///
    /// # Errors
    /// When that went past one of the call's limits.
    fn go_outside<R>(
        &mut self,
        most: Option<Duration>,
        ask: impl FnOnce(&dyn Outside, Duration) -> R,
    ) -> wasmtime::Result<R> {
        self.count_host_call()?;
        let left = self.call.budget.left();
        let outside = self.call.outside.clone();
        let answer = ask(&*outside, most.map_or(left, |most| most.min(left)));
        // No tick comes while the guest waits; where fuel is the measure, no time passes.
        match self.call.budget.passed().filter(|_| self.pace == Pace::Time) {
            Some(which) => Err(Stop::Time(which).into()),
            None => Ok(answer),
        }
    }
}
