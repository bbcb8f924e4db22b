//! What a reload takes, and what waits for the next start.

#![allow(clippy::unwrap_used)]

use settings::{Change, Settings};

fn settings(text: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tellify.toml");
    std::fs::write(&file, text).unwrap();
    let home = [("HOME".to_owned(), "/home/nobody".to_owned())];
    Settings::load(Some(&file), home.into_iter()).unwrap().0
}

fn changes(old: &Settings, new: &Settings) -> Vec<(String, bool)> {
    old.changes(new).into_iter().map(|Change { key, at_once }| (key, at_once)).collect()
}

/// The old file, the new file, and each key that differs with whether it is taken at once.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, bool)]);

#[test]
fn each_key_that_differs_is_named_once() {
    const MAIL: &str = "[mail]\nhost = \"h\"\nfrom = \"a@example.org\"\nusername = \"u\"\npassword = ";
    let cases: [Case<'_>; 8] = [
        ("", "", &[]),
        ("", "[log]\nlevel = \"debug\"\nformat = \"json\"\n", &[("log.format", false), ("log.level", true)]),
        ("[server]\nlisten = \"127.0.0.1:1\"\n", "", &[("server.listen", false)]),
        ("", "[server]\nmax_connections = 3\n", &[("server.max_connections", true)]),
        ("", "[events]\ntags = 1\ndepth = 2\n", &[("events.depth", true), ("events.tags", true)]),
        (
            "[door.a]\nplugin = \"p\"\ntoken = \"x\"\n",
            "[door.a]\nplugin = \"p\"\ntoken = \"y\"\n",
            &[("door.a", true)],
        ),
        ("[door.a]\nplugin = \"p\"\n", "", &[("door.a", true)]),
        (&format!("{MAIL}\"x\""), &format!("{MAIL}\"y\""), &[("mail.password", true)]),
    ];
    for (old, new, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(key, at_once)| ((*key).to_owned(), *at_once)).collect();
        assert_eq!(changes(&settings(old), &settings(new)), expected, "{old} → {new}");
    }
}

#[test]
fn what_was_taken_differs_no_more_and_the_rest_still_does() {
    let mut running = settings("");
    let new = settings(
        "[server]\nlisten = \"127.0.0.1:1\"\nbase_url = \"https://t.example.org\"\nmax_connections = 3\n\
         anonymous_events = \"never\"\n[events]\ntags = 1\n[mail]\nhost = \"h\"\nfrom = \"a@example.org\"\n\
         [log]\nlevel = \"debug\"\n[door.a]\nplugin = \"p\"\n[people]\nzone = \"Europe/Berlin\"\n",
    );
    let before = changes(&running, &new);
    running.take(&new);
    let after = changes(&running, &new);
    assert!(after.iter().all(|(_, at_once)| !at_once), "{after:?}");
    let waiting: Vec<_> = before.into_iter().filter(|(_, at_once)| !at_once).collect();
    assert_eq!(after, waiting);
    assert_eq!(running.events, new.events);
}
