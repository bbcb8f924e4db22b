//! When a bucket is sealed.

use event::{Bucket, Timestamp};
use schedule::Duration;

use crate::rules::{BandRule, Case, Mode, Rules, Ruling, WAIT_DEFAULT_S, Wait};
use crate::time::{moment, stamp};

/// How the band that takes an item times the bucket that the item goes into.
pub(crate) struct Timing<'r> {
    /// Position of the band; one past the last for what no band takes.
    pub(crate) band: u32,
    kind: Kind<'r>,
    /// No bucket stays open past the end of its band, so that the evening's news do not leak into the night.
    end: Option<Timestamp>,
    max_items: Option<u32>,
    now: Timestamp,
}

enum Kind<'r> {
    Wait(&'r Wait),
    /// At this moment, whatever comes.
    At(Timestamp),
}

/// What no band takes waits as with the built-in style.
const WAIT_DEFAULT: Wait = Wait { wait: Duration::from_s(WAIT_DEFAULT_S), extend: None, lookback: None };

impl<'r> Timing<'r> {
    pub(crate) fn of(ruling: &Ruling<'r>, rules: &Rules, case: Case, now: Timestamp) -> Timing<'r> {
        match *ruling {
            Ruling::Governs(band, rule) => {
                let end = rules.band_end(case, band, now);
                let kind = match &rule.mode {
                    Mode::Wait(wait) => Kind::Wait(wait),
                    // A band without points ends: `compile` sees to it. Should it not, better early than never.
                    _ => Kind::At(release_point(rule, rules, now).or(end).unwrap_or(now)),
                };
                Timing { band: band as u32, kind, end, max_items: rule.max_items, now }
            }
            Ruling::Later(band, rule, begins) => {
                let (point, end) = match rule.mode {
                    Mode::Wait(_) => (None, Some(begins)),
                    // A point that coincides with the beginning counts.
                    _ => (release_point(rule, rules, begins.plus_ms(-1)), rules.band_end(case, band, begins)),
                };
                let kind = Kind::At(point.or(end).unwrap_or(begins));
                Timing { band: band as u32, kind, end, max_items: None, now }
            }
            Ruling::Never => Timing {
                band: rules.bands.len() as u32,
                kind: Kind::Wait(&WAIT_DEFAULT),
                end: None,
                max_items: None,
                now,
            },
        }
    }

    /// When the bucket is to be sealed, once the item is in it. `renews`: it was in it before.
    pub(crate) fn due(
        &self,
        open: Option<&Bucket>,
        renews: bool,
        last_sealed: impl FnOnce() -> Option<Timestamp>,
    ) -> Timestamp {
        let now = self.now;
        let due = match (&self.kind, open) {
            (Kind::At(at), None) => *at,
            (Kind::At(at), Some(bucket)) => bucket.due.min(*at),
            (Kind::Wait(wait), None) => first_due(wait, now, last_sealed),
            (Kind::Wait(wait), Some(bucket)) if !renews => extended(wait, bucket, now).min(latest(wait, now)),
            (Kind::Wait(wait), Some(bucket)) => bucket.due.min(latest(wait, now)),
        };
        let items = open.map_or(0, |bucket| bucket.items) + u32::from(!renews);
        let full = self.max_items.is_some_and(|max| items >= max);
        let due = self.end.map_or(due, |end| due.min(end));
        if full { due.min(now) } else { due }
    }
}

/// The next digest point of a band that has such.
fn release_point(rule: &BandRule, rules: &Rules, after: Timestamp) -> Option<Timestamp> {
    match &rule.mode {
        Mode::Digest(times) | Mode::Hold(Some(times)) => {
            times.next_after(&rules.zone, moment(after)).map(stamp)
        }
        _ => None,
    }
}

fn first_due(wait: &Wait, now: Timestamp, last_sealed: impl FnOnce() -> Option<Timestamp>) -> Timestamp {
    let wait_ms = wait.wait.as_ms();
    let Some(lookback) = wait.lookback else {
        return now.plus_ms(wait_ms);
    };
    match last_sealed() {
        // The window was opened, empty, when the last one was sent.
        Some(sealed) if now.since(sealed) < lookback.as_ms() => {
            let end = sealed.plus_ms(wait_ms);
            if end > now { end.min(now.plus_ms(wait_ms)) } else { now.plus_ms(wait_ms) }
        }
        _ => now,
    }
}

/// No bucket is open for longer. One that seems to be was opened before a clock was set
/// back, and whoever comes into it must not wait until that moment comes again.
fn latest(wait: &Wait, now: Timestamp) -> Timestamp {
    let most_ms = wait.extend.map_or(0, |extend| extend.max_wait.as_ms());
    now.plus_ms(most_ms.max(wait.wait.as_ms()))
}

fn extended(wait: &Wait, bucket: &Bucket, now: Timestamp) -> Timestamp {
    match wait.extend {
        Some(extend) => {
            let last = bucket.opened.plus_ms(extend.max_wait.as_ms());
            bucket.due.max(now.plus_ms(extend.by.as_ms())).min(last)
        }
        None => bucket.due,
    }
}
