//! A sign of life.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Beats whenever somebody at work gets on with it. Who watches it with a clock knows
/// when that was too long ago; who beats needs none. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    at_work: AtomicBool,
    beats: AtomicU64,
}

impl Pulse {
    /// Something was done, or is begun.
    pub fn beat(&self) {
        self.inner.at_work.store(true, Ordering::Release);
        self.inner.beats.fetch_add(1, Ordering::Release);
    }

    /// There is nothing to do until the next beat.
    pub fn rest(&self) {
        self.inner.at_work.store(false, Ordering::Release);
    }

    /// How often it has beaten; none at rest, when silence means nothing.
    pub fn count(&self) -> Option<u64> {
        let at_work = self.inner.at_work.load(Ordering::Acquire);
        at_work.then(|| self.inner.beats.load(Ordering::Acquire))
    }
}
