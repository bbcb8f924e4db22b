//! Windows, zones and durations.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use schedule::{Duration, Window, Zone};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_window_holds_the_moments_that_its_text_names() {
    // 2026-11-20 is a Friday; Berlin is one hour ahead of UTC.
    let cases = [
        ("Mo-Fr 06:00-19:00", "2026-11-20T05:00:00Z", true),
        ("Mo-Fr 06:00-19:00", "2026-11-20T04:59:59.999Z", false),
        ("Mo-Fr 06:00-19:00", "2026-11-20T17:59:59.999Z", true),
        ("Mo-Fr 06:00-19:00", "2026-11-20T18:00:00Z", false),
        ("Mo-Fr 06:00-19:00", "2026-11-21T12:00:00Z", false),
        ("19:00-06:00", "2026-11-21T04:59:00Z", true),
        ("19:00-06:00", "2026-11-21T05:00:00Z", false),
        // Past midnight it still belongs to the day on which it began.
        ("Fr 22:00-06:00", "2026-11-21T04:00:00Z", true),
        ("Fr 22:00-06:00", "2026-11-20T04:00:00Z", false),
        ("Su 22:00-06:00", "2026-11-23T04:00:00Z", true),
        ("Sa,Su", "2026-11-21T12:00:00Z", true),
        ("Sa-Su; Fr 12:00-13:00", "2026-11-20T11:30:00Z", true),
        ("Fr-Mo", "2026-11-22T11:30:00Z", true),
        ("Fr-Mo", "2026-11-24T11:30:00Z", false),
        ("Mo,Fr 06:00-12:00,13:00-19:00", "2026-11-20T11:30:00Z", false),
        ("Mo,Fr 06:00-12:00,13:00-19:00", "2026-11-20T12:30:00Z", true),
        ("Mo-Th 08:00-17:00, Fr 08:00-13:00", "2026-11-20T13:00:00Z", false),
        ("Mo-Th 08:00-17:00, Fr 08:00-13:00", "2026-11-19T13:00:00Z", true),
        ("friday 8:00-24:00", "2026-11-20T22:59:00Z", true),
        ("friday 8:00-24:00", "2026-11-20T23:00:00Z", false),
    ];
    let berlin = Zone::new("Europe/Berlin").unwrap();
    for (text, t, expected) in cases {
        let window = Window::parse(text).unwrap();
        assert_eq!(window.contains(&berlin, at(t)), expected, "{text} at {t}");
    }
}

#[test]
fn a_window_that_is_not_understood_names_the_piece() {
    let cases = [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("Mo-Fr 06:00-19:00 !holiday", "calendars are not supported yet"),
        ("Mo-Xy 06:00-19:00", "`Mo-Xy`"),
        ("M 06:00-19:00", "`M`"),
        ("work", "`work` in a window is neither a day"),
        ("06:00", "is no range"),
        ("06:00-25:00", "no time from 00:00 to 24:00"),
        ("06:00-19:60", "no time from 00:00 to 24:00"),
        ("06:00-06:00", "the whole day is 00:00-24:00"),
        ("24:00-06:00", "00:00 of the next day"),
        ("006:00-19:00", "no time"),
        ("+6:00-19:00", "no time"),
    ];
    for (text, part) in cases {
        let problem = Window::parse(text).unwrap_err().to_string();
        assert!(problem.contains(part), "{text}: {problem}");
    }
}

#[test]
fn the_next_change_is_the_end_of_an_open_window_or_the_start_of_the_next() {
    let cases = [
        ("Europe/Berlin", "Mo-Fr 06:00-19:00", "2026-11-20T10:00:00Z", Some("2026-11-20T18:00:00Z")),
        ("Europe/Berlin", "Mo-Fr 06:00-19:00", "2026-11-20T18:00:00Z", Some("2026-11-23T05:00:00Z")),
        ("Europe/Berlin", "Mo-Fr 06:00-19:00", "2026-11-20T05:00:00Z", Some("2026-11-20T18:00:00Z")),
        // Neighbours are one: what touches does not change.
        ("Europe/Berlin", "Fr; Sa 00:00-12:00", "2026-11-20T10:00:00Z", Some("2026-11-21T11:00:00Z")),
        ("Europe/Berlin", "Mo-Su", "2026-11-20T10:00:00Z", None),
        ("Europe/Berlin", "19:00-06:00", "2026-03-28T23:00:00Z", Some("2026-03-29T04:00:00Z")),
        // Skipped hour: what would start in it starts with the change; what lies in it never comes.
        ("Europe/Berlin", "Su 02:30-06:00", "2026-03-28T23:00:00Z", Some("2026-03-29T01:00:00Z")),
        ("Europe/Berlin", "Su 01:00-02:30", "2026-03-29T00:30:00Z", Some("2026-03-29T01:00:00Z")),
        ("Europe/Berlin", "Su 02:00-03:00", "2026-03-23T00:00:00Z", Some("2026-04-05T00:00:00Z")),
        ("America/New_York", "Su 02:15-02:45", "2026-03-07T12:00:00Z", Some("2026-03-15T06:15:00Z")),
        ("Australia/Lord_Howe", "02:00-02:30", "2026-10-03T13:00:00Z", Some("2026-10-04T15:00:00Z")),
        ("Africa/Cairo", "Fr 00:00-02:00", "2026-04-23T12:00:00Z", Some("2026-04-23T22:00:00Z")),
        // Repeated hour: a range covers what the clock shows, both times.
        ("Europe/Berlin", "Su 02:00-03:00", "2026-10-25T00:30:00Z", Some("2026-10-25T02:00:00Z")),
        ("Europe/Berlin", "Su 02:30-06:00", "2026-10-25T00:30:00Z", Some("2026-10-25T01:00:00Z")),
        ("Europe/Berlin", "Su 02:30-06:00", "2026-10-25T01:00:00Z", Some("2026-10-25T01:30:00Z")),
        ("America/New_York", "01:00-01:30", "2026-11-01T05:30:00Z", Some("2026-11-01T06:00:00Z")),
        ("Africa/Cairo", "Th 23:00-24:00", "2026-10-29T20:30:00Z", Some("2026-10-29T22:00:00Z")),
    ];
    for (zone, text, t, expected) in cases {
        let (zone, window) = (Zone::new(zone).unwrap(), Window::parse(text).unwrap());
        assert_eq!(window.next_change(&zone, at(t)), expected.map(at), "{text} in {zone} after {t}");
    }
}

#[test]
fn a_zone_is_a_name_of_the_iana_database_and_never_an_offset() {
    for (written, name) in
        [("Europe/Berlin", "Europe/Berlin"), ("america/new_york", "America/New_York"), ("UTC", "UTC")]
    {
        assert_eq!(Zone::new(written).unwrap().to_string(), name);
    }
    for offset in ["+01:00", "-0500", "UTC+1", "GMT-3", "+1", "Z"] {
        let problem = Zone::new(offset).unwrap_err().to_string();
        assert!(problem.contains("daylight saving"), "{offset}: {problem}");
    }
    for unknown in ["", "Mars/Olympus", "Europe/Berlin\r\nBcc: x", "../etc/passwd", "local"] {
        let problem = Zone::new(unknown).unwrap_err().to_string();
        assert!(problem.contains("IANA") && !problem.contains(char::is_control), "{unknown}: {problem}");
    }
}

#[test]
fn a_duration_is_written_in_falling_units() {
    for (text, ms, shown) in [
        ("90s", 90_000, "1m30s"),
        ("1m", 60_000, "1m"),
        ("1h30m", 5_400_000, "1h30m"),
        ("2d", 172_800_000, "2d"),
        ("0s", 0, "0s"),
        ("250ms", 250, "250ms"),
        ("1m5ms", 60_005, "1m5ms"),
    ] {
        let duration: Duration = text.parse().unwrap();
        assert_eq!((duration.as_ms(), duration.to_string().as_str()), (ms, shown), "{text}");
    }
    for wrong in
        ["", "5", "m", "-1m", "1.5h", "30m1h", "1m1m", "1 m", "1w", "1M", "99999999999999999999s", "4000d"]
    {
        assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
    }
}

const TEXTS: [&str; 8] = [
    "Mo-Fr 06:00-19:00",
    "19:00-06:00",
    "Su 01:00-02:30, 02:45-04:00",
    "Sa,Su; Mo 00:00-06:00",
    "23:30-00:30",
    "00:00-01:00",
    "Th,Fr 22:15-02:15",
    "01:30-02:00",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The model asks the window at every quarter of an hour: all its ends lie on one.
    #[test]
    fn nothing_changes_before_the_next_change(
        zone in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana",
        ]),
        text in prop::sample::select(&TEXTS[..]),
        start in 1_950_000i64..2_010_000,
    ) {
        let (zone, window) = (Zone::new(zone).unwrap(), Window::parse(text).unwrap());
        let quarter = |n: i64| Timestamp::from_second(n * 900).unwrap();
        let open = window.contains(&zone, quarter(start));
        let model = (start + 1..).map(quarter).find(|t| window.contains(&zone, *t) != open);
        prop_assert_eq!(window.next_change(&zone, quarter(start)), model);
    }

    #[test]
    fn a_duration_reads_back_what_it_shows(s in 0u32..=300_000_000) {
        let duration = Duration::from_s(s);
        prop_assert_eq!(duration.to_string().parse::<Duration>().unwrap(), duration);
    }

    #[test]
    fn anything_at_all_is_a_window_or_refused(text in "[-0-9:;, MoFrSa!é]{0,40}") {
        let _ = Window::parse(&text);
    }
}
