//! A number that stands somewhere now.

use std::sync::atomic::{AtomicU64, Ordering};

/// Written by the one who knows, read by whoever asks.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
