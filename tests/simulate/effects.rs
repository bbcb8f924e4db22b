//! What came of a life: the alerts, what handlers keep, and what they have sent.

use std::collections::BTreeSet;

use event::{AlertState, EventRecord, Record, Recorded, Subscription, SubscriptionStatus, Timestamp};
use journal::{AlertQuery, Journal, StateError, View};

use crate::script::SOURCE;

/// One line for each effect, in order. What a handler was called for decides them, and
/// nothing else: they are the same whenever and however often the daemon broke off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effects(Vec<String>);

impl Effects {
    pub(crate) fn of(journal: &Journal, records: &[Recorded], now: Timestamp) -> Result<Effects, String> {
        let view = journal.view().map_err(|error| error.to_string())?;
        let lines = lines(&view, records, now).map_err(|error| error.to_string())?;
        Ok(Effects(lines))
    }

    /// What only one of both has.
    pub(crate) fn differences(&self, other: &Effects) -> Vec<String> {
        let only = |these: &Effects, those: &Effects, mark: &str| {
            let mut left = those.0.clone();
            let missing = |line: &&String| match left.iter().position(|known| known == *line) {
                Some(at) => {
                    left.swap_remove(at);
                    false
                }
                None => true,
            };
            these.0.iter().filter(missing).map(|line| format!("{mark} {line}")).collect::<Vec<_>>()
        };
        [only(self, other, "life:     "), only(other, self, "reference:")].concat()
    }
}

fn lines(view: &View, records: &[Recorded], now: Timestamp) -> Result<Vec<String>, StateError> {
    let subscriptions: Vec<Subscription> = view.subscriptions()?.into_iter().filter(is_compared).collect();
    let mut lines = Vec::new();
    for alert in view.alerts(&AlertQuery { limit: usize::MAX, ..AlertQuery::default() })? {
        let Some(subscription) = subscriptions.iter().find(|known| known.id == alert.subscription) else {
            continue;
        };
        // A note that has no key of its own is named after its event.
        let key = if alert.state == AlertState::Note { "" } else { &alert.key };
        let (state, severity, count) = (alert.state.as_str(), alert.severity.as_str(), alert.count);
        lines.push(format!(
            "alert {} {key:?} {state} {severity} {count} {}",
            named(subscription),
            alert.title
        ));
    }
    for subscription in &subscriptions {
        if let SubscriptionStatus::Quarantined(why) | SubscriptionStatus::Disabled(why) = &subscription.status
        {
            lines.push(format!("stopped {} {why}", named(subscription)));
        }
        for key in view.handler_keys(&subscription.id, "", None, usize::MAX, now)? {
            let value = view.handler_value(&subscription.id, &key, now)?.unwrap_or_default();
            lines.push(format!("kept {} {key:?} {}", named(subscription), String::from_utf8_lossy(&value)));
        }
    }
    // Whoever has left may have done so before or after their handler sent something.
    let sources: BTreeSet<String> = subscriptions.iter().map(named).collect();
    lines.extend(records.iter().filter_map(emitted).filter(|sent| sources.contains(&sent.event.source)).map(
        |sent| {
            let event = &sent.event;
            format!("sent {} {} {:?} {} {}", event.source, event.kind, event.subject, event.text, event.data)
        },
    ));
    lines.sort();
    Ok(lines)
}

/// Not what the daemon says of itself, which depends on what failed; nor a handler that
/// never ends, and is stopped at some time.
fn is_compared(subscription: &Subscription) -> bool {
    subscription.name.as_str() != "tellify" && subscription.handler.as_str() != "hostile"
}

fn named(subscription: &Subscription) -> String {
    format!("{}/{}", subscription.owner, subscription.name)
}

/// What a handler sent.
fn emitted(recorded: &Recorded) -> Option<&EventRecord> {
    match &recorded.record {
        Record::Event(record)
            if record.event.source != SOURCE && !record.event.kind.starts_with("tellify.") =>
        {
            Some(record)
        }
        _ => None,
    }
}
