//! Threads that serve connections, and nothing else.
//!
//! However many ask, the stages that find out what people are to be told have threads of
//! their own, and the kernel gives both their share of the processors. On common threads
//! each step of a stage would wait behind every request that is ready.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// As many as there are processors. They end when this is dropped, wherever they stand.
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
    /// To wait for them is not allowed on a thread of another runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
