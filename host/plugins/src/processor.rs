//! How long this thread has waited for a processor while it was ready to run.

use std::cell::{Cell, LazyCell};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// The kernel's account of the thread that opens it: nanoseconds on a processor, then
/// nanoseconds ready for one, then how often it got one.
const ACCOUNT: &str = "/proc/thread-self/schedstat";

/// Three numbers of twenty digits, and what stands between them.
const ACCOUNT_BYTES: usize = 64;

thread_local! {
    /// Open for as long as the thread lives: this is read at each start of an instance.
    static FILE: LazyCell<Option<File>> = const { LazyCell::new(|| File::open(ACCOUNT).ok()) };
    static NOTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Notes how long this thread has waited so far.
pub(crate) fn note() {
    NOTED.set(waited());
}

/// How long this thread has waited since it noted that last; zero where the kernel keeps
/// no account of it.
pub(crate) fn waited_since_noted() -> Duration {
    waited().saturating_sub(NOTED.get())
}

fn waited() -> Duration {
    let mut account = [0; ACCOUNT_BYTES];
    let read = FILE.with(|file| file.as_ref().and_then(|file| file.read_at(&mut account, 0).ok()));
    let text = std::str::from_utf8(&account[..read.unwrap_or_default()]).unwrap_or_default();
    let ready = text.split_whitespace().nth(1).and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ready.unwrap_or_default())
}
