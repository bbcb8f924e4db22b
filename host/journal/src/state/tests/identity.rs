//! The same event twice.

use event::{Identity, Seq, Stored};
use testkit::records::*;

use super::world::World;

const A: Option<Identity> = Some(Identity { key: 1, content: 10 });
const A_CHANGED: Option<Identity> = Some(Identity { key: 1, content: 11 });
const B: Option<Identity> = Some(Identity { key: 2, content: 20 });

#[test]
fn the_same_event_again_answers_with_the_first_ones_number_and_takes_none() {
    let mut world = World::new();
    let stored = world.offer(vec![happened("a", A), happened("b", B), happened("a", A), happened("c", None)]);
    let expected = [Stored::New(Seq(1)), Stored::New(Seq(2)), Stored::Duplicate(Seq(1)), Stored::New(Seq(3))];
    assert_eq!(stored.unwrap(), expected);
    assert_eq!(world.state.applied(), Seq(3));
}

#[test]
fn what_the_log_remembers_counts_as_much_as_the_group_at_hand() {
    let mut world = World::with(vec![person("alice")]);
    world.known.0.insert(1, (Seq(1), 10));
    assert_eq!(world.offer(vec![happened("a", A)]).unwrap(), [Stored::Duplicate(Seq(1))]);
    assert_eq!(world.state.applied(), Seq(1));
    assert_eq!(
        world.refused(vec![happened("b", B), happened("a", A_CHANGED)]),
        "conflict 1: event 1 has the same source and id, and another content"
    );
}

#[test]
fn another_content_under_the_same_identity_refuses_its_whole_group() {
    let mut world = World::new();
    let refused = world.refused(vec![person("alice"), happened("a", A), happened("a", A_CHANGED)]);
    assert_eq!(refused, "conflict 2: event 2 has the same source and id, and another content");
    assert_eq!(world.state.applied(), Seq(0));
    assert!(world.view().persons().unwrap().is_empty());
}

#[test]
fn events_without_an_identity_are_always_new() {
    let mut world = World::new();
    let stored = world.offer(vec![happened("a", None), happened("a", None)]);
    assert_eq!(stored.unwrap(), [Stored::New(Seq(1)), Stored::New(Seq(2))]);
}
