//! Randomness, as the whole system gets it.

/// The only way to random numbers that get into records: identifiers, keys, nonces.
/// Tests inject one that repeats itself.
pub trait Random: Send + Sync + 'static {
    /// Fills all of `out`.
    ///
    /// # Errors
    /// A sentence, when there are none to be had.
    fn fill(&self, out: &mut [u8]) -> Result<(), String>;
}
