//! What the command line says when something is wrong, and what to do next.

use event::Timestamp;
use tokio::process::Command;

use crate::world::{World, binary};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

const SET_UP: &[&str] = &[
    "tellify user add alice --email alice@example.org",
    "tellify user add bob",
    "tellify style add --user alice --name office --channel inbox",
    "tellify subscription add --user alice --name fails --handler match --filter status:fail",
];

/// Each fails, or has nothing to show.
const LINES: &[&str] = &[
    "tellify subscription show --user alice failz",
    "tellify subscription show --user alcie fails",
    "tellify subscription show --user bob fails",
    "tellify style show --user alice offcie",
    "tellify style show --user alcie office",
    "tellify user show somebody",
    "tellify plugin show matsch",
    "tellify user add alice",
    "tellify style add --user alice --name office --channel inbox",
    "tellify event list 'severity>='",
    "tellify event lsit",
    "tellify event list --limti 3",
    "tellify event send --severity criticla x",
    "tellify event list type:none",
    "tellify alert list --user bob",
    "tellify inbox list --user bob",
    "tellify style remove --user alice default",
    "tellify token list",
    "tellify token create",
    "tellify token create --name t --scope bogus",
    "tellify token create --name t --scope read --realm ~nobody",
    "tellify subscription add --user alice --name n --handler match --config '{\"severity\":\"bad\"}'",
    "tellify plugin failures match",
    "tellify user list --watch=0",
    "tellify user add carol --watch",
    "tellify --url nowhere user list",
    "tellify --url http://127.0.0.1:1 user list",
    "tellify man event sned",
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_there_is_a_word_about_what_to_do() {
    let world = World::start(NOW).await;
    for line in SET_UP {
        world.ok(line).await;
    }
    let mut story = String::new();
    for line in LINES {
        let ended = world.run(line).await;
        let said = String::from_utf8(ended.stderr).unwrap();
        let code = ended.status.code().unwrap();
        story.push_str(&format!("$ {line}\n{said}({code})\n\n"));
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), "", "{line}");
    }
    world.stop().await;
    insta::assert_snapshot!(story);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_learns_which_token_was_shown() {
    let world = World::start(NOW).await;
    world.ok("tellify user add alice").await;
    let made = world.ok("tellify token create --name reader --user alice --scope read -o json").await;
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let token = made["token"].as_str().unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    std::fs::write(&file, "tfy_wrong\n").unwrap();
    let file = file.display().to_string();
    let named = ["user", "list", "--token-file", &file];
    let none = home.path().display().to_string();
    let table: [(&[&str], (&str, &str), String); 5] = [
        (&["user", "list"], ("TELLIFY_DATA", &none), format!("{none}/admin-token: No such file")),
        (&["user", "list"], ("TELLIFY_TOKEN", ""), "TELLIFY_TOKEN is set, and empty".into()),
        (&["user", "list"], ("TELLIFY_TOKEN", "tfy_wrong"), "The token of TELLIFY_TOKEN was shown.".into()),
        (&["user", "add", "bob"], ("TELLIFY_TOKEN", token), "The token of TELLIFY_TOKEN was shown.".into()),
        (&named, ("TELLIFY_TOKEN", token), format!("The token of {file} was shown.")),
    ];
    for (arguments, (name, value), says) in table {
        let mut command = Command::new(binary());
        let ended =
            command.args(arguments).env("TELLIFY_URL", world.url()).env(name, value).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(4), "{arguments:?}: {said}");
        assert!(said.contains(&says), "{arguments:?}: {said}");
    }
    world.stop().await;
}
