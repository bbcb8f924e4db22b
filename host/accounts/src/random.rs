//! The random numbers of the operating system.

use event::Random;

/// Of the operating system: what everything but a simulation uses.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), String> {
        getrandom::fill(out).map_err(|error| error.to_string())
    }
}
