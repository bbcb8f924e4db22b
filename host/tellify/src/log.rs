//! The daemon's own log, on standard error.

use std::io::IsTerminal;

use settings::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Changes what is logged while the daemon runs.
pub(crate) struct Levels(Box<dyn Fn(EnvFilter) -> Result<(), String> + Send + Sync>);

impl Levels {
    /// # Errors
    /// When the log has ended.
    pub(crate) fn set(&self, filter: EnvFilter) -> Result<(), String> {
        (self.0)(filter)
    }
}

/// Starts the log.
///
/// # Errors
/// When the level is none.
pub(crate) fn start(log: &Log) -> Result<Levels, String> {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Whoever reads the log may be gone, which is no reason to panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_env_filter(filter(&log.level)?);
    Ok(match log.format {
        LogFormat::Text => {
            let builder = builder.with_filter_reloading();
            let handle = builder.reload_handle();
            builder.init();
            Levels(Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string())))
        }
        LogFormat::Json => {
            let builder = builder.json().with_filter_reloading();
            let handle = builder.reload_handle();
            builder.init();
            Levels(Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string())))
        }
    })
}

/// # Errors
/// When it names no level.
pub(crate) fn filter(level: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(level).map_err(|error| format!("log.level: `{level}`: {error}"))
}
