//! Plugins in their versions, and secrets.

use event::*;
use testkit::records::*;

use super::world::{World, refusals, rows};

fn version(sha256: &str, minute: i64) -> Record {
    let expect = if minute == 0 { Expect::New } else { Expect::Present };
    plugin_version("threshold", sha256, expect, |plugin| {
        plugin.bundled = false;
        plugin.installed = BEGIN.plus_s(60 * minute);
    })
}

fn waiting(sha256: &str) -> Record {
    let Record::Plugin { value, .. } = version(sha256, 9) else { unreachable!("it is one") };
    Record::PluginWaiting { name: name("threshold"), value: Some(value) }
}

fn faulted(sha256: &str) -> Record {
    Record::PluginFaulted { name: name("threshold"), sha256: sha256.to_owned() }
}

fn saved_with(sha256: &str, revision: u32) -> Record {
    let expect = if revision == 1 { Expect::New } else { Expect::Present };
    subscription("s1", "alice", "disks", expect, |s| {
        s.handler_sha256 = Some(sha256.to_owned());
        s.revision = revision;
    })
}

/// The hashes of the versions that are kept beside the one that serves.
fn kept(world: &World) -> Vec<String> {
    let versions = world.view().plugin_versions(&name("threshold")).unwrap();
    versions.into_iter().map(|version| version.sha256).collect()
}

#[test]
fn the_version_before_is_kept_as_the_way_back() {
    let mut world = World::with(vec![version("v1", 0), version("v2", 1)]);
    assert_eq!(kept(&world), ["v1"]);
    world.take(version("v3", 2));
    assert_eq!(kept(&world), ["v2"]);
    // The same version once more changes nothing of that.
    world.take(version("v3", 2));
    assert_eq!(kept(&world), ["v2"]);
    // Back to it, and there is nothing further back.
    world.take(version("v2", 1));
    assert_eq!(kept(&world), [""; 0]);
    let serving = world.view().plugin(&name("threshold")).unwrap().unwrap();
    assert_eq!(serving.sha256, "v2");
}

#[test]
fn a_version_stays_while_something_is_saved_with_it() {
    let mut world = World::with(vec![person("alice"), version("v1", 0), saved_with("v1", 1)]);
    world.take(version("v2", 1));
    world.take(version("v3", 2));
    assert_eq!(kept(&world), ["v1", "v2"]);
    // Its owner saves anew, in one group with the next version.
    world.offer(vec![saved_with("v4", 2), version("v4", 3)]).unwrap();
    assert_eq!(kept(&world), ["v3"]);
    world.take(Record::SubscriptionRemoved { id: id("s1") });
    world.take(Record::PluginRemoved { name: name("threshold") });
    assert_eq!(rows(&world.view(), &["plugin"]), [""; 0]);
}

#[test]
fn a_door_keeps_its_version_as_well() {
    let at = |sha256: &str, minute: i64| {
        let expect = if minute == 0 { Expect::New } else { Expect::Present };
        plugin_version("hook", sha256, expect, |plugin| plugin.installed = BEGIN.plus_s(60 * minute))
    };
    let saved = door("ci", &[], |door| door.plugin_sha256 = Some("v1".to_owned()));
    let world = World::with(vec![at("v1", 0), saved, at("v2", 1), at("v3", 2)]);
    let versions = world.view().plugin_versions(&name("hook")).unwrap();
    let kept: Vec<&str> = versions.iter().map(|version| version.sha256.as_str()).collect();
    assert_eq!(kept, ["v1", "v2"]);
}

#[test]
fn a_bundled_version_that_went_back_stays_known() {
    let bundled = |sha256: &str, minute: i64| match version(sha256, minute) {
        Record::Plugin { expect, value } => {
            Record::Plugin { expect, value: Plugin { bundled: true, ..value } }
        }
        other => other,
    };
    let world = World::with(vec![bundled("v1", 0), bundled("v2", 1), present(bundled("v1", 0))]);
    assert_eq!(kept(&world), ["v2"]);
    let world = World::with(vec![version("v1", 0), version("v2", 1), present(version("v1", 0))]);
    assert_eq!(kept(&world), [""; 0]);
}

#[test]
fn a_version_waits_beside_the_one_that_serves_until_it_serves_or_is_dropped() {
    let mut world = World::with(vec![version("v1", 0), waiting("v2")]);
    let waits = |world: &World| {
        let waiting = world.view().plugin_waiting(&name("threshold")).unwrap();
        waiting.map(|waiting| waiting.sha256)
    };
    assert_eq!(waits(&world).as_deref(), Some("v2"));
    world.take(waiting("v3"));
    assert_eq!(waits(&world).as_deref(), Some("v3"));
    assert_eq!(world.view().all_plugin_versions().unwrap().len(), 2);
    world.take(version("v3", 3));
    assert_eq!(waits(&world), None);
    world.take(waiting("v4"));
    world.take(Record::PluginWaiting { name: name("threshold"), value: None });
    assert_eq!(waits(&world), None);

    refusals(
        &[version("v1", 0)],
        vec![
            (vec![waiting("v1")], "conflict 0: this version of `threshold` has nothing to wait for"),
            (
                vec![Record::PluginWaiting { name: name("other"), value: None }],
                "missing 0: there is no plugin `other`",
            ),
            (
                vec![Record::PluginWaiting { name: name("threshold"), value: None }],
                "missing 0: there is no version of `threshold` that waits",
            ),
        ],
    );
}

#[test]
fn faults_count_for_the_new_version_in_its_first_hour() {
    let mut world = World::with(vec![version("v1", 0), present(version("v2", 0))]);
    let faults = |world: &World| {
        let faults = world.view().plugin_faults().unwrap();
        faults.into_iter().map(|faults| (faults.sha256, faults.count)).collect::<Vec<_>>()
    };
    assert!(!world.view().has_plugin_faults().unwrap());
    world.take(faulted("v1"));
    assert_eq!(faults(&world), []);
    world.take(faulted("v2"));
    world.take(faulted("v2"));
    assert_eq!(faults(&world), [("v2".to_owned(), 2)]);
    assert!(world.view().has_plugin_faults().unwrap());
    // A plugin that is gone is nobody's business.
    world.take(Record::PluginFaulted { name: name("other"), sha256: "v2".to_owned() });
    // Another version begins anew.
    world.take(present(version("v3", 0)));
    assert_eq!(faults(&world), []);
    // One that has served for an hour has been tried.
    world.take(plugin_version("threshold", "v4", Expect::Present, |plugin| {
        plugin.installed = BEGIN.plus_ms(-PluginFaults::TRIAL_MS);
    }));
    world.take(faulted("v4"));
    assert_eq!(faults(&world), []);
}

#[test]
fn the_key_of_a_secret_goes_with_its_value() {
    let mut world = World::with(vec![secret("token", "k1")]);
    assert_eq!(world.view().secrets().unwrap().len(), 1);
    world.take(secret("token", "k2"));
    assert_eq!(world.view().destroyed_keys().unwrap(), [key_of("k1")]);
    assert_eq!(world.refused(vec![secret("token", "k1")]), "stale: the key of secret `token` is destroyed");
    world.take(Record::SecretRemoved { name: name("token") });
    assert_eq!(world.view().secret(&name("token")).unwrap(), None);
    assert_eq!(world.view().destroyed_keys().unwrap(), [key_of("k1"), key_of("k2")]);
    assert_eq!(
        world.refused(vec![Record::SecretRemoved { name: name("token") }]),
        "missing 0: there is no secret `token`"
    );
}

/// The same where the plugin exists already.
fn present(record: Record) -> Record {
    match record {
        Record::Plugin { value, .. } => Record::Plugin { expect: Expect::Present, value },
        Record::Address { value, .. } => Record::Address { expect: Expect::Present, value },
        other => other,
    }
}

#[test]
fn an_address_keeps_its_version_and_its_plugin() {
    let at = |sha256: &str, minute: i64| {
        let expect = if minute == 0 { Expect::New } else { Expect::Present };
        plugin_version("sms", sha256, expect, |plugin| plugin.installed = BEGIN.plus_s(60 * minute))
    };
    let saved = |sha256: &str| plugin_address("alice", "phone", "sms", Some(sha256));
    let mut world = World::with(vec![person("alice"), person("bob"), at("v1", 0)]);
    let nowhere = plugin_address("alice", "phone", "pigeon", None);
    assert_eq!(world.refused(vec![nowhere]), "missing 0: there is no plugin `pigeon`");
    world.take(saved("v1"));
    world.take(at("v2", 1));
    world.take(at("v3", 2));
    let kept = |world: &World| -> Vec<String> {
        let versions = world.view().plugin_versions(&name("sms")).unwrap();
        versions.into_iter().map(|version| version.sha256).collect()
    };
    assert_eq!(kept(&world), ["v1", "v2"]);

    for of in ["p1", "p2", "p3"] {
        world.take(plugin_address("bob", of, "sms", None));
    }
    let removed = Record::PluginRemoved { name: name("sms") };
    let used = "conflict 0: plugin `sms` is used by address `phone` of `alice`, address `p1` of `bob`, \
                address `p2` of `bob` and 1 more";
    assert_eq!(world.refused(vec![removed.clone()]), used);

    // It is saved anew, in one group with the next version.
    world.offer(vec![present(saved("v4")), at("v4", 3)]).unwrap();
    assert_eq!(kept(&world), ["v3"]);
    for (person, of) in [("alice", "phone"), ("bob", "p1"), ("bob", "p2"), ("bob", "p3")] {
        world.take(Record::AddressRemoved { person: name(person), name: name(of) });
    }
    world.take(removed);
    assert_eq!(rows(&world.view(), &["plugin", "address"]), [""; 0]);
}
