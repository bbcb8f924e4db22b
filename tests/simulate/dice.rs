//! Chance that repeats itself.

use std::sync::{Arc, Mutex, PoisonError};

use event::Random;
use testkit::Dice;

/// `purpose` keeps the dice of one seed apart, so that one more throw of one of them
/// changes nothing about the others.
pub(crate) fn dice(seed: u64, purpose: &str) -> Dice {
    Dice::new(seed ^ xxhash_rust::xxh3::xxh3_64(purpose.as_bytes()))
}

/// The random numbers of a simulated machine. Clones draw from the same.
#[derive(Clone)]
pub(crate) struct SimRandom(Arc<Mutex<Dice>>);

impl SimRandom {
    pub(crate) fn new(seed: u64) -> SimRandom {
        SimRandom(Arc::new(Mutex::new(dice(seed, "random"))))
    }
}

impl Random for SimRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), String> {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.throw().to_le_bytes()[..chunk.len()]));
        Ok(())
    }
}
