//! The command line before a person: on a terminal of a certain size, with an editor, and
//! with hands on the keyboard.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use event::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::world::{World, binary};

/// Long ago, so that whatever happens then is told with its date.
const NOW: Timestamp = Timestamp(1_000_000_000_000);

const EVENTS: &str = r#"[
    {"id":"1","type":"deploy","source":"ci","time":"2001-01-02T03:04:05Z","subject":"shop","severity":"notice",
     "tags":["web"],"text":"The shop is now at commit=e8e5e4, which took a while,\nand now everybody is happy"},
    {"id":"2","type":"disk.usage","source":"host17.rack4.example.org","time":"2001-01-02T03:05:00Z",
     "subject":"/sarc/cad","severity":"critical","percent":98.5,"text":"ディスクがいっぱいです \u202ered"}
]"#;

#[tokio::test(flavor = "multi_thread")]
async fn tables_fit_the_terminal() {
    let world = World::start(NOW).await;
    send_all(&world).await;
    world.ok("tellify user add alice --email alice.with.a.very.long.name.indeed@example.org").await;
    let mut story = String::new();
    for (width, line) in [
        (120, "tellify event list"),
        (72, "tellify event list"),
        (40, "tellify event list"),
        (20, "tellify event list"),
        (72, "tellify alert list"),
        (40, "tellify user show alice"),
        (60, "tellify event list --color never"),
    ] {
        let (shown, code) = on_terminal(&world, line, width, &[]).await;
        assert_eq!(code, Some(0), "{line}: {shown}");
        for shown in plain(&shown).lines().filter(|_| line.ends_with("event list")) {
            assert!(shown.chars().count() <= width, "{width}: {shown}");
        }
        story.push_str(&format!("$ {line}, {width} wide\n{}\n", shown.replace('\x1b', "ESC")));
    }
    let piped = world.ok("tellify event list").await;
    story.push_str(&format!("$ tellify event list, in a pipe\n{piped}"));
    let (shown, _) = on_terminal(&world, "tellify event list", 72, &[("NO_COLOR", "1")]).await;
    assert!(!shown.contains('\x1b'), "{shown:?}");
    world.stop().await;
    insta::assert_snapshot!(unnumbered(&story));
}

/// Without sequence numbers, which depend on how many plugins are bundled; these are of
/// two digits, so that all stays where it is.
fn unnumbered(story: &str) -> String {
    let line = |line: &str| match line.split_at_checked(2) {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => format!("##{rest}\n"),
        _ => format!("{line}\n"),
    };
    story.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_watched_until_ctrl_c_and_leaves_the_screen_as_it_was() {
    let world = World::start(NOW).await;
    let mut watch = terminal(&world, "tellify event list type:event --watch=0.1", 60, &[]);
    let mut shown = String::new();
    see(&mut watch, &mut shown, "no events match").await;
    assert!(shown.starts_with("\x1b[?1049h\x1b[?25l"), "{shown:?}");
    world.ok("tellify event send 'here it is'").await;
    see(&mut watch, &mut shown, "here it is").await;
    assert!(shown.contains("Every 0.1s: tellify event list type:event"), "{shown:?}");
    watch.stdin.as_mut().unwrap().write_all(b"\x03").await.unwrap();
    see(&mut watch, &mut shown, "\x1b[?25h\x1b[?1049l").await;
    assert_eq!(watch.wait().await.unwrap().code(), Some(0));
    world.stop().await;
}

/// What an editor does to the template, as a shell script; how the command ends, and
/// what it says. What was written is kept unless it was sent, or it was nothing.
const EDITED: &[(&str, &str, &str, i32, &str)] = &[
    (
        "tellify event send",
        r#"sed -i 's/^type:$/type: deploy/; s/^tags:$/tags: a, b/; s/^data:$/data: n=7/' "$1"; printf 'first\n# remark\n\nlast\n' >> "$1""#,
        "first\n\nlast",
        0,
        "",
    ),
    ("tellify event send --edit --type x --tag t what is known", "true", "what is known", 0, ""),
    // Wrong at first; the remark about it is there the second time.
    (
        "tellify event send",
        r#"if grep -q '^#! .bad. is no severity' "$1"; then sed -i 's/severity: bad/severity: error/' "$1"; else sed -i 's/^severity:$/severity: bad/' "$1"; echo mended >> "$1"; fi"#,
        "mended",
        0,
        "",
    ),
    ("tellify event send", "true", "", 1, "nothing was written, so nothing was sent"),
    ("tellify event send", "exit 3 # nothing", "", 1, "failed (exit status: 3), so nothing was sent"),
    ("tellify event send", r#"echo a word >> "$1"; exit 3"#, "", 1, "(exit status: 3), so nothing was sent"),
    ("tellify event send", r#"printf 'what?\n' > "$1""#, "", 1, "line 1: a field is `key: value`"),
    ("tellify event send --edit --type tellify.x y", "true", "", 1, "types that begin with `tellify.`"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_written_in_an_editor_and_nothing_that_was_written_is_lost() {
    let world = World::start(NOW).await;
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor");
    let variables =
        [("VISUAL", editor.display().to_string()), ("TMPDIR", folder.path().display().to_string())];
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (line, script, text, code, says) in EDITED {
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let (shown, ended) = on_terminal(&world, line, 200, &variables).await;
        assert_eq!(ended, Some(*code), "{script}: {shown}");
        assert!(shown.contains(says), "{script}: {shown}");
        let kept: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|extension| extension == "md"))
            .collect();
        let nothing = *script == "true" && !line.contains("--type") || script.ends_with("# nothing");
        assert_eq!(kept.len(), usize::from(*code != 0 && !nothing), "{script}: {shown}");
        if let [kept] = kept.as_slice() {
            assert!(shown.contains(&format!("--draft {}", kept.display())), "{shown}");
            fs::remove_file(kept).unwrap();
        }
        if *code == 0 {
            let sent = world.ok("tellify event list --limit 1 --oldest -o ndjson 'text:*'").await;
            assert!(!sent.is_empty());
            let all = world.ok("tellify event list -o json --all").await;
            let all: Vec<serde_json::Value> = serde_json::from_str(&all).unwrap();
            let last = all.iter().max_by_key(|event| event["seq"].as_u64()).unwrap();
            assert_eq!(last["text"], *text, "{script}: {last}");
        }
    }
    let deploy = world.ok("tellify event list 'type:deploy tag:a tag:b n:7' -o ndjson").await;
    assert_eq!(deploy.lines().count(), 1);
    world.stop().await;
}

async fn send_all(world: &World) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    fs::write(&file, EVENTS).unwrap();
    world.ok(&format!("tellify event send --json {}", file.display())).await;
}

/// What a command shows on a terminal of that width, and how it ends.
async fn on_terminal(
    world: &World,
    line: &str,
    width: usize,
    variables: &[(&str, &str)],
) -> (String, Option<i32>) {
    let ended = terminal(world, line, width, variables).wait_with_output().await.unwrap();
    let shown = String::from_utf8(ended.stdout).unwrap().replace("\r\n", "\n");
    (shown, ended.status.code())
}

/// A command on a terminal: `script` makes one, and ends as the command does.
fn terminal(world: &World, line: &str, width: usize, variables: &[(&str, &str)]) -> Child {
    let arguments = line.strip_prefix("tellify ").unwrap();
    let inside = format!("stty cols {width} rows 24; exec {} {arguments}", binary().display());
    Command::new("script")
        .args(["--quiet", "--return", "--flush", "--command", &inside, "/dev/null"])
        .envs(world.variables())
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm-256color")
        .env("TZ", "UTC")
        .env_remove("NO_COLOR")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Reads on until something is shown.
async fn see(child: &mut Child, shown: &mut String, what: &str) {
    let mut buffer = [0; 4096];
    while !shown.contains(what) {
        let read = child.stdout.as_mut().unwrap().read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "it ended without `{what}`: {shown:?}");
        shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

/// Without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}
