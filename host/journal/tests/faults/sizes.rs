//! How much is tried: little by default, and more when the environment says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A number from the environment.
pub(crate) fn size(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => default,
    }
}

/// Where chance begins, unless the environment says otherwise.
pub(crate) fn seed() -> u64 {
    size("TELLIFY_SEED", 1)
}

/// Says how to see a failure again.
pub(crate) fn failed(problem: &str, seed: u64, variables: &str) -> ! {
    let told =
        format!("{problem}\n  again: TELLIFY_SEED={seed} {variables} cargo test --workspace --test faults");
    // Also where nobody hears of panics.
    eprintln!("{told}");
    panic!("{told}")
}

/// Counts panics in whichever thread, for as long as it lives; one test at a time does.
pub(crate) struct Panics(#[expect(dead_code, reason = "held, and never looked at")] MutexGuard<'static, ()>);

static ALONE: Mutex<()> = Mutex::new(());
static PANICS: AtomicU64 = AtomicU64::new(0);

impl Panics {
    /// Says nothing of them unless they are `told`.
    pub(crate) fn counted(told: bool) -> Panics {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        PANICS.store(0, Ordering::Relaxed);
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            if told {
                usual(info);
            }
        }));
        Panics(alone)
    }

    pub(crate) fn count(&self) -> u64 {
        PANICS.load(Ordering::Relaxed)
    }
}

/// Does the work for each of these numbers on all cores, and adds up what comes of it.
/// The first panic ends it.
pub(crate) fn on_all_cores<T: Send>(
    numbers: std::ops::Range<u64>,
    work: impl Fn(u64) -> T + Sync,
    add: impl Fn(&mut T, T) + Sync,
    mut sum: T,
) -> T {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(numbers.start);
    let shared = Mutex::new(&mut sum);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end || shared.is_poisoned() {
                        return;
                    }
                    let done = work(number);
                    add(&mut shared.lock().unwrap(), done);
                }
            });
        }
    });
    sum
}
