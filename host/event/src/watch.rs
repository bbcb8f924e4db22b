//! The daemon's watch over itself: who it is in the flow.

use crate::{Event, Name, Realm};

/// An event of the daemon's own goes all the way that others go, once a minute: to a
/// person of the daemon's own, whose address is a ping to the outside. These are their
/// names. What comes of it is kept from lists, and from the state once it is over.
#[derive(Clone, Copy, Debug)]
pub struct Watch;

impl Watch {
    /// The person. Nobody else can be called so.
    pub const PERSON: &'static str = "tellify-watch";
    /// The type of the event.
    pub const KIND: &'static str = "tellify.watch";

    pub fn person() -> Name {
        Name::new(Watch::PERSON).expect("it is a name")
    }

    pub fn realm() -> Realm {
        Realm::person(&Watch::person())
    }

    pub fn is(person: &Name) -> bool {
        person.as_str() == Watch::PERSON
    }

    pub fn is_event(event: &Event) -> bool {
        event.kind == Watch::KIND
    }
}
