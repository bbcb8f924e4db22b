//! What must hold of a life, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use event::{
    Alert, AlertState, Attempt, AttemptResult, DigestId, EventRecord, Record, Recorded, Seq, ToldState,
};
use journal::{AlertQuery, Journal};

use crate::life::Past;
use crate::network::{Call, Fate};
use crate::reference::relive;
use crate::script::SOURCE;

/// All that does not hold, in sentences.
pub(crate) fn offences(past: &Past) -> Vec<String> {
    let mut offences = stored(past);
    offences.extend(delivered(past));
    offences.extend(past.untold.iter().cloned());
    match relive(past) {
        Ok(reference) => offences.extend(past.effects.differences(&reference)),
        Err(error) => offences.push(error),
    }
    offences
}

/// What was acknowledged is stored under its number, and nothing is stored twice.
fn stored(past: &Past) -> Vec<String> {
    let mut by_id: BTreeMap<&str, Vec<Seq>> = BTreeMap::new();
    for (seq, record) in past.records.iter().filter_map(sent) {
        by_id.entry(&record.event.id).or_default().push(seq);
    }
    let twice = by_id.iter().filter(|(_, seqs)| seqs.len() > 1);
    let twice = twice.map(|(id, seqs)| format!("event {id} is stored as {seqs:?}"));
    let lost = past
        .acknowledged
        .iter()
        .filter(|told| by_id.get(told.id.as_str()).is_none_or(|seqs| seqs[0] != told.seq));
    let lost = lost.map(|told| {
        format!(
            "event {} was acknowledged as {}, and is stored as {:?}",
            told.id,
            told.seq,
            by_id.get(told.id.as_str())
        )
    });
    twice.chain(lost).collect()
}

fn sent(recorded: &Recorded) -> Option<(Seq, &EventRecord)> {
    match &recorded.record {
        Record::Event(record) if record.event.source == SOURCE => Some((recorded.seq, record)),
        _ => None,
    }
}

/// Every attempt of a digest sends the same; nothing is sent again that is known to have
/// arrived; and nothing arrives more often than answers were lost or attempts broken off.
fn delivered(past: &Past) -> Vec<String> {
    let mut calls: BTreeMap<&DigestId, Vec<&Call>> = BTreeMap::new();
    past.calls.iter().for_each(|call| calls.entry(&call.digest).or_default().push(call));
    let mut attempts: BTreeMap<&DigestId, Vec<&Attempt>> = BTreeMap::new();
    let recorded = past.records.iter().filter_map(|recorded| match &recorded.record {
        Record::Attempt(attempt) => Some(attempt),
        _ => None,
    });
    recorded.for_each(|attempt| attempts.entry(&attempt.digest).or_default().push(attempt));
    let mut offences = Vec::new();
    for (digest, calls) in &calls {
        let known = attempts.get(digest).map_or(0, Vec::len);
        if calls.iter().map(|call| call.hash).collect::<BTreeSet<_>>().len() > 1 {
            offences.push(format!("digest {digest} was not the same at each attempt"));
        }
        let broken_off = calls.len().saturating_sub(known);
        let unanswered = calls.iter().filter(|call| call.fate == Fate::AnswerLost).count();
        let arrived = calls.iter().filter(|call| call.accepted).count();
        if arrived > 1 + unanswered + broken_off {
            offences.push(format!(
                "digest {digest} arrived {arrived} times; {unanswered} answers were lost, {broken_off} attempts broken off"
            ));
        }
    }
    for (digest, attempts) in &attempts {
        let arrivals =
            attempts.iter().filter(|attempt| matches!(attempt.result, AttemptResult::Delivered { .. }));
        if arrivals.count() > 1 || attempts.windows(2).any(|pair| pair[0].next.is_none()) {
            offences.push(format!("digest {digest} was carried again after its end: {attempts:?}"));
        }
    }
    offences
}

/// Alerts that nobody was told of, or of whose end nobody was told who was told of them.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn untold(journal: &Journal, records: &[Recorded]) -> Result<Vec<String>, String> {
    let transferred: BTreeSet<_> = records
        .iter()
        .filter_map(|recorded| match &recorded.record {
            Record::SubscriptionTransferred { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    let view = journal.view().map_err(|error| error.to_string())?;
    let all = view.alerts(&AlertQuery { limit: usize::MAX, ..AlertQuery::default() });
    let mut untold = Vec::new();
    for alert in all.map_err(|error| error.to_string())? {
        let of = view.subscription(&alert.subscription).map_err(|error| error.to_string())?;
        // Whose subscription has ended, or changed hands, is told nothing more of it.
        if of.is_none() || transferred.contains(&alert.subscription) {
            continue;
        }
        let told = view.told(&alert.id).map_err(|error| error.to_string())?;
        if let Some(told) = told.iter().find(|told| told.state != ToldState::Delivered) {
            untold.push(format!("{}: {} was not reached: {:?}", shown(&alert), told.address, told.state));
        }
        if told.is_empty() && alert.state != AlertState::Resolved {
            untold.push(format!("{}: nobody was told", shown(&alert)));
        }
        if let Some(told) = told.iter().find(|told| told.alert_state != alert.state) {
            untold.push(format!(
                "{}: {} believes that it is {}",
                shown(&alert),
                told.address,
                told.alert_state.as_str()
            ));
        }
    }
    Ok(untold)
}

fn shown(alert: &Alert) -> String {
    let Alert { id, owner, handler, key, state, title, .. } = alert;
    format!("alert {id} of {owner}, {handler}, {key:?}, {}: {title}", state.as_str())
}
