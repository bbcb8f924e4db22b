//! A clock that stands still until a test moves it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::{Clock, Sleep, Timestamp};
use tokio::sync::{Notify, oneshot};

/// Hands out one moment until it is moved, and wakes those whose moment has come.
/// Clones show the same time.
#[derive(Clone)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Signalled when somebody lies down to sleep.
    slept: Notify,
}

struct State {
    now: Timestamp,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
    slept: u64,
}

impl ManualClock {
    pub fn at(now: Timestamp) -> ManualClock {
        let state = State { now, sleepers: BTreeMap::new(), slept: 0 };
        ManualClock { shared: Arc::new(Shared { state: Mutex::new(state), slept: Notify::new() }) }
    }

    /// Moves to `t` and wakes all who sleep until then or earlier. It may lie in the
    /// past: clocks do step back.
    pub fn advance_to(&self, t: Timestamp) {
        let mut state = self.state();
        state.now = t;
        while let Some(first) = state.sleepers.first_entry().filter(|first| first.key().0 <= t) {
            // A sleeper who has gone away misses nothing.
            let _ = first.remove().send(());
        }
    }

    pub fn advance_ms(&self, ms: i64) {
        self.advance_to(self.now().plus_ms(ms));
    }

    /// The moments until which somebody sleeps, earliest first.
    pub fn sleepers(&self) -> Vec<Timestamp> {
        let mut state = self.state();
        state.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        state.sleepers.keys().map(|(t, _)| *t).collect()
    }

    /// Ends once somebody sleeps until exactly `t`: so a test knows that a task has
    /// done its work and waits, before it moves the clock.
    pub async fn until_sleeping_at(&self, t: Timestamp) {
        loop {
            let slept = self.shared.slept.notified();
            tokio::pin!(slept);
            // Registered before looking, so that nobody lies down unseen in between.
            slept.as_mut().enable();
            if self.sleepers().contains(&t) {
                return;
            }
            slept.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep_until(&self, t: Timestamp) -> Sleep {
        let mut state = self.state();
        if t <= state.now {
            return Box::pin(std::future::ready(()));
        }
        let (wake, woken) = oneshot::channel();
        state.slept += 1;
        let number = state.slept;
        state.sleepers.insert((t, number), wake);
        drop(state);
        self.shared.slept.notify_waiters();
        Box::pin(async move {
            // The sender goes only with the clock itself, and then nobody waits for this.
            let _ = woken.await;
        })
    }
}
