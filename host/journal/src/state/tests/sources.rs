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
