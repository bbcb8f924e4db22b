//! Identifiers, made before a record is: the journal itself knows no randomness.

use std::sync::Arc;

use event::{Random, Timestamp};
use ulid::Ulid;

/// Makes them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ids {
    random: Arc<dyn Random>,
}

impl Ids {
    pub(crate) fn new(random: Arc<dyn Random>) -> Ids {
        Ids { random }
    }

    /// A ULID: sorted by time, and never the same twice.
    pub(crate) fn mint(&self, now: Timestamp) -> String {
        let ms = u64::try_from(now.0).unwrap_or(0);
        let mut random = [0u8; 16];
        self.random
            .fill(&mut random)
            .expect("the system gives random numbers; without them no token could be made either");
        Ulid::from_parts(ms, u128::from_le_bytes(random)).to_string()
    }
}
