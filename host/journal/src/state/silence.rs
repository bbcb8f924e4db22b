//! Spans in which nobody listened, and what becomes of the moments in them.

use event::Timestamp;
use serde::{Deserialize, Serialize};

/// After a silence, what waited outside comes in before wake-ups judge what is missing.
const SETTLE_S: i64 = 60;

/// So many are remembered: a backlog that reaches further back is rare.
const REMEMBERED: usize = 64;

/// From the last record before a start to that start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Silence {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

impl Silence {
    /// Whether a wake-up at that moment would have found nobody.
    pub(super) fn has(self, due: Timestamp) -> bool {
        self.since < due && due <= self.until
    }

    /// When such a wake-up comes instead.
    pub(super) fn settled(self) -> Timestamp {
        self.until.plus_s(SETTLE_S)
    }
}

/// The latest silences, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silences(Vec<Silence>);

impl Silences {
    /// The ends of those that need not be remembered any more.
    pub(super) fn too_many(&self) -> impl Iterator<Item = Timestamp> {
        let more = self.0.len().saturating_sub(REMEMBERED);
        self.0[..more].iter().map(|silence| silence.until)
    }

    /// When a wake-up comes that is asked for now, for that moment: what waits in a backlog
    /// may ask for one in a silence that is over.
    pub fn settled(&self, due: Timestamp) -> Timestamp {
        self.0.iter().fold(due, |due, silence| if silence.has(due) { silence.settled() } else { due })
    }
}

impl From<Vec<Silence>> for Silences {
    fn from(silences: Vec<Silence>) -> Silences {
        Silences(silences)
    }
}
