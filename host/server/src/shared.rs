//! What stays the same when the server is given another configuration.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::body::PERMIT_BYTES;
use crate::limits::BODIES_BYTES;
use crate::meters::Meters;

pub(crate) struct Shared {
    pub(crate) meters: Meters,
    /// Permits for bodies that are held, one for each KiB.
    pub(crate) bodies: Arc<Semaphore>,
    pub(crate) connections: Connections,
    /// Turns true when the server is to stop: streams end then.
    pub(crate) stop: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(max_connections: usize) -> Shared {
        Shared {
            meters: Meters::default(),
            bodies: Arc::new(Semaphore::new(BODIES_BYTES / PERMIT_BYTES)),
            connections: Connections::new(max_connections),
            stop: watch::Sender::new(false),
        }
    }

    /// What is held of bodies, in whole permits.
    pub(crate) fn bodies_bytes(&self) -> usize {
        BODIES_BYTES.saturating_sub(self.bodies.available_permits() * PERMIT_BYTES)
    }
}

/// Connections in bounded number; the bound can be changed.
pub(crate) struct Connections {
    free: Arc<Semaphore>,
    size: Mutex<usize>,
}

impl Connections {
    fn new(size: usize) -> Connections {
        let size = size.min(Semaphore::MAX_PERMITS);
        Connections { free: Arc::new(Semaphore::new(size)), size: Mutex::new(size) }
    }

    /// Waits until there may be one more.
    pub(crate) async fn one_more(&self) -> OwnedSemaphorePermit {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        permit.expect("the semaphore is never closed")
    }

    /// Takes another bound. When more are open than that, they go on until they end.
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
