//! Who may be under way at once, so that nobody waits for somebody else's receiver.

use std::collections::HashMap;

use event::{Channel, Name, Watch};

use crate::people::Place;

/// What an attempt takes up while it is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Room {
    /// Of the one mail server, which serves all.
    Mail,
    /// Of one person's one receiver.
    Webhook(Name, Name),
    /// The daemon's own, which waits for nobody.
    Ping,
}

impl Room {
    /// None: it ends at once, there is nobody to wait for.
    pub(crate) fn of(place: &Place) -> Option<Room> {
        match place.channel {
            _ if Watch::is(&place.person) => Some(Room::Ping),
            Channel::Inbox => None,
            Channel::Mail => Some(Room::Mail),
            Channel::Webhook => Some(Room::Webhook(place.person.clone(), place.name.clone())),
        }
    }

    fn size(&self) -> usize {
        match self {
            Room::Mail => Rooms::MAILS,
            Room::Webhook(..) => Rooms::WEBHOOKS_EACH,
            Room::Ping => 1,
        }
    }
}

/// How many are in each room.
#[derive(Default)]
pub(crate) struct Rooms {
    taken: HashMap<Room, usize>,
    webhooks: usize,
}

impl Rooms {
    pub(crate) const MAILS: usize = 32;
    /// Of all receivers together: each takes a connection.
    pub(crate) const WEBHOOKS: usize = 64;
    /// Of one receiver: one that hangs holds no more.
    pub(crate) const WEBHOOKS_EACH: usize = 2;

    /// Takes a place, if there is one.
    pub(crate) fn enter(&mut self, room: &Room) -> bool {
        let webhook = matches!(room, Room::Webhook(..));
        let taken = self.taken.get(room).copied().unwrap_or(0);
        if taken >= room.size() || (webhook && self.webhooks >= Rooms::WEBHOOKS) {
            return false;
        }
        self.taken.insert(room.clone(), taken + 1);
        self.webhooks += usize::from(webhook);
        true
    }

    /// How many mails are under way.
    pub(crate) fn mails(&self) -> usize {
        self.taken.get(&Room::Mail).copied().unwrap_or(0)
    }

    /// How many webhooks are, to all receivers together.
    pub(crate) fn webhooks(&self) -> usize {
        self.webhooks
    }

    pub(crate) fn leave(&mut self, room: &Room) {
        if let Some(taken) = self.taken.get_mut(room) {
            *taken -= 1;
            self.webhooks -= usize::from(matches!(room, Room::Webhook(..)));
            if *taken == 0 {
                self.taken.remove(room);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(n: usize) -> Room {
        let name = |text: &str| Name::new(text).expect("it is a name");
        Room::Webhook(name("alice"), name(&format!("ops{n}")))
    }

    /// How many get in, of so many that come for each room.
    fn entered(rooms: &mut Rooms, count: usize, of: impl Fn(usize) -> Room) -> usize {
        (0..count).filter(|n| rooms.enter(&of(*n))).count()
    }

    #[test]
    fn nobody_takes_more_than_their_share_and_mail_has_its_own() {
        let mut rooms = Rooms::default();
        assert_eq!(entered(&mut rooms, 100, |_| webhook(0)), 2);
        assert_eq!(entered(&mut rooms, 1000, webhook), 62);
        assert_eq!(entered(&mut rooms, 100, |_| Room::Mail), 32);
    }

    #[test]
    fn who_leaves_makes_room() {
        let mut rooms = Rooms::default();
        assert_eq!(entered(&mut rooms, 3, |_| webhook(0)), 2);
        rooms.leave(&webhook(0));
        rooms.leave(&webhook(1));
        assert_eq!(entered(&mut rooms, 3, |_| webhook(0)), 1);
        assert_eq!(entered(&mut rooms, 100, |n| webhook(n + 1)), 62);
        (0..62).for_each(|n| rooms.leave(&webhook(n + 1)));
        assert_eq!(entered(&mut rooms, 100, |n| webhook(n + 1)), 62);
    }
}
