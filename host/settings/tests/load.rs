//! Loading, from the outside: a file and variables in, settings or a sentence out.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use event::{DoorPath, Name};
use settings::{AnonymousEvents, Loaded, MailTls, Network, Refused, Settings, SettingsError, Warning};

const NAMED_BY_ALL: &str = include_str!("../../../config/tellify.toml");

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<(Settings, Vec<Warning>), Refused> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tellify.toml");
    let path = file.map(|text| {
        fs::write(&path, text).unwrap();
        path.as_path()
    });
    Settings::load(path, variables.iter().map(|(k, v)| (k.to_string(), v.to_string())))
}

fn settings(file: &str) -> Settings {
    load(Some(file), &[]).unwrap().0
}

/// The sentence without the folder of the test.
fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
    let text = load(Some(file), variables).unwrap_err().to_string();
    text.split_once("tellify.toml:").map_or(text.clone(), |(_, rest)| rest.to_owned())
}

/// The shipped file with each default taken out of its comment.
fn uncommented() -> String {
    let lines = NAMED_BY_ALL.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => rest,
        _ => line,
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_shipped_file_means_the_defaults_as_it_is_and_with_every_comment_taken_away() {
    let nothing = load(None, &[]).unwrap().0;
    assert_eq!(settings(NAMED_BY_ALL), nothing);
    assert_eq!(settings(&uncommented()), nothing);
    assert_eq!(toml::from_str::<Settings>(&uncommented()).unwrap(), Settings::default());
}

#[test]
fn the_shipped_file_names_every_key() {
    let file: toml::Table = toml::from_str(&uncommented()).unwrap();
    let keys = |section: &str, table: &toml::Table| -> Vec<String> {
        table.keys().map(|key| format!("{section}.{key}")).collect()
    };
    let shipped: Vec<String> = file
        .iter()
        .flat_map(|(name, section)| match (name.as_str(), section.as_table().unwrap()) {
            ("door", doors) => keys("door", doors["puppet"].as_table().unwrap()),
            (name, section) => keys(name, section),
        })
        .collect();
    // What the crate knows is read off settings that leave nothing out, written as TOML.
    let full = settings(
        "[server]\nbase_url = 'http://x'\n[mail]\nhost = 'h'\nfrom = 'f'\nusername = 'u'\npassword = 'p'\nhelo = 'h'\nca_file = 'c'\n\
         [egress]\nca_file = 'c'\n\
         [door.puppet]\nplugin = 'p'\ntoken = 't'\n",
    );
    let known: toml::Table = toml::Table::try_from(&full).unwrap();
    for (name, section) in &known {
        let section = section.as_table().unwrap();
        let section = if name == "door" { section["puppet"].as_table().unwrap() } else { section };
        for key in keys(name, section) {
            assert!(shipped.contains(&key), "config/tellify.toml does not name {key}");
        }
    }
    for key in ["mail.password_file", "door.token_file"] {
        assert!(shipped.contains(&key.to_owned()), "config/tellify.toml does not name {key}");
    }
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line_and_what_was_probably_meant() {
    let table = [
        ("[server]\nlisen = 'x'", "2: unknown key `server.lisen`; the nearest known key is `server.listen`"),
        ("\n[mial]\nhost = 'x'", "2: unknown key `mial`; the nearest known key is `mail`"),
        ("listen = 'x'", "1: unknown key `listen`; the nearest known key is `server.listen`"),
        (
            "[mail]\nhost = ''\nport = 25\nhots = ''",
            "4: unknown key `mail.hots`; the nearest known key is `mail.host`",
        ),
        (
            "[events]\nbatch_event = 1",
            "2: unknown key `events.batch_event`; the nearest known key is `events.batch_events`",
        ),
        (
            "[door.x]\nplugin = 'x'\npath = ['/y']",
            "3: unknown key `door.x.path`; the nearest known key is `door.x.paths`",
        ),
        ("[mail]\n\nport = 'x'", "3: invalid type: string \"x\", expected u16"),
        ("[server]\nlisten = 'nowhere'", "2: invalid socket address syntax"),
        ("[door.x]\npaths = []", "1: missing field `plugin`"),
        (
            "[egress]\nallow = ['127.0.0.1', '10.0.0.0/33']",
            "2: `10.0.0.0/33` is no network: write an address such as 127.0.0.1, or one with a length such as 10.0.0.0/8",
        ),
        (
            "[door.x]\nplugin = 'x'\npaths = ['/a?b']",
            "3: `/a?b` is no plain path such as `/reports/upload`, or `/data-collector/v0/` for all below it",
        ),
        (
            "[door.x]\nplugin = 'x'\npaths = ['/api/v1/events']",
            "3: `/api/v1/events` is a path of Tellify's own",
        ),
        ("[log]\nformat = 'xml'", "2: unknown variant `xml`, expected `text` or `json`"),
        ("[server\n", "1: unclosed table, expected `]`"),
        ("mail = 3", "1: `mail` is a section, and no value: write [mail]"),
        ("door = 3", "1: `door` holds doors: write [door.NAME]"),
        ("[door]\nx = 3", "2: a door is a table: write [door.x]"),
        (
            "[door.'a/b']\nplugin = 'x'",
            "1: `a/b` is no name: use 1 to 64 letters, digits or . _ - @ +, beginning with a letter or digit",
        ),
    ];
    for (file, expected) in table {
        assert_eq!(refusal(file, &[]), expected, "for {file:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file_and_then_of_the_variables() {
    let file = "[server]\nlisten = 'x'\nbase_url = 'y'\nports = 1\n\n[mail]\nhost = 'h'\n\n\
                [door.a]\nplugin = 3\npath = '/'\n\n[door.b]\ntoken = 't'\n";
    let variables = [("TELLIFY_JOURNAL_SEGMENT_BYTES", "0"), ("TELLIFY_LOG_FORMAT", "xml")];
    let refused = load(Some(file), &variables).unwrap_err().to_string();
    let said: Vec<&str> = refused.lines().map(|line| line.rsplit('/').next().unwrap()).collect();
    let expected = [
        "tellify.toml:2: invalid socket address syntax",
        "tellify.toml:4: unknown key `server.ports`; the nearest known key is `server.listen`",
        "tellify.toml:10: invalid type: integer `3`, expected a string",
        "tellify.toml:11: unknown key `door.a.path`; the nearest known key is `door.a.paths`",
        "tellify.toml:13: missing field `plugin`",
        "TELLIFY_LOG_FORMAT: unknown variant `xml`, expected `text` or `json`",
        "mail.from: is needed where `mail.host` is given",
        "TELLIFY_JOURNAL_SEGMENT_BYTES: must be at least 1",
    ];
    // `server.base_url` cannot be either; it is told once the section can be read.
    assert_eq!(said, expected);

    let syntax = load(Some("a = \n[mail]\nport = = 3\n"), &[]).unwrap_err();
    let syntax = syntax.to_string();
    assert!(syntax.contains("tellify.toml:1: ") && syntax.contains("tellify.toml:3: "), "{syntax}");
}

#[test]
fn an_old_name_is_obeyed_with_a_warning_and_refused_beside_the_new_one() {
    let old = "[plugins]\nhostcall_bytes = 77\n";
    let (settings, warnings) = load(Some(old), &[]).unwrap();
    assert_eq!(settings.plugins.host_call_bytes, 77);
    let said = warnings[0].to_string();
    let (_, said) = said.split_once("tellify.toml:").unwrap();
    assert_eq!(
        (warnings.len(), said),
        (
            1,
            "2: `plugins.hostcall_bytes` is now called `plugins.host_call_bytes`: it is obeyed, but write the new name"
        )
    );

    let variable = [("TELLIFY_PLUGINS_HOSTCALL_BYTES", "88")];
    let (settings, warnings) = load(None, &variable).unwrap();
    assert_eq!(settings.plugins.host_call_bytes, 88);
    assert_eq!(
        warnings[0].to_string(),
        "`TELLIFY_PLUGINS_HOSTCALL_BYTES` is now called `TELLIFY_PLUGINS_HOST_CALL_BYTES`: it is obeyed, but write the new name"
    );
    // A variable wins over the file, whatever either calls the key.
    let (settings, _) = load(Some("[plugins]\nhost_call_bytes = 99\n"), &variable).unwrap();
    assert_eq!(settings.plugins.host_call_bytes, 88);

    assert_eq!(
        refusal("[plugins]\nhost_call_bytes = 1\nhostcall_bytes = 1\n", &[]),
        "3: `plugins.hostcall_bytes` is the old name of `plugins.host_call_bytes`, and both are given: leave it out"
    );
    let both = [variable[0], ("TELLIFY_PLUGINS_HOST_CALL_BYTES", "1")];
    assert_eq!(
        refusal("", &both),
        "TELLIFY_PLUGINS_HOSTCALL_BYTES: `TELLIFY_PLUGINS_HOSTCALL_BYTES` is the old name of \
         `TELLIFY_PLUGINS_HOST_CALL_BYTES`, and both are given: leave it out"
    );
    assert_eq!(
        refusal("[plugins]\nhostcall_bytes = 'x'\n", &[]),
        "2: invalid type: string \"x\", expected usize"
    );
}

#[test]
fn each_value_knows_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.toml");
    fs::write(
        &path,
        "[mail]\nport = 25\nhelo = 'x'\n[plugins]\nhostcall_bytes = 1\n[door.d]\nplugin = 'p'\n",
    )
    .unwrap();
    let variables = [("TELLIFY_MAIL_PORT".to_owned(), "26".to_owned())];
    let loaded = Loaded::read(Some(&path), variables.into_iter()).unwrap();
    let place = |line: usize| format!("{}:{line}", path.display());
    let table = [
        ("mail.port", "TELLIFY_MAIL_PORT".to_owned()),
        ("mail.helo", place(3)),
        ("plugins.host_call_bytes", place(5)),
        ("door.d.plugin", place(7)),
        ("mail.host", "default".to_owned()),
        ("door.puppet.paths", "default".to_owned()),
    ];
    for (key, origin) in table {
        assert_eq!(loaded.origins.of(key).to_string(), origin, "for {key}");
    }
}

#[test]
fn values_that_cannot_be_together_are_refused_by_key() {
    let mail = "[mail]\nhost = 'mail.example.org'\n";
    let door = |paths: &str| format!("[door.x]\nplugin = 'x'\npaths = [{paths}]\n");
    let table = [
        (mail.to_owned(), "mail.from: is needed where `mail.host` is given"),
        (
            format!("{mail}from = 'a@example.org'\nusername = 'u'"),
            "4: mail.username: and a password go together: one of them is missing",
        ),
        (format!("{mail}from = 'a@example.org'\npool = 0"), "4: mail.pool: must be at least 1"),
        (
            "[server]\nbase_url = 'tellify.example.org'".into(),
            "2: server.base_url: `tellify.example.org` does not begin with http:// or https://",
        ),
        (
            "[events]\nbatch_bytes = 10".into(),
            "events.event_bytes: one event may not be larger than the request that brings it (`events.batch_bytes`)",
        ),
        (door("'/reports/upload'"), "3: door.x.paths: `/reports/upload` is also a path of door `puppet`"),
    ];
    for (file, expected) in table {
        assert_eq!(refusal(&file, &[]), expected, "for {file:?}");
    }
}

#[test]
fn variables_win_over_the_file_and_fit_the_kind_of_their_key() {
    let file = "[mail]\nhost = 'a.example.org'\nfrom = 'x@example.org'\nport = 25\n";
    let variables = [
        ("TELLIFY_MAIL_PORT", "2525"),
        ("TELLIFY_MAIL_TLS", "none"),
        ("TELLIFY_MAIL_USERNAME", "u"),
        ("TELLIFY_MAIL_PASSWORD", "12345"),
        ("TELLIFY_SERVER_LISTEN", "0.0.0.0:80"),
        ("TELLIFY_SERVER_ANONYMOUS_EVENTS", "never"),
        ("TELLIFY_EVENTS_BATCH_EVENTS", "7"),
        ("TELLIFY_EGRESS_ALLOW", r#"["10.0.0.0/8", "::1"]"#),
    ];
    let (settings, warnings) = load(Some(file), &variables).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(settings.mail.host.as_deref(), Some("a.example.org"));
    assert_eq!(settings.mail.port, 2525);
    assert_eq!(settings.mail.tls, MailTls::None);
    assert_eq!(settings.mail.password.unwrap().reveal(), "12345");
    assert_eq!(settings.server.anonymous_events, AnonymousEvents::Never);
    assert_eq!(settings.server.base_url(), "http://localhost:80");
    assert_eq!(settings.events.batch_events, 7);
    let allow: Vec<String> = settings.egress.allow.iter().map(Network::to_string).collect();
    assert_eq!(allow, ["10.0.0.0/8", "::1/128"]);

    let (settings, _) = load(Some(file), &[("TELLIFY_MAIL_HOST", "")]).unwrap();
    assert_eq!(settings.mail.host, None, "an empty text takes the file's word back");
}

#[test]
fn a_variable_of_a_wrong_kind_is_refused_by_its_name() {
    assert_eq!(
        refusal("", &[("TELLIFY_MAIL_PORT", "smtp")]),
        "TELLIFY_MAIL_PORT: invalid type: string \"smtp\", expected u16"
    );
    assert_eq!(
        refusal("", &[("TELLIFY_EVENTS_TAGS", "-1")]),
        "TELLIFY_EVENTS_TAGS: invalid value: integer `-1`, expected usize"
    );
}

#[test]
fn an_unknown_variable_warns_and_the_clients_own_do_not() {
    let variables = [
        ("TELLIFY_URL", "http://x"),
        ("TELLIFY_DATA", "/d"),
        ("TELLIFY_TOKEN", "t"),
        ("TELLIFY_BIN", "/b"),
        ("TELLIFY_MAIL_HOTS", "x"),
        ("OTHER", "y"),
    ];
    let (settings, warnings) = load(None, &variables).unwrap();
    let said: Vec<String> = warnings.iter().map(Warning::to_string).collect();
    assert_eq!(
        said,
        ["the variable TELLIFY_MAIL_HOTS overrides no key; the nearest one that does is TELLIFY_MAIL_HOST"]
    );
    assert_eq!(settings.data.dir, Path::new("/var/lib/tellify"));
}

#[test]
fn folders_follow_the_surroundings_unless_they_are_named() {
    let home = [("HOME", "/home/a")];
    let xdg = [("HOME", "/home/a"), ("XDG_DATA_HOME", "/x"), ("XDG_CACHE_HOME", "/y")];
    let service = [("STATE_DIRECTORY", "/var/lib/tellify:/z"), ("CACHE_DIRECTORY", "/var/cache/tellify")];
    let relative = [("XDG_DATA_HOME", "x")];
    let named = [("HOME", "/home/a"), ("TELLIFY_DATA_DIR", "/d"), ("TELLIFY_PLUGINS_CACHE_DIR", "/c")];
    let table = [
        (&home[..], "/home/a/.local/share/tellify", "/home/a/.cache/tellify"),
        (&xdg[..], "/x/tellify", "/y/tellify"),
        (&service[..], "/var/lib/tellify", "/var/cache/tellify"),
        (&relative[..], "/var/lib/tellify", "/var/lib/tellify/cache"),
        (&named[..], "/d", "/c"),
    ];
    for (variables, data, cache) in table {
        let settings = load(None, variables).unwrap().0;
        let found = (settings.data.dir, settings.plugins.cache_dir);
        assert_eq!(found, (PathBuf::from(data), PathBuf::from(cache)), "for {variables:?}");
    }
}

#[test]
fn a_secret_comes_from_its_file_without_the_last_line_break_and_shows_itself_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    fs::write(&path, "hunter2\n").unwrap();
    let path = path.to_str().unwrap();
    let settings = settings(&format!(
        "[mail]\nhost = 'h'\nfrom = 'f@example.org'\nusername = 'u'\npassword_file = '{path}'\n\
         [door.hook]\nplugin = 'hook'\ntoken_file = '{path}'\n"
    ));
    assert_eq!(settings.mail.password.as_ref().unwrap().reveal(), "hunter2");
    let door = &settings.doors[&Name::new("hook").unwrap()];
    assert_eq!(door.token.as_ref().unwrap().reveal(), "hunter2");
    let shown = format!("{settings:?} {}", toml::to_string(&settings).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");

    let both = format!("[mail]\npassword = 'a'\npassword_file = '{path}'\n");
    assert_eq!(
        refusal(&both, &[]),
        "2: mail.password: `mail.password` and `mail.password_file` exclude each other"
    );
    let missing = format!("[mail]\npassword_file = '{path}x'\n");
    let refused = load(Some(&missing), &[]).unwrap_err();
    assert!(matches!(refused.errors[..], [SettingsError::Unreadable { .. }]), "{refused}");
}

#[test]
fn a_door_of_the_file_joins_the_built_in_one_or_takes_its_place() {
    let puppet = Name::new("puppet").unwrap();
    let joined = settings("[door.hook]\nplugin = 'hook'\nrealm = '~alice'\nconfig = {since = 2026-11-20}\n");
    assert_eq!(joined.doors[&puppet].paths, [DoorPath::new("/reports/upload").unwrap()]);
    let hook = &joined.doors[&Name::new("hook").unwrap()];
    assert_eq!(hook.realm.as_str(), "~alice");
    assert_eq!(hook.config, serde_json::json!({"since": "2026-11-20"}));

    let replaced = settings("[door.puppet]\nplugin = 'puppet'\nconfig = {unchanged = 'nothing'}\n");
    assert_eq!(replaced.doors[&puppet].paths, []);
    assert_eq!(replaced.doors[&puppet].config, serde_json::json!({"unchanged": "nothing"}));
}

#[test]
fn no_two_keys_have_the_same_variable() {
    let file: toml::Table = toml::from_str(&uncommented()).unwrap();
    let mut names: Vec<String> = file
        .iter()
        .filter(|(section, _)| *section != "door")
        .flat_map(|(section, keys)| {
            keys.as_table().unwrap().keys().map(move |key| format!("TELLIFY_{section}_{key}").to_uppercase())
        })
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    for client in ["TELLIFY_URL", "TELLIFY_DATA", "TELLIFY_TOKEN", "TELLIFY_BIN"] {
        assert!(!names.contains(&client.to_owned()), "{client} belongs to the command line");
    }
}
