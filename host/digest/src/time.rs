//! Between the journal's milliseconds and the time library's moments.

use event::Timestamp;

/// Clamped to what the calendar knows: nothing is sent before or after that.
pub(crate) fn moment(t: Timestamp) -> jiff::Timestamp {
    let bound = if t.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(t.0).unwrap_or(bound)
}

pub(crate) fn stamp(t: jiff::Timestamp) -> Timestamp {
    Timestamp(t.as_millisecond())
}
