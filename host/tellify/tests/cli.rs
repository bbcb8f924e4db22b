//! The command line as a script sees it: what parses, what is printed where, and how it ends.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output, Stdio};

/// An address at which nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

const UNREACHABLE: i32 = 5;
const USAGE: i32 = 2;

/// Runs the binary away from any daemon and any configuration of this machine.
fn tellify(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tellify"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TELLIFY_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("TELLIFY_URL", NOWHERE)
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
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
        &["event", "send", "all is well"],
        &["event", "send", "--type", "deploy", "--tag", "a", "--tag", "b", "shop is at commit=e8e5e4"],
        &["event", "send", "--json", "{\"a\":1}"],
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
    for (line, says) in
        [(&["completions", "bash"][..], "_tellify"), (&["man"], ".TH"), (&["--version"], "tellify ")]
    {
        let ended = tellify(line);
        assert_eq!(ended.status.code(), Some(0), "{line:?}: {}", text(&ended.stderr));
        assert!(text(&ended.stdout).contains(says), "{line:?}");
    }
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
