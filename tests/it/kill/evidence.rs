//! What is left of a run, in the oracle's words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use event::{Alert, AlertState, AttemptResult, Clock, Name, Record, Recorded, SubscriptionId, Timestamp};
use journal::AlertQuery;
use serde_json::Value;
use testkit::oracle::{Acked, Kept, Owed, Received, Rows, Sealed, Telling};
use tests::sent;

use crate::kill::home::Home;
use crate::kill::inside::Inside;

/// What the sender noted: acknowledgements, and the answers to events that came again
/// with other content.
pub(crate) fn acked(home: &Home) -> (Vec<Acked>, Vec<u16>) {
    let (mut acked, mut conflicts) = (Vec::new(), Vec::new());
    for line in fs::read_to_string(home.path("acks")).unwrap().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [kind, lane, n, number] = words[..] else { panic!("what is `{line}`?") };
        let (lane, n): (u64, u64) = (lane.parse().unwrap(), n.parse().unwrap());
        if kind == "conflict" {
            conflicts.push(number.parse().unwrap());
            continue;
        }
        let (source, id) = sent::identity(lane, n);
        let event = sent::event(lane, n);
        acked.push(Acked {
            identity: format!("{source} {id}"),
            seq: number.parse().unwrap(),
            content: sent::content(event["type"].as_str().unwrap(), &event["data"]),
        });
    }
    (acked, conflicts)
}

/// The events among these records that the sender sent, as they were stored.
pub(crate) fn sent(records: &[Recorded]) -> Vec<Recorded> {
    let is_sent = |recorded: &&Recorded| matches!(&recorded.record, Record::Event(record) if record.event.source.starts_with("lane"));
    records.iter().filter(is_sent).cloned().collect()
}

pub(crate) fn kept(sent: &[Recorded]) -> Vec<Kept> {
    let kept = sent.iter().filter_map(|recorded| {
        let Record::Event(record) = &recorded.record else { return None };
        let event = &record.event;
        Some(Kept {
            identity: format!("{} {}", event.source, event.id),
            seq: recorded.seq.0,
            content: sent::content(&event.kind, &event.data),
        })
    });
    kept.collect()
}

/// What the handlers of these subscriptions brought forth: alerts, events, and what they
/// keep; of those in `waking` not what they keep, since a restart moves their wake-ups.
pub(crate) fn effects(inside: &Inside, of: &[&str], waking: &[&str]) -> Rows {
    let view = inside.daemon.journal.view().unwrap();
    let mut rows = Rows::default();
    let names = names(inside);
    for (alert, name) in alerts(inside, of) {
        // A note's key is only its own.
        let key = if alert.state == AlertState::Note { "" } else { &alert.key };
        let Alert { state, severity, count, title, .. } = &alert;
        rows.add("alerts", format!("{name} {key}: {state} {severity} x{count} {title}"));
    }
    for recorded in inside.records() {
        let Record::Event(record) = recorded.record else { continue };
        if record.event.kind == "storm" {
            rows.add("events emitted", record.event.data.to_string());
        }
    }
    let now = inside.clock.now();
    for row in view.dump().map(Result::unwrap) {
        let Some((key, value)) = row.strip_prefix("handler-values\t").and_then(|row| row.split_once('\t'))
        else {
            continue;
        };
        let owner = names.iter().find(|(id, _)| key.starts_with(id.as_str()));
        let (_, name) = owner.unwrap_or_else(|| panic!("whose is {key}?"));
        let value: Value = serde_json::from_str(value).unwrap();
        let over = value["expires"].as_i64().is_some_and(|expires| expires <= now.0);
        if of.contains(&name.as_str()) && !waking.contains(&name.as_str()) && !over {
            rows.add("values kept by handlers", format!("{name} {value}"));
        }
    }
    rows
}

/// The alerts of these subscriptions, each of which is owed to these addresses of its owner.
pub(crate) fn owed(inside: &Inside, of: &[&str], addresses: &[&str]) -> Vec<Owed> {
    let owed = alerts(inside, of).into_iter().map(|(alert, _)| Owed {
        alert: alert.id.to_string(),
        state: alert.state,
        addresses: addresses.iter().map(|address| place(&alert.owner, address)).collect(),
    });
    owed.collect()
}

/// What the recorder knows somebody's address by.
fn place(person: &Name, address: &str) -> String {
    format!("{person}-{address}")
}

fn alerts(inside: &Inside, of: &[&str]) -> Vec<(Alert, String)> {
    let names = names(inside);
    let query = AlertQuery { limit: usize::MAX, ..AlertQuery::default() };
    let alerts = inside.daemon.journal.view().unwrap().alerts(&query).unwrap().into_iter();
    let named = alerts.map(|alert| {
        let name = names[&alert.subscription].clone();
        (alert, name)
    });
    named.filter(|(_, name)| of.contains(&name.as_str())).collect()
}

fn names(inside: &Inside) -> BTreeMap<SubscriptionId, String> {
    let subscriptions = inside.daemon.journal.view().unwrap().subscriptions().unwrap().into_iter();
    subscriptions.map(|subscription| (subscription.id, subscription.name.to_string())).collect()
}

/// The digests that were to be carried somewhere. `deaths` are the moments at which the
/// lives of the daemon were over.
pub(crate) fn sealed(records: &[Recorded], deaths: &[Timestamp]) -> Vec<Sealed> {
    let mut done = BTreeMap::new();
    for recorded in records {
        if let Record::Attempt(attempt) = &recorded.record
            && matches!(attempt.result, AttemptResult::Delivered { .. })
        {
            let life = deaths.partition_point(|death| *death <= attempt.at);
            done.insert(attempt.digest.clone(), life);
        }
    }
    let sealed = records.iter().filter_map(|recorded| {
        let Record::Sealed(digest) = &recorded.record else { return None };
        // An inbox is a view of what was sealed.
        if digest.address.as_str() == "inbox" {
            return None;
        }
        let tells = digest.items.iter().map(|item| Telling {
            alert: item.alert.to_string(),
            state: item.state,
            severity: item.severity,
        });
        Some(Sealed {
            id: digest.id.to_string(),
            address: place(&digest.person, digest.address.as_str()),
            tells: tells.collect(),
            done: done.get(&digest.id).copied(),
        })
    });
    sealed.collect()
}

/// What the recorder noted.
pub(crate) fn received(home: &Home) -> Vec<Received> {
    let (mut received, mut life) = (Vec::new(), 0);
    for line in fs::read_to_string(home.path("arrivals")).unwrap().lines() {
        if line == "mark" {
            life += 1;
            continue;
        }
        let arrival: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| arrival[key].as_str().unwrap().to_owned();
        let alerts = arrival["alerts"].as_array().map(|alerts| {
            alerts.iter().map(|alert| alert.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        });
        received.push(Received {
            id: text("id"),
            address: text("address"),
            life,
            bytes: text("bytes"),
            alerts,
            reply_lost: arrival["lost"] == true,
        });
    }
    received
}
