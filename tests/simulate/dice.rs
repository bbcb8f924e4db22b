//! Chance that repeats itself.

use std::sync::{Arc, Mutex, PoisonError};

use event::Random;

/// Draws numbers that follow from a seed: SplitMix64.
#[derive(Clone)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// `purpose` keeps the dice of one seed apart, so that one more throw of one of them
    /// changes nothing about the others.
    pub(crate) fn new(seed: u64, purpose: &str) -> Dice {
        Dice { state: seed ^ xxhash_rust::xxh3::xxh3_64(purpose.as_bytes()) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From zero up to, and without, `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub(crate) fn within(&mut self, range: std::ops::RangeInclusive<i64>) -> i64 {
        range.start() + self.below((range.end() - range.start() + 1) as u64) as i64
    }

    /// True about `n` times in a hundred.
    pub(crate) fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// The random numbers of a simulated machine. Clones draw from the same.
#[derive(Clone)]
pub(crate) struct SimRandom(Arc<Mutex<Dice>>);

impl SimRandom {
    pub(crate) fn new(seed: u64) -> SimRandom {
        SimRandom(Arc::new(Mutex::new(Dice::new(seed, "random"))))
    }
}

impl Random for SimRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), String> {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.next().to_le_bytes()[..chunk.len()]));
        Ok(())
    }
}
