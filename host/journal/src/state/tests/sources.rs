//! Sources, and what becomes of their keys.

use event::*;
use testkit::records::*;

use super::world::{World, refusals, rows};

#[test]
fn a_name_is_of_one_source_and_only_what_there_is_is_replaced_or_removed() {
    refusals(
        &[source("metrics", Expect::New)],
        vec![
            (vec![rekeyed(source("metrics", Expect::New), 1)], "conflict 0: source `metrics` exists already"),
            (vec![source("other", Expect::Present)], "missing 0: there is no source `other`"),
            (vec![Record::SourceRemoved { name: name("other") }], "missing 0: there is no source `other`"),
        ],
    );
}

/// A source whose kind is the plugin `threshold`, saved with this version of it.
fn through(text: &str, sha256: &str, expect: Expect) -> Record {
    let Record::Source { value, .. } = source(text, expect) else { unreachable!("it is one") };
    let value = Source { kind: name("threshold"), plugin_sha256: Some(sha256.to_owned()), ..value };
    Record::Source { expect, value }
}

fn version(sha256: &str, minute: i64) -> Record {
    let expect = if minute == 0 { Expect::New } else { Expect::Present };
    plugin_version("threshold", sha256, expect, |plugin| plugin.installed = BEGIN.plus_s(60 * minute))
}

#[test]
fn the_plugin_of_a_source_is_there_and_stays() {
    refusals(
        &[version("v1", 0), through("cellar", "v1", Expect::New)],
        vec![(
            vec![Record::PluginRemoved { name: name("threshold") }],
            "conflict 0: plugin `threshold` is used by source `cellar`",
        )],
    );
    refusals(
        &[],
        vec![(vec![through("cellar", "v1", Expect::New)], "missing 0: there is no plugin `threshold`")],
    );
    // A kind that is built in has no plugin, whatever the plugins are called.
    let mut world = World::with(vec![version("v1", 0), source("metrics", Expect::New)]);
    world.take(Record::PluginRemoved { name: name("threshold") });
}

#[test]
fn a_version_stays_while_a_source_was_saved_with_it() {
    let mut world = World::with(vec![version("v1", 0), through("cellar", "v1", Expect::New)]);
    let kept = |world: &World| -> Vec<String> {
        let versions = world.view().plugin_versions(&name("threshold")).unwrap();
        versions.into_iter().map(|version| version.sha256).collect()
    };
    world.take(version("v2", 1));
    world.take(version("v3", 2));
    assert_eq!(kept(&world), ["v1", "v2"]);
    world.take(through("cellar", "v3", Expect::Present));
    world.take(version("v4", 3));
    assert_eq!(kept(&world), ["v3"]);
}

#[test]
fn sources_are_found_by_name_and_listed_in_order() {
    let world = World::with(vec![source("b", Expect::New), source("a", Expect::New)]);
    let names: Vec<String> = world.view().sources().unwrap().iter().map(|s| s.name.to_string()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(world.view().source(&name("a")).unwrap().map(|s| s.kind), Some(name("sql")));
    assert_eq!(world.view().source(&name("c")).unwrap(), None);
}

#[test]
fn the_key_goes_with_the_source_and_with_the_secrets_that_are_replaced() {
    let mut world = World::with(vec![source("metrics", Expect::New)]);
    let gone = |world: &World| world.view().destroyed_keys().unwrap();
    // The same secrets under the same key go on.
    world.take(source("metrics", Expect::Present));
    assert_eq!(gone(&world), []);

    world.take(rekeyed(source("metrics", Expect::Present), 1));
    assert_eq!(gone(&world), [key_of("metrics")]);
    world.take(Record::SourceRemoved { name: name("metrics") });
    assert_eq!(gone(&world).len(), 2);
    assert_eq!(rows(&world.view(), &["sources"]), Vec::<String>::new());
    assert_eq!(
        world.refused(vec![source("metrics", Expect::New)]),
        "stale: the key that the secrets of source `metrics` lie under is gone"
    );
}
