//! The matcher against the obvious: ask every subscription about every event.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use event::{Condition, Effect, Event, FieldPath, Requirement, Severity, SubscriptionId, Timestamp};
use filter::Filter;
use matcher::Matcher;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const FIELDS: &[&str] = &[
    "a",
    "b",
    "o.a",
    "o.b.c",
    "data.type",
    "type",
    "subject",
    "tag",
    "severity",
    "effect",
    "text",
    "source",
];

const WORDS: &[&str] =
    &["x", "xy", "xyz", "y z", "90", "90.0", "9e1", "true", "null", "warning", "negative", "z"];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(WORDS).prop_map(Value::from),
        2 => (-2..3i64).prop_map(|n| json!(n * 45)),
        1 => (-2..3i64).prop_map(|n| json!(n as f64 * 22.5)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => select(vec!["1970-01-01T00:00:01Z", "9007199254740993", "9007199254740992"]).prop_map(Value::from),
        1 => select(vec![9007199254740993u64, 9007199254740992]).prop_map(Value::from),
    ]
}

fn data() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let key = select(vec!["a", "b", "c", "o", "o.a", "b.c", "o.b.c", "type", ""]);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((key.prop_map(str::to_owned), inner), 0..6)
                .prop_map(|e| Value::Object(e.into_iter().collect())),
        ]
    })
}

fn event() -> impl Strategy<Value = Event> {
    let word = || select(WORDS).prop_map(str::to_owned);
    let words = (word(), word(), option::of(word()), word(), vec(word(), 0..3));
    let stamps = (0..3i64, option::of(select(Severity::ALL)), option::of(select(Effect::ALL)));
    (words, stamps, data()).prop_map(|((kind, source, subject, text, tags), (s, severity, effect), data)| {
        Event {
            id: "e".into(),
            source,
            kind,
            subject,
            time: Timestamp(s * 1000),
            severity,
            effect,
            origin: None,
            tags,
            text,
            data,
        }
    })
}

fn term() -> impl Strategy<Value = String> {
    let field = || select(FIELDS);
    let number = || select(vec!["-90", "-22.5", "0", "45", "90", "9e1", "1e300", "9007199254740993"]);
    let sign = || select(vec!["<", "<=", "=", ">=", ">"]);
    let severity = || select(Severity::ALL);
    prop_oneof![
        6 => (field(), select(WORDS)).prop_map(|(f, w)| format!("{f}:\"{w}\"")),
        3 => (field(), select(vec!["x*", "*", "*y", "x*z", "9*", "w*g"])).prop_map(|(f, p)| format!("{f}:{p}")),
        3 => (field(), number()).prop_map(|(f, n)| format!("{f}:{n}")),
        5 => (field(), sign(), number()).prop_map(|(f, s, n)| format!("{f}{s}{n}")),
        2 => (field(), number(), number()).prop_map(|(f, n, m)| format!("({f}>{n} {f}<={m})")),
        1 => (sign(), 0..3i64).prop_map(|(s, t)| format!("time{s}{}", Timestamp(t * 1000))),
        1 => (sign(), 0..3i64).prop_map(|(s, t)| format!("a{s}{}", Timestamp(t * 1000))),
        1 => (sign(), severity()).prop_map(|(s, v)| format!("severity{s}{v}")),
        1 => (sign(), severity()).prop_map(|(s, v)| format!("a{s}{v}")),
        2 => select(vec!["x", "xyz", "z", "90", "true", "\"y z\"", "\"z y\""]).prop_map(str::to_owned),
    ]
}

/// Filters as people write them; those that the language refuses (`severity:xy`) become
/// filters that let everything through.
fn filter() -> impl Strategy<Value = Filter> {
    let text = term().prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" ")),
            2 => vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            1 => inner.prop_map(|part| format!("-({part})")),
        ]
    });
    text.prop_map(|text| Filter::parse(&text).unwrap_or_default())
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let bound =
        || prop_oneof![(-2..3i64).prop_map(|n| n as f64 * 45.0), select(vec![f64::NAN, f64::INFINITY, -0.0])];
    let condition = prop_oneof![
        Just(Condition::Present),
        vec(data(), 0..3).prop_map(Condition::Equals),
        vec(select(vec!["", "x", "xy", "9", "w"]).prop_map(str::to_owned), 0..3).prop_map(Condition::Prefix),
        bound().prop_map(Condition::AtLeast),
        bound().prop_map(Condition::AtMost),
    ];
    let field = prop_oneof![4 => select(FIELDS), 1 => Just("time")];
    (field, condition).prop_map(|(f, condition)| Requirement { field: FieldPath::parse(f), condition })
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, Vec<Requirement>, Filter),
    Remove(u8),
    Match(Event),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..24u8, vec(requirement(), 0..3), filter()).prop_map(|(id, r, f)| Step::Insert(id, r, f)),
        1 => (0..24u8).prop_map(Step::Remove),
        3 => event().prop_map(Step::Match),
    ]
}

fn id(n: u8) -> SubscriptionId {
    SubscriptionId(format!("s{n:02}"))
}

proptest! {
    #[test]
    fn the_matcher_finds_whom_asking_everybody_finds(steps in vec(step(), 1..80)) {
        let mut matcher = Matcher::default();
        let mut model: BTreeMap<SubscriptionId, (Vec<Requirement>, Filter)> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(n, requirements, filter) => {
                    matcher.insert(&id(n), &requirements, &filter);
                    model.insert(id(n), (requirements, filter));
                }
                Step::Remove(n) => {
                    prop_assert_eq!(matcher.remove(&id(n)), model.remove(&id(n)).is_some());
                }
                Step::Match(event) => {
                    let wants = |(requirements, filter): &(Vec<Requirement>, Filter)| {
                        requirements.iter().all(|r| r.holds(&event)) && filter.matches(&event)
                    };
                    let expected: Vec<_> =
                        model.iter().filter(|(_, s)| wants(s)).map(|(id, _)| id.clone()).collect();
                    prop_assert_eq!(matcher.matches(&event), expected);
                }
            }
            prop_assert_eq!(matcher.len(), model.len());
        }
        for id in model.keys() {
            matcher.remove(id);
        }
        // Nothing is left of what is gone: no field, no predicate.
        prop_assert_eq!(format!("{matcher:?}"), format!("{:?}", Matcher::default()));
    }

    /// Many of the same kind: places among followers move as others leave.
    #[test]
    fn leaving_a_crowd_disturbs_nobody(
        leaving in vec(0..60u8, 0..60),
        filters in vec(select(vec!["type:x", "type:x OR tag:x", "type:x*", "a>0 a<90", "-type:y", "x"]), 60),
        event in event(),
    ) {
        let mut matcher = Matcher::default();
        let mut model = BTreeMap::new();
        for (n, text) in filters.iter().enumerate() {
            let filter = Filter::parse(text).unwrap();
            matcher.insert(&id(n as u8), &[], &filter);
            model.insert(id(n as u8), filter);
        }
        for n in leaving {
            matcher.remove(&id(n));
            model.remove(&id(n));
            let expected: Vec<_> =
                model.iter().filter(|(_, f)| f.matches(&event)).map(|(id, _)| id.clone()).collect();
            prop_assert_eq!(matcher.matches(&event), expected);
        }
    }
}
