//! What the stages count. Each is handed to whoever counts it, and told by `backend/metrics.rs`.

use event::{AttemptResult, Timestamp};
use meter::{Counter, Durations, Family, Gauge, Timer};
use plugins::CallError;

/// Labels are names of our own words, of plugins, or of doors: a few of each.
pub(crate) struct Meters {
    /// By stage: each piece of work.
    pub(crate) work: Family<Durations, 1>,
    /// By stage and reason.
    pub(crate) waits: Family<Counter, 2>,
    /// By the way that they came: new ones, and those that were there already.
    pub(crate) events: Family<Counter, 1>,
    pub(crate) duplicates: Family<Counter, 1>,
    /// Requests with events, by the way that they came and the reason.
    pub(crate) refused: Family<Counter, 2>,
    /// Events that a subscription wanted, once for each.
    pub(crate) matches: Counter,
    /// By plugin and outcome.
    pub(crate) calls: Family<Counter, 2>,
    /// By plugin.
    pub(crate) call_time: Family<Durations, 1>,
    /// By plugin: calls that were given up.
    pub(crate) set_aside: Family<Counter, 1>,
    /// By reason.
    pub(crate) stopped: Family<Counter, 1>,
    /// By what changed about the alert, and the verdict.
    pub(crate) planned: Family<Counter, 2>,
    pub(crate) sealed: Counter,
    pub(crate) sealed_alerts: Counter,
    /// By channel and outcome.
    pub(crate) attempts: Family<Counter, 2>,
    /// By channel.
    pub(crate) attempt_time: Family<Durations, 1>,
    pub(crate) given_up: Family<Counter, 1>,
    /// Sequence number at which the dispatcher stands.
    pub(crate) cursor: Gauge,
    /// Under way.
    pub(crate) mails: Gauge,
    pub(crate) webhooks: Gauge,
    pub(crate) channels: Gauge,
    /// Signs of life to the outside, by outcome, and when the last one arrived, in
    /// milliseconds since 1970; zero: none did.
    pub(crate) pings: Family<Counter, 1>,
    pub(crate) last_ping: Gauge,
}

impl Default for Meters {
    fn default() -> Meters {
        Meters {
            work: Family::new(["stage"]),
            waits: Family::new(["stage", "reason"]),
            events: Family::new(["way"]),
            duplicates: Family::new(["way"]),
            refused: Family::new(["way", "reason"]),
            matches: Counter::default(),
            calls: Family::new(["plugin", "outcome"]),
            call_time: Family::new(["plugin"]),
            set_aside: Family::new(["plugin"]),
            stopped: Family::new(["reason"]),
            planned: Family::new(["change", "verdict"]),
            sealed: Counter::default(),
            sealed_alerts: Counter::default(),
            attempts: Family::new(["channel", "outcome"]),
            attempt_time: Family::new(["channel"]),
            given_up: Family::new(["channel"]),
            cursor: Gauge::default(),
            mails: Gauge::default(),
            webhooks: Gauge::default(),
            channels: Gauge::default(),
            pings: Family::new(["outcome"]),
            last_ping: Gauge::default(),
        }
    }
}

impl Meters {
    pub(crate) fn pinged(&self, result: &AttemptResult, at: Timestamp) {
        match result.failure() {
            None => {
                self.pings.of(["delivered"]).add(1);
                self.last_ping.set(u64::try_from(at.0).unwrap_or_default());
            }
            Some(reason) => {
                tracing::warn!(reason, "the sign of life was not sent, or not heard");
                self.pings.of(["failed"]).add(1);
            }
        }
    }

    pub(crate) fn called(&self, plugin: &str, took: Timer, outcome: Result<(), &CallError>) {
        self.calls.of([plugin, outcome.map_or_else(word, |()| "ok")]).add(1);
        self.call_time.of([plugin]).add(took.elapsed());
    }
}

/// Each kind of failure, for its label.
fn word(error: &CallError) -> &'static str {
    match error {
        CallError::BadConfig(_) => "bad-config",
        CallError::Retry { .. } => "retry",
        CallError::Failed { .. } => "failed",
        CallError::Trap { .. } => "trap",
        CallError::Timeout { .. } => "timeout",
        CallError::Limit { .. } => "limit",
        CallError::BadOutput { .. } => "bad-output",
        CallError::Host { .. } => "host",
    }
}
