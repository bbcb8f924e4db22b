//! Whole use-cases, each a folder in `cases/`: a script of commands, events and times,
//! and a snapshot of every message that people got.
//!
//! A script has one thing on each line: `# …` is a remark, `tellify …` a command, a
//! line that begins with `{` an event, and `at TIME` moves the clock there, with all
//! that falls due on the way.

use std::fs;
use std::path::Path;

use event::Timestamp;
use mail_parser::MessageParser;
use testkit::Letter;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn file_systems_are_told_by_working_hours() {
    play("file-systems").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_are_told_once_a_minute_and_held_over_night() {
    play("builds").await;
}

async fn play(case: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case);
    let script = fs::read_to_string(folder.join("script")).unwrap();
    let mut lines = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let begin = lines.next().and_then(|line| line.strip_prefix("at ")).expect("a script begins with a time");
    let world = World::start(begin.parse().unwrap()).await;
    let mut story = String::new();
    let mut told = 0;
    for line in lines {
        if line.starts_with("tellify ") {
            // Files that a command names lie beside the script.
            world.ok(&line.replace("CASE/", &format!("{}/", folder.display()))).await;
        } else if line.starts_with('{') {
            world.ok(&format!("tellify event send --json '{line}'")).await;
        } else if let Some(time) = line.strip_prefix("at ") {
            world.until(time.parse().unwrap()).await;
        } else {
            panic!("{case}: what is `{line}`?");
        }
        world.daemon.pipeline.settled().await;
        let letters = world.letters();
        let mut new: Vec<String> = letters[told..].iter().map(tell).collect();
        // Mails of one moment go side by side, and arrive in any order.
        new.sort();
        story.push_str(&new.concat());
        told = letters.len();
    }
    world.stop().await;
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("messages", story);
    });
}

/// A letter as its reader sees it, beginning with the moment at which it was sealed.
fn tell(letter: &Letter) -> String {
    let parsed = MessageParser::default().parse(&letter.data).unwrap();
    let sealed = Timestamp(parsed.date().unwrap().to_timestamp() * 1000);
    let (subject, body) = (parsed.subject().unwrap_or_default(), parsed.body_text(0).unwrap_or_default());
    format!("═══ {sealed} to {}\n{subject}\n\n{}\n\n", letter.to.join(", "), body.trim_end())
}
