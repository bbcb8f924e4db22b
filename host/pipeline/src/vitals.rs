//! Whether every stage gets on with its work.
//!
//! A stage that is at work without a beat, look after look, is stuck: it waits for
//! something that will never come, and only a new process helps. Looks are counted, not
//! the time between them, so a clock that is set makes nobody look stuck.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::Clock;
use meter::Pulse;
use tokio::task::AbortHandle;

/// Between two looks.
const LOOK_EVERY_MS: i64 = 5_000;
/// After so many looks without a beat a stage counts as stuck: a minute, in which each
/// call of a plugin and each write has long ended or failed.
const SILENT_MAX: u32 = 12;

/// The stages' signs of life. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Vitals {
    watched: Arc<Mutex<Vec<Watched>>>,
}

struct Watched {
    stage: &'static str,
    pulse: Pulse,
    /// None for what tells of its end in another way.
    task: Option<AbortHandle>,
    /// What the pulse said last.
    seen: Option<u64>,
    /// Looks since then that saw no beat.
    silent: u32,
}

impl Vitals {
    pub(crate) fn watch(&self, stage: &'static str, pulse: Pulse, task: Option<AbortHandle>) {
        self.lock().push(Watched { stage, pulse, task, seen: None, silent: 0 });
    }

    /// Looks at everybody, for as long as it is polled.
    pub(crate) async fn look_on(self, clock: Arc<dyn Clock>) {
        loop {
            clock.sleep_until(clock.now().plus_ms(LOOK_EVERY_MS)).await;
            self.look();
        }
    }

    fn look(&self) {
        for watched in &mut *self.lock() {
            let count = watched.pulse.count();
            let is_silent = count.is_some() && count == watched.seen;
            watched.silent = if is_silent { watched.silent + 1 } else { 0 };
            watched.seen = count;
            if watched.silent == SILENT_MAX {
                tracing::error!(stage = watched.stage, "a stage is stuck");
            }
        }
    }

    /// What is wrong, in a few words without secrets; none while all get on.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.lock().iter().find_map(|watched| {
            if watched.task.as_ref().is_some_and(AbortHandle::is_finished) {
                return Some(format!("the stage {} has ended", watched.stage));
            }
            let stuck_s = i64::from(watched.silent) * LOOK_EVERY_MS / 1000;
            (watched.silent >= SILENT_MAX)
                .then(|| format!("the stage {} has not got on for {stuck_s} s", watched.stage))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(vitals: &Vitals, times: u32) -> Option<String> {
        (0..times).for_each(|_| vitals.look());
        vitals.trouble()
    }

    #[test]
    fn a_stage_is_stuck_when_it_works_and_no_beat_comes() {
        let (vitals, pulse) = (Vitals::default(), Pulse::default());
        vitals.watch("tell", pulse.clone(), None);
        assert_eq!(looked(&vitals, 100), None, "it rests");
        pulse.beat();
        assert_eq!(looked(&vitals, SILENT_MAX), None, "not long enough");
        assert_eq!(looked(&vitals, 1).as_deref(), Some("the stage tell has not got on for 60 s"));
        pulse.beat();
        assert_eq!(looked(&vitals, 1), None, "it gets on again");
        assert_eq!(looked(&vitals, SILENT_MAX - 1), None);
        pulse.rest();
        assert_eq!(looked(&vitals, 100), None, "it is done");
    }

    #[tokio::test]
    async fn a_stage_that_has_ended_is_trouble() {
        let vitals = Vitals::default();
        let task = tokio::spawn(async {});
        vitals.watch("carry", Pulse::default(), Some(task.abort_handle()));
        task.await.expect("it ends in order");
        assert_eq!(vitals.trouble().as_deref(), Some("the stage carry has ended"));
    }
}
