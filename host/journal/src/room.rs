//! Room on the disk: so much of it stays free for what follows from events taken before.
//!
//! Outcomes, digests, attempts and the state's own file need space after the event that
//! they come of was acknowledged. So new events are refused while there is still some
//! left, and not when the disk is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use event::Refusal;

use crate::store::Store;

pub(crate) struct Room {
    store: Arc<dyn Store>,
    /// What must stay free, in bytes; zero: nothing.
    keep_free: AtomicU64,
    /// As measured last.
    free: AtomicU64,
    short: AtomicBool,
}

impl Room {
    pub(crate) fn new(store: Arc<dyn Store>, keep_free: u64) -> Room {
        let room = Room {
            store,
            keep_free: AtomicU64::new(keep_free),
            free: AtomicU64::new(u64::MAX),
            short: AtomicBool::new(false),
        };
        room.measure();
        room
    }

    /// Whether there is room for a new event. Asks the disk only when there was none.
    ///
    /// # Errors
    /// [`Refusal::Full`].
    pub(crate) fn admit(&self) -> Result<(), Refusal> {
        if !self.short.load(Ordering::Relaxed) || !self.measure() {
            return Ok(());
        }
        let (free, keep) = (self.free(), self.keep_free());
        Err(Refusal::Full {
            message: format!("{free} bytes are free, and {keep} are kept for what is under way"),
        })
    }

    /// Asks the disk, and answers whether it is short of space. One that does not know
    /// changes nothing.
    pub(crate) fn measure(&self) -> bool {
        let Ok(free) = self.store.free_bytes() else { return self.short.load(Ordering::Relaxed) };
        self.free.store(free, Ordering::Relaxed);
        let keep_free = self.keep_free();
        let short = free < keep_free;
        if self.short.swap(short, Ordering::Relaxed) != short {
            if short {
                tracing::error!(free, keep_free, "too little space is left: new events are refused");
            } else {
                tracing::warn!(free, "there is space again: new events are taken");
            }
        }
        short
    }

    /// As measured last, in bytes.
    pub(crate) fn free(&self) -> u64 {
        self.free.load(Ordering::Relaxed)
    }

    pub(crate) fn keep_free(&self) -> u64 {
        self.keep_free.load(Ordering::Relaxed)
    }

    pub(crate) fn set_keep_free(&self, bytes: u64) {
        self.keep_free.store(bytes, Ordering::Relaxed);
        self.measure();
    }
}
