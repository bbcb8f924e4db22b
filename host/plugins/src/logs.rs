//! What a guest says while it runs: kept for its author, within a bound.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What one call logged and wrote. The oldest goes first when there is too much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    pub lines: Vec<LogLine>,
    /// Lines that were dropped for want of room.
    pub dropped: u32,
    /// The end of what it wrote to its standard output and error.
    pub written: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub level: LogLevel,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Logs {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0 && self.written.is_empty()
    }

    /// The last thing that was logged as an error: how a guest without a standard
    /// error says why it panics.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.lines.iter().rfind(|l| l.level == LogLevel::Error).map(|l| l.message.as_str())
    }
}

/// As the author reads it: what was written, then what was logged.
impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.written.is_empty() {
            writeln!(f, "{}", self.written.trim_end())?;
        }
        if self.dropped > 0 {
            writeln!(f, "({} earlier log lines dropped)", self.dropped)?;
        }
        for line in &self.lines {
            writeln!(f, "{}: {}", line.level, line.message)?;
        }
        Ok(())
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogLevel::Trace => "trace",
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        })
    }
}

/// Collects the log of one call.
pub(crate) struct Log {
    lines: VecDeque<LogLine>,
    bytes: usize,
    dropped: u32,
    limit: usize,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Log {
        Log { lines: VecDeque::new(), bytes: 0, dropped: 0, limit }
    }

    pub(crate) fn push(&mut self, level: LogLevel, mut message: String) {
        message.truncate(message.floor_char_boundary(self.limit));
        self.bytes += message.len();
        self.lines.push_back(LogLine { level, message });
        while self.bytes > self.limit || self.lines.len() > Log::LINES_MAX {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.message.len();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Empty lines cost room as well.
    const LINES_MAX: usize = 1_000;

    /// What was collected; it begins anew.
    pub(crate) fn take(&mut self, written: &Ring) -> Logs {
        let lines = std::mem::take(&mut self.lines).into();
        self.bytes = 0;
        Logs { lines, dropped: std::mem::take(&mut self.dropped), written: written.take() }
    }
}

/// The end of a stream of bytes, shared between the store and the streams that the
/// guest holds. It takes everything and never fails: a guest whose `println!` fails
/// panics.
#[derive(Clone)]
pub(crate) struct Ring {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    limit: usize,
}

impl Ring {
    pub(crate) fn new(limit: usize) -> Ring {
        Ring { bytes: Arc::default(), limit }
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        let mut kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let new = &bytes[bytes.len().saturating_sub(self.limit)..];
        let excess = (kept.len() + new.len()).saturating_sub(self.limit);
        kept.drain(..excess);
        kept.extend(new);
    }

    fn take(&self) -> String {
        let mut kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = std::mem::take(&mut *kept).into();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
