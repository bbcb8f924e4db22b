//! What must hold of a life, whatever happened in it: what is left of it, in the oracle's
//! words, and its verdict.

use std::collections::{BTreeMap, BTreeSet};

use event::{
    Attempt, AttemptResult, DigestId, DigestRecord, EventRecord, Name, Record, Recorded, SubscriptionId,
};
use journal::{AlertQuery, Journal, StateError, View};
use serde_json::Value;
use testkit::oracle::{
    Bound, Deliveries, Kept, Owed, Received, Sealed, Telling, Verdict, all_stored, same_effects,
};

use crate::life::Past;
use crate::network::Fate;
use crate::reference::relive;
use crate::script::SOURCE;

/// Attempts that can be under way at once: mails, and two posts to the webhook of each person.
const IN_FLIGHT: usize = 32 + 2 * 3;

/// # Errors
/// When there is no undisturbed life to compare it with.
pub(crate) fn judge(past: &Past) -> Result<Verdict, String> {
    let kept: Vec<Kept> = past.records.iter().filter_map(sent).collect();
    let deliveries = Deliveries {
        owed: past.owed.clone(),
        sealed: sealed(past),
        received: received(past),
        bound: Bound { kills: past.starts.len(), in_flight: IN_FLIGHT },
    };
    Ok(all_stored(&past.acknowledged, &BTreeSet::new(), &kept)
        .and(same_effects(&past.effects, &relive(past)?))
        .and(deliveries.judge()))
}

/// An event of the script, as it is stored.
fn sent(recorded: &Recorded) -> Option<Kept> {
    let Record::Event(EventRecord { event, .. }) = &recorded.record else { return None };
    let (seq, identity) = (recorded.seq.0, event.id.clone());
    (event.source == SOURCE).then(|| Kept { identity, seq, content: content(&event.kind, &event.data) })
}

/// What must be stored of an event, whatever the order of its fields.
pub(crate) fn content(kind: &str, data: &Value) -> String {
    let fields: BTreeMap<&String, &Value> = data.as_object().into_iter().flatten().collect();
    format!("{kind} {fields:?}")
}

/// What was to be carried somewhere. An inbox is a view of what was sealed, and nothing is
/// sent to whoever has left.
fn sealed(past: &Past) -> Vec<Sealed> {
    let (gone, delivered) = (gone(&past.records), delivered(past));
    let digests = past.records.iter().filter_map(|recorded| match &recorded.record {
        Record::Sealed(digest) if digest.address.as_str() != "inbox" => Some(digest),
        _ => None,
    });
    let sealed = digests.filter(|digest| !gone.contains(&digest.person)).map(|digest| Sealed {
        id: digest.id.to_string(),
        address: place(&digest.person, &digest.address),
        tells: tells(digest),
        done: delivered.get(&digest.id).copied(),
    });
    sealed.collect()
}

fn tells(digest: &DigestRecord) -> Vec<Telling> {
    let tells = digest.items.iter().map(|item| Telling {
        alert: item.alert.to_string(),
        state: item.state,
        severity: item.severity,
    });
    tells.collect()
}

/// In which life the delivery of each digest was recorded.
fn delivered(past: &Past) -> BTreeMap<DigestId, usize> {
    let delivered = past.records.iter().filter_map(|recorded| match &recorded.record {
        Record::Attempt(Attempt { digest, result: AttemptResult::Delivered { .. }, .. }) => {
            let lives = past.starts.partition_point(|head| *head < recorded.seq);
            Some((digest.clone(), lives.saturating_sub(1)))
        }
        _ => None,
    });
    delivered.collect()
}

fn received(past: &Past) -> Vec<Received> {
    let gone = gone(&past.records);
    let arrived = past.calls.iter().filter(|call| call.accepted && !gone.contains(&call.person));
    let received = arrived.map(|call| Received {
        id: call.digest.to_string(),
        address: place(&call.person, &call.address),
        life: call.life,
        bytes: call.hash.to_string(),
        alerts: None,
        reply_lost: call.fate == Fate::AnswerLost,
    });
    received.collect()
}

fn gone(records: &[Recorded]) -> BTreeSet<&Name> {
    let gone = records.iter().filter_map(|recorded| match &recorded.record {
        Record::PersonRemoved { name } => Some(name),
        _ => None,
    });
    gone.collect()
}

/// The alerts of which somebody had to be told, with where. Whose subscription has ended, or
/// changed hands, is told nothing more of it.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn owed(journal: &Journal, records: &[Recorded]) -> Result<Vec<Owed>, StateError> {
    let transferred: BTreeSet<&SubscriptionId> = records
        .iter()
        .filter_map(|recorded| match &recorded.record {
            Record::SubscriptionTransferred { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    let view = journal.view()?;
    let mut owed = Vec::new();
    for alert in view.alerts(&AlertQuery { limit: usize::MAX, ..AlertQuery::default() })? {
        let ended = view.subscription(&alert.subscription)?.is_none();
        if !ended && !transferred.contains(&alert.subscription) {
            let addresses = addresses(&view, &alert.owner)?;
            owed.push(Owed { alert: alert.id.to_string(), state: alert.state, addresses });
        }
    }
    Ok(owed)
}

/// Where somebody is told of everything: by the one band of their style, or by the built-in one.
fn addresses(view: &View, person: &Name) -> Result<Vec<String>, StateError> {
    let style = view.default_style(person)?;
    let named = style.map_or(vec!["mail".to_owned()], |style| style.bands[0].channels.clone());
    let carried = named.into_iter().filter(|name| name != "inbox");
    Ok(carried.map(|name| format!("{person}-{name}")).collect())
}

fn place(person: &Name, address: &Name) -> String {
    format!("{person}-{address}")
}
