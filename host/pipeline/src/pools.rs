//! How many calls of plugins go on at once.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// As many calls at once as there are processors for them; fewer for subscriptions that
/// lag, so that they never hold up the others.
#[derive(Clone)]
pub(crate) struct Pools {
    pub(crate) calls: Pool,
    pub(crate) lagging: Pool,
}

#[derive(Clone)]
pub(crate) struct Pool {
    size: usize,
    free: Arc<Semaphore>,
}

impl Pools {
    /// `threads` calls at once; zero: one for each processor.
    pub(crate) fn new(threads: usize) -> Pools {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { processors() } else { threads };
        Pools { calls: Pool::new(threads), lagging: Pool::new(threads.div_ceil(2)) }
    }
}

impl Pool {
    fn new(size: usize) -> Pool {
        Pool { size, free: Arc::new(Semaphore::new(size)) }
    }

    /// Waits for its turn, which lasts until the permit is dropped.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.free.clone().acquire_owned().await
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn used(&self) -> usize {
        self.size.saturating_sub(self.free.available_permits())
    }
}
