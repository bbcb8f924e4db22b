//! The state is a fold: the same groups lead to the same rows, whatever the batches.

use event::AlertState::{Firing, Note, Resolved};
use event::*;
use proptest::prelude::*;
use testkit::records::*;

use super::world::{Disk, World, lines};
use crate::state::apply::Turn;
use crate::state::{AlertQuery, FailureQuery, FailuresOf, StateError, View};

/// Something somebody tries, small enough that much of it meets.
#[derive(Clone, Debug)]
enum Try {
    Person(u8, bool),
    Address(u8, u8, bool),
    Style(u8, u8, bool, bool),
    Subscribe(u8, u8, u8),
    Revise(u8, u8),
    Unsubscribe(u8),
    Transfer(u8, u8, u8),
    Raise(u8, u8, u8, u8),
    Write(u8, u8, Option<u8>, Option<u8>),
    Wake(u8, Option<u8>, bool),
    Lag(u8),
    CatchUp(u8),
    Dispatch(u8),
    SetAside(u8),
    Replay(u8, bool),
    Place(u8, u8),
    Withdraw(u8),
    Seal(u8),
    Carry(bool, bool),
    Start,
}

fn tries() -> impl Strategy<Value = Try> {
    let p = || 0..2u8;
    let n = || 0..4u8;
    prop_oneof![
        1 => (p(), prop::bool::weighted(0.8)).prop_map(|(a, b)| Try::Person(a, b)),
        2 => (p(), p(), any::<bool>()).prop_map(|(a, b, c)| Try::Address(a, b, c)),
        2 => (p(), p(), any::<bool>(), any::<bool>()).prop_map(|(a, b, c, d)| Try::Style(a, b, c, d)),
        3 => (n(), p(), n()).prop_map(|(a, b, c)| Try::Subscribe(a, b, c)),
        2 => (n(), n()).prop_map(|(a, b)| Try::Revise(a, b)),
        1 => n().prop_map(Try::Unsubscribe),
        2 => (n(), p(), n()).prop_map(|(a, b, c)| Try::Transfer(a, b, c)),
        12 => (n(), n(), p(), 0..3u8).prop_map(|(a, b, c, d)| Try::Raise(a, b, c, d)),
        4 => (n(), n(), any::<Option<u8>>(), prop::option::of(n())).prop_map(|(a, b, c, d)| Try::Write(a, b, c, d)),
        3 => (n(), prop::option::of(n()), any::<bool>()).prop_map(|(a, b, c)| Try::Wake(a, b, c)),
        2 => n().prop_map(Try::Lag),
        1 => n().prop_map(Try::CatchUp),
        2 => n().prop_map(Try::Dispatch),
        2 => n().prop_map(Try::SetAside),
        2 => (n(), any::<bool>()).prop_map(|(a, b)| Try::Replay(a, b)),
        12 => (p(), n()).prop_map(|(a, b)| Try::Place(a, b)),
        2 => p().prop_map(Try::Withdraw),
        6 => p().prop_map(Try::Seal),
        5 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Try::Carry(a, b)),
        1 => Just(Try::Start),
    ]
}

fn lives() -> impl Strategy<Value = Vec<Vec<Try>>> {
    let group = prop_oneof![
        4 => tries().prop_map(|one| vec![one]),
        1 => prop::collection::vec(tries(), 2..4),
    ];
    prop::collection::vec(group, 1..80)
}

fn who(n: u8) -> &'static str {
    ["alice", "bob"][usize::from(n)]
}

fn where_to(n: u8) -> &'static str {
    ["home", "phone"][usize::from(n)]
}

fn which(n: u8) -> String {
    format!("s{n}")
}

/// Makes the record that the try means in this world; what refers to nothing stays untried.
fn record(world: &World, attempt_at: &Try) -> Option<Record> {
    let view = world.view();
    let head = world.state.applied().0;
    // Whoever comes after somebody of the same name gets another key.
    let anew = |record| rekeyed(record, view.destroyed_keys_len().unwrap().into());
    Some(match *attempt_at {
        Try::Person(p, true) => anew(person(who(p))),
        Try::Person(p, false) => Record::PersonRemoved { name: name(who(p)) },
        Try::Address(p, a, true) => anew(address(who(p), where_to(a))),
        Try::Address(p, a, false) => Record::AddressRemoved { person: name(who(p)), name: name(where_to(a)) },
        Try::Style(p, s, default, true) => style(who(p), where_to(s), default),
        Try::Style(p, s, _, false) => Record::StyleRemoved { person: name(who(p)), name: name(where_to(s)) },
        Try::Subscribe(s, p, n) => {
            let style = (n == 3).then(|| name("home"));
            subscription(&which(s), who(p), &format!("disks{n}"), Expect::New, |s| s.style = style)
        }
        Try::Revise(s, n) => {
            let stands = view.subscription(&id(&which(s))).unwrap()?;
            let revision = stands.revision + 1;
            subscription(&which(s), stands.owner.as_str(), &format!("disks{n}"), Expect::Present, |s| {
                s.revision = revision;
            })
        }
        Try::Unsubscribe(s) => Record::SubscriptionRemoved { id: id(&which(s)) },
        Try::Transfer(s, p, n) => Record::SubscriptionTransferred {
            id: id(&which(s)),
            to: name(who(p)),
            name: name(&format!("disks{n}")),
        },
        Try::Raise(s, key, severity, state) => {
            let severity = [Severity::Warning, Severity::Critical][usize::from(severity)];
            alerts(
                &which(s),
                head,
                &[(&format!("/{key}"), [Firing, Resolved, Note][usize::from(state)], severity)],
            )
        }
        Try::Write(s, key, value, expires) => {
            let expires = expires.map(|e| BEGIN.plus_s(e.into()));
            writes(
                &which(s),
                head,
                &[(&format!("k\0{key}"), value.as_ref().map(std::slice::from_ref), expires)],
            )
        }
        Try::Wake(s, at, spend) => {
            let due = view.wake(&id(&which(s))).unwrap();
            outcome(&which(s), None, |outcome| {
                outcome.spent = due.filter(|_| spend);
                outcome.wake =
                    at.map_or(WakeChange::Clear, |at| WakeChange::At(BEGIN.plus_s(i64::from(at) * 20)));
            })
        }
        Try::Lag(s) => Record::Lagging(lag(&which(s), head / 2, 1)),
        Try::CatchUp(s) => Record::CaughtUp { subscription: id(&which(s)) },
        Try::Dispatch(n) => dispatched((head / 2).max(u64::from(n))),
        Try::SetAside(s) => failure(FailureOf::Subscription(id(&which(s))), Some(head)),
        Try::Replay(s, ends) => {
            let of = FailuresOf::Subscription(id(&which(s)));
            let query = FailureQuery { of, before: None, limit: 1 };
            let failure = view.failures(&query).unwrap().pop()?.seq;
            match ends {
                true => outcome(&which(s), head, |outcome| outcome.replayed = vec![failure]),
                false => Record::Replay { failure, subscription: id(&which(s)) },
            }
        }
        Try::Place(a, due) => {
            let ((seq, index), change) = view.pending(1).unwrap().pop()?;
            let owner = view.alert(&change.alert).unwrap()?.owner;
            let bucket = bucket(owner.as_str(), where_to(a));
            let due = BEGIN.plus_s(i64::from(due) * 20);
            planned((seq.0, index), vec![place(&bucket, &change.alert, change.kind, due)], Vec::new())
        }
        Try::Withdraw(p) => {
            let ((seq, index), change) = view.pending(1).unwrap().pop()?;
            let placed = view.placed(&change.alert).unwrap().pop()?;
            planned((seq.0, index), Vec::new(), vec![withdraw(&placed.bucket, &change.alert, p == 0)])
        }
        Try::Seal(limit) => {
            let bucket = view.due_buckets(Timestamp::MAX, 1).unwrap().pop()?;
            let items = view.bucket_items(&bucket.key, usize::from(limit) + 1).unwrap();
            let alerts: Vec<AlertId> = items.into_iter().map(|item| item.alert).collect();
            anew(digest(&format!("d{head}"), &bucket.key, &alerts, world.now()))
        }
        Try::Carry(arrives, again) => {
            let row = view.outbox_due(Timestamp::MAX, 1).unwrap().pop()?;
            let result = if arrives { delivered() } else { transient() };
            attempt(row.digest.as_str(), row.attempts + 1, result, again.then(|| world.now().plus_s(30)))
        }
        Try::Start => Record::Started { silent_since: Some(BEGIN), version: "1".to_owned() },
    })
}

/// Tries each group; most are one record, so that a no does not take much with it.
fn live(groups: &[Vec<Try>]) -> World {
    let mut world = World::with(vec![
        person("alice"),
        person("bob"),
        new_subscription("s0", "alice", "disks0"),
        new_subscription("s1", "bob", "disks1"),
    ]);
    for group in groups {
        let records: Vec<Record> = group.iter().filter_map(|attempt_at| record(&world, attempt_at)).collect();
        // A no is as good as a yes here: the world itself checks that it leaves no trace.
        let _ = world.offer(records);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn replaying_the_same_groups_makes_the_same_state(
        groups in lives(),
        batch_size in 1..20usize,
    ) {
        let world = live(&groups);
        let again = Disk::default().state().unwrap();
        for groups in world.groups.chunks(batch_size) {
            let mut batch = again.begin().unwrap();
            for (first, received, draft) in groups {
                batch.replay(*first, *received, draft).unwrap();
            }
            batch.commit(false).unwrap();
        }
        prop_assert_eq!(again.applied(), world.state.applied());
        prop_assert_eq!(lines(&again.view().unwrap()), lines(&world.view()));
    }

    #[test]
    fn indexes_and_counts_agree_with_the_rows_that_they_are_about(
        groups in lives(),
    ) {
        agree(&live(&groups));
    }
}

/// Counts what should be the same number seen from two sides; following an index to a
/// row that is missing fails in the queries themselves.
fn agree(world: &World) {
    let view = world.view();
    let count = |table: &str| {
        let prefix = format!("{table}\t");
        lines(&view).iter().filter(|line| line.starts_with(&prefix)).count()
    };
    let buckets = view.due_buckets(Timestamp::MAX, usize::MAX).unwrap();
    assert_eq!(buckets.len(), count("buckets"));
    for bucket in &buckets {
        let items = view.bucket_items(&bucket.key, usize::MAX).unwrap();
        assert_eq!(items.len(), bucket.items as usize);
        assert!(items.iter().all(|item| view.placed(&item.alert).unwrap().contains(item)));
    }
    assert_eq!(count("items"), count("alert-buckets"));
    assert_eq!(view.outbox_due(Timestamp::MAX, usize::MAX).unwrap().len(), count("outbox"));
    assert_eq!(view.outbox_len().unwrap() as usize, count("outbox"));
    assert_eq!(view.due_wakes(Timestamp::MAX, usize::MAX).unwrap().len(), count("wakes"));
    assert_eq!(count("alert-lists"), 3 * count("alerts"));
    assert_eq!(count("failure-lists"), 2 * count("failures"));
    assert_eq!(count("subscriptions"), count("subscription-names"));
    assert_eq!(count("digests"), count("person-digests"));
    let firing = |state| AlertQuery { state, limit: usize::MAX, ..AlertQuery::default() };
    assert_eq!(view.alerts(&firing(Some(Firing))).unwrap().len(), count("open-alerts"));
    for subscription in view.subscriptions().unwrap() {
        let keys = view.handler_keys(&subscription.id, "", None, usize::MAX, Timestamp(i64::MIN)).unwrap();
        let value =
            |key: &str| view.handler_value(&subscription.id, key, Timestamp(i64::MIN)).unwrap().unwrap();
        let bytes: usize = keys.iter().map(|key| key.len() + value(key).len()).sum();
        assert_eq!(view.handler_bytes(&subscription.id).unwrap() as usize, bytes);
    }
}

#[test]
fn a_group_refused_in_the_middle_of_a_batch_leaves_what_came_before_it() {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    world.take(alerts("s1", 5, &[("/a", Firing, Severity::Warning)]));
    let mut batch = world.state.begin().unwrap();
    let mut offer = |first, records| batch.apply(Seq(first), BEGIN, &Draft { records }, &world.known);
    let worse =
        |upto| alerts("s1", upto, &[("/a", Firing, Severity::Critical), ("/b", Firing, Severity::Warning)]);
    offer(4, vec![worse(6), style("alice", "soon", true)]).unwrap();
    // It writes over what stands committed, over what is pending, and what is new; then comes a no.
    let cured = alerts("s1", 7, &[("/a", Resolved, Severity::Warning), ("/c", Note, Severity::Warning)]);
    let refused = offer(6, vec![cured, style("alice", "late", true), person("alice")]);
    assert!(matches!(refused, Err(Refusal::Conflict { index: 2, .. })));
    offer(6, vec![person("bob")]).unwrap();

    let newest = |view: &View| {
        let query = AlertQuery { limit: 9, ..AlertQuery::default() };
        let alerts = view.alerts(&query).unwrap();
        alerts.into_iter().map(|alert| (alert.key, alert.state, alert.count)).collect::<Vec<_>>()
    };
    let expected = [("/b".to_owned(), Firing, 1), ("/a".to_owned(), Firing, 2)];
    assert_eq!(newest(batch.view()), expected, "pending and committed rows are read as one");
    let pending = lines(batch.view());
    batch.commit(false).unwrap();
    let without_meta =
        |lines: Vec<String>| lines.into_iter().filter(|l| !l.starts_with("meta")).collect::<Vec<_>>();
    assert_eq!(without_meta(lines(&world.view())), without_meta(pending));
    assert_eq!(newest(&world.view()), expected);
    assert_eq!(world.view().default_style(&name("alice")).unwrap().unwrap().name, name("soon"));
}

#[test]
fn what_the_journal_holds_and_the_state_refuses_is_reported() {
    let world = World::with(vec![person("alice")]);
    let mut batch = world.state.begin().unwrap();
    let draft = Draft { records: vec![person("bob"), person("alice")] };
    match batch.replay(Seq(2), BEGIN, &draft) {
        Err(StateError::Diverged { seq, refusal }) => {
            assert_eq!(seq, Seq(3));
            assert_eq!(refusal.to_string(), "person `alice` exists already");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gap_in_front_of_a_group_is_reported() {
    let world = World::with(vec![person("alice")]);
    let mut batch = world.state.begin().unwrap();
    for first in [Seq(1), Seq(3)] {
        match batch.replay(first, BEGIN, &Draft::from(person("bob"))) {
            Err(StateError::Gap { applied, first: found }) => assert_eq!((applied, found), (Seq(1), first)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn ten_thousand_items_in_one_bucket_cost_the_same_each() {
    const ITEMS: u32 = 10_000;
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    let keys: Vec<String> = (0..ITEMS).map(|n| format!("/{n}")).collect();
    let updates: Vec<_> = keys.iter().map(|key| (key.as_str(), Firing, Severity::Warning)).collect();
    let seq = world.take(alerts("s1", 5, &updates));
    let inbox = bucket("alice", "inbox");
    let alert = |index| AlertId(format!("a{seq}-{index}"));
    let placed = |index| {
        let placement = place(&inbox, &alert(index), ChangeKind::Fired, BEGIN.plus_s(60 + i64::from(index)));
        planned((seq.0, index), vec![placement], Vec::new())
    };
    let written = |items: u32| {
        let mut batch = world.state.begin().unwrap();
        for index in 0..items {
            let applied = Turn::new(&mut batch.view, seq.next(), BEGIN).take(&placed(index));
            assert!(applied.is_ok());
        }
        batch.view.rows.pending().written()
    };
    let (few, all) = (written(ITEMS / 100), written(ITEMS));
    assert!(all.0 <= few.0 * 101, "writes: {} for all, {} for a hundredth", all.0, few.0);
    // Numbers grow by a digit or two on the way, and nothing else does.
    assert!(all.1 <= few.1 * 105, "bytes: {} for all, {} for a hundredth", all.1, few.1);
}
