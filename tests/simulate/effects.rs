//! What came of a life: the alerts, what handlers keep, and what they have sent.

use std::collections::BTreeSet;

use event::{AlertState, EventRecord, Record, Recorded, Subscription, SubscriptionStatus, Timestamp};
use journal::{AlertQuery, Journal, StateError, View};
use testkit::oracle::Rows;

use crate::script::SOURCE;

/// What a handler was called for decides them, and nothing else: they are the same
/// whenever and however often the daemon broke off.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn effects(journal: &Journal, records: &[Recorded], now: Timestamp) -> Result<Rows, String> {
    let view = journal.view().map_err(|error| error.to_string())?;
    rows(&view, records, now).map_err(|error| error.to_string())
}

fn rows(view: &View, records: &[Recorded], now: Timestamp) -> Result<Rows, StateError> {
    let subscriptions: Vec<Subscription> = view.subscriptions()?.into_iter().filter(is_compared).collect();
    let mut rows = Rows::default();
    for alert in view.alerts(&AlertQuery { limit: usize::MAX, ..AlertQuery::default() })? {
        let Some(subscription) = subscriptions.iter().find(|known| known.id == alert.subscription) else {
            continue;
        };
        // A note that has no key of its own is named after its event.
        let key = if alert.state == AlertState::Note { "" } else { &alert.key };
        let (state, severity, count) = (alert.state.as_str(), alert.severity.as_str(), alert.count);
        let row = format!("{} {key:?} {state} {severity} {count} {}", named(subscription), alert.title);
        rows.add("alert", row);
    }
    for subscription in &subscriptions {
        if let SubscriptionStatus::Quarantined(why) | SubscriptionStatus::Disabled(why) = &subscription.status
        {
            rows.add("stopped", format!("{} {why}", named(subscription)));
        }
        for key in view.handler_keys(&subscription.id, "", None, usize::MAX, now)? {
            let value = view.handler_value(&subscription.id, &key, now)?.unwrap_or_default();
            rows.add("kept", format!("{} {key:?} {}", named(subscription), String::from_utf8_lossy(&value)));
        }
    }
    // Whoever has left may have done so before or after their handler sent something.
    let sources: BTreeSet<String> = subscriptions.iter().map(named).collect();
    let sent = records.iter().filter_map(emitted).map(|record| &record.event);
    for event in sent.filter(|event| sources.contains(&event.source)) {
        let row =
            format!("{} {} {:?} {} {}", event.source, event.kind, event.subject, event.text, event.data);
        rows.add("sent", row);
    }
    Ok(rows)
}

/// Not what the daemon says of itself, which depends on what failed; nor a handler that
/// never ends, and is stopped at some time.
pub(crate) fn is_compared(subscription: &Subscription) -> bool {
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
