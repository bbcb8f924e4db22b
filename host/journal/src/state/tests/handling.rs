//! Positions, wake-ups, handler state and alerts.

use event::AlertState::{Firing, Note, Resolved};
use event::Severity::{Critical, Warning};
use event::*;
use testkit::records::*;

use super::world::{World, refusals, rows};
use crate::state::AlertQuery;

fn given() -> Vec<Record> {
    vec![person("alice"), new_subscription("s1", "alice", "disks")]
}

fn world() -> World {
    World::with(given())
}

#[test]
fn the_dispatch_cursor_only_goes_forward() {
    let mut world = world();
    world.take(dispatched(7));
    assert_eq!(world.view().cursor().unwrap(), Seq(7));
    for upto in [6, 7] {
        let expected = format!("stale: the dispatch cursor stands at 7, past {upto}");
        assert_eq!(world.refused(vec![dispatched(upto)]), expected);
    }
}

#[test]
fn a_run_is_applied_once() {
    let mut with_run = given();
    with_run.push(outcome("s1", 5, |_| {}));
    let mut with_cursor = given();
    with_cursor.push(dispatched(5));
    let mut with_lag = given();
    with_lag.extend([Record::Lagging(lag("s1", 5, 2)), dispatched(9)]);
    for given in [with_run, with_cursor, with_lag] {
        for upto in [4, 5] {
            let expected = format!("stale: subscription `s1` stands at 5, past {upto}");
            refusals(&given, vec![(vec![outcome("s1", upto, |_| {})], &expected)]);
        }
        let mut world = World::with(given);
        world.take(outcome("s1", 6, |_| {}));
        assert_eq!(world.view().position(&id("s1")).unwrap(), Seq(6));
    }
}

#[test]
fn the_cursor_takes_along_the_positions_that_it_passes() {
    let mut world = world();
    world.take(new_subscription("s2", "alice", "builds"));
    world.take(outcome("s1", 5, |_| {}));
    world.take(outcome("s2", 9, |_| {}));
    world.take(dispatched(8));
    assert_eq!(rows(&world.view(), &["positions"]), ["positions\ts2\\x00\t9"]);
    let position = |of| world.view().position(&id(of)).unwrap();
    assert_eq!((position("s1"), position("s2")), (Seq(8), Seq(9)));
}

#[test]
fn a_lagging_subscription_has_a_position_of_its_own_until_it_has_caught_up() {
    let mut world = world();
    world.take(dispatched(5));
    world.take(Record::Lagging(lag("s1", 5, 0)));
    world.take(dispatched(20));
    let failed =
        CallFailed { lag: lag("s1", 5, 3), trigger: Trigger::Event(Seq(6)), message: "no".to_owned() };
    world.take(Record::CallFailed(failed));
    assert_eq!(world.view().lags().unwrap(), [lag("s1", 5, 3)]);
    world.take(outcome("s1", 6, |_| {}));
    assert_eq!(world.view().lag(&id("s1")).unwrap(), Some(lag("s1", 6, 0)), "a success forgets failed tries");
    world.take(Record::CaughtUp { subscription: id("s1") });
    assert_eq!(world.view().lag(&id("s1")).unwrap(), None);
    assert_eq!(world.view().position(&id("s1")).unwrap(), Seq(20));
}

#[test]
fn whoever_caught_up_beyond_the_cursor_handles_nothing_twice() {
    let mut world = world();
    world.take(Record::Lagging(lag("s1", 0, 0)));
    world.take(outcome("s1", 9, |_| {}));
    world.take(Record::CaughtUp { subscription: id("s1") });
    assert_eq!(world.refused(vec![outcome("s1", 9, |_| {})]), "stale: subscription `s1` stands at 9, past 9");
}

#[test]
fn nobody_lags_before_what_they_have_handled() {
    let mut world = world();
    world.take(outcome("s1", 9, |_| {}));
    world.take(Record::Lagging(lag("s1", 5, 2)));
    assert_eq!(world.view().lag(&id("s1")).unwrap(), Some(lag("s1", 9, 2)));
    world.take(Record::CaughtUp { subscription: id("s1") });
    assert_eq!(world.view().position(&id("s1")).unwrap(), Seq(9));
    assert_eq!(rows(&world.view(), &["positions"]), ["positions\ts1\\x00\t9"]);

    // What the cursor has passed may have been left to whoever lags.
    world.take(dispatched(20));
    world.take(Record::Lagging(lag("s1", 12, 0)));
    assert_eq!(world.view().lag(&id("s1")).unwrap(), Some(lag("s1", 12, 0)));
}

#[test]
fn what_is_said_of_a_subscription_needs_it() {
    let failed =
        CallFailed { lag: lag("s9", 5, 3), trigger: Trigger::Event(Seq(6)), message: "no".to_owned() };
    let missing = "missing 0: there is no subscription `s9`";
    refusals(
        &given(),
        vec![
            (vec![Record::Lagging(lag("s9", 1, 0))], missing),
            (vec![Record::CaughtUp { subscription: id("s9") }], missing),
            (vec![Record::CallFailed(failed)], missing),
            (vec![outcome("s9", 5, |_| {})], missing),
            (vec![failure(FailureOf::Subscription(id("s9")), Some(5))], missing),
        ],
    );
}

#[test]
fn a_wake_up_is_set_spent_and_cleared() {
    let mut world = world();
    world.take(new_subscription("s2", "alice", "builds"));
    let (soon, later) = (BEGIN.plus_s(3600), BEGIN.plus_s(7200));
    world.take(wakes("s1", 5, WakeChange::At(later)));
    world.take(wakes("s2", 5, WakeChange::At(soon)));
    let due = |world: &World, upto| world.view().due_wakes(upto, 10).unwrap();
    assert_eq!(due(&world, later), [(soon, id("s2")), (later, id("s1"))]);
    assert_eq!(due(&world, later.plus_ms(-1)), [(soon, id("s2"))]);
    assert_eq!(world.view().next_wake().unwrap(), Some(soon));

    world.take(outcome("s2", None, |outcome| outcome.spent = Some(soon)));
    assert_eq!(world.view().wake(&id("s2")).unwrap(), None);
    world.take(wakes("s1", 6, WakeChange::Keep));
    assert_eq!(world.view().wake(&id("s1")).unwrap(), Some(later));
    world.take(wakes("s1", 7, WakeChange::Clear));
    assert_eq!(rows(&world.view(), &["wakes"]), Vec::<String>::new());
}

#[test]
fn a_wake_up_keeps_the_hops_behind_it_and_rows_from_before_have_none() {
    let mut world = world();
    let due = BEGIN.plus_s(60);
    let asked =
        |hops| outcome("s1", None, |outcome| (outcome.wake, outcome.wake_hops) = (WakeChange::At(due), hops));
    let row = |world: &World| rows(&world.view(), &["wakes\t"]);
    world.take(asked(0));
    let plain = row(&world);
    assert_eq!((plain.len(), world.view().wake_hops(&id("s1")).unwrap()), (1, 0));
    world.take(asked(3));
    assert_eq!(world.view().wake_hops(&id("s1")).unwrap(), 3);
    assert_ne!(row(&world), plain, "a row without hops is as it always was: the time alone");
    assert!(plain[0].ends_with(&serde_json::to_string(&due).unwrap()), "{plain:?}");

    world.take(Record::Started { silent_since: Some(due.plus_ms(-1)), version: "1".to_owned() });
    assert_eq!(world.view().wake_hops(&id("s1")).unwrap(), 3);
    assert_eq!(world.view().wake_hops(&id("s2")).unwrap(), 0);
}

#[test]
fn a_spent_wake_up_is_the_one_that_is_pending() {
    let mut given = given();
    given.push(wakes("s1", 5, WakeChange::At(BEGIN.plus_s(60))));
    let spends = |of, due| outcome(of, None, |outcome| outcome.spent = Some(due));
    let refusal = |of, due| format!("stale: no wake-up of subscription `{of}` is due at {due}");
    given.push(new_subscription("s2", "alice", "builds"));
    let (other, right) = (BEGIN.plus_s(61), BEGIN.plus_s(60));
    refusals(
        &given,
        vec![
            (vec![spends("s1", other)], &refusal("s1", other)),
            (vec![spends("s2", right)], &refusal("s2", right)),
            (vec![spends("s1", right), spends("s1", right)], &refusal("s1", right)),
        ],
    );
}

#[test]
fn a_start_gives_due_wake_ups_a_minute_to_settle() {
    let mut world = world();
    world.take(new_subscription("s2", "alice", "builds"));
    world.take(new_subscription("s3", "alice", "hosts"));
    let later = BEGIN.plus_s(86_400);
    world.take(wakes("s1", 5, WakeChange::At(BEGIN)));
    world.take(wakes("s2", 5, WakeChange::At(later)));
    // It lies in the backlog, between events that were received before the silence.
    world.take(wakes("s3", 5, WakeChange::At(BEGIN.plus_ms(-1))));
    let started = world.now();
    world.take(Record::Started { silent_since: Some(BEGIN.plus_ms(-1)), version: "1".to_owned() });
    let due = world.view().due_wakes(later, 10).unwrap();
    let expected = [(BEGIN.plus_ms(-1), id("s3")), (started.plus_s(60), id("s1")), (later, id("s2"))];
    assert_eq!(due, expected);
    // What is asked for afterwards, by what was stored before.
    let silences = world.view().silences().unwrap();
    let moments = [BEGIN.plus_ms(-1), BEGIN, started, started.plus_ms(1)];
    let settled = [BEGIN.plus_ms(-1), started.plus_s(60), started.plus_s(60), started.plus_ms(1)];
    assert_eq!(moments.map(|due| silences.settled(due)), settled);
}

#[test]
fn handler_state_is_written_listed_counted_and_expires() {
    let mut world = world();
    let gone = BEGIN.plus_s(60);
    world.take(writes(
        "s1",
        5,
        &[("a1", Some(b"one"), None), ("a2", Some(&[0xff]), Some(gone)), ("b", Some(b""), None)],
    ));
    let view = world.view();
    let value = |key, now| view.handler_value(&id("s1"), key, now).unwrap();
    assert_eq!(value("a1", BEGIN), Some(b"one".to_vec()));
    assert_eq!(value("a2", gone.plus_ms(-1)), Some(vec![0xff]));
    assert_eq!(value("a2", gone), None);
    let keys = |prefix, after, limit, now| view.handler_keys(&id("s1"), prefix, after, limit, now).unwrap();
    assert_eq!(keys("", None, 10, BEGIN), ["a1", "a2", "b"]);
    assert_eq!(keys("", None, 10, gone), ["a1", "b"]);
    assert_eq!(keys("a", None, 10, BEGIN), ["a1", "a2"]);
    assert_eq!(keys("a", Some("a1"), 10, BEGIN), ["a2"]);
    assert_eq!(keys("a", Some("z"), 10, BEGIN), Vec::<String>::new());
    assert_eq!(keys("b", Some("a"), 10, BEGIN), ["b"]);
    assert_eq!(keys("", None, 1, BEGIN), ["a1"]);
    assert_eq!(view.handler_bytes(&id("s1")).unwrap(), 2 + 3 + 2 + 1 + 1);
    assert_eq!(view.handler_expired(&id("s1"), gone.plus_ms(-1), 10).unwrap(), Vec::<String>::new());
    assert_eq!(view.handler_expired(&id("s1"), gone, 10).unwrap(), ["a2"]);

    world.take(writes("s1", 6, &[("a1", Some(b"1"), None), ("a2", None, None), ("c", None, None)]));
    assert_eq!(world.view().handler_bytes(&id("s1")).unwrap(), 2 + 1 + 1);
    assert_eq!(rows(&world.view(), &["handler-expiry"]), Vec::<String>::new());
}

#[test]
fn handlers_do_not_see_each_others_state() {
    let mut world = world();
    world.take(new_subscription("s11", "alice", "builds"));
    world.take(writes("s11", 5, &[("k", Some(b"v"), Some(BEGIN))]));
    let view = world.view();
    assert_eq!(view.handler_value(&id("s1"), "k", Timestamp(0)).unwrap(), None);
    assert!(view.handler_keys(&id("s1"), "", None, 10, Timestamp(0)).unwrap().is_empty());
    assert!(view.handler_expired(&id("s1"), BEGIN, 10).unwrap().is_empty());
}

/// What the pending changes say, in order.
fn changes(world: &World) -> Vec<(String, ChangeKind, Severity)> {
    let pending = world.view().pending(100).unwrap();
    pending.into_iter().map(|(_, c)| (c.alert.to_string(), c.kind, c.severity)).collect()
}

#[test]
fn an_alert_fires_worsens_eases_and_is_resolved() {
    let mut world = world();
    let seq = world.take(alerts("s1", 5, &[("/", Firing, Warning)]));
    let alert = AlertId(format!("a{seq}-0"));
    for (upto, state, severity) in
        [(6, Firing, Critical), (7, Firing, Critical), (8, Firing, Warning), (9, Resolved, Severity::Info)]
    {
        world.take(alerts("s1", upto, &[("/", state, severity)]));
    }
    let id = alert.to_string();
    use ChangeKind::{Eased, Fired, Worsened};
    assert_eq!(
        changes(&world),
        [
            (id.clone(), Fired, Warning),
            (id.clone(), Worsened, Critical),
            (id.clone(), Eased, Warning),
            (id, ChangeKind::Resolved, Warning)
        ],
        "the same severity again is no change, and a resolved alert keeps its own"
    );
    let stands = world.view().alert(&alert).unwrap().unwrap();
    assert_eq!((stands.state, stands.count, stands.severity), (Resolved, 4, Warning));
    assert_eq!((stands.ended, stands.title.as_str()), (Some(BEGIN.plus_s(5)), "/ is resolved"));
    assert_eq!(world.view().open_alert(&self::id("s1"), "/").unwrap(), None);
}

#[test]
fn a_key_that_fires_again_begins_another_life() {
    let mut world = world();
    let first = world.take(alerts("s1", 5, &[("/", Firing, Warning)]));
    let second = world.take(alerts("s1", 6, &[("/", Resolved, Warning), ("/", Firing, Warning)]));
    let open = world.view().open_alert(&id("s1"), "/").unwrap().unwrap();
    assert_eq!((open.id, open.count), (AlertId(format!("a{second}-1")), 1));
    let old = world.view().alert(&AlertId(format!("a{first}-0"))).unwrap().unwrap();
    assert_eq!(old.state, Resolved);
}

#[test]
fn what_does_not_fire_is_resolved_by_nobody_and_told_to_nobody() {
    let mut world = world();
    world.take(alerts("s1", 5, &[("/", Resolved, Warning)]));
    assert_eq!(rows(&world.view(), &["alert", "open", "pending"]), Vec::<String>::new());
}

#[test]
fn a_note_is_told_once_and_leaves_what_fires_alone() {
    let mut world = world();
    world.take(alerts("s1", 5, &[("/", Firing, Warning)]));
    let seq = world.take(alerts("s1", 6, &[("/", Note, Critical)]));
    let note = world.view().alert(&AlertId(format!("a{seq}-0"))).unwrap().unwrap();
    assert_eq!((note.state, note.ended.is_some()), (Note, true));
    assert_eq!(world.view().open_alert(&id("s1"), "/").unwrap().unwrap().severity, Warning);
    assert_eq!(changes(&world)[1].1, ChangeKind::Noted);
}

#[test]
fn alerts_are_listed_newest_first_by_owner_and_state() {
    let mut world = world();
    world.take(person("bob"));
    world.take(new_subscription("s2", "bob", "disks"));
    let a =
        world.take(alerts("s1", 5, &[("1", Firing, Warning), ("2", Firing, Warning), ("3", Note, Warning)]));
    let b = world.take(alerts("s2", 5, &[("1", Firing, Warning)]));
    world.take(alerts("s1", 6, &[("1", Resolved, Warning)]));
    let list = |owner: Option<&str>, state, before: Option<&str>, limit| {
        let before = before.map(|id| AlertId(id.replace('A', &a.to_string()).replace('B', &b.to_string())));
        let query = AlertQuery { owner: owner.map(name), state, before, limit };
        let alerts = world.view().alerts(&query).unwrap();
        let short = |id: &str| id.replace(&format!("a{a}-"), "A").replace(&format!("a{b}-"), "B");
        alerts.iter().map(|alert| short(alert.id.as_str())).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list(None, None, None, 9), "B0 A2 A1 A0");
    assert_eq!(list(None, None, None, 2), "B0 A2");
    assert_eq!(list(None, None, Some("aA-2"), 9), "A1 A0");
    assert_eq!(list(None, None, Some("aA-7"), 9), "A2 A1 A0", "the cursor's own alert may be gone");
    assert_eq!(list(Some("alice"), None, None, 9), "A2 A1 A0");
    assert_eq!(list(None, Some(Firing), None, 9), "B0 A1");
    assert_eq!(list(None, Some(Firing), Some("aB-0"), 9), "A1");
    assert_eq!(list(Some("alice"), Some(Resolved), None, 9), "A0");
    assert_eq!(list(Some("bob"), Some(Resolved), None, 9), "");
}

#[test]
fn a_removed_subscription_leaves_only_closed_alerts_and_its_failures() {
    let mut world = world();
    world.take(dispatched(1));
    let seq = world.take(outcome("s1", 5, |outcome| {
        outcome.alerts = vec![update("/", Firing, Warning)];
        outcome.writes = vec![StateWrite { key: "k".to_owned(), value: Some(vec![1]), expires: Some(BEGIN) }];
        outcome.wake = WakeChange::At(BEGIN);
    }));
    world.take(alerts("s1", 6, &[("/", Firing, Critical)]));
    world.take(failure(FailureOf::Subscription(id("s1")), Some(7)));
    world.take(Record::Lagging(lag("s1", 7, 1)));
    let (alert, inbox) = (AlertId(format!("a{seq}-0")), bucket("alice", "inbox"));
    world.take(planned((seq.0, 0), vec![place(&inbox, &alert, ChangeKind::Fired, BEGIN)], Vec::new()));
    let removed = world.now();
    let end = world.take(Record::SubscriptionRemoved { id: id("s1") });
    world.take(dispatched(end.0));

    let view = world.view();
    let closed = view.alert(&alert).unwrap().unwrap();
    assert_eq!((closed.state, closed.ended), (Resolved, Some(removed)));
    let left = rows(&view, &[""]);
    let tables: std::collections::BTreeSet<&str> =
        left.iter().map(|l| l.split('\t').next().unwrap()).collect();
    let expected = ["alert-lists", "alerts", "failure-lists", "failures", "meta", "person-keys", "persons"];
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_run_counts_only_where_it_began() {
    let mut world = world();
    world.take(outcome("s1", 5, |outcome| outcome.after = Some(Seq(0))));
    let again = outcome("s1", 9, |outcome| outcome.after = Some(Seq(0)));
    assert!(world.refused(vec![again]).starts_with("stale"));
    world.take(outcome("s1", 9, |outcome| outcome.after = Some(Seq(5))));
    // A wake-up moves nobody, and counts all the same.
    world.take(outcome("s1", 9, |outcome| outcome.after = Some(Seq(9))));
    assert_eq!(world.view().position(&id("s1")).unwrap(), Seq(9));
}
