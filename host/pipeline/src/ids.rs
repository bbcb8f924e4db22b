//! Identifiers, made before a record is: the journal itself knows no randomness.

use event::Timestamp;
use ulid::Ulid;

/// A ULID: sorted by time, and never the same twice.
pub(crate) fn mint(now: Timestamp) -> String {
    let ms = u64::try_from(now.0).unwrap_or(0);
    let mut random = [0u8; 16];
    getrandom::fill(&mut random)
        .expect("the system gives random numbers; without them no token could be made either");
    Ulid::from_parts(ms, u128::from_le_bytes(random)).to_string()
}
