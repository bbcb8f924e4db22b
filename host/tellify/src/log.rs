//! The daemon's own log, on standard error.

use std::io::IsTerminal;

use settings::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts the log.
///
/// # Errors
/// When the level is none.
pub(crate) fn start(log: &Log) -> Result<(), String> {
    let filter =
        EnvFilter::try_new(&log.level).map_err(|error| format!("log.level: `{}`: {error}", log.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Whoever reads the log may be gone, which is no reason to panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
