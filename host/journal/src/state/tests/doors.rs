//! Doors that were added by command.

use event::*;
use testkit::records::*;

use super::world::{World, refusals};

#[test]
fn names_and_paths_of_doors_are_each_of_one_door_and_the_plugin_is_there() {
    let given = [plugin("hook"), door("ci", &["/ci/hook", "/ci/"], |_| {})];
    let elsewhere = |door: &mut Door| door.plugin = name("other");
    refusals(
        &given,
        vec![
            (vec![door("ci", &[], |_| {})], "conflict 0: door `ci` exists already"),
            (vec![door("b", &["/x", "/ci/"], |_| {})], "conflict 0: `/ci/` is a path of door `ci` already"),
            (vec![door("b", &[], elsewhere)], "missing 0: there is no plugin `other`"),
            (vec![Record::DoorRemoved { name: name("b") }], "missing 0: there is no door `b`"),
            (
                vec![Record::PluginRemoved { name: name("hook") }],
                "conflict 0: plugin `hook` is used by door `ci`",
            ),
        ],
    );
}

#[test]
fn a_door_is_found_by_its_paths_until_it_is_removed() {
    let mut world = World::with(vec![plugin("hook"), door("ci", &["/ci/hook", "/ci/"], |_| {})]);
    let found =
        |world: &World, path: &str| world.view().door_at(path).unwrap().map(|door| door.name.to_string());
    assert_eq!(found(&world, "/ci/"), Some("ci".to_owned()));
    assert_eq!(found(&world, "/ci"), None);

    world.take(Record::DoorRemoved { name: name("ci") });
    assert_eq!(found(&world, "/ci/hook"), None);
    assert_eq!(world.view().doors().unwrap(), []);
    world.take(door("b", &["/ci/"], |_| {}));
    assert_eq!(found(&world, "/ci/"), Some("b".to_owned()));
    world.take(Record::DoorRemoved { name: name("b") });
    world.take(Record::PluginRemoved { name: name("hook") });
}

#[test]
fn a_person_takes_the_doors_into_their_realm_along() {
    let private = |door: &mut Door| door.realm = Realm::person(&name("alice"));
    let mut world = World::with(vec![
        person("alice"),
        plugin("hook"),
        door("hers", &["/hers"], private),
        door("all", &["/all"], |_| {}),
    ]);
    world.take(Record::PersonRemoved { name: name("alice") });
    let left: Vec<String> = world.view().doors().unwrap().iter().map(|door| door.name.to_string()).collect();
    assert_eq!(left, ["all"]);
    assert_eq!(world.view().door_at("/hers").unwrap(), None);
}
