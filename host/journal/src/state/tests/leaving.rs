//! Subscriptions that change hands, and the keys of people who go.

use event::AlertState::{Firing, Note, Resolved};
use event::*;
use testkit::records::*;

use super::world::{World, lines, refusals};

fn transferred(of: &str, to: &str, text: &str) -> Record {
    Record::SubscriptionTransferred { id: id(of), to: name(to), name: name(text) }
}

/// Alice's subscription `s1`, with four alerts: two fire, of which the first is told and
/// the second waits in a bucket; one is over; one is a note that nobody was told.
fn busy() -> World {
    let mut world = World::with(vec![
        person("alice"),
        person("bob"),
        style("alice", "soon", true),
        subscription("s1", "alice", "disks", Expect::New, |s| s.style = Some(name("soon"))),
    ]);
    let severity = Severity::Warning;
    let seq = world.take(outcome("s1", 1000, |outcome| {
        let said = [("/a", Firing), ("/b", Firing), ("/c", Firing), ("/d", Note)];
        outcome.alerts = said.map(|(key, state)| update(key, state, severity)).to_vec();
        outcome.writes = vec![StateWrite { key: "k".to_owned(), value: Some(b"v".to_vec()), expires: None }];
        outcome.wake = WakeChange::At(BEGIN.plus_s(3600));
    }));
    world.take(alerts("s1", 1001, &[("/c", Resolved, severity)]));
    let (home, alert) = (bucket("alice", "home"), |index| AlertId(format!("a{seq}-{index}")));
    for index in 0..2 {
        let placement = place(&home, &alert(index), ChangeKind::Fired, BEGIN.plus_s(60));
        world.take(planned((seq.0, index), vec![placement], Vec::new()));
    }
    world.take(digest("d1", &home, &[alert(0)], BEGIN.plus_s(60)));
    world
}

#[test]
fn a_subscription_changes_hands_with_its_state_and_its_alerts() {
    let mut world = busy();
    world.take(transferred("s1", "bob", "drives"));
    let view = world.view();
    assert_eq!(view.subscription_named(&name("alice"), &name("disks")).unwrap(), None);
    let now = view.subscription_named(&name("bob"), &name("drives")).unwrap().unwrap();
    assert_eq!((now.owner, now.style, now.revision), (name("bob"), None, 2));
    assert_eq!(view.handler_value(&id("s1"), "k", BEGIN).unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(view.wake(&id("s1")).unwrap(), Some(BEGIN.plus_s(3600)));
    assert_eq!(view.position(&id("s1")).unwrap(), Seq(1001));
    assert_eq!(view.alerts_of(&name("alice")).unwrap(), []);
    assert_eq!(view.alerts_of(&name("bob")).unwrap().len(), 4);
}

#[test]
fn the_new_owner_is_told_what_fires_and_what_nobody_was_told() {
    let mut world = busy();
    let seq = world.take(transferred("s1", "bob", "disks"));
    let view = world.view();
    let mut told: Vec<(String, ChangeKind)> = Vec::new();
    for ((of, _), change) in view.pending(10).unwrap() {
        assert_eq!(of, seq, "what waited for alice's planner is gone");
        told.push((view.alert(&change.alert).unwrap().unwrap().key, change.kind));
    }
    told.sort();
    let fired = |key: &str| (key.to_owned(), ChangeKind::Fired);
    assert_eq!(told, [fired("/a"), fired("/b"), ("/d".to_owned(), ChangeKind::Noted)]);
    for alert in view.alerts_of(&name("bob")).unwrap() {
        assert_eq!((view.told(&alert.id).unwrap(), view.placed(&alert.id).unwrap()), (vec![], vec![]));
    }
    assert_eq!(view.due_buckets(Timestamp::MAX, 10).unwrap(), []);
}

#[test]
fn whoever_gives_all_away_and_goes_leaves_nothing_else() {
    let mut world = busy();
    let gone = Record::PersonRemoved { name: name("alice") };
    world.offer(vec![transferred("s1", "bob", "disks"), gone]).unwrap();
    let left: Vec<String> = lines(&world.view()).into_iter().filter(|line| line.contains("alice")).collect();
    // Events before the cursor are still matched against what stood at them.
    assert!(left.iter().all(|line| line.starts_with("subscription-undo\t")), "{left:#?}");
    assert_eq!(world.view().outbox_len().unwrap(), 0);
    assert_eq!(world.view().subscriptions_of(&name("bob")).unwrap().len(), 1);
}

#[test]
fn it_goes_to_somebody_else_who_has_room_for_its_name() {
    let given = [
        person("alice"),
        person("bob"),
        new_subscription("s1", "alice", "disks"),
        new_subscription("s2", "bob", "disks"),
    ];
    refusals(
        &given,
        vec![
            (vec![transferred("s9", "bob", "x")], "missing 0: there is no subscription `s9`"),
            (vec![transferred("s1", "carol", "x")], "missing 0: there is no person `carol`"),
            (
                vec![transferred("s1", "alice", "x")],
                "conflict 0: subscription `s1` belongs to `alice` already",
            ),
            (
                vec![transferred("s1", "bob", "disks")],
                "conflict 0: subscription `disks` of `bob` exists already",
            ),
        ],
    );
}

#[test]
fn keys_are_remembered_from_whatever_they_open_the_newest_first() {
    let mut world = World::with(vec![person("alice"), person("bob")]);
    let keys = |world: &World, of: &str| world.view().keys_of(&name(of)).unwrap();
    assert_eq!(keys(&world, "alice"), [key_of("alice")]);
    let second = KeyId::from_bits(1);
    let Record::Address { expect, mut value } = address("alice", "home") else { unreachable!() };
    value.whole = Ciphertext { key: second.clone(), cipher: "AAAA".to_owned() }.into();
    world.take(Record::Address { expect, value });
    world.take(address("alice", "phone"));
    assert_eq!(keys(&world, "alice"), [second, key_of("alice")]);
    assert_eq!(keys(&world, "bob"), [key_of("bob")]);
}

#[test]
fn what_was_encrypted_for_somebody_who_is_gone_is_not_taken_for_their_namesake() {
    let mut world = World::with(vec![person("alice"), Record::PersonRemoved { name: name("alice") }]);
    assert_eq!(world.view().destroyed_keys().unwrap(), [key_of("alice")]);
    let gone = "stale: the key that this is encrypted with went with `alice`";
    assert_eq!(world.refused(vec![person("alice")]), gone);
    world.take(rekeyed(person("alice"), 7));
    assert_eq!(world.refused(vec![address("alice", "home")]), gone);
    world.take(rekeyed(address("alice", "home"), 7));
}
