//! Cron expressions: how they are read, and what they do where the clocks change.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use schedule::{Cron, Times, Zone};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The first runs after a moment, in UTC.
fn runs(zone: &str, cron: &str, after: &str, count: usize) -> Vec<String> {
    let (zone, cron) = (Zone::new(zone).unwrap(), Cron::parse(cron).unwrap());
    let mut t = at(after);
    let mut runs = Vec::new();
    while let Some(next) = cron.next_after(&zone, t).filter(|_| runs.len() < count) {
        runs.push(next.to_string());
        t = next;
    }
    runs
}

#[test]
fn expressions_mean_what_vixie_cron_makes_of_them() {
    // 2026-11-20 is a Friday.
    let cases: &[(&str, &[&str])] = &[
        ("0 9 * * 1", &["2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z"]),
        ("0 9 * * 0", &["2026-11-22T09:00:00Z"]),
        ("0 9 * * 7", &["2026-11-22T09:00:00Z", "2026-11-29T09:00:00Z"]),
        ("0 9 * * 1-5", &["2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z"]),
        ("0 9 * * mon-FRI", &["2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z"]),
        ("0 9 * * 6-7", &["2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-28T09:00:00Z"]),
        ("0 9 * * 7-1", &["2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-29T09:00:00Z"]),
        ("0 9 * * fri-sun/2", &["2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-27T09:00:00Z"]),
        // Both kinds of day restricted: either will do. A step on `*` restricts nothing.
        (
            "0 0 13 * FRI",
            &["2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"],
        ),
        ("0 0 */2 * mon", &["2026-11-23T00:00:00Z", "2026-12-07T00:00:00Z"]),
        ("0 22-2/2 * * *", &["2026-11-20T02:00:00Z", "2026-11-20T22:00:00Z", "2026-11-21T00:00:00Z"]),
        (
            "0 0 1 nov-feb *",
            &["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z", "2027-11-01T00:00:00Z"],
        ),
        ("0 0 29 2 *", &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("50/5 0 * * *", &["2026-11-20T00:50:00Z", "2026-11-20T00:55:00Z", "2026-11-21T00:50:00Z"]),
        (
            "*/20 30 6 * * ?",
            &["2026-11-20T06:30:00Z", "2026-11-20T06:30:20Z", "2026-11-20T06:30:40Z", "2026-11-21T06:30:00Z"],
        ),
    ];
    for (cron, expected) in cases {
        assert_eq!(runs("UTC", cron, "2026-11-20T00:00:00Z", expected.len()), *expected, "{cron}");
    }
}

#[test]
fn what_is_no_expression_is_refused_with_the_field_that_is_wrong() {
    let cases = [
        ("0 9 * *", "five fields"),
        ("0 0 9 * * 1 2026", "five fields"),
        ("@daily", "five fields"),
        ("60 9 * * *", "minute: `60` is no number from 0 to 59"),
        ("0 24 * * *", "hour: `24`"),
        ("0 9 0 * *", "day of the month: `0`"),
        ("0 9 * 13 *", "month: `13` is no number from 1 to 12, nor one of jan to dec"),
        ("0 9 * * 8", "day of the week: `8`"),
        ("0 9 * * funday", "day of the week: `funday`"),
        ("0/0 9 * * *", "minute: the step `0`"),
        ("H 9 * * *", "minute: `H`"),
        ("? 9 * * *", "minute: `?`"),
        ("+5 9 * * *", "minute: `+5`"),
        ("5, 9 * * *", "minute: ``"),
        ("0 0 31 2 *", "never comes"),
    ];
    for (text, part) in cases {
        let problem = Cron::parse(text).unwrap_err().to_string();
        assert!(problem.contains(part), "{text}: {problem}");
    }
}

#[test]
fn a_fixed_job_runs_once_on_each_day_that_changes_the_clocks() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        // Skipped hour: at the instant of the change, and only once.
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            "Europe/Berlin",
            "0,30 2-3 * * *",
            "2026-03-29T00:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
        ),
        (
            "Europe/Berlin",
            "45 1 * * *",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T00:45:00Z", "2026-03-29T23:45:00Z"],
        ),
        (
            "America/New_York",
            "15 2 * * *",
            "2026-03-08T00:00:00Z",
            &["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03T12:00:00Z",
            &["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"],
        ),
        (
            "Africa/Cairo",
            "0 0 * * *",
            "2026-04-23T12:00:00Z",
            &["2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"],
        ),
        (
            "Africa/Cairo",
            "0 9 * * 1-5",
            "2026-04-23T12:00:00Z",
            &["2026-04-24T06:00:00Z", "2026-04-27T06:00:00Z"],
        ),
        // Repeated hour: the first time only.
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        (
            "Europe/Berlin",
            "30 1-3 * * *",
            "2026-10-24T23:00:00Z",
            &["2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"],
        ),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:45:00Z", &["2026-10-26T01:30:00Z"]),
        (
            "America/New_York",
            "30 1 * * *",
            "2026-11-01T00:00:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04T12:00:00Z",
            &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        ),
        (
            "Africa/Cairo",
            "30 23 * * *",
            "2026-10-29T12:00:00Z",
            &["2026-10-29T20:30:00Z", "2026-10-30T21:30:00Z"],
        ),
        // Repeated by the last change on record, which lies behind that year's rule.
        (
            "America/Ciudad_Juarez",
            "30 23 * * *",
            "2022-11-29T12:00:00Z",
            &["2022-11-30T05:30:00Z", "2022-12-01T06:30:00Z"],
        ),
    ];
    for (zone, cron, after, expected) in cases {
        assert_eq!(runs(zone, cron, after, expected.len()), *expected, "{zone} {cron}");
    }
}

#[test]
fn a_wildcard_job_follows_the_wall_clock() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            "Europe/Berlin",
            "*/30 * * * *",
            "2026-03-29T00:15:00Z",
            &["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"],
        ),
        ("Europe/Berlin", "*/30 2 * * *", "2026-03-28T12:00:00Z", &["2026-03-30T00:00:00Z"]),
        (
            "Europe/Berlin",
            "*/30 2 * * *",
            "2026-10-25T00:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:00:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            "45 * * * *",
            "2026-04-04T14:00:00Z",
            &["2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"],
        ),
    ];
    for (zone, cron, after, expected) in cases {
        assert_eq!(runs(zone, cron, after, expected.len()), *expected, "{zone} {cron}");
    }
}

#[test]
fn times_are_daily_times_and_cron_expressions_together() {
    let berlin = Zone::new("Europe/Berlin").unwrap();
    let times = Times::parse(&["06:00", "30 12 * * 1-5"]).unwrap();
    let mut t = at("2026-11-20T00:00:00Z");
    let mut seen = Vec::new();
    for _ in 0..4 {
        t = times.next_after(&berlin, t).unwrap();
        seen.push(berlin.show(t));
    }
    assert_eq!(
        seen,
        ["2026-11-20 06:00 CET", "2026-11-20 12:30 CET", "2026-11-21 06:00 CET", "2026-11-22 06:00 CET"]
    );
    assert_eq!(times.to_string(), "06:00, 30 12 * * 1-5");
    for wrong in ["6:00", "24:00", "06:60", "06:00:00", "soon"] {
        assert!(Times::parse(&[wrong]).is_err(), "{wrong}");
    }
    assert!(Times::parse::<&str>(&[]).is_err());
}

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Kolkata",
    "America/Havana",
    "Atlantic/Azores",
    "Asia/Beirut",
];

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (2u32..=7).prop_map(|step| format!("*/{step}")),
        3 => (min..=max).prop_map(|v| v.to_string()),
        2 => (min..=max, min..=max).prop_map(|(a, b)| format!("{a}-{b}")),
        1 => (min..=max, min..=max).prop_map(|(a, b)| format!("{a},{b}")),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn runs_only_go_forward_and_a_fixed_job_runs_once_a_wall_day_at_most(
        zone in prop::sample::select(&ZONES[..]),
        minute in 0u32..60,
        hour in 0u32..24,
        start in 1_735_689_600i64..1_830_297_600,
    ) {
        let zone = Zone::new(zone).unwrap();
        let cron = Cron::parse(&format!("{minute} {hour} * * *")).unwrap();
        let mut t = Timestamp::from_second(start).unwrap();
        let mut day = None;
        for _ in 0..400 {
            let next = cron.next_after(&zone, t).unwrap();
            prop_assert!(next > t);
            let today = zone.local(next).date();
            if let Some(day) = day {
                // None is lost and none is doubled: each wall day has its run.
                prop_assert_eq!(today, jiff::civil::Date::tomorrow(day).unwrap());
            }
            (t, day) = (next, Some(today));
        }
    }

    #[test]
    fn the_answer_does_not_depend_on_where_one_stands_before_it(
        zone in prop::sample::select(&ZONES[..]),
        cron in expression(),
        start in 1_735_689_600i64..1_830_297_600,
        share in 0.0f64..1.0,
    ) {
        let zone = Zone::new(zone).unwrap();
        let cron = Cron::parse(&cron).unwrap();
        let t = Timestamp::from_second(start).unwrap();
        let next = cron.next_after(&zone, t).unwrap();
        prop_assert!(next > t);
        let between = start + ((next.as_second() - 1 - start) as f64 * share) as i64;
        prop_assert_eq!(cron.next_after(&zone, Timestamp::from_second(between).unwrap()), Some(next));
    }

    /// In UTC no clock is ever changed. Ranges that wrap are ours alone, and a step on `*`
    /// restricts the day for croner, but not for Vixie.
    #[test]
    fn where_no_clock_changes_croner_agrees(cron in expression(), start in 1_735_689_600i64..1_830_297_600) {
        let days: Vec<&str> = cron.split(' ').skip(2).step_by(2).collect();
        prop_assume!(!days.iter().any(|field| field.starts_with("*/")));
        let Ok(theirs) = cron.parse::<croner::Cron>() else { return Ok(()) };
        let ours = Cron::parse(&cron).unwrap();
        let mut t = Timestamp::from_second(start).unwrap();
        for _ in 0..5 {
            let from = chrono::DateTime::from_timestamp(t.as_second(), 0).unwrap();
            let expected = theirs.find_next_occurrence(&from, false).unwrap().timestamp();
            t = ours.next_after(&Zone::utc(), t).unwrap();
            prop_assert_eq!(t.as_second(), expected, "{}", cron);
        }
    }

    #[test]
    fn anything_at_all_is_read_or_refused(text in "[-0-9*/,? a-z!é]{0,40}") {
        let _ = Cron::parse(&text);
        let _ = Times::parse(&[text]);
    }
}
