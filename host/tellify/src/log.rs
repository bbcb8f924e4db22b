//! The daemon's own log, on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Stderr, Write};

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
    let coloured = io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        // Whoever reads the log may be gone, which is no reason to panic.
        .log_internal_errors(false)
        .with_ansi(coloured)
        .with_target(false)
        .with_env_filter(filter(&log.level)?);
    Ok(match log.format {
        LogFormat::Text => {
            let lines = move || Lines { to: io::stderr(), coloured };
            let builder = builder.with_writer(lines).with_filter_reloading();
            let handle = builder.reload_handle();
            builder.init();
            Levels(Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string())))
        }
        LogFormat::Json => {
            // JSON has its own way to write what would end a line.
            let builder = builder.with_writer(io::stderr).json().with_filter_reloading();
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

/// Writes each record as one line, whatever stands in it: words of plugins and senders do,
/// and whoever reads the log must not take them for records of ours.
struct Lines<W = Stderr> {
    to: W,
    /// Escape characters are the formatter's own, which lets none of others pass.
    coloured: bool,
}

impl<W: Write> Write for Lines<W> {
    /// Takes a whole record, as the formatter hands it over.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        self.to.write_all(one_line(&text, self.coloured).as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The record with what would end its line, or turn it round, written out.
fn one_line(record: &str, coloured: bool) -> Cow<'_, str> {
    let (text, end) = record.strip_suffix('\n').map_or((record, ""), |text| (text, "\n"));
    let is_meant = |c: char| c == '\t' || (coloured && c == '\u{1b}');
    let harms = |c: char| {
        let turns = matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() || turns) && !is_meant(c)
    };
    if !text.contains(harms) {
        return Cow::Borrowed(record);
    }
    let shown = |c: char| if harms(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect::<String>() + end)
}

#[cfg(test)]
mod tests;
