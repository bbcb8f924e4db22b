//! Our values as the guest gets them, and the small words both ways.

use event::{AlertState, Effect, Event, Origin, Severity, Timestamp};

use crate::bindings::{handling as wit_handling, types as wit};
use crate::{Config, EventRef, Trigger};

pub(crate) fn config(config: &Config) -> wit::Config {
    wit::Config {
        id: config.id.clone(),
        revision: config.revision,
        owner: config.owner.to_string(),
        data: config.data.to_string(),
    }
}

pub(crate) fn event(stored: EventRef<'_>) -> wit::Event {
    let Event { id, source, kind, subject, time, severity: s, effect: e, origin: o, tags, text, data } =
        stored.event;
    wit::Event {
        id: id.clone(),
        source: source.clone(),
        kind: kind.clone(),
        subject: subject.clone(),
        time: timestamp(*time),
        received: timestamp(stored.received),
        severity: s.map(severity),
        effect: e.map(effect),
        origin: o.map(origin),
        tags: tags.clone(),
        text: text.clone(),
        data: data.to_string(),
    }
}

pub(crate) fn trigger(trigger: Trigger<'_>) -> wit_handling::Trigger {
    match trigger {
        Trigger::Event(stored) => wit_handling::Trigger::Event(event(stored)),
        Trigger::Wake(due) => wit_handling::Trigger::Wake(timestamp(due)),
        Trigger::Cleared(key) => wit_handling::Trigger::Cleared(key.to_owned()),
    }
}

/// Exact: a whole number of milliseconds up to the year 9999 fits a double.
pub(crate) fn timestamp(t: Timestamp) -> f64 {
    t.0 as f64
}

/// Declares the two directions between a word of ours and the same word of theirs.
macro_rules! same_words {
    ($there:ident, $back:ident, $ours:ty, $theirs:ty, $($word:ident),+) => {
        pub(crate) fn $there(word: $ours) -> $theirs {
            match word { $(<$ours>::$word => <$theirs>::$word),+ }
        }

        pub(crate) fn $back(word: $theirs) -> $ours {
            match word { $(<$theirs>::$word => <$ours>::$word),+ }
        }
    };
}

same_words!(severity, severity_back, Severity, wit::Severity, Debug, Info, Notice, Warning, Error, Critical);
same_words!(effect, effect_back, Effect, wit::Effect, Positive, Negative);
same_words!(origin, origin_back, Origin, wit::Origin, Internal, External);
same_words!(alert_state, alert_state_back, AlertState, wit::AlertState, Firing, Resolved, Note);
