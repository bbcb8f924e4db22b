//! Styles, what happens under them, and what is heard: the table of `plan.rs`.

/// Work hours go to chat; critical things pierce the night; the rest waits until six.
pub(crate) const NORMAL: &str = r#"
[style.s]
windows = {work = "Mo-Fr 06:00-19:00"}
[[style.s.band]]
severity = ">=critical"
when = "!work"
channels = ["phone", "mail"]
wait = "0s"
[[style.s.band]]
when = "work"
channels = ["chat"]
wait = "1m"
[[style.s.band]]
mode = "hold"
digest = "06:00"
channels = ["mail"]
"#;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) style: &'static str,
    /// Berlin time in November 2026, where the 20th is a Friday.
    pub(crate) script: &'static [(&'static str, &'static str)],
    pub(crate) heard: &'static [&'static str],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "in work hours chat hears after a minute, and of several things at once",
        style: NORMAL,
        script: &[("20 10:00", "fire a warning"), ("20 10:00:30", "fire b critical"), ("20 10:05", "look")],
        heard: &["11-20 10:01 chat: a firing warning (fired), b firing critical (fired)"],
    },
    Scenario {
        name: "what comes at 18:59 is told before the night begins",
        style: NORMAL,
        script: &[("20 18:59:30", "fire a warning"), ("21 12:00", "look")],
        heard: &["11-20 19:00 chat: a firing warning (fired)"],
    },
    Scenario {
        name: "at night and on the weekend the rest waits until six",
        style: NORMAL,
        script: &[
            ("20 19:00", "fire a warning"),
            ("21 03:00", "fire b warning"),
            ("21 07:00", "fire c warning"),
            ("23 12:00", "look"),
        ],
        heard: &[
            "11-21 06:00 mail: a firing warning (fired), b firing warning (fired)",
            "11-22 06:00 mail: c firing warning (fired)",
        ],
    },
    Scenario {
        name: "a critical alert pierces the night at once",
        style: NORMAL,
        script: &[("20 23:00", "fire a critical"), ("23 12:00", "look")],
        heard: &[
            "11-20 23:00 mail: a firing critical (fired)",
            "11-20 23:00 phone: a firing critical (fired)",
        ],
    },
    Scenario {
        name: "an alert that turns critical leaves the held bucket, and only it",
        style: NORMAL,
        script: &[
            ("20 20:00", "fire a warning"),
            ("20 20:00", "fire b warning"),
            ("20 22:00", "worsen a critical"),
            ("21 12:00", "look"),
        ],
        heard: &[
            "11-20 22:00 mail: a firing critical (fired)",
            "11-20 22:00 phone: a firing critical (fired)",
            "11-21 06:00 mail: b firing warning (fired)",
        ],
    },
    Scenario {
        name: "worsening after it was told is told as such, and the recovery goes to both",
        style: NORMAL,
        script: &[
            ("20 18:00", "fire a warning"),
            ("20 22:00", "worsen a critical"),
            ("20 22:30", "resolve a"),
            ("21 12:00", "look"),
        ],
        heard: &[
            "11-20 18:01 chat: a firing warning (fired)",
            "11-20 22:00 mail: a firing critical (fired)",
            "11-20 22:00 phone: a firing critical (fired)",
            "11-20 22:30 chat: a resolved critical (resolved)",
            "11-20 22:30 mail: a resolved critical (resolved)",
            "11-20 22:30 phone: a resolved critical (resolved)",
        ],
    },
    Scenario {
        name: "worsening where it was told before is no new alert",
        style: NORMAL,
        script: &[("20 10:00", "fire a warning"), ("20 11:00", "worsen a error"), ("20 12:00", "look")],
        heard: &["11-20 10:01 chat: a firing warning (fired)", "11-20 11:01 chat: a firing error (worsened)"],
    },
    Scenario {
        name: "a milder severity changes what waits and tells nobody again",
        style: NORMAL,
        script: &[
            ("20 10:00", "fire a error"),
            ("20 10:00:10", "ease a warning"),
            ("20 11:00", "ease a notice"),
            ("20 12:00", "look"),
        ],
        heard: &["11-20 10:01 chat: a firing warning (fired)"],
    },
    Scenario {
        name: "worse and milder again before it was sent is as it was told",
        style: NORMAL,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 11:00", "worsen a error"),
            ("20 11:00:30", "ease a warning"),
            ("20 12:00", "look"),
        ],
        heard: &["11-20 10:01 chat: a firing warning (fired)"],
    },
    Scenario {
        name: "the problem before the hold, the recovery inside: it is told at the release, to who heard",
        style: NORMAL,
        script: &[("20 18:30", "fire a warning"), ("20 21:00", "resolve a"), ("23 12:00", "look")],
        heard: &[
            "11-20 18:31 chat: a firing warning (fired)",
            "11-21 06:00 chat: a resolved warning (resolved)",
        ],
    },
    Scenario {
        name: "problem and recovery both inside the hold are one item of the release",
        style: NORMAL,
        script: &[("20 20:00", "fire a warning"), ("20 21:00", "resolve a"), ("23 12:00", "look")],
        heard: &["11-21 06:00 mail: a resolved warning (fired)"],
    },
    Scenario {
        name: "what is over before its first urgent message is counted and not told",
        style: NORMAL,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 10:00:10", "fire b warning"),
            ("20 10:00:40", "resolve a"),
            ("20 12:00", "look"),
        ],
        heard: &["11-20 10:01 chat: b firing warning (fired), 1 brief"],
    },
    Scenario {
        name: "what is over before anybody heard needs no recovery",
        style: NORMAL,
        script: &[("20 10:00", "fire a warning"), ("20 10:00:40", "resolve a"), ("20 12:00", "look")],
        heard: &[],
    },
    Scenario {
        name: "a key that fires again is a new alert",
        style: NORMAL,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 11:00", "resolve a"),
            ("20 12:00", "fire a warning"),
            ("20 13:00", "look"),
        ],
        heard: &[
            "11-20 10:01 chat: a firing warning (fired)",
            "11-20 11:01 chat: a resolved warning (resolved)",
            "11-20 12:01 chat: a firing warning (fired)",
        ],
    },
    Scenario {
        name: "a note is told once",
        style: NORMAL,
        script: &[("20 10:00", "note a info"), ("20 12:00", "look")],
        heard: &["11-20 10:01 chat: a note info (noted)"],
    },
    Scenario {
        name: "a release of what fires counts what came and went",
        style: r#"
            [style.s]
            [[style.s.band]]
            mode = "hold"
            digest = "06:00"
            channels = ["mail"]
            on_release = "firing"
        "#,
        script: &[
            ("20 20:00", "fire a warning"),
            ("20 20:00", "fire b warning"),
            ("20 21:00", "resolve a"),
            ("21 12:00", "look"),
        ],
        heard: &["11-21 06:00 mail: b firing warning (fired), 1 brief"],
    },
    Scenario {
        name: "a hold without digest times is released at the end of its band, on its own addresses",
        style: r#"
            [style.s]
            [[style.s.band]]
            when = "19:00-06:00"
            mode = "hold"
            channels = ["mail"]
            [[style.s.band]]
            channels = ["chat"]
        "#,
        script: &[("20 20:00", "fire a warning"), ("21 12:00", "look")],
        heard: &["11-21 06:00 mail: a firing warning (fired)"],
    },
    Scenario {
        name: "a band for recoveries takes the place of the rule that they follow the problem",
        style: r#"
            [style.s]
            [[style.s.band]]
            state = "resolved"
            channels = ["mail"]
            wait = "5m"
            [[style.s.band]]
            channels = ["phone"]
            wait = "0s"
        "#,
        script: &[("20 10:00", "fire a critical"), ("20 11:00", "resolve a"), ("20 12:00", "look")],
        heard: &[
            "11-20 10:00 phone: a firing critical (fired)",
            "11-20 11:05 mail: a resolved critical (resolved)",
        ],
    },
    Scenario {
        name: "a band that drops recoveries is obeyed",
        style: r#"
            [style.s]
            [[style.s.band]]
            state = "resolved"
            mode = "drop"
            [[style.s.band]]
            channels = ["phone"]
            wait = "0s"
        "#,
        script: &[("20 10:00", "fire a critical"), ("20 11:00", "resolve a"), ("20 12:00", "look")],
        heard: &["11-20 10:00 phone: a firing critical (fired)"],
    },
    Scenario {
        name: "a band that drops is silent, but not about the end of what was told",
        style: r#"
            [style.s]
            [[style.s.band]]
            when = "19:00-06:00"
            mode = "drop"
            [[style.s.band]]
            channels = ["chat"]
        "#,
        script: &[
            ("20 18:00", "fire a warning"),
            ("20 20:00", "fire b warning"),
            ("20 21:00", "resolve a"),
            ("20 21:00", "resolve b"),
            ("21 12:00", "look"),
        ],
        heard: &[
            "11-20 18:01 chat: a firing warning (fired)",
            "11-20 21:01 chat: a resolved warning (resolved)",
        ],
    },
    Scenario {
        name: "what no band takes now waits until one does",
        style: r#"
            [style.s]
            [[style.s.band]]
            when = "Mo-Fr 06:00-19:00"
            channels = ["chat"]
        "#,
        script: &[
            ("20 20:00", "fire a warning"),
            ("21 10:00", "fire b warning"),
            ("22 10:00", "resolve b"),
            ("23 12:00", "look"),
        ],
        heard: &["11-23 06:00 chat: a firing warning (fired), b resolved warning (fired)"],
    },
    Scenario {
        name: "what no band ever takes goes to the inbox",
        style: r#"
            [style.s]
            [[style.s.band]]
            severity = ">=critical"
            channels = ["phone"]
        "#,
        script: &[("20 20:00", "fire a warning"), ("20 21:00", "resolve a"), ("21 12:00", "look")],
        heard: &[
            "11-20 20:01 inbox: a firing warning (fired)",
            "11-20 21:01 inbox: a resolved warning (resolved)",
        ],
    },
    Scenario {
        name: "a long wait ends with its band, and the news of the day does not leak into the night",
        style: r#"
            [style.s]
            [[style.s.band]]
            when = "19:00-06:00"
            mode = "hold"
            channels = ["mail"]
            [[style.s.band]]
            channels = ["chat"]
            wait = "30m"
        "#,
        script: &[("20 18:50", "fire a warning"), ("21 12:00", "look")],
        heard: &["11-20 19:00 chat: a firing warning (fired)"],
    },
    Scenario {
        name: "what no band ever takes, and is over at once, is not told",
        style: r#"
            [style.s]
            [[style.s.band]]
            severity = ">=critical"
            channels = ["phone"]
        "#,
        script: &[("20 20:00", "fire a warning"), ("20 20:00:30", "resolve a"), ("21 12:00", "look")],
        heard: &[],
    },
    Scenario {
        name: "where the problem still waits, the band for recoveries adds nothing",
        style: r#"
            [style.s]
            [[style.s.band]]
            state = "resolved"
            channels = ["mail"]
            wait = "0s"
            [[style.s.band]]
            severity = "<critical"
            channels = ["phone"]
            wait = "0s"
            [[style.s.band]]
            mode = "hold"
            digest = "06:00"
            channels = ["mail"]
        "#,
        script: &[
            ("20 20:00", "fire a error"),
            ("20 21:00", "worsen a critical"),
            ("20 22:00", "resolve a"),
            ("21 12:00", "look"),
        ],
        heard: &[
            "11-20 20:00 phone: a firing error (fired)",
            "11-21 06:00 mail: a resolved critical (fired)",
        ],
    },
    Scenario {
        name: "what was dropped as the worse thing is told as the milder one",
        style: r#"
            [style.s]
            [[style.s.band]]
            severity = "critical"
            mode = "drop"
            [[style.s.band]]
            channels = ["chat"]
        "#,
        script: &[("20 10:00", "fire a critical"), ("20 11:00", "ease a warning"), ("20 12:00", "look")],
        heard: &["11-20 11:01 chat: a firing warning (fired)"],
    },
    Scenario {
        name: "an address that is not there is the inbox, once",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["pager", "inbox", "beeper"]
        "#,
        script: &[("20 10:00", "fire a warning"), ("20 12:00", "look")],
        heard: &["11-20 10:01 inbox: a firing warning (fired)"],
    },
    Scenario {
        name: "the first at once, the next no sooner than the wait after it",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["chat"]
            first = "now"
            wait = "1m"
        "#,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 10:00:20", "fire b warning"),
            ("20 10:00:40", "fire c warning"),
            ("20 10:02:30", "fire d warning"),
            ("20 12:00", "look"),
        ],
        heard: &[
            "11-20 10:00 chat: a firing warning (fired)",
            "11-20 10:01 chat: b firing warning (fired), c firing warning (fired)",
            "11-20 10:02 chat: d firing warning (fired)",
        ],
    },
    Scenario {
        name: "within a longer look-back one collects first",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["chat"]
            first = "now"
            wait = "1m"
            lookback = "10m"
        "#,
        script: &[("20 10:00", "fire a warning"), ("20 10:05", "fire b warning"), ("20 12:00", "look")],
        heard: &["11-20 10:00 chat: a firing warning (fired)", "11-20 10:06 chat: b firing warning (fired)"],
    },
    Scenario {
        name: "each further alert moves the end, up to the longest wait",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["chat"]
            wait = "1m"
            extend = "1m"
            max_wait = "2m"
        "#,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 10:00:50", "fire b warning"),
            ("20 10:01:40", "fire c warning"),
            ("20 10:02:10", "fire d warning"),
            ("20 12:00", "look"),
        ],
        heard: &[
            "11-20 10:02 chat: a firing warning (fired), b firing warning (fired), c firing warning (fired)",
            "11-20 10:03 chat: d firing warning (fired)",
        ],
    },
    Scenario {
        name: "a full bucket is sealed early",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["chat"]
            wait = "1h"
            max_items = 2
        "#,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 10:10", "fire b warning"),
            ("20 10:20", "fire c warning"),
            ("20 12:00", "look"),
        ],
        heard: &[
            "11-20 10:10 chat: a firing warning (fired), b firing warning (fired)",
            "11-20 11:20 chat: c firing warning (fired)",
        ],
    },
    Scenario {
        name: "digest times collect until the next of them, and keep what came and went",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["mail"]
            digest = ["08:00", "0 16 * * 1-5"]
        "#,
        script: &[
            ("20 10:00", "fire a warning"),
            ("20 11:00", "resolve a"),
            ("20 16:00", "fire b warning"),
            ("23 12:00", "look"),
        ],
        heard: &[
            "11-20 16:00 mail: a resolved warning (fired)",
            "11-21 08:00 mail: b firing warning (fired)",
        ],
    },
    Scenario {
        name: "groups wait apart and are one digest when they fall due together",
        style: r#"
            [style.s]
            [[style.s.band]]
            channels = ["chat"]
            group_by = ["host", "severity"]
            wait = "1m"
        "#,
        script: &[
            ("20 10:00", "fire web1 warning"),
            ("20 10:00:30", "fire web2 warning"),
            ("20 10:00:30", "fire db1 warning"),
            ("20 10:00:30", "fire log1 warning"),
            ("20 12:00", "look"),
        ],
        heard: &[
            "11-20 10:01 chat: web1 firing warning (fired), web2 firing warning (fired)",
            "11-20 10:01 chat: db1 firing warning (fired), log1 firing warning (fired)",
        ],
    },
];
