//! What people hear of their alerts, and when: scripts in, messages out.
#![allow(clippy::unwrap_used)]

mod desk;

use desk::scenarios::{NORMAL, SCENARIOS};
use desk::{Desk, at, name};
use event::{Severity, Timestamp, ToldState};
use proptest::prelude::*;

fn moment(day_and_time: &str) -> Timestamp {
    at(&format!("2026-11-{day_and_time}"))
}

#[test]
fn people_hear_what_their_style_says() {
    for scenario in SCENARIOS {
        let mut desk = Desk::new(scenario.style);
        for (time, what) in scenario.script {
            desk.act(moment(time), what);
        }
        assert_eq!(desk.heard, scenario.heard, "{}", scenario.name);
    }
}

#[test]
fn every_decision_has_its_reason() {
    let cases = [
        ("20 10:00", "fire a warning", "band 2 of style s: wait 1m"),
        ("20 20:00", "fire a warning", "band 3 of style s: hold until 06:00"),
        ("20 20:00", "fire a critical", "band 1 of style s: wait 0s"),
    ];
    for (time, what, reason) in cases {
        let mut desk = Desk::new(NORMAL);
        desk.act(moment(time), what);
        assert_eq!(desk.last.unwrap().placements[0].reason, reason, "{what} at {time}");
    }
    let mut desk = Desk::new(NORMAL);
    desk.addresses = vec![name("inbox")];
    desk.act(moment("20 10:00"), "fire a warning");
    let reason = "band 2 of style s: wait 1m; there is no address chat: to the inbox instead";
    assert_eq!(desk.last.unwrap().placements[0].reason, reason);
}

#[test]
fn who_could_not_be_told_of_the_problem_is_not_told_of_its_end() {
    let mut desk = Desk::new(NORMAL);
    desk.fate = ToldState::Undeliverable;
    desk.act(moment("20 10:00"), "fire a warning");
    desk.act(moment("20 11:00"), "resolve a");
    assert_eq!(desk.last.as_ref().unwrap().silence.as_deref(), Some("nobody was told of the problem"));
}

#[test]
fn who_is_about_to_be_told_is_told_of_the_end_too() {
    let mut desk = Desk::new(NORMAL);
    desk.fate = ToldState::Sealed;
    desk.act(moment("20 10:00"), "fire a warning");
    desk.act(moment("20 11:00"), "resolve a");
    assert_eq!(desk.last.unwrap().placements.len(), 1);
}

#[test]
fn an_address_that_was_removed_hears_nothing_more() {
    let mut desk = Desk::new(NORMAL);
    desk.act(moment("20 10:00"), "fire a warning");
    desk.act(moment("20 10:30"), "look");
    desk.addresses.retain(|address| *address != name("chat"));
    desk.act(moment("20 11:00"), "resolve a");
    desk.act(moment("20 12:00"), "look");
    assert_eq!(desk.heard.len(), 1);
}

#[test]
fn a_clock_that_steps_back_delays_nothing_for_ever() {
    let mut desk = Desk::new(NORMAL);
    desk.act(moment("20 10:00"), "fire a warning");
    desk.act(moment("20 09:00"), "fire b warning");
    desk.act(moment("20 10:02"), "look");
    assert_eq!(desk.heard, ["11-20 09:01 chat: a firing warning (fired), b firing warning (fired)"]);
}

const STYLES: [&str; 4] = [
    NORMAL,
    r#"
    [style.s]
    [[style.s.band]]
    state = "resolved"
    when = "06:00-22:00"
    channels = ["mail"]
    [[style.s.band]]
    severity = ">=error"
    channels = ["phone", "chat"]
    first = "now"
    lookback = "10m"
    [[style.s.band]]
    when = "Mo-Fr 08:00-17:00"
    channels = ["chat", "gone"]
    digest = ["09:00", "*/30 * * * *"]
    on_release = "all"
    "#,
    r#"
    [style.s]
    [[style.s.band]]
    severity = "<=info"
    mode = "hold"
    digest = "06:00"
    on_release = "firing"
    channels = ["mail"]
    [[style.s.band]]
    severity = "<=error"
    channels = ["inbox", "mail"]
    group_by = ["severity"]
    extend = "30s"
    max_wait = "3m"
    "#,
    r#"
    [style.s]
    [[style.s.band]]
    when = "19:00-06:00"
    mode = "hold"
    channels = ["mail"]
    [[style.s.band]]
    severity = ">=warning"
    channels = ["phone"]
    wait = "0s"
    "#,
];

#[derive(Clone, Debug)]
struct Step {
    pause_s: i64,
    key: usize,
    severity: Severity,
    resolve: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![3 => 0i64..120, 2 => 120i64..7200, 1 => 7200i64..90_000];
    (pause, 0usize..3, prop::sample::select(Severity::ALL), prop::bool::weighted(0.35))
        .prop_map(|(pause_s, key, severity, resolve)| Step { pause_s, key, severity, resolve })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nobody_is_left_in_the_dark_and_nobody_hears_an_end_twice(
        style in prop::sample::select(&STYLES[..]),
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let mut desk = Desk::new(style);
        let mut now = moment("20 16:30");
        let mut open = [None; 3];
        for step in steps {
            now = now.plus_s(step.pause_s);
            let (key, severity) = (["a", "b", "c"][step.key], step.severity);
            let verb = match (open[step.key], step.resolve) {
                (None, true) => continue,
                (None, false) => "fire",
                (Some(_), true) => "resolve",
                (Some(before), false) if severity > before => "worsen",
                (Some(before), false) if severity < before => "ease",
                (Some(_), false) => continue,
            };
            let severity = if verb == "resolve" { open[step.key].unwrap() } else { severity };
            open[step.key] = (verb != "resolve").then_some(severity);
            desk.act(now, &format!("{verb} {key} {severity}"));
            if verb == "fire" || verb == "worsen" {
                prop_assert!(desk.last.as_ref().unwrap().placements.iter().all(|p| p.due >= now.plus_s(-1)));
                prop_assert!(desk.last.as_ref().unwrap().silence.as_ref().is_none_or(|s| s.contains("know that already")));
            }
        }
        desk.run_until(now.plus_s(20 * 86_400));
        prop_assert!(desk.placed.is_empty() && desk.buckets.is_empty(), "all that was placed is told");
        for alert in desk.alerts.values() {
            let told: Vec<_> = desk.told.iter().filter(|told| told.alert == alert.id).collect();
            if alert.state == event::AlertState::Firing {
                prop_assert!(!told.is_empty(), "{} fires, and nobody knows", alert.key);
            }
        }
        for (i, line) in desk.heard.iter().enumerate() {
            prop_assert!(line.contains(": "), "message {} is empty: {}", i, line);
        }
        recoveries_are_told_once(&desk, style.contains("resolved"))?;
    }
}

/// By the default rule, each address that heard of a problem ends knowing that it is over.
fn recoveries_are_told_once(desk: &Desk, has_own_band: bool) -> Result<(), TestCaseError> {
    for told in desk.told.iter().filter(|_| !has_own_band) {
        let alert = &desk.alerts[&told.alert];
        prop_assert_eq!(told.alert_state, alert.state, "{} at {}", alert.key, told.address);
    }
    for told in &desk.told {
        let key = &desk.alerts[&told.alert].key;
        let ends = desk.heard.iter().filter(|line| {
            line.contains(&format!(" {}: ", told.address)) && line.contains(&format!("{key} resolved"))
        });
        let lives = desk.alerts.values().filter(|alert| alert.key == *key).count();
        prop_assert!(ends.count() <= lives, "{} hears an end twice", told.address);
    }
    Ok(())
}
