//! The command line as a script sees it: what parses, what is printed where, and how it ends.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// An address at which nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

const UNREACHABLE: i32 = 5;
const USAGE: i32 = 2;

/// Runs the binary away from any daemon and any configuration of this machine.
fn tellify(arguments: &[&str]) -> Output {
    tellify_at(tempfile::tempdir().unwrap().path(), arguments)
}

fn tellify_at(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tellify"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TELLIFY_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("TELLIFY_URL", NOWHERE)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_parses_is_sent_and_nobody_answers() {
    let lines: &[&[&str]] = &[
        &["event", "send", "--no-spool", "all is well"],
        &[
            "event",
            "send",
            "--no-spool",
            "--type",
            "deploy",
            "--tag",
            "a",
            "--tag",
            "b",
            "shop is at commit=e8e5e4",
        ],
        &["event", "send", "--no-spool", "--json", "{\"a\":1}"],
        &["event", "list", "--watch", "type:deploy"],
        &["event", "list", "--watch", "5"],
        &["event", "list"],
        &["event", "list", "type:deploy* severity>=warning", "--oldest", "--limit", "3"],
        &["event", "list", "-type:deploy"],
        &["event", "list", "-type:deploy", "-o", "json"],
        &["event", "list", "-o", "json", "-origin:internal a"],
        &["event", "tail", "-type:deploy", "--since", "7"],
        &["subscription", "add", "--name", "n", "--handler", "match", "--filter", "-type:deploy"],
        &["subscription", "edit", "n", "--filter", "-type:deploy", "--enabled", "false"],
        &["subscription", "list", "--user", "alice", "--all"],
        &["user", "add", "alice", "--email", "alice@example.org", "--zone", "Europe/Berlin"],
        &["inbox", "list"],
        &["alert", "list"],
        &["plugin", "list"],
        &["door", "list"],
        &[
            "door",
            "add",
            "hook",
            "--plugin",
            "json",
            "--config",
            "{\"a\":1}",
            "--path",
            "/x",
            "--path",
            "/y/",
        ],
        &["door", "add", "hook", "--plugin", "json", "--token", "generate", "--realm", "~alice"],
        &["door", "remove", "hook"],
        &["token", "list"],
        &["--url", "http://127.0.0.1:1/", "user", "list"],
        &["user", "list", "--url", "http://127.0.0.1:1/"],
    ];
    for line in lines {
        let ended = tellify(line);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(UNREACHABLE), "{line:?}: {said}");
        assert!(said.contains("TELLIFY_URL"), "{line:?}: {said}");
    }
}

#[test]
fn what_does_not_parse_is_a_usage_error() {
    let lines: &[&[&str]] = &[
        &[],
        &["nonsense"],
        &["event"],
        &["event", "lsit"],
        &["event", "list", "--limit", "many"],
        &["event", "list", "--all", "--limit", "3"],
        &["event", "list", "type:deploy", "severity>=warning"],
        &["event", "send", "--json", "{}", "text"],
        &["event", "send", "--data", "no JSON", "text"],
        &["event", "tail", "--since", "-1"],
        &["subscription", "add", "--name", "n"],
        &["subscription", "add", "--name", "n", "--handler", "match", "--config", "{"],
        &["subscription", "edit", "n"],
        &["user", "add"],
        &["user", "add", "alice", "--role", "admin"],
        &["user", "list", "-o", "yaml"],
        &["user", "list", "--token-file", "/nonexistent/token"],
        &["door", "add", "hook"],
        &["door", "add", "hook", "--plugin", "json", "--config", "{"],
        &["door", "add", "hook", "--plugin", "json", "--token", "none"],
        &["door", "add", "hook", "--plugin", "json", "--token", "generate", "--no-token"],
        &["user", "add", "alice", "--watch"],
        &["--url", "nowhere", "user", "list"],
        &["event", "flush", "now"],
        &["man", "event", "sned"],
        &["config", "check", "--config", "a.toml", "b.toml"],
        &["completions", "cmd"],
        &["serve", "--listen", "somewhere"],
        &["serve", "--accept-loss=perhaps"],
    ];
    for line in lines {
        let ended = tellify(line);
        assert_eq!(ended.status.code(), Some(USAGE), "{line:?}: {}", text(&ended.stderr));
        assert_eq!(text(&ended.stdout), "", "{line:?}");
        assert!(!ended.stderr.is_empty(), "{line:?}");
    }
}

#[test]
fn a_program_that_reads_json_reads_nothing_of_a_failure() {
    for format in ["json", "ndjson", "table"] {
        let ended = tellify(&["event", "list", "-o", format]);
        assert_eq!(ended.status.code(), Some(UNREACHABLE));
        assert_eq!(text(&ended.stdout), "", "{format}");
    }
}

#[test]
fn completions_and_the_manual_are_printed_without_a_daemon() {
    let table: &[(&[&str], &[&str])] = &[
        (&["completions", "bash"], &["_tellify()", "--watch", "--no-spool"]),
        (&["completions", "zsh"], &["#compdef tellify", "--watch"]),
        (&["completions", "fish"], &["complete -c tellify", "-l watch"]),
        (&["man"], &[".TH TELLIFY 1", "tellify\\-event"]),
        (&["man", "event", "send"], &[".TH TELLIFY-EVENT-SEND 1", "no\\-spool", "Examples:"]),
        (&["--version"], &["tellify "]),
        (&["event", "send", "--help"], &["Examples:", "--lines", "XDG_STATE_HOME"]),
    ];
    for (line, says) in table {
        let ended = tellify(line);
        assert_eq!(ended.status.code(), Some(0), "{line:?}: {}", text(&ended.stderr));
        for says in *says {
            assert!(text(&ended.stdout).contains(says), "{line:?} says no `{says}`: {}", text(&ended.stdout));
        }
    }
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), tellify(&["completions", "bash"]).stdout).unwrap();
    assert!(Command::new("bash").arg("-n").arg(script.path()).status().unwrap().success());
}

#[test]
fn each_command_has_a_page_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let ended = tellify(&["man", "--dir", pages.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    for name in ["tellify", "tellify-serve", "tellify-event", "tellify-event-send", "tellify-config-show"] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {} 1", name.to_uppercase())), "{name}: {page}");
        assert!(page.contains(concat!("\"tellify ", env!("CARGO_PKG_VERSION"), "\"")), "{name}: {page}");
    }
}

#[test]
fn what_was_sent_to_nobody_is_kept_by_default() {
    let home = tempfile::tempdir().unwrap();
    let ended = tellify_at(home.path(), &["event", "send", "all is well", "-o", "json"]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(text(&ended.stdout).contains("\"kept\": true"), "{}", text(&ended.stdout));
    let spool = home.path().join(".local/state/tellify/spool");
    assert!(said.contains("TELLIFY_URL") && said.contains(spool.to_str().unwrap()), "{said}");
    assert!(spool.is_dir());
    assert_eq!(tellify_at(home.path(), &["event", "flush"]).status.code(), Some(UNREACHABLE));
}

#[test]
fn a_key_that_is_none_is_named_with_its_place_and_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tellify.toml");
    std::fs::write(&file, "[server]\n\nlistn = \"127.0.0.1:8355\"\n").unwrap();
    let ended = tellify(&["config", "check", file.to_str().unwrap()]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("{}:3", file.display())), "{said}");
    assert!(said.contains("listn") && said.contains("`server.listen`"), "{said}");

    std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:8355\"\n").unwrap();
    let ended = tellify(&["config", "check", file.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
}

#[test]
fn all_mistakes_of_a_configuration_are_told_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tellify.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "[server]\nlistn = \"x\"\n\n[mail]\nport = \"y\"\nhostname = \"z\"\n").unwrap();
    let ended = tellify(&["config", "check", "--config", path]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    for says in ["3 mistakes", ":2: unknown key", ":5: invalid type", ":6: unknown key `mail.hostname`"] {
        assert!(said.contains(says), "{says}: {said}");
    }
    // The daemon tells them as well, and does not start: EX_CONFIG of sysexits.h, so that a
    // service manager does not try again.
    let ended = tellify(&["serve", "--config", path]);
    assert_eq!(ended.status.code(), Some(78));
    assert!(text(&ended.stderr).contains(":6: unknown key"), "{}", text(&ended.stderr));
}

#[test]
fn the_settings_are_shown_with_their_origins_and_are_a_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tellify.toml");
    let path = file.to_str().unwrap();
    let written = "[mail]\nhost = \"mail.example.org\"\nfrom = \"a@example.org\"\nusername = \"u\"\n\
                   password = \"hunter2\"\n[plugins]\nhostcall_bytes = 7\n[door.hook]\nplugin = \"hook\"\n";
    std::fs::write(&file, written).unwrap();
    let shown = tellify(&["config", "show", "--config", path]);
    let (text_shown, said) = (text(&shown.stdout), text(&shown.stderr));
    assert_eq!(shown.status.code(), Some(0), "{said}");
    assert!(said.contains("`plugins.hostcall_bytes` is now called `plugins.host_call_bytes`"), "{said}");
    assert!(!text_shown.contains("hunter2"), "{text_shown}");
    for (key, origin) in [
        ("host = \"mail.example.org\"", format!("# {path}:2")),
        ("port = 587", "# default".to_owned()),
        ("host_call_bytes = 7", format!("# {path}:7")),
        ("plugin = \"hook\"", format!("# {path}:9")),
    ] {
        let line = text_shown.lines().find(|line| line.starts_with(key));
        assert!(line.is_some_and(|line| line.ends_with(&origin)), "{key}: {line:?}");
    }
    let again = folder.path().join("again.toml");
    std::fs::write(&again, &text_shown).unwrap();
    let shown_again = text(&tellify(&["config", "show", "--config", again.to_str().unwrap()]).stdout);
    let values = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(" # ").next().unwrap_or_default().trim_end().to_owned()).collect()
    };
    let without_home = |text: &str| {
        values(text)
            .into_iter()
            .filter(|line| !line.contains("_dir") && !line.starts_with("dir"))
            .collect::<Vec<_>>()
    };
    assert_eq!(without_home(&shown_again), without_home(&text_shown));

    let json = tellify(&["config", "show", "--config", path, "-o", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["mail"]["host"], "mail.example.org");
    assert_eq!(json["origins"]["mail.host"], format!("{path}:2"));
    assert_eq!(json["origins"]["door.hook.plugin"], format!("{path}:9"));
}
