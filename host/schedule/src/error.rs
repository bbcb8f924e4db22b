//! The one error: what somebody wrote is not understood.

/// A sentence for the person who wrote the text, naming it and what would do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(String);

impl ScheduleError {
    pub(crate) fn new(sentence: impl Into<String>) -> ScheduleError {
        ScheduleError(sentence.into())
    }
}

/// What they wrote may be long or hold control characters, and the sentence is shown and logged.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
