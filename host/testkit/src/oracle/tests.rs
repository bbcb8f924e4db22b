//! The oracle sees what it is for: one fault at a time, in an otherwise good life.

use std::collections::BTreeSet;

use event::{AlertState, Severity};

use super::*;

type Found = Vec<(Fault, usize)>;
/// What is done to a good life.
type Deed = fn(&mut Deliveries);

fn found(verdict: &Verdict) -> Found {
    verdict.faults().into_iter().collect()
}

fn acked(identity: &str, seq: u64) -> Acked {
    Acked { identity: identity.to_owned(), seq, content: format!("content of {identity}") }
}

fn kept(identity: &str, seq: u64) -> Kept {
    Kept { identity: identity.to_owned(), seq, content: format!("content of {identity}") }
}

#[test]
fn what_was_acknowledged_must_be_stored_once_as_it_was_sent() {
    let unanswered = BTreeSet::from(["u".to_owned()]);
    let other = Kept { content: "something else".to_owned(), ..kept("a", 1) };
    let table: [(&str, Vec<Kept>, Found); 8] = [
        ("all is well", vec![kept("a", 1), kept("b", 2)], vec![]),
        ("an unanswered one may be there", vec![kept("a", 1), kept("b", 2), kept("u", 3)], vec![]),
        ("one is gone", vec![kept("a", 1)], vec![(Fault::LostEvent, 1)]),
        ("another number", vec![kept("a", 1), kept("b", 3)], vec![(Fault::OtherEvent, 1)]),
        ("other content", vec![other, kept("b", 2)], vec![(Fault::OtherEvent, 1)]),
        ("one twice", vec![kept("a", 1), kept("b", 2), kept("b", 3)], vec![(Fault::TwiceStored, 1)]),
        (
            "an unanswered one twice",
            vec![kept("a", 1), kept("b", 2), kept("u", 3), kept("u", 4)],
            vec![(Fault::TwiceStored, 1)],
        ),
        ("nobody sent it", vec![kept("a", 1), kept("b", 2), kept("x", 3)], vec![(Fault::UnknownEvent, 1)]),
    ];
    for (what, kept, expected) in table {
        let acked = [acked("a", 1), acked("b", 2), acked("b", 2)];
        assert_eq!(found(&all_stored(&acked, &unanswered, &kept)), expected, "{what}");
    }
}

#[test]
fn effects_must_be_those_of_the_undisturbed_run() {
    let rows = |rows: &[&str]| {
        let mut all = Rows::default();
        for row in rows {
            all.add("alerts", *row);
        }
        all
    };
    let table: [(&[&str], Found); 5] = [
        (&["a 1", "b 2", "b 2"], vec![]),
        (&["b 2", "a 1"], vec![(Fault::LostEffect, 1)]),
        (&["a 1", "b 2", "b 2", "b 2"], vec![(Fault::ExtraEffect, 1)]),
        (&["a 1", "b 2", "b 2", "c 3"], vec![(Fault::ExtraEffect, 1)]),
        (&["a 2", "b 2", "b 2"], vec![(Fault::LostEffect, 1), (Fault::ExtraEffect, 1)]),
    ];
    for (disturbed, expected) in table {
        let verdict = same_effects(&rows(disturbed), &rows(&["a 1", "b 2", "b 2"]));
        assert_eq!(found(&verdict), expected, "{disturbed:?}");
    }
    let mut other = rows(&["a 1", "b 2", "b 2"]);
    other.add("state", "a 1");
    let verdict = same_effects(&other, &rows(&["a 1", "b 2", "b 2"]));
    assert_eq!(found(&verdict), [(Fault::ExtraEffect, 1)], "one kind does not stand for another");
}

fn telling(alert: &str, state: AlertState) -> Telling {
    Telling { alert: alert.to_owned(), state, severity: Severity::Error }
}

fn sealed(id: &str, tells: &[(&str, AlertState)], done: usize) -> Sealed {
    let tells = tells.iter().map(|(alert, state)| telling(alert, *state)).collect();
    Sealed { id: id.to_owned(), address: "hook".to_owned(), tells, done: Some(done) }
}

fn received(id: &str, alerts: &[&str], life: usize) -> Received {
    Received {
        id: id.to_owned(),
        address: "hook".to_owned(),
        life,
        bytes: format!("bytes of {id}"),
        alerts: Some(alerts.iter().map(|alert| (*alert).to_owned()).collect()),
        reply_lost: false,
    }
}

/// Two digests: `a` fires and `n` is noted; then `a` is over. `c` came and went unheard.
fn life() -> Deliveries {
    let owed =
        |alert: &str, state| Owed { alert: alert.to_owned(), state, addresses: vec!["hook".to_owned()] };
    Deliveries {
        owed: vec![
            owed("a", AlertState::Resolved),
            owed("n", AlertState::Note),
            owed("c", AlertState::Resolved),
        ],
        sealed: vec![
            sealed("d1", &[("a", AlertState::Firing), ("n", AlertState::Note)], 0),
            sealed("d2", &[("a", AlertState::Resolved)], 1),
        ],
        received: vec![received("d1", &["a", "n"], 0), received("d2", &["a"], 1)],
        bound: Bound { kills: 1, in_flight: 1 },
    }
}

fn judged(table: &[(&str, Deed, Found)]) {
    for (what, change, expected) in table {
        let mut life = life();
        change(&mut life);
        assert_eq!(found(&life.judge()), *expected, "{what}");
    }
}

#[test]
fn every_alert_must_arrive_as_it_was_sealed() {
    let lost = vec![(Fault::LostAlert, 1)];
    let other = vec![(Fault::OtherDigest, 1)];
    judged(&[
        ("all is well", |_| {}, vec![]),
        (
            "a digest never arrives",
            |life| drop(life.received.pop()),
            vec![(Fault::LostAlert, 1), (Fault::LostDigest, 1)],
        ),
        (
            "a recovery is never sealed",
            |life| {
                life.sealed.pop();
                life.received.pop();
            },
            lost.clone(),
        ),
        ("a problem is never sealed", |life| life.owed[2].state = AlertState::Firing, lost),
        (
            "nobody sealed it",
            |life| life.received.push(received("d9", &["a"], 1)),
            vec![(Fault::UnknownDigest, 1)],
        ),
        (
            "other bytes under the same id",
            |life| {
                let bytes = "other".to_owned();
                life.received.insert(1, Received { bytes, ..received("d2", &["a"], 0) });
            },
            other.clone(),
        ),
        ("other alerts than were sealed", |life| life.received[0] = received("d1", &["a"], 0), other),
    ]);
}

#[test]
fn what_arrives_twice_must_have_a_reason() {
    judged(&[
        (
            "it is told twice in two digests",
            |life| {
                life.sealed.push(sealed("d3", &[("a", AlertState::Resolved)], 1));
                life.received.push(received("d3", &["a"], 1));
            },
            vec![(Fault::ToldTwice, 1)],
        ),
        (
            "twice without a reason",
            |life| life.received.push(received("d2", &["a"], 1)),
            vec![(Fault::NeedlessRepeat, 1)],
        ),
        (
            "again after it was recorded",
            |life| life.received.push(received("d1", &["a", "n"], 1)),
            vec![(Fault::RepeatAfterDone, 1)],
        ),
        ("once more over a kill", |life| life.received.insert(1, received("d2", &["a"], 0)), vec![]),
        (
            "once more after a lost reply",
            |life| {
                life.bound.kills = 0;
                life.received.insert(1, Received { reply_lost: true, ..received("d2", &["a"], 1) });
            },
            vec![],
        ),
        (
            "more than the kills explain",
            |life| {
                life.bound.in_flight = 0;
                life.received.insert(1, received("d2", &["a"], 0));
            },
            vec![(Fault::OverBound, 1)],
        ),
    ]);
}

#[test]
fn a_verdict_is_a_table_with_the_first_of_each_kind() {
    let mut life = life();
    life.received.push(received("d9", &[], 1));
    let rows = Rows::default();
    let verdict =
        all_stored(&[acked("a", 7)], &BTreeSet::new(), &[]).and(same_effects(&rows, &rows)).and(life.judge());
    assert!(!verdict.is_clean());
    insta::assert_snapshot!(verdict);
}
