//! `log`: lines for the author.

use wasmtime::component::LinkerInstance;

use crate::bindings::log::Level;
use crate::guest::Guest;
use crate::logs::LogLevel;

pub(super) fn link(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("log", |mut store, (level, message): (Level, String)| {
        let guest: &mut Guest = store.data_mut();
        guest.count_host_call()?;
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        guest.log.push(level, message);
        Ok(())
    })
}
