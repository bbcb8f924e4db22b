//! What happens after a handler's call failed: design part 8, as a pure function.

use event::Timestamp;
use plugins::CallError;

/// A call is tried this often, then its event is set aside.
pub(crate) const TRIES: u32 = 5;
/// So many set aside …
pub(crate) const SET_ASIDE_MAX: usize = 10;
/// … within this time quarantine the subscription.
pub(crate) const SET_ASIDE_SPAN_MS: i64 = 10 * 60 * 1000;

/// Between the tries, one second to one minute.
const PAUSES_MS: [i64; TRIES as usize - 1] = [1_000, 4_000, 15_000, 60_000];
/// A plugin may ask for a pause of its own, but not for one that forgets the event.
const PAUSE_MAX_MS: i64 = 60_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    TryAgain {
        at: Timestamp,
    },
    SetAside,
    /// The event is set aside, and the subscription stands still until somebody resumes it.
    Quarantine,
    /// The configuration can never work.
    Disable {
        reason: String,
    },
}

/// `tries` counts the failed ones, this included; `set_aside` counts what this
/// subscription has had set aside within [`SET_ASIDE_SPAN_MS`] before `now`.
pub(crate) fn react(error: &CallError, tries: u32, set_aside: usize, now: Timestamp) -> Reaction {
    if let CallError::BadConfig(reason) = error {
        return Reaction::Disable { reason: reason.clone() };
    }
    // What is not the plugin's doing is waited for, as long as that takes.
    let is_its_own = !matches!(error, CallError::Host { .. });
    if tries >= TRIES && is_its_own {
        return if set_aside + 1 >= SET_ASIDE_MAX { Reaction::Quarantine } else { Reaction::SetAside };
    }
    // One that has just been given up on is likely broken: with the long pauses, ten
    // could never be set aside in time, and its owner would never be told.
    let pause = if set_aside > 0 && is_its_own { 0 } else { (tries.max(1) - 1) as usize };
    let own = PAUSES_MS[pause.min(PAUSES_MS.len() - 1)];
    let asked = match error {
        CallError::Retry { after_ms, .. } => after_ms.map(i64::from),
        _ => None,
    };
    Reaction::TryAgain { at: now.plus_ms(asked.unwrap_or(own).clamp(PAUSES_MS[0], PAUSE_MAX_MS)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> CallError {
        CallError::Failed { message: "no".into() }
    }

    #[test]
    fn a_call_is_tried_five_times_with_growing_pauses() {
        let now = Timestamp(1_000_000);
        let pauses: Vec<i64> = (1..TRIES)
            .map(|tries| match react(&failed(), tries, 0, now) {
                Reaction::TryAgain { at } => at.since(now),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(pauses, [1_000, 4_000, 15_000, 60_000]);
        assert_eq!(react(&failed(), TRIES, 0, now), Reaction::SetAside);
    }

    #[test]
    fn one_that_fails_on_everything_is_quarantined_within_ten_minutes() {
        let (mut now, mut set_aside) = (Timestamp(0), 0);
        loop {
            for tries in 1..=TRIES {
                match react(&failed(), tries, set_aside, now) {
                    Reaction::TryAgain { at } => now = at,
                    Reaction::SetAside => set_aside += 1,
                    Reaction::Quarantine => {
                        assert!(now.0 < SET_ASIDE_SPAN_MS);
                        return;
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn the_tenth_set_aside_in_ten_minutes_quarantines() {
        assert_eq!(react(&failed(), TRIES, 8, Timestamp(0)), Reaction::SetAside);
        assert_eq!(react(&failed(), TRIES, 9, Timestamp(0)), Reaction::Quarantine);
    }

    #[test]
    fn what_is_not_the_plugins_doing_never_sets_an_event_aside() {
        let error = CallError::Host { message: "its component is gone".into() };
        assert_eq!(react(&error, 100, 9, Timestamp(0)), Reaction::TryAgain { at: Timestamp(60_000) });
    }

    #[test]
    fn a_bad_configuration_is_never_tried_again() {
        let reaction = react(&CallError::BadConfig("no field".into()), 1, 0, Timestamp(0));
        assert_eq!(reaction, Reaction::Disable { reason: "no field".into() });
    }

    #[test]
    fn a_plugin_may_choose_its_pause_within_bounds() {
        for (asked, pause) in [(0, 1_000), (30_000, 30_000), (u32::MAX, 60_000)] {
            let error = CallError::Retry { after_ms: Some(asked), reason: String::new() };
            assert_eq!(react(&error, 1, 0, Timestamp(0)), Reaction::TryAgain { at: Timestamp(pause) });
        }
    }
}
