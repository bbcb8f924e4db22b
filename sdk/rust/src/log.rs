//! Lines for the author; the host keeps the last of them with each failed call.

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Writes a line at this level.
pub fn log(level: Level, message: &str) {
    crate::host::log(level, message);
}

/// Writes a line that only somebody who looks for it needs.
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// Writes a line.
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// Writes a line about something odd.
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// Writes a line about something that went wrong.
pub fn error(message: &str) {
    log(Level::Error, message);
}
