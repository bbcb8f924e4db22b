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
    /// The same, by a plugin, which is named first.
    Plugin(Name, Name, Name),
    /// The daemon's own, which waits for nobody.
    Ping,
}

/// What there is a number of; each room takes one of some.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Seat {
    /// In this very room.
    In(Room),
    Webhook,
    /// With this plugin.
    With(Name),
    Plugin,
}

impl Room {
    /// None: it ends at once, there is nobody to wait for.
    pub(crate) fn of(place: &Place) -> Option<Room> {
        let (person, name) = (place.person.clone(), place.name.clone());
        match &place.channel {
            _ if Watch::is(&place.person) => Some(Room::Ping),
            Channel::Inbox => None,
            Channel::Mail => Some(Room::Mail),
            Channel::Webhook => Some(Room::Webhook(person, name)),
            Channel::Plugin(plugin) => Some(Room::Plugin(plugin.clone(), person, name)),
        }
    }

    /// What it takes one of, and how many there are.
    fn seats(&self) -> Vec<(Seat, usize)> {
        let own = |many| (Seat::In(self.clone()), many);
        match self {
            Room::Mail => vec![own(Rooms::MAILS)],
            Room::Ping => vec![own(1)],
            Room::Webhook(..) => vec![own(Rooms::WEBHOOKS_EACH), (Seat::Webhook, Rooms::WEBHOOKS)],
            // One after the other, since a message may go on from the receipt of the one before.
            Room::Plugin(plugin, ..) => vec![
                own(1),
                (Seat::With(plugin.clone()), Rooms::PLUGINS_EACH),
                (Seat::Plugin, Rooms::PLUGINS),
            ],
        }
    }
}

/// How many are in each room.
#[derive(Default)]
pub(crate) struct Rooms {
    taken: HashMap<Seat, usize>,
}

impl Rooms {
    pub(crate) const MAILS: usize = 32;
    /// Of all receivers together: each takes a connection.
    pub(crate) const WEBHOOKS: usize = 64;
    /// Of one receiver: one that hangs holds no more.
    pub(crate) const WEBHOOKS_EACH: usize = 2;
    /// Of all channel plugins together: each takes a thread, and the memory of an instance.
    pub(crate) const PLUGINS: usize = 16;
    /// Of one plugin: one whose service hangs holds no more.
    pub(crate) const PLUGINS_EACH: usize = 4;

    /// Takes a place, if there is one.
    pub(crate) fn enter(&mut self, room: &Room) -> bool {
        let seats = room.seats();
        if seats.iter().any(|(seat, many)| self.count(seat) >= *many) {
            return false;
        }
        for (seat, _) in seats {
            *self.taken.entry(seat).or_default() += 1;
        }
        true
    }

    /// How many mails are under way.
    pub(crate) fn mails(&self) -> usize {
        self.count(&Seat::In(Room::Mail))
    }

    /// How many webhooks are, to all receivers together.
    pub(crate) fn webhooks(&self) -> usize {
        self.count(&Seat::Webhook)
    }

    /// How many calls of channel plugins are.
    pub(crate) fn plugins(&self) -> usize {
        self.count(&Seat::Plugin)
    }

    /// Only those who are in leave.
    pub(crate) fn leave(&mut self, room: &Room) {
        for (seat, _) in room.seats() {
            if let Some(taken) = self.taken.get_mut(&seat) {
                *taken -= 1;
                if *taken == 0 {
                    self.taken.remove(&seat);
                }
            }
        }
    }

    fn count(&self, seat: &Seat) -> usize {
        self.taken.get(seat).copied().unwrap_or(0)
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
    fn a_plugin_carries_to_one_address_one_by_one_and_leaves_room_for_others() {
        let room = |plugin: &str, n: usize| {
            let Room::Webhook(person, address) = webhook(n) else { unreachable!("it is one") };
            Room::Plugin(Name::new(plugin).expect("it is a name"), person, address)
        };
        let mut rooms = Rooms::default();
        assert_eq!(entered(&mut rooms, 9, |_| room("ntfy", 0)), 1);
        assert_eq!(entered(&mut rooms, 9, |n| room("ntfy", n)), 3);
        assert_eq!(entered(&mut rooms, 100, |n| room(&format!("p{}", n % 20), n)), 12);
        assert_eq!((rooms.plugins(), rooms.webhooks(), rooms.mails()), (16, 0, 0));
        assert_eq!(entered(&mut rooms, 3, webhook), 3);
        rooms.leave(&room("ntfy", 0));
        assert_eq!(entered(&mut rooms, 9, |_| room("ntfy", 0)), 1);
    }

    #[test]
    fn who_leaves_makes_room() {
        let mut rooms = Rooms::default();
        assert_eq!(entered(&mut rooms, 3, |_| webhook(0)), 2);
        rooms.leave(&webhook(0));
        assert_eq!(entered(&mut rooms, 3, |_| webhook(0)), 1);
        assert_eq!(entered(&mut rooms, 100, |n| webhook(n + 1)), 62);
        (0..62).for_each(|n| rooms.leave(&webhook(n + 1)));
        assert_eq!(entered(&mut rooms, 100, |n| webhook(n + 1)), 62);
    }
}
