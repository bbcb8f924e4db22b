//! How several changes of one person are answered together: what goes into one group, and
//! that it leads to the same as one answer after the other.

#![allow(clippy::unwrap_used)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use event::AlertState::{Firing, Resolved};
use event::Severity::{Critical, Warning};
use event::{AlertState, Band, BandMode, Expect, Severity, Style};
use journal::{Journal, Options, Stepper};
use testkit::records::{BEGIN, address, alerts, id, new_subscription, person, style};
use testkit::{ManualClock, SimStore};

use super::*;

type Update = (&'static str, AlertState, Severity);

/// Alice with a style of one band, and what her handler found, each list in one outcome.
struct Case {
    what: &'static str,
    band: Band,
    found: &'static [&'static [Update]],
    /// Groups are parted by bars. Of each answer: the alert, where it is told and after how
    /// many seconds; `-` where it leaves a bucket; or why nobody is told.
    answers: &'static str,
}

fn band(change: impl FnOnce(&mut Band)) -> Band {
    let mut band = Band { channels: vec!["home".into()], wait: Some("1m".into()), ..Band::default() };
    change(&mut band);
    band
}

fn cases() -> Vec<Case> {
    found_at_once().into_iter().chain(changed_again()).collect()
}

/// Three alerts of one person, which all go together.
fn found_at_once() -> Vec<Case> {
    let fires = |what, answers, band| Case {
        what,
        band,
        found: &[&[("a", Firing, Warning), ("b", Firing, Critical)], &[("c", Firing, Warning)]],
        answers,
    };
    let plain = || band(|_| {});
    vec![
        fires("one bucket takes all of them", "a home 60, b home 60, c home 60", plain()),
        fires(
            "whoever fills the bucket seals it, and with it those who come behind",
            "a home 60, b home 0, c home 0",
            band(|band| band.max_items = Some(2)),
        ),
        fires(
            "each bucket counts for itself",
            "a home 60, b home 60, c home 0",
            band(|band| (band.max_items, band.group_by) = (Some(2), vec!["severity".into()])),
        ),
        fires(
            "the first is sent at once, and those behind it go along",
            "a home 0, b home 0, c home 0",
            band(|band| (band.first, band.lookback) = (Some("now".into()), Some("10m".into()))),
        ),
        fires(
            "every address has a bucket of its own",
            "a home 60 inbox 60, b home 60 inbox 60, c home 60 inbox 60",
            band(|band| band.channels.push("inbox".into())),
        ),
        fires(
            "what is dropped keeps nobody from going together",
            "a band 1 of style own: drop, b band 1 of style own: drop, c band 1 of style own: drop",
            band(|band| (band.mode, band.wait, band.channels) = (Some(BandMode::Drop), None, Vec::new())),
        ),
    ]
}

/// Alerts that change again before anybody was told of them.
fn changed_again() -> Vec<Case> {
    let plain = || band(|_| {});
    vec![
        Case {
            what: "a second change of one alert needs to know what became of the first",
            band: plain(),
            found: &[
                &[("a", Firing, Warning), ("b", Firing, Warning)],
                &[("a", Firing, Critical)],
                &[("c", Firing, Warning)],
            ],
            answers: "a home 60, b home 60 | a home 60, c home 60",
        },
        Case {
            what: "when something leaves a bucket, whoever comes next must look at what is left of it",
            band: plain(),
            found: &[
                &[("a", Firing, Warning)],
                &[("a", Resolved, Warning)],
                &[("b", Firing, Warning), ("c", Firing, Warning)],
            ],
            answers: "a home 60 | a -home | b home 60, c home 60",
        },
        Case {
            what: "what left a full bucket makes room in it",
            band: band(|band| band.max_items = Some(2)),
            found: &[
                &[("a", Firing, Warning)],
                &[("a", Resolved, Warning)],
                &[("b", Firing, Warning), ("c", Firing, Warning)],
            ],
            answers: "a home 60 | a -home | b home 60, c home 0",
        },
        Case {
            what: "a worse severity that lifts an alert into another bucket ends the group",
            band: band(|band| band.group_by = vec!["severity".into()]),
            found: &[&[("a", Firing, Warning)], &[("a", Firing, Critical), ("b", Firing, Critical)]],
            answers: "a home 60 | a home 60 -home | b home 60",
        },
    ]
}

#[test]
fn changes_go_together_as_far_as_none_needs_what_another_leads_to() {
    for case in cases() {
        let mut together = Desk::of(&case);
        assert_eq!(together.answer(usize::MAX), case.answers, "{}", case.what);
        let mut one_by_one = Desk::of(&case);
        one_by_one.answer(1);
        assert_eq!(together.rows(), one_by_one.rows(), "{}", case.what);
    }
}

#[test]
fn what_is_gone_is_answered_with_silence() {
    let case = &cases()[0];
    let mut desk = Desk::of(case);
    let changes = desk.journal.view().unwrap().pending(usize::MAX).unwrap();
    desk.store(Record::SubscriptionRemoved { id: id("s1") });
    let mut changes = changes.into_iter().peekable();
    let answers = Answers::together(&desk.journal.view().unwrap(), &zone(), &mut changes, BEGIN).unwrap();
    assert_eq!(changes.next(), None);
    assert_eq!(
        shown(&desk.journal.view().unwrap(), &answers),
        ["the subscription was removed"; 3].map(|why| why.to_owned())
    );
}

/// A journal in memory that somebody steps, with a case in it.
struct Desk {
    journal: Journal,
    stepper: Stepper,
}

impl Desk {
    fn of(case: &Case) -> Desk {
        let (store, clock) = (SimStore::new(), Arc::new(ManualClock::at(BEGIN)));
        let (journal, stepper) =
            Journal::open_stepped(Options::default(), clock, store.stores(), |_| panic!("there is room"))
                .unwrap();
        let mut desk = Desk { journal, stepper };
        desk.store(person("alice"));
        desk.store(address("alice", "home"));
        let Record::Style { value, .. } = style("alice", "own", true) else { panic!("it is a style") };
        desk.store(Record::Style {
            expect: Expect::New,
            value: Style { bands: vec![case.band.clone()], ..value },
        });
        desk.store(new_subscription("s1", "alice", "disks"));
        for found in case.found {
            // Each outcome moves its subscription.
            let upto = desk.journal.head().0;
            desk.store(alerts("s1", upto, found));
        }
        desk
    }

    fn store(&mut self, record: Record) {
        self.submit(vec![record]);
    }

    fn submit(&mut self, records: Vec<Record>) {
        let mut answer = pin!(self.journal.submit(Draft { records }));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(answer.as_mut().poll(&mut cx).is_pending(), "nothing is stored without a step");
        self.stepper.step(usize::MAX);
        match answer.poll(&mut cx) {
            Poll::Ready(stored) => drop(stored.unwrap()),
            Poll::Pending => panic!("a step answers"),
        }
    }

    /// Answers what waits, looking at so many changes at once.
    fn answer(&mut self, at_once: usize) -> String {
        let mut groups = Vec::new();
        loop {
            let view = self.journal.view().unwrap();
            let mut changes = view.pending(at_once).unwrap().into_iter().peekable();
            if changes.peek().is_none() {
                return groups.join(" | ");
            }
            let answers = Answers::together(&view, &zone(), &mut changes, BEGIN).unwrap();
            assert_eq!(answers.told.len(), answers.records.len());
            groups.push(shown(&view, &answers).join(", "));
            self.submit(answers.records);
        }
    }

    fn rows(&self) -> Vec<String> {
        self.journal.view().unwrap().dump().map(Result::unwrap).collect()
    }
}

fn zone() -> Zone {
    Zone::new("UTC").unwrap()
}

fn shown(view: &View, answers: &Answers) -> Vec<String> {
    let answers = answers.records.iter().map(|record| {
        let Record::Planned(planned) = record else { panic!("{record:?} is no answer") };
        let alert = planned.placements.first().map(|placement| &placement.alert);
        let alert = alert.or(planned.withdrawals.first().map(|withdrawal| &withdrawal.alert));
        let pending = view.pending(usize::MAX).unwrap().into_iter().find(|(id, _)| *id == planned.change);
        let alert = alert.cloned().or(pending.map(|(_, change)| change.alert));
        let key = alert.and_then(|alert| view.alert(&alert).unwrap()).map(|alert| alert.key);
        let placed = planned
            .placements
            .iter()
            .map(|placement| format!("{} {}", placement.bucket.address, placement.due.since(BEGIN) / 1000));
        let left = planned.withdrawals.iter().map(|withdrawal| format!("-{}", withdrawal.bucket.address));
        let mut words: Vec<String> = key.into_iter().chain(placed).chain(left).collect();
        if planned.placements.is_empty() && planned.withdrawals.is_empty() {
            words.extend(planned.silence.clone());
        }
        words.join(" ")
    });
    answers.collect()
}
