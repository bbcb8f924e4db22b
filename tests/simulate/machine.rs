//! One thread, on which everything runs that there is.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A runtime that only goes on when it is told to, and says when nothing can. It has
/// neither timers nor sockets, so nothing in it can wait for the world outside.
pub(crate) struct Machine {
    runtime: Runtime,
    rest: Arc<Rest>,
}

#[derive(Default)]
struct Rest {
    reached: AtomicBool,
    watcher: Mutex<Option<Waker>>,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        let rest = Arc::new(Rest::default());
        let parked = Arc::clone(&rest);
        let runtime = Builder::new_current_thread()
            // The thread parks when no task can go on.
            .on_thread_park(move || parked.reach())
            // So that it can be stopped between any two.
            .event_interval(1)
            .build()
            .expect("it needs nothing of the system");
        Machine { runtime, rest }
    }

    /// Lets every task go on until none can.
    pub(crate) fn rest(&self) {
        self.go_on(usize::MAX);
    }

    /// The same, but after about so many turns of tasks everything stands still.
    pub(crate) fn go_on(&self, turns: usize) {
        self.rest.reached.store(false, Ordering::Relaxed);
        let mut left = turns;
        self.runtime.block_on(poll_fn(|cx| {
            if left == 0 || self.rest.reached.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            *self.rest.watcher() = Some(cx.waker().clone());
            if turns != usize::MAX {
                left -= 1;
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        }));
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(task)
    }

    /// What came of a task that has ended.
    pub(crate) fn result<T>(&self, ended: JoinHandle<T>) -> T {
        assert!(ended.is_finished(), "a task has not ended though nothing goes on");
        self.runtime.block_on(ended).unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()))
    }
}

impl Rest {
    fn reach(&self) {
        self.reached.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher().take() {
            watcher.wake();
        }
    }

    fn watcher(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
