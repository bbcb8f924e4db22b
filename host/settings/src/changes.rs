//! What differs between two configurations, and what of it can be taken while running.

use toml::{Table, Value};

use crate::Settings;

/// A key whose value differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `section.key`, or `door.name` for anything about a door.
    pub key: String,
    /// Whether [`Settings::take`] takes it; else it waits for the next start.
    pub at_once: bool,
}

/// Sections, and keys of others, that need no new start.
const AT_ONCE: [&str; 15] = [
    "door",
    "events",
    "journal.keep_free_bytes",
    "log.level",
    "mail",
    "people",
    "plugins.member_bytes",
    "plugins.member_plugins",
    "plugins.members_may_install",
    "server.anonymous_events",
    "server.base_url",
    "server.max_body_bytes",
    "server.max_connections",
    "server.max_event_requests",
    "watch",
];

impl Settings {
    /// Every key whose value is another in `new`, by name.
    pub fn changes(&self, new: &Settings) -> Vec<Change> {
        let (old_keys, new_keys) = (keys(self), keys(new));
        let names = old_keys.keys().chain(new_keys.keys());
        let mut changed: Vec<&str> =
            names.filter(|name| old_keys.get(*name) != new_keys.get(*name)).map(String::as_str).collect();
        let doors: Vec<String> =
            self.doors.keys().chain(new.doors.keys()).map(|n| format!("door.{n}")).collect();
        let door = |name: &String| {
            let name = name.trim_start_matches("door.");
            let of = |settings: &Settings| {
                settings.doors.iter().find(|(n, _)| n.as_str() == name).map(|(_, d)| d.clone())
            };
            of(self) != of(new)
        };
        changed.extend(doors.iter().filter(|name| door(name)).map(String::as_str));
        // A secret hides itself in the keys.
        if self.mail.password != new.mail.password {
            changed.push("mail.password");
        }
        if self.watch.url != new.watch.url {
            changed.push("watch.url");
        }
        changed.sort_unstable();
        changed.dedup();
        changed.into_iter().map(|key| Change { key: key.to_owned(), at_once: is_at_once(key) }).collect()
    }

    /// Takes from `new` what needs no new start, so that afterwards only the rest differs.
    pub fn take(&mut self, new: &Settings) {
        let Settings { server, events, journal, plugins, mail, people, watch, log, doors, .. } = new.clone();
        (self.events, self.mail, self.people, self.doors) = (events, mail, people, doors);
        self.watch = watch;
        self.journal.keep_free_bytes = journal.keep_free_bytes;
        self.plugins.members_may_install = plugins.members_may_install;
        self.plugins.member_plugins = plugins.member_plugins;
        self.plugins.member_bytes = plugins.member_bytes;
        self.log.level = log.level;
        self.server.anonymous_events = server.anonymous_events;
        self.server.base_url = server.base_url;
        self.server.max_connections = server.max_connections;
        self.server.max_event_requests = server.max_event_requests;
        self.server.max_body_bytes = server.max_body_bytes;
    }
}

fn is_at_once(key: &str) -> bool {
    let within = |section: &str| {
        key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    AT_ONCE.into_iter().any(within)
}

/// All keys of the sections with their values; not those of the doors.
fn keys(settings: &Settings) -> Table {
    let sections = Table::try_from(settings).unwrap_or_default();
    let mut keys = Table::new();
    for (section, table) in sections.into_iter().filter(|(section, _)| section != crate::keys::DOOR) {
        let Value::Table(table) = table else { continue };
        keys.extend(table.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
    }
    keys
}
