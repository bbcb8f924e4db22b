//! Styles: what is refused and where, what is warned of, and what a preview says.
#![allow(clippy::unwrap_used)]

use digest::{Case, Rules, StyleParts, StyleProblem, preview, styles_from_toml};
use event::{AlertState, Name, Severity};
use schedule::Zone;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn compile(parts: StyleParts) -> Result<Rules, StyleProblem> {
    Rules::compile(&parts.for_person(name("alice")), &Zone::new("Europe/Berlin").unwrap())
}

/// The rules of `[style.s]` with this body.
fn rules(body: &str) -> Result<Rules, StyleProblem> {
    compile(styles_from_toml(&format!("[style.s]\n{body}"))?.remove(0))
}

#[test]
fn what_cannot_be_is_refused_at_its_place() {
    let cases = [
        ("", "band: a style needs a band"),
        ("zone = '+01:00'\n[[style.s.band]]\nchannels=['inbox']", "zone: `+01:00` is an offset"),
        (
            "windows = {work = 'Mo-Fr 06:00-19:00 !holiday'}\n[[style.s.band]]\nchannels=['inbox']",
            "windows.work: `holiday` needs a calendar, and calendars are not supported yet",
        ),
        ("[[style.s.band]]\nwait = '1m'", "band[0].channels: no address"),
        ("[[style.s.band]]\nchannels=['a b']", "band[0].channels[0]: `a b` is no name"),
        (
            "[[style.s.band]]\nchannels=['inbox']\nseverity = '>=bad'",
            "band[0].severity: `bad` is no severity: use one of debug, info, notice",
        ),
        ("[[style.s.band]]\nchannels=['inbox']\nstate = 'open'", "use one of firing, resolved, note"),
        (
            "windows = {work = 'Mo', rest = 'Su'}\n[[style.s.band]]\nchannels=['inbox']\nwhen = '!wrk'",
            "the windows of this style are rest, work",
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\nwhen = 'work'",
            "band[0].when: `work` in a window is neither a day",
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\n[[style.s.band]]\nchannels=['inbox']\nwait = 'soon'",
            "band[1].wait: `soon` is no duration",
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\nwait = '5m'\nmax_wait='1m'",
            "band[0].max_wait: it is shorter",
        ),
        ("[[style.s.band]]\nchannels=['inbox']\nextend = '5m'", "band[0].extend: it needs `max_wait`"),
        (
            "[[style.s.band]]\nchannels=['inbox']\nfirst = 'later'",
            "`later` is not known: use one of now, wait",
        ),
        ("[[style.s.band]]\nchannels=['inbox']\nlookback = '5m'", "band[0].lookback: it has no use"),
        ("[[style.s.band]]\nchannels=['inbox']\nmax_items = 0", "band[0].max_items"),
        ("[[style.s.band]]\nchannels=['inbox']\ndigest = '6:00'", "band[0].digest: `6:00` is no time of day"),
        (
            "[[style.s.band]]\nchannels=['inbox']\ndigest = '06:00'\nwait = '1m'",
            "band[0].wait: it has no use in a band with digest times",
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\nmode = 'hold'\ndigest = '06:00'\nfirst = 'now'",
            "band[0].first: it has no use in a band that holds",
        ),
        ("[[style.s.band]]\nchannels=['inbox']\non_release = 'all'", "band[0].on_release: it has no use"),
        (
            "[[style.s.band]]\nchannels=['inbox']\ndigest='06:00'\non_release = 'some'",
            "use one of summary, firing, all",
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\nmode = 'drop'",
            "band[0].channels: it has no use in a band that drops",
        ),
        ("[[style.s.band]]\nchannels=['inbox']\ngroup_by = ['a..b']", "band[0].group_by[0]"),
        (
            "[[style.s.band]]\nchannels=['inbox']\nmode = 'hold'",
            "band[0].mode: it would keep debug alerts for ever",
        ),
    ];
    for (body, part) in cases {
        let problem = rules(body).unwrap_err().to_string();
        assert!(problem.contains(part), "{body}\n{problem}");
    }
}

#[test]
fn a_file_is_refused_with_line_and_column() {
    let cases = [
        ("[style.s\n", "line 1, column "),
        ("[style.s]\nzone = 5\n", "line 2, column 8: invalid type"),
        ("", "line 1, column 1: the file holds no style"),
        ("[styl.s]\n", "line 1, column 2: `styl` is not known here: use style"),
        ("[style.s]\ncalendars = ['x']\n", "line 2, column 1: `calendars` is not supported yet"),
        (
            "[style.s]\n[[style.s.band]]\nrepeat = {every = '15m'}\n",
            "line 3, column 1: `repeat` is not supported yet",
        ),
        ("[style.s]\n[[style.s.band]]\nescalate = []\n", "`escalate` is not supported yet"),
        ("[style.s]\n[[style.s.band]]\npierce = 'bucket'\n", "`pierce` is not supported yet"),
        ("[style.s]\n[[style.s.band]]\nsend_empty = true\n", "`send_empty` is not supported yet"),
        (
            "[style.s]\n[[style.s.band]]\nchanels = []\n",
            "line 3, column 1: `chanels` is not known here: use severity, ",
        ),
        ("[style.'a b']\n", "`a b` is no name"),
        ("[style.s]\n[[style.s.band]]\nmode = 'keep'\n", "line 3, column 8"),
    ];
    for (text, part) in cases {
        let problem = styles_from_toml(text).unwrap_err().to_string();
        assert!(problem.contains(part), "{text}\n{problem}");
    }
}

#[test]
fn a_file_may_hold_several_styles() {
    let text = "[style.day]\ndefault = true\n[[style.day.band]]\nchannels = ['inbox', 'mail']\n\
                [style.night]\nzone = 'UTC'\n[[style.night.band]]\nchannels = ['mail', 'phone']\ndigest = '06:00'\n";
    let styles = styles_from_toml(text).unwrap();
    let names: Vec<_> = styles.iter().map(|style| (style.name.as_str(), style.default)).collect();
    assert_eq!(names, [("day", true), ("night", false)]);
    let night = compile(styles[1].clone()).unwrap();
    assert_eq!(night.addresses(), [&name("mail"), &name("phone")]);
    assert_eq!(night.zone().name(), "UTC");
}

#[test]
fn what_the_owner_may_have_overlooked_is_a_warning() {
    let cases: &[(&str, &[&str])] = &[
        ("[[style.s.band]]\nchannels=['inbox']", &[]),
        (
            "[[style.s.band]]\nchannels=['inbox']\nwhen = 'Mo-Fr 06:00-19:00'\nseverity = '>=error'",
            &[
                "no band tells of firing alerts of severity debug, info, notice, warning: they go to the inbox",
                "at times no band takes firing alerts of severity error, critical (such as Mon 01:00): they wait until one does",
                "no band tells of note alerts of severity debug, info, notice, warning: they go to the inbox",
                "at times no band takes note alerts of severity error, critical (such as Mon 01:00): they wait until one does",
            ],
        ),
        (
            "[[style.s.band]]\nchannels=['inbox']\n[[style.s.band]]\nchannels=['mail']",
            &["band 2 never takes an alert: the bands before it take them all, or its times never come"],
        ),
        ("[[style.s.band]]\nmode='drop'\nwhen='19:00-06:00'\n[[style.s.band]]\nchannels=['mail']", &[]),
    ];
    for (body, expected) in cases {
        assert_eq!(rules(body).unwrap().warnings(), *expected, "{body}");
    }
}

#[test]
fn the_built_in_style_tells_inbox_and_mail() {
    assert_eq!(Rules::built_in(true).addresses(), [&name("inbox"), &name("mail")]);
    assert_eq!(Rules::built_in(false).addresses(), [&name("inbox")]);
    assert!(Rules::built_in(true).warnings().is_empty());
}

#[test]
fn a_preview_says_where_and_when() {
    let style = "windows = {work = 'Mo-Fr 06:00-19:00'}\n\
        [[style.s.band]]\nseverity = '>=critical'\nwhen = '!work'\nchannels = ['phone', 'gone']\nwait = '0s'\n\
        [[style.s.band]]\nwhen = 'work'\nchannels = ['mail']\n\
        [[style.s.band]]\nmode = 'hold'\ndigest = '06:00'\nchannels = ['inbox']\n";
    let addresses = ["inbox", "mail", "phone"].map(name);
    let lines = |severity, now: &str| -> Vec<String> {
        let case = Case { severity, state: AlertState::Firing };
        let lines = preview(&rules(style).unwrap(), &addresses, case, now.parse().unwrap());
        lines.into_iter().map(|line| line.text).collect()
    };
    assert_eq!(
        lines(Severity::Critical, "2026-11-20T19:00:00Z"),
        [
            "band 1: phone at 2026-11-20 20:00 CET (wait 0s)",
            "band 1: inbox at 2026-11-20 20:00 CET (wait 0s); there is no address gone: to the inbox instead",
            "band 2: mail from 2026-11-23 06:00 CET on (wait 1m)",
        ]
    );
    assert_eq!(
        lines(Severity::Warning, "2026-11-20T10:00:00Z"),
        [
            "band 2: mail at 2026-11-20 11:01 CET (wait 1m)",
            "band 3: inbox from 2026-11-20 19:00 CET on (hold until 06:00)",
        ]
    );
}
