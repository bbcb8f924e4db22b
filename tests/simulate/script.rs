//! What happens in one life: drawn from a seed before it begins, so that nothing in the
//! life changes what comes next.

use event::{Seq, Timestamp};
use serde_json::{Value, json};
use testkit::Dice;

use crate::dice::dice;
use crate::network::Weather;

/// When every life begins.
pub(crate) const BEGIN: Timestamp = Timestamp(1_800_000_000_000);
/// How long faults last, in seconds: a little more than an hour.
pub(crate) const FAULTS_S: i64 = 65 * 60;

/// Where all events of the script come from.
pub(crate) const SOURCE: &str = "script";

const HOSTS: [&str; 4] = ["h0", "h1", "h2", "h3"];
const BLOCKS: [&str; 5] = ["alu", "fpu", "dma", "gc_t", "route"];
pub(crate) const PEOPLE: [&str; 3] = ["ann", "bob", "cat"];

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// One request with these events.
    Send(Vec<Value>),
    /// Sends again what was sent as the request of this number, if there was one.
    SendAgain(usize),
    Ask(Ask),
    Weather(Weather),
    /// From now on there is room for so many bytes more; none: for as much as anybody wants.
    Room(Option<u64>),
    /// After so many syncs more, one fails.
    FailSync {
        after: u64,
        lasting: bool,
    },
    Jump {
        seconds: i64,
    },
    Crash(Crash),
    /// Stops in order, and is away for so long.
    Restart {
        away_s: i64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Crash {
    /// The machine loses its power, and with it what was not synced.
    pub(crate) power_cut: bool,
    /// So many turns of tasks before it breaks off.
    pub(crate) turns: usize,
    /// In the middle of a write, if one is due.
    pub(crate) in_step: bool,
    pub(crate) away_s: i64,
}

/// What somebody asks the service for, beside taking events.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Person(&'static str),
    Style {
        person: &'static str,
        toml: String,
    },
    Webhook {
        person: &'static str,
    },
    Subscribe {
        person: &'static str,
        name: String,
        handler: &'static str,
        filter: &'static str,
        config: Value,
    },
    Edit {
        person: &'static str,
        name: String,
        config: Value,
    },
    Switch {
        person: &'static str,
        name: String,
        on: bool,
    },
    Unsubscribe {
        person: &'static str,
        name: String,
    },
    Leave {
        person: &'static str,
        to: Option<&'static str>,
    },
    Replay {
        plugin: &'static str,
        failure: Seq,
    },
}

/// In the order in which it happens.
pub(crate) fn script(seed: u64) -> Vec<(Timestamp, Action)> {
    let mut writer = Writer { dice: dice(seed, "script"), script: Vec::new(), events: 0, requests: 0 };
    writer.people();
    writer.traffic();
    writer.changes();
    writer.faults();
    let mut script = writer.script;
    script.sort_by_key(|(at, _)| *at);
    script
}

struct Writer {
    dice: Dice,
    script: Vec<(Timestamp, Action)>,
    events: usize,
    requests: usize,
}

impl Writer {
    fn at(&mut self, second: i64, action: Action) {
        let ms = self.dice.within(0..=999);
        self.script.push((BEGIN.plus_s(second).plus_ms(ms), action));
    }

    fn some_time(&mut self) -> i64 {
        self.dice.within(60..=FAULTS_S - 60)
    }

    fn people(&mut self) {
        for (index, person) in PEOPLE.into_iter().enumerate() {
            let begin = 1 + 3 * index as i64;
            self.at(begin, Action::Ask(Ask::Person(person)));
            if self.dice.percent(60) {
                self.at(begin + 1, Action::Ask(Ask::Webhook { person }));
                let wait = *self.dice.pick(&["0s", "5s", "1m", "3m"]);
                let to = *self.dice.pick(&[r#""hook""#, r#""hook", "mail""#, r#""hook", "inbox""#]);
                let toml = format!(
                    "[style.own]\ndefault = true\n[[style.own.band]]\nchannels = [{to}]\nwait = \"{wait}\"\n"
                );
                self.at(begin + 2, Action::Ask(Ask::Style { person, toml }));
            }
            for number in 0..self.dice.within(1..=2) {
                let ask = self.subscribe(person, number);
                self.at(begin + 12, Action::Ask(ask));
            }
        }
        // What somebody's handler sends, and one that never ends.
        let name = "runs".to_owned();
        let (handler, filter, config) = ("match", "type:run.failing", json!({}));
        self.at(20, Action::Ask(Ask::Subscribe { person: "ann", name, handler, filter, config }));
        let (name, handler, filter, config) = ("endless".to_owned(), "hostile", "type:order", json!("spin"));
        self.at(20, Action::Ask(Ask::Subscribe { person: "bob", name, handler, filter, config }));
    }

    fn subscribe(&mut self, person: &'static str, number: i64) -> Ask {
        let kind =
            *self.dice.pick(&["threshold", "absence", "absence", "change", "count", "match", "wayward"]);
        let (filter, config) = self.of_kind(kind);
        Ask::Subscribe { person, name: format!("{kind}{number}"), handler: kind, filter, config }
    }

    fn of_kind(&mut self, kind: &str) -> (&'static str, Value) {
        match kind {
            "threshold" => (
                "type:disk",
                json!({"field": "percent", "key": "subject", "hysteresis": self.dice.below(3), "limits": [
                    {"above": 80, "severity": "warning"}, {"above": 95, "severity": "critical"}]}),
            ),
            "absence" => {
                let after = format!("{}s", self.dice.within(70..=400));
                ("type:alive", json!({"key": "subject", "after": after, "expect": ["h0", "h9"]}))
            }
            "change" => (
                "type:build",
                json!({"field": "status", "key": "block", "from": "good", "to": "fail", "resolve": true, "severity": "error"}),
            ),
            "count" => (
                "type:build",
                json!({"distinct": "block", "key": "project", "within": "10m", "where": {"status": "fail"},
                    "limits": [{"above": 1, "severity": "error"}], "emit": {"type": "run.failing", "subject": "{key}",
                    "blocks": "{count}", "text": "{count} blocks of {key} failed"}}),
            ),
            "match" => (
                "type:build",
                json!({"key": "block", "where": {"status": "fail"}, "resolve": {"field": "status", "equals": "good"},
                    "severity": "error", "title": "{block} failed"}),
            ),
            _ => ("type:order", json!({})),
        }
    }

    fn traffic(&mut self) {
        // Some hours are busy, and most are not.
        let pause_max = *self.dice.pick(&[200, 500, 900]);
        let mut second = 30;
        while second < FAULTS_S {
            second += self.dice.within(1..=pause_max);
            let burst = if self.dice.percent(6) { self.dice.within(4..=10) } else { 1 };
            for _ in 0..burst {
                let events = (0..self.dice.within(1..=2)).map(|_| self.event(second)).collect();
                self.at(second, Action::Send(events));
                self.requests += 1;
            }
            if self.dice.percent(10) {
                let earlier = self.dice.below(self.requests.max(1) as u64) as usize;
                self.at(second + 1, Action::SendAgain(earlier));
            }
        }
    }

    fn event(&mut self, second: i64) -> Value {
        self.events += 1;
        let mut event = match self.dice.below(20) {
            0..8 => json!({"type": "alive", "subject": self.dice.pick(&HOSTS)}),
            8..13 => {
                json!({"type": "disk", "subject": self.dice.pick(&HOSTS), "percent": self.dice.within(60..=100)})
            }
            13..18 => json!({"type": "build", "project": "vr0", "block": self.dice.pick(&BLOCKS),
                "status": self.dice.pick(&["good", "fail", "fail"])}),
            _ => self.order(),
        };
        event["id"] = json!(format!("e{}", self.events));
        event["source"] = json!(SOURCE);
        if self.dice.percent(10) {
            let late = self.dice.within(60..=7200);
            event["time"] = json!(BEGIN.plus_s(second - late).to_string());
        }
        event
    }

    /// What one handler is told to do, which may be no good.
    fn order(&mut self) -> Value {
        let (key, ms) = (format!("k{}", self.dice.below(4)), self.dice.within(1_000..=300_000));
        let deed = match self.dice.below(20) {
            0..6 => "note",
            6..11 => "alert",
            11..16 => "wake",
            16..18 => "emit",
            18 => "trap",
            _ => "fail",
        };
        json!({"type": "order", "do": deed, "key": key, "ms": ms})
    }

    fn changes(&mut self) {
        for _ in 0..self.dice.within(2..=6) {
            let (second, person) = (self.some_time(), *self.dice.pick(&PEOPLE));
            let number = self.dice.within(0..=3);
            let ask = match self.dice.below(8) {
                0..3 => self.subscribe(person, number),
                3..5 => {
                    let kind = *self.dice.pick(&["threshold", "absence", "match"]);
                    let (_, config) = self.of_kind(kind);
                    Ask::Edit { person, name: format!("{kind}{number}"), config }
                }
                5..7 => {
                    let name =
                        format!("{}{number}", self.dice.pick(&["threshold", "change", "match", "absence"]));
                    let back = second + self.dice.within(30..=600);
                    self.at(back, Action::Ask(Ask::Switch { person, name: name.clone(), on: true }));
                    Ask::Switch { person, name, on: false }
                }
                _ => {
                    let name =
                        format!("{}{number}", self.dice.pick(&["threshold", "change", "match", "wayward"]));
                    Ask::Unsubscribe { person, name }
                }
            };
            self.at(second, Action::Ask(ask));
        }
        if self.dice.percent(30) {
            let to = self.dice.percent(50).then_some("ann");
            let second = self.some_time();
            self.at(second, Action::Ask(Ask::Leave { person: "cat", to }));
        }
    }

    fn faults(&mut self) {
        for _ in 0..self.dice.within(1..=4) {
            let (second, lasts) = (self.some_time(), self.dice.within(30..=900));
            let weather = if self.dice.percent(70) { Weather::Foul } else { Weather::Down };
            self.at(second, Action::Weather(weather));
            self.at(second + lasts, Action::Weather(Weather::Fair));
        }
        for _ in 0..self.dice.within(1..=3) {
            let second = self.some_time();
            let crash = Crash {
                power_cut: self.dice.percent(50),
                turns: self.dice.below(60) as usize,
                in_step: self.dice.percent(50),
                away_s: if self.dice.percent(50) {
                    self.dice.within(0..=2)
                } else {
                    self.dice.within(3..=600)
                },
            };
            // So that something is under way.
            for _ in 0..self.dice.within(0..=4) {
                let events = vec![self.event(second)];
                let at = BEGIN.plus_s(second);
                self.script.push((at, Action::Send(events)));
            }
            self.script.push((BEGIN.plus_s(second), Action::Crash(crash)));
        }
        if self.dice.percent(30) {
            let (second, away_s) = (self.some_time(), self.dice.within(0..=600));
            self.at(second, Action::Restart { away_s });
        }
        if self.dice.percent(40) {
            let (second, lasts) = (self.some_time(), self.dice.within(5..=240));
            let room = self.dice.below(3000);
            self.at(second, Action::Room(Some(room)));
            self.at(second + lasts, Action::Room(None));
        }
        if self.dice.percent(30) {
            let (second, after) = (self.some_time(), self.dice.below(10));
            let lasting = self.dice.percent(50);
            self.at(second, Action::FailSync { after, lasting });
        }
        for _ in 0..self.dice.within(0..=2) {
            let (second, seconds) = (self.some_time(), self.dice.within(-600..=600));
            self.at(second, Action::Jump { seconds });
        }
    }
}
