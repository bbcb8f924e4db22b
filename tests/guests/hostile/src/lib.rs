//! A handler that does whatever misdeed its configuration names.

wit_bindgen::generate!({ path: "../../../wit", world: "handler" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::handling::{
    Alert, AlertItem, Condition, Guest as Handling, Outcome, Requirement, Trigger, Wake,
};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use tellify::plugin::log::{Level, log};
use tellify::plugin::state;
use tellify::plugin::types::{AlertState, Config, Error, NewEvent, Problem, RetryLater, Severity};

struct Hostile;
export!(Hostile);

const MIB: usize = 1 << 20;

impl Descriptor for Hostile {
    fn describe() -> Description {
        Description {
            name: "hostile".into(),
            version: "0".into(),
            title: "Hostile".into(),
            description: String::new(),
            config_schema: "true".into(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(_: String, _: String) -> Vec<Problem> {
        // State is for handling alone.
        state::get("anything").ok();
        Vec::new()
    }

    fn title(_: Config) -> String {
        "a\r\nb\u{2028}c".into()
    }

    fn summary(_: Config) -> String {
        "s".repeat(100_000)
    }
}

impl Handling for Hostile {
    fn required_fields(c: Config) -> Result<Vec<Requirement>, Error> {
        let condition = match c.data.trim_matches('"') {
            "no-json" => Condition::Equals(vec!["{".into()]),
            "no-scalar" => Condition::Equals(vec!["[1]".into()]),
            _ => Condition::AtLeast(f64::NAN),
        };
        Ok(vec![Requirement { field: "percent".into(), condition }])
    }

    fn handle(c: Config, _: f64, _: Trigger) -> Result<Outcome, Error> {
        // Every misdeed comes after a write that must not survive it.
        state::set("before", b"the misdeed", None).unwrap();
        misdeed(c.data.trim_matches('"'))
    }

    fn alert_text(_: Vec<AlertItem>) -> Option<String> {
        Some("t".repeat(2 * MIB))
    }

    fn alert_ascii(_: Vec<AlertItem>) -> Option<String> {
        None
    }

    fn alert_html(_: Vec<AlertItem>) -> Option<String> {
        None
    }
}

fn misdeed(name: &str) -> Result<Outcome, Error> {
    match name {
        "none" => Ok(outcome()),
        "remember" => {
            static CALLS: AtomicU32 = AtomicU32::new(0);
            Err(Error::Failed(format!("call {}", CALLS.fetch_add(1, Ordering::Relaxed))))
        }
        "peek" => {
            let kept = state::get("before").unwrap().unwrap_or_default();
            let keys = state::keys("", None, 10).unwrap();
            Err(Error::Failed(format!("{} {keys:?}", String::from_utf8_lossy(&kept))))
        }
        "spin" => loop {
            black_box(0);
        },
        "hog" => {
            let mut kept = Vec::new();
            loop {
                kept.push(black_box(vec![1u8; MIB]));
            }
        }
        "recurse" => Err(Error::Failed(format!("{}", recurse(black_box(1))))),
        "trap" => core::arch::wasm32::unreachable(),
        "panic" => {
            std::panic::set_hook(Box::new(|info| log(Level::Error, &format!("{info}"))));
            panic!("the guest's last words");
        }
        "log-flood" => {
            for i in 0..5_000 {
                log(Level::Info, &format!("{i} {}", "x".repeat(100)));
            }
            Ok(outcome())
        }
        "call-flood" => loop {
            log(Level::Debug, "");
        },
        "huge-string" => {
            log(Level::Info, &"x".repeat(8 * MIB));
            Ok(outcome())
        }
        "huge-value" => refused(state::set("value", &vec![0; 65 * 1024], None)),
        "huge-key" => refused(state::set(&"k".repeat(1_000), b"", None)),
        "fill-state" => {
            (0..).try_for_each(|i| state::set(&format!("k{i}"), &[0; 60_000], None)).unwrap_err();
            refused(state::set("one-more", &[0; 60_000], None))
        }
        "spray-keys" => {
            for i in 0..20_000 {
                state::set(&format!("k{i}"), &[], None).unwrap();
            }
            Ok(outcome())
        }
        "count-text" => refused(state::increment("before", 1.0, None)),
        "count-infinity" => refused(state::increment("n", f64::INFINITY, None)),
        "many-alerts" => Ok(Outcome { alerts: vec![alert("{}"); 1_001], ..outcome() }),
        "many-events" => Ok(Outcome { events: vec![event("e"); 1_001], ..outcome() }),
        "large-output" => {
            let data = format!("\"{}\"", "x".repeat(700_000));
            Ok(Outcome { alerts: vec![alert(&data), alert(&data)], ..outcome() })
        }
        "flood-output" => Ok(Outcome { alerts: vec![alert(&"x".repeat(8 * MIB))], ..outcome() }),
        "deep-json" => {
            Ok(Outcome { alerts: vec![alert(&format!("{}{}", "[".repeat(40), "]".repeat(40)))], ..outcome() })
        }
        "deeper-json" => {
            let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            Ok(Outcome { alerts: vec![alert(&deep)], ..outcome() })
        }
        "no-json" => Ok(Outcome { alerts: vec![alert("{")], ..outcome() }),
        "endless-number" => Ok(Outcome { alerts: vec![alert("1e400")], ..outcome() }),
        "long-key" => {
            Ok(Outcome { alerts: vec![Alert { key: "k\n".repeat(600), ..alert("{}") }], ..outcome() })
        }
        "forge" => Ok(Outcome { events: vec![event("tellify.check.missed")], ..outcome() }),
        "no-type" => Ok(Outcome { events: vec![event("")], ..outcome() }),
        "broken-type" => Ok(Outcome { events: vec![event("a\r\nb")], ..outcome() }),
        "far-time" => Ok(Outcome { events: vec![NewEvent { time: Some(9e12), ..event("e") }], ..outcome() }),
        "nan-time" => {
            Ok(Outcome { events: vec![NewEvent { time: Some(f64::NAN), ..event("e") }], ..outcome() })
        }
        "many-tags" => {
            Ok(Outcome { events: vec![NewEvent { tags: vec!["t".into(); 65], ..event("e") }], ..outcome() })
        }
        "large-event" => {
            Ok(Outcome { events: vec![NewEvent { text: "x".repeat(300_000), ..event("e") }], ..outcome() })
        }
        "nan-wake" => Ok(Outcome { wake: Wake::At(f64::NAN), ..outcome() }),
        "late-wake" => Ok(Outcome { wake: Wake::At(1e300), ..outcome() }),
        "bad-config" => Err(Error::BadConfig("never".into())),
        "retry" => Err(Error::Retry(RetryLater { after_ms: Some(5), reason: "not now".into() })),
        other => Err(Error::Failed(format!("no such misdeed: {other}"))),
    }
}

fn recurse(n: u64) -> u64 {
    if black_box(n) == 0 { 0 } else { black_box(recurse(n + 1)) + 1 }
}

fn refused<T>(result: Result<T, state::StateError>) -> Result<Outcome, Error> {
    Err(Error::Failed(format!("{:?}", result.map(|_| "taken"))))
}

fn outcome() -> Outcome {
    Outcome { alerts: vec![], events: vec![], wake: Wake::Keep }
}

fn alert(data: &str) -> Alert {
    Alert {
        key: "k".into(),
        state: AlertState::Note,
        severity: Severity::Info,
        title: "t".into(),
        data: data.into(),
    }
}

fn event(kind: &str) -> NewEvent {
    NewEvent {
        kind: kind.into(),
        source: None,
        subject: None,
        time: None,
        severity: None,
        effect: None,
        origin: None,
        tags: vec![],
        text: String::new(),
        data: "{}".into(),
        dedupe_key: None,
    }
}
