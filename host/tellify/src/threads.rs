//! Threads that serve connections, and nothing else.
//!
//! However many ask, the stages that find out what people are to be told have threads of
//! their own, and the kernel gives both their share of the processors. On common threads
//! each step of a stage would wait behind every request that is ready.

use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Whoever works for a request that is gone (a plugin is compiled, say) is waited for so long.
const END: Duration = Duration::from_secs(1);

/// As many as there are processors. They end when this is dropped.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    /// # Errors
    /// When the system has no more threads.
    pub(crate) fn start(name: &str) -> io::Result<Threads> {
        let runtime = Builder::new_multi_thread().enable_all().thread_name(name).build()?;
        Ok(Threads(Some(runtime)))
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let Threads(runtime) = self;
        runtime.as_ref().expect("it is there until it is dropped").spawn(task)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let Some(runtime) = self.0.take() else { return };
        // A thread of another runtime must not wait for this one, so one of nobody's does.
        let waits = thread::spawn(move || runtime.shutdown_timeout(END));
        // It has nothing to panic about, and nobody would be helped.
        let _ = waits.join();
    }
}
