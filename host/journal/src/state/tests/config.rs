//! People, subscriptions, plugins, tokens.

use event::*;
use testkit::records::*;

use super::world::{World, lines, refusals};

fn present(record: Record) -> Record {
    match record {
        Record::Person { value, .. } => Record::Person { expect: Expect::Present, value },
        Record::Address { value, .. } => Record::Address { expect: Expect::Present, value },
        Record::Style { value, .. } => Record::Style { expect: Expect::Present, value },
        Record::Plugin { value, .. } => Record::Plugin { expect: Expect::Present, value },
        Record::Token { value, .. } => Record::Token { expect: Expect::Present, value },
        other => other,
    }
}

fn styled(text: &str) -> Record {
    subscription("s1", "alice", "disks", Expect::New, |s| s.style = Some(name(text)))
}

fn revised(revision: u32, change: impl FnOnce(&mut Subscription)) -> Record {
    subscription("s1", "alice", "disks", Expect::Present, |s| {
        s.revision = revision;
        change(s);
    })
}

#[test]
fn what_is_new_must_not_exist() {
    let given = [
        person("alice"),
        address("alice", "home"),
        style("alice", "soon", true),
        new_subscription("s1", "alice", "disks"),
        plugin("threshold"),
        token("t1", "laptop", None),
    ];
    refusals(
        &given,
        vec![
            (vec![person("alice")], "conflict 0: person `alice` exists already"),
            (vec![address("alice", "home")], "conflict 0: address `home` of `alice` exists already"),
            (vec![style("alice", "soon", false)], "conflict 0: style `soon` of `alice` exists already"),
            (vec![new_subscription("s1", "alice", "other")], "conflict 0: subscription `s1` exists already"),
            (
                vec![new_subscription("s2", "alice", "disks")],
                "conflict 0: subscription `disks` of `alice` exists already",
            ),
            (vec![plugin("threshold")], "conflict 0: plugin `threshold` exists already"),
            (vec![token("t1", "phone", None)], "conflict 0: token `t1` exists already"),
            (vec![token("t2", "laptop", None)], "conflict 0: token `laptop` exists already"),
            (vec![person("bob"), person("bob")], "conflict 1: person `bob` exists already"),
        ],
    );
}

#[test]
fn what_is_changed_or_removed_must_exist() {
    let person_of = name("alice");
    refusals(
        &[person("alice")],
        vec![
            (vec![present(person("bob"))], "missing 0: there is no person `bob`"),
            (vec![Record::PersonRemoved { name: name("bob") }], "missing 0: there is no person `bob`"),
            (vec![present(address("alice", "home"))], "missing 0: there is no address `home` of `alice`"),
            (
                vec![Record::AddressRemoved { person: person_of.clone(), name: name("home") }],
                "missing 0: there is no address `home` of `alice`",
            ),
            (vec![present(style("alice", "soon", false))], "missing 0: there is no style `soon` of `alice`"),
            (
                vec![Record::StyleRemoved { person: person_of.clone(), name: name("soon") }],
                "missing 0: there is no style `soon` of `alice`",
            ),
            (vec![revised(2, |_| {})], "missing 0: there is no subscription `s1`"),
            (vec![Record::SubscriptionRemoved { id: id("s1") }], "missing 0: there is no subscription `s1`"),
            (
                vec![Record::SubscriptionStatus { id: id("s1"), status: SubscriptionStatus::Active }],
                "missing 0: there is no subscription `s1`",
            ),
            (vec![present(plugin("threshold"))], "missing 0: there is no plugin `threshold`"),
            (
                vec![Record::PluginRemoved { name: name("threshold") }],
                "missing 0: there is no plugin `threshold`",
            ),
            (vec![present(token("t1", "laptop", None))], "missing 0: there is no token `t1`"),
            (vec![Record::TokenRevoked { id: "t1".to_owned() }], "missing 0: there is no token `t1`"),
        ],
    );
}

#[test]
fn what_belongs_to_a_person_needs_the_person() {
    refusals(
        &[person("alice")],
        vec![
            (vec![address("bob", "home")], "missing 0: there is no person `bob`"),
            (vec![style("bob", "soon", true)], "missing 0: there is no person `bob`"),
            (vec![new_subscription("s1", "bob", "disks")], "missing 0: there is no person `bob`"),
            (vec![token("t1", "laptop", Some("bob"))], "missing 0: there is no person `bob`"),
            (vec![styled("soon")], "missing 0: there is no style `soon` of `alice`"),
        ],
    );
}

#[test]
fn a_subscription_is_changed_from_what_stands_or_not_at_all() {
    let given = [person("alice"), person("bob"), new_subscription("s1", "alice", "disks")];
    let stale = |n| format!("stale: subscription `disks` stands at revision 1, and this one is {n}");
    refusals(
        &given,
        vec![
            (vec![revised(1, |_| {})], &stale(1)),
            (vec![revised(3, |_| {})], &stale(3)),
            (vec![revised(2, |s| s.owner = name("bob"))], "conflict 0: subscription `s1` belongs to `alice`"),
        ],
    );
    let mut world = World::with(given.to_vec());
    world.take(revised(2, |s| s.filter = "type:cpu".to_owned()));
    let stands = world.view().subscription(&id("s1")).unwrap().unwrap();
    assert_eq!((stands.revision, stands.filter.as_str()), (2, "type:cpu"));
}

#[test]
fn a_renamed_subscription_frees_its_old_name() {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    world.take(revised(2, |s| s.name = name("drives")));
    world.take(new_subscription("s2", "alice", "disks"));
    let view = world.view();
    let named = |text| view.subscription_named(&name("alice"), &name(text)).unwrap().unwrap().id;
    assert_eq!((named("drives"), named("disks")), (id("s1"), id("s2")));
    let all = view.subscriptions_of(&name("alice")).unwrap();
    assert_eq!(all.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["disks", "drives"]);
    let taken = revised(3, |s| s.name = name("disks"));
    assert_eq!(world.refused(vec![taken]), "conflict 0: subscription `disks` of `alice` exists already");
}

#[test]
fn a_status_is_no_revision() {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    let status = SubscriptionStatus::Quarantined("ten failures".to_owned());
    world.take(Record::SubscriptionStatus { id: id("s1"), status: status.clone() });
    let stands = world.view().subscription(&id("s1")).unwrap().unwrap();
    assert_eq!((stands.status, stands.revision), (status, 1));
}

#[test]
fn the_matcher_begins_with_the_subscriptions_as_they_stood_at_the_cursor() {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    world.take(dispatched(2));
    world.take(new_subscription("s2", "alice", "builds"));
    world.take(revised(2, |s| s.filter = "type:cpu".to_owned()));
    world.take(revised(3, |s| s.filter = "type:net".to_owned()));
    let removed = world.take(Record::SubscriptionRemoved { id: id("s1") });
    let stood = |world: &World| {
        let all = world.view().subscriptions_at_cursor().unwrap();
        all.into_iter().map(|s| (s.id.0, s.filter)).collect::<Vec<_>>()
    };
    let disks = |filter: &str| ("s1".to_owned(), filter.to_owned());
    let builds = ("s2".to_owned(), "type:disk.usage".to_owned());
    assert_eq!(stood(&world), [disks("type:disk.usage")]);
    world.take(dispatched(removed.0 - 2));
    assert_eq!(stood(&world), [disks("type:cpu"), builds.clone()]);
    world.take(dispatched(removed.0));
    assert_eq!(stood(&world), [builds]);
    assert!(lines(&world.view()).iter().all(|line| !line.starts_with("subscription-undo")));
}

#[test]
fn a_person_has_one_default_style_at_most() {
    let mut world = World::with(vec![person("alice"), person("bob")]);
    for record in [style("alice", "soon", true), style("bob", "soon", true), style("alice", "late", true)] {
        world.take(record);
    }
    let default = |person| world.view().default_style(&name(person)).unwrap().unwrap().name;
    assert_eq!((default("alice"), default("bob")), (name("late"), name("soon")));
    world.take(present(style("alice", "late", false)));
    assert_eq!(world.view().default_style(&name("alice")).unwrap(), None);
}

#[test]
fn a_style_in_use_stays_and_the_refusal_names_its_user() {
    let mut world = World::with(vec![person("alice"), style("alice", "soon", false), styled("soon")]);
    let removed = Record::StyleRemoved { person: name("alice"), name: name("soon") };
    assert_eq!(
        world.refused(vec![removed.clone()]),
        "conflict 0: style `soon` is used by subscription `disks` of `alice`"
    );
    world.take(Record::SubscriptionRemoved { id: id("s1") });
    world.take(removed);
    assert!(world.view().styles(&name("alice")).unwrap().is_empty());
}

#[test]
fn a_plugin_in_use_stays_and_the_refusal_names_three_users() {
    let mut world = World::with(vec![person("alice"), plugin("threshold")]);
    for n in 1..=4 {
        world.take(new_subscription(&format!("s{n}"), "alice", &format!("disks{n}")));
    }
    let removed = Record::PluginRemoved { name: name("threshold") };
    assert_eq!(
        world.refused(vec![removed.clone()]),
        "conflict 0: plugin `threshold` is used by subscription `disks1` of `alice`, \
         subscription `disks2` of `alice`, subscription `disks3` of `alice` and 1 more"
    );
    for n in 1..=4 {
        world.take(Record::SubscriptionRemoved { id: id(&format!("s{n}")) });
    }
    world.take(removed);
    assert!(world.view().plugins().unwrap().is_empty());
}

#[test]
fn a_token_is_found_by_its_hash_until_it_is_revoked() {
    let mut world = World::with(vec![token("t1", "laptop", None)]);
    let found = world.view().token_by_hash("hash-of-t1").unwrap().unwrap();
    assert_eq!(found.name, name("laptop"));
    world.take(present(token("t1", "phone", None)));
    world.take(token("t2", "laptop", None));
    world.take(Record::TokenRevoked { id: "t1".to_owned() });
    let view = world.view();
    assert_eq!(view.token_by_hash("hash-of-t1").unwrap(), None);
    assert_eq!(view.tokens().unwrap().len(), 1);
}

/// Gives a new person something in every table that can hold something of theirs:
/// four alerts fire, two of them are placed, one of these is sealed and tried once.
fn live(world: &mut World, owner: &str, of: &str) {
    let (home, sealed) = (bucket(owner, "home"), format!("d-{of}"));
    world.take(person(owner));
    world.take(address(owner, "home"));
    world.take(style(owner, "soon", true));
    world.take(new_subscription(of, owner, "disks"));
    world.take(token(of, of, Some(owner)));
    world.take(door(of, &[&format!("/{of}")], |door| {
        (door.plugin, door.realm) = (name("threshold"), Realm::person(&name(owner)));
    }));
    let seq = world.take(outcome(of, 1000, |outcome| {
        outcome.alerts =
            ["/a", "/b", "/c", "/d"].map(|key| update(key, AlertState::Firing, Severity::Warning)).to_vec();
        outcome.writes =
            vec![StateWrite { key: "k".to_owned(), value: Some(b"v".to_vec()), expires: Some(BEGIN) }];
        outcome.wake = WakeChange::At(BEGIN.plus_s(3600));
    }));
    world.take(Record::Lagging(lag(of, 1000, 1)));
    world.take(failure(FailureOf::Subscription(id(of)), Some(1001)));
    let alert = |index| AlertId(format!("a{seq}-{index}"));
    for index in 0..2 {
        let placement = place(&home, &alert(index), ChangeKind::Fired, BEGIN.plus_s(60));
        world.take(planned((seq.0, index), vec![placement], Vec::new()));
    }
    world.take(digest(&sealed, &home, &[alert(0)], BEGIN.plus_s(60)));
    world.take(attempt(&sealed, 1, transient(), Some(BEGIN.plus_s(90))));
}

#[test]
fn a_person_goes_with_all_that_was_theirs_and_nobody_elses() {
    let mut world = World::with(vec![plugin("threshold"), dispatched(1)]);
    live(&mut world, "bob", "s2");
    let bobs = folded(&world);
    live(&mut world, "alice", "s1");
    let both = folded(&world);
    for table in crate::state::NAMES {
        let holds =
            |lines: &[String]| lines.iter().filter(|line| line.starts_with(&format!("{table}\t"))).count();
        let of_all = ["plugin-versions", "plugins-waiting", "plugin-faults", "secrets", "sources"];
        let shared = of_all.contains(table)
            || ["meta", "plugins", "silences", "subscription-undo", "destroyed-keys"].contains(table);
        assert!(
            shared || holds(&both) > holds(&bobs),
            "nothing of alice's is in `{table}`, so nothing is shown"
        );
    }
    world.take(Record::PersonRemoved { name: name("alice") });
    assert_eq!(folded(&world), bobs);
    assert_eq!(world.view().destroyed_keys().unwrap(), [key_of("alice")]);
    assert_eq!(world.view().destroyed_keys_len().unwrap(), 1);
}

/// Every row but those that say how far the journal was applied and dispatched, and
/// which keys must not exist any more.
fn folded(world: &World) -> Vec<String> {
    let moving = ["meta\tapplied", "subscription-undo\t", "destroyed-keys\t"];
    let stays = |line: &String| !moving.iter().any(|start| line.starts_with(start));
    lines(&world.view()).into_iter().filter(stays).collect()
}
