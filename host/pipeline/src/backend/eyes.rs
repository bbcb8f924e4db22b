//! What a caller may see of the events.

use api::{Caller, Who};
use event::{Realm, Timestamp, Viewer, Watch};
use journal::StoredEvent;

use super::{Answer, Backend, answer, viewer};

/// The eyes that a request looks through.
pub(super) struct Eyes {
    viewer: Viewer,
    /// Since when a person's own realm is theirs: what came before was somebody else's of
    /// the same name, who was removed.
    own: Option<(Realm, Timestamp)>,
}

impl Eyes {
    pub(super) fn see(&self, event: &StoredEvent) -> bool {
        let realm = &event.record.realm;
        let before = |(own, since): &(Realm, Timestamp)| realm == own && event.received < *since;
        // The daemon's own are as many as there are minutes: nobody wants to read them.
        !Watch::is_event(&event.record.event)
            && realm.visible_to(&self.viewer)
            && !self.own.as_ref().is_some_and(before)
    }
}

impl Backend {
    pub(super) fn eyes(&self, caller: &Caller) -> Answer<Eyes> {
        let viewer = viewer(caller);
        let own = match (&viewer, &caller.who) {
            (Viewer::Person { name, .. }, Who::Token(_)) => {
                let person = self.view()?.person(name).map_err(answer::internal)?;
                person.map(|person| (Realm::person(name), person.created))
            }
            _ => None,
        };
        Ok(Eyes { viewer, own })
    }
}
