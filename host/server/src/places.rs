//! Places in bounded number, whose bound can be changed.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of connections, of requests, of kilobytes: whoever takes one gives it back by dropping it.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    size: Mutex<usize>,
}

impl Places {
    pub(crate) fn new(size: usize) -> Places {
        let size = size.min(Semaphore::MAX_PERMITS);
        Places { free: Arc::new(Semaphore::new(size)), size: Mutex::new(size) }
    }

    /// None when all are taken.
    pub(crate) fn try_one(&self) -> Option<OwnedSemaphorePermit> {
        self.try_many(1)
    }

    /// So many, or none when there are not as many free.
    pub(crate) fn try_many(&self, count: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_many_owned(u32::try_from(count).unwrap_or(u32::MAX)).ok()
    }

    pub(crate) fn are_taken(&self) -> bool {
        self.free.available_permits() == 0
    }

    /// Takes another bound. When more are taken than that, they stay until they are given back.
    pub(crate) fn resize(&self, wanted: usize) {
        let wanted = wanted.min(Semaphore::MAX_PERMITS);
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted > *size {
            self.free.add_permits(wanted - *size);
        }
        let too_many = u32::try_from(size.saturating_sub(wanted)).unwrap_or(u32::MAX);
        *size = wanted;
        if too_many > 0 {
            let free = Arc::clone(&self.free);
            tokio::spawn(async move {
                let permits = free.acquire_many_owned(too_many).await;
                permits.expect("the semaphore is never closed").forget();
            });
        }
    }

    pub(crate) fn used_and_size(&self) -> (usize, usize) {
        let size = *self.size.lock().unwrap_or_else(PoisonError::into_inner);
        (size.saturating_sub(self.free.available_permits()), size)
    }
}
