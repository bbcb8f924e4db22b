//! Whole use-cases, each a folder in `cases/`: a script of commands, events and times,
//! and a snapshot of every message that people got.
//!
//! A script has one thing on each line:
//!
//! | a line | |
//! | --- | --- |
//! | `# …` | a remark |
//! | `at TIME` | moves the clock there, with all that falls due on the way |
//! | `{…}` | an event |
//! | `every SECONDS until TIME {…}` | the same event again and again, the first one now |
//! | `tellify …` | a command; files in `CASE/` lie beside the script |
//! | `refused tellify …` | a command that must fail; what it says becomes part of the story |
//! | `show FIELDS tellify …` | these fields of all that a command lists |
//! | `down until TIME` | the daemon stops, and starts again at that time |

use std::fs;
use std::path::{Path, PathBuf};

use event::{Clock, Timestamp};
use mail_parser::MessageParser;
use serde_json::Value;
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

#[tokio::test(flavor = "multi_thread")]
async fn more_than_four_blocks_that_fail_at_place_make_one_alert_of_their_run() {
    play("failed-blocks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_falls_silent_is_told_once_and_so_is_its_recovery() {
    play("silent-host").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_nobody_touches_is_told_of_after_two_weeks() {
    play("quiet-repository").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_one_run_send_an_event_that_feeds_somebody_elses_subscription() {
    play("failing-runs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_server_that_goes_down_is_one_message() {
    play("machines").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_log_is_kept_searched_and_subscribed_to() {
    play("change-log").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_configuration_is_said_field_by_field() {
    play("validation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_is_told_of_nothing_more() {
    play("leaver").await;
}

async fn play(case: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case);
    let script = fs::read_to_string(folder.join("script")).unwrap();
    let mut lines = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let begin = lines.next().and_then(|line| line.strip_prefix("at ")).expect("a script begins with a time");
    let world = World::start(begin.parse().unwrap()).await;
    let mut play = Play { world, folder, told: 0, story: String::new() };
    for line in lines {
        play = play.step(line).await;
    }
    let Play { world, folder, story, .. } = play;
    world.stop().await;
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("messages", story);
    });
}

/// A script under way.
struct Play {
    world: World,
    folder: PathBuf,
    /// Letters that stand in the story already.
    told: usize,
    story: String,
}

impl Play {
    async fn step(mut self, line: &str) -> Play {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "at" => self.world.until(rest.parse().unwrap()).await,
            "every" => self.repeat(rest).await,
            "tellify" => drop(self.world.ok(&self.named(line)).await),
            "refused" => self.refused(rest).await,
            "show" => self.show(rest).await,
            "down" => {
                let until = rest.strip_prefix("until ").expect("it is down until a time").parse().unwrap();
                self.world = self.world.restart_at(until).await;
            }
            _ if line.starts_with('{') => self.send(line).await,
            _ => panic!("what is `{line}`?"),
        }
        self.hear().await;
        self
    }

    async fn send(&self, event: &str) {
        self.world.ok(&format!("tellify event send --json '{event}'")).await;
    }

    /// `60 until TIME {…}`
    async fn repeat(&mut self, line: &str) {
        let [seconds, _, until, event] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (seconds, until): (i64, Timestamp) = (seconds.parse().unwrap(), until.parse().unwrap());
        while self.world.clock.now() < until {
            self.send(event).await;
            self.world.until(self.world.clock.now().plus_s(seconds).min(until)).await;
        }
    }

    async fn refused(&mut self, command: &str) {
        let output = self.world.run(&self.named(command)).await;
        assert!(!output.status.success(), "`{command}` was not refused");
        let said = String::from_utf8_lossy(&output.stderr);
        self.story.push_str(&format!("═══ refused: {command}\n{}\n\n", said.trim_end()));
    }

    /// `type,text tellify …`
    async fn show(&mut self, line: &str) {
        let (fields, command) = line.split_once(' ').expect("fields and a command");
        let items: Vec<Value> =
            serde_json::from_str(&self.world.ok(&format!("{command} -o json")).await).unwrap();
        self.story.push_str(&format!("═══ {command}\n"));
        for item in &items {
            let shown: Vec<String> = fields.split(',').map(|field| item[field].to_string()).collect();
            self.story.push_str(&format!("{}\n", shown.join(" ")));
        }
        self.story.push('\n');
    }

    /// Files that a command names lie beside the script.
    fn named(&self, command: &str) -> String {
        command.replace("CASE/", &format!("{}/", self.folder.display()))
    }

    /// Adds the letters that came in meanwhile to the story.
    async fn hear(&mut self) {
        self.world.daemon.pipeline.settled().await;
        let letters = self.world.letters();
        let mut new: Vec<String> = letters[self.told..].iter().map(tell).collect();
        // Mails of one moment go side by side, and arrive in any order.
        new.sort();
        self.story.push_str(&new.concat());
        self.told = letters.len();
    }
}

/// A letter as its reader sees it, beginning with the moment at which it was sealed.
fn tell(letter: &Letter) -> String {
    let parsed = MessageParser::default().parse(&letter.data).unwrap();
    let sealed = Timestamp(parsed.date().unwrap().to_timestamp() * 1000);
    let (subject, body) = (parsed.subject().unwrap_or_default(), parsed.body_text(0).unwrap_or_default());
    format!("═══ {sealed} to {}\n{subject}\n\n{}\n\n", letter.to.join(", "), body.trim_end())
}
