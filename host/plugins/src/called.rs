//! What a call brings besides its answer.

use std::time::Duration;

use crate::{CallError, Logs};

/// A call that is over, well or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Called<T> {
    pub answer: Result<T, CallError>,
    /// What the plugin said meanwhile.
    pub logs: Logs,
    pub cost: Cost,
}

/// What a call took, its instance's start included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub cpu: Duration,
    /// On the wall: with what it waited for.
    pub wall: Duration,
    /// The instance's memory at its end, in bytes: it never shrinks.
    pub memory_bytes: usize,
    pub host_calls: u32,
}

impl<T> Called<T> {
    /// A call that was not even begun.
    pub(crate) fn not(error: CallError) -> Called<T> {
        Called { answer: Err(error), logs: Logs::default(), cost: Cost::default() }
    }

    pub(crate) fn and_then<U>(self, f: impl FnOnce(T) -> Result<U, CallError>) -> Called<U> {
        Called { answer: self.answer.and_then(f), logs: self.logs, cost: self.cost }
    }
}
