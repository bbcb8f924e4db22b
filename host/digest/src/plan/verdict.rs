//! The planner's answer in one word, for counting.

/// What became of a change of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody is told, at once or when a bucket falls due.
    Told,
    /// A band drops it.
    Dropped,
    /// All who would be told know it already.
    Known,
    /// It became milder, and only changes what waits.
    Eased,
    /// Its end is told by the message that still waits.
    Waiting,
    /// It is over, and nobody had heard of it.
    Unheard,
    /// Whoever would be told, or what, is there no more.
    Gone,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Told => "told",
            Verdict::Dropped => "dropped",
            Verdict::Known => "known",
            Verdict::Eased => "eased",
            Verdict::Waiting => "waiting",
            Verdict::Unheard => "unheard",
            Verdict::Gone => "gone",
        }
    }
}
