//! How a handler is tested natively: events and time go in, and what people would be
//! told comes out as lines.
#![allow(clippy::unwrap_used)]

#[allow(unreachable_pub)]
#[path = "../examples/first.rs"]
mod first;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::testing::{self, BEGIN, Stage};
use tellify_plugin::{
    AlertState, Emit, Error, Event, Finding, Handler, NewEvent, Outcome, Requirement, Severity, Span,
    Telling, Timestamp, Trigger, Turn, json, log, state, timers,
};

#[test]
fn events_go_in_and_what_people_are_told_comes_out() {
    let mut stage = Stage::<first::First>::new(json!({ "blocks": "gc_t, place" }));
    assert!(stage.event(json!({ "block": "gc_t", "status": "fail" })));
    assert!(!stage.event(json!({ "block": "other", "status": "fail" })), "it is not for this handler");
    assert_eq!(stage.told(), ["error firing gc_t: gc_t failed"]);
    stage.event(json!({ "block": "place", "status": "fail" }));
    stage.event(json!({ "block": "gc_t", "status": "good" }));
    assert_eq!(stage.told(), ["error firing place: place failed", "error resolved gc_t: gc_t builds again"]);
    assert_eq!(stage.firing(), ["place"]);
}

#[test]
fn wake_ups_fire_at_their_moments_and_in_their_order() {
    let mut stage = Stage::<Egg>::new(json!({ "takes": "3m" }));
    assert_eq!(stage.wake(), Some(BEGIN.plus_s(1)), "the first one comes unasked for");
    stage.pass("10s");
    stage.event(json!({ "egg": "b" }));
    stage.pass("1m");
    stage.event(json!({ "egg": "a" }));
    stage.pass("1m59s999ms");
    assert_eq!(stage.told(), ["notice note kitchen: open"]);
    // What comes in at the very moment comes first.
    stage.event(json!({ "egg": "c" }));
    stage.pass("10m");
    assert_eq!(
        stage.told(),
        ["notice note b: b is done", "notice note a: a is done", "notice note c: c is done"]
    );
    let times: Vec<Timestamp> = stage.alerts().iter().map(|item| item.since).collect();
    assert_eq!(times[1..], [190_000, 250_000, 369_999].map(|ms| BEGIN.plus_ms(ms)));
    assert_eq!((stage.wake(), stage.state().len()), (None, 0));
}

#[test]
fn a_wake_up_of_the_time_when_the_daemon_was_down_comes_a_minute_after_its_start() {
    let mut stage = Stage::<Egg>::new(json!({ "takes": "3m" }));
    stage.event(json!({ "egg": "a" }));
    stage.pass("1m");
    stage.told();
    stage.down("1h");
    assert_eq!(stage.wake(), Some(stage.now().plus_s(60)));
    stage.pass("59s");
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.pass("1s");
    assert_eq!(stage.told(), ["notice note a: a is done"]);
}

#[test]
fn a_failed_call_leaves_nothing_behind() {
    let mut stage = Stage::<Egg>::new(json!({ "takes": "3m" }));
    let rotten = Event { data: json!({ "egg": "rotten" }), ..Event::default() };
    assert_eq!(stage.deliver(rotten).unwrap_err(), Error::failed("it smells"));
    assert!(stage.state().is_empty() && stage.told().is_empty());
    assert_eq!(stage.log()[0].1, "looking at rotten");
}

#[test]
fn events_are_emitted_beside_alerts_and_once_for_each_key() {
    let mut stage = Stage::<Egg>::new(json!({ "takes": "3m", "emit": {
        "type": "egg.done", "on": "both", "subject": "{key}", "tags": ["kitchen", "{state}"],
        "after": "{takes_s}", "why": "{key} took {takes_s} s", "cook": "{cook}", "data": { "of": ["farm"] },
    }}));
    stage.pass("1s");
    stage.told();
    stage.event(json!({ "egg": "a" }));
    stage.pass("5m");
    assert_eq!(stage.told(), ["notice note a: a is done", "emitted egg.done a: a is done"]);
    let [event] = stage.emitted() else { panic!("{:?}", stage.emitted()) };
    let data = json!({
        "key": "a", "state": "note", "takes_s": 180, "after": 180, "why": "a took 180 s", "cook": null, "of": ["farm"],
    });
    assert_eq!((&event.data, &event.tags[..]), (&data, &["kitchen".to_owned(), "note".to_owned()][..]));

    let mut stage = Stage::<Egg>::new(json!({ "takes": "3m", "opens": "kitchen.open" }));
    stage.pass("1m");
    let mut stage = stage.edited(json!({ "takes": "1s", "opens": "kitchen.open" }));
    stage.pass("1m");
    assert_eq!(stage.told().iter().filter(|line| line.starts_with("emitted kitchen.open")).count(), 1);
}

#[test]
fn a_configuration_is_validated_as_before_it_is_saved() {
    let problems = |config| {
        let problems = testing::validate::<Egg>(&config);
        problems.into_iter().map(|p| format!("{}: {}", p.pointer, p.message)).collect::<Vec<_>>()
    };
    assert_eq!(problems(json!({ "takes": "3m" })), [] as [&str; 0]);
    assert!(problems(json!({ "takes": "long" }))[0].starts_with(": `long` is no length of time"));
    let own = problems(json!({ "takes": "3m", "emit": { "type": "tellify.egg" } }));
    assert_eq!(own, ["/emit/type: types that begin with `tellify.` are the daemon's own: choose another"]);
}

#[test]
fn a_cleared_alert_is_open_no_longer() {
    let mut stage = Stage::<first::First>::new(json!({ "blocks": "gc_t" }));
    stage.event(json!({ "block": "gc_t", "status": "fail" }));
    stage.event(json!({ "block": "gc_t", "status": "fail" }));
    stage.clear("gc_t");
    assert!(stage.firing().is_empty());
    stage.event(json!({ "block": "gc_t", "status": "fail" }));
    let alerts: Vec<_> = stage.alerts().iter().map(|item| (item.alert.state, item.count)).collect();
    assert_eq!(alerts, [(AlertState::Resolved, 2), (AlertState::Firing, 1)]);
}

#[test]
fn requirements_hold_as_they_do_for_the_daemon() {
    let ours = testing_event();
    let theirs = event::Event {
        id: ours.id.clone(),
        source: ours.source.clone(),
        kind: ours.kind.clone(),
        subject: None,
        time: event::Timestamp(ours.time.0),
        severity: Some(event::Severity::Warning),
        effect: None,
        origin: None,
        tags: ours.tags.clone(),
        text: String::new(),
        data: ours.data.clone(),
    };
    let words =
        ["type", "subject", "severity", "time", "tag", "n", "spelled", "object", "null", "list", "text"];
    for field in words {
        let requirements = [
            Requirement::present(field),
            Requirement::any_of(
                field,
                &serde_json::from_value(json!(["disk", "warning", 7, "a", 1000])).unwrap(),
            ),
            Requirement::prefix(field, vec!["di".into(), "warn".into()]),
            Requirement::at_least(field, 7.0),
            Requirement::at_most(field, 7.0),
        ];
        for requirement in requirements {
            let condition = match &requirement.condition {
                tellify_plugin::Condition::Present => event::Condition::Present,
                tellify_plugin::Condition::Equals(values) => event::Condition::Equals(values.clone()),
                tellify_plugin::Condition::Prefix(texts) => event::Condition::Prefix(texts.clone()),
                tellify_plugin::Condition::AtLeast(bound) => event::Condition::AtLeast(*bound),
                tellify_plugin::Condition::AtMost(bound) => event::Condition::AtMost(*bound),
            };
            let daemons = event::Requirement { field: event::FieldPath::parse(field), condition };
            assert_eq!(requirement.holds(&ours), daemons.holds(&theirs), "{requirement:?}");
        }
    }
}

fn testing_event() -> Event {
    Event {
        kind: "disk".into(),
        time: Timestamp(1000),
        severity: Some(Severity::Warning),
        tags: vec!["b".into(), "a".into()],
        data: json!({ "n": 7, "spelled": "7.5", "object": { "a": 1 }, "null": null, "list": [1, [7]] }),
        ..Event::default()
    }
}

/// Boils eggs: a handler that waits.
struct Egg;

#[derive(Deserialize, JsonSchema)]
struct EggConfig {
    takes: Span,
    emit: Option<Emit>,
    opens: Option<String>,
}

impl EggConfig {
    fn telling(&self) -> Telling<'_> {
        Telling { alert: true, emit: self.emit.as_ref() }
    }
}

impl Handler for Egg {
    type Config = EggConfig;
    const NAME: &'static str = "egg";
    const VERSION: &'static str = "1.0.0";
    const TITLE: &'static str = "Egg timer";
    const DESCRIPTION: &'static str = "Says when an egg is done.";
    const WAKES_FIRST: bool = true;

    fn validate(_: &str, config: &EggConfig) -> Vec<tellify_plugin::Problem> {
        config.telling().problems()
    }

    fn required_fields(_: &EggConfig) -> Vec<Requirement> {
        vec![Requirement::present("egg")]
    }

    fn handle(config: &EggConfig, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        match trigger {
            Trigger::Event(event) => {
                let egg = event.string("egg").unwrap_or_default();
                log::info(&format!("looking at {egg}"));
                timers::set(&egg, now.plus_ms(config.takes.as_ms()))?;
                if egg == "rotten" {
                    return Err(Error::failed("it smells"));
                }
            }
            Trigger::Wake(_) => {
                if now == BEGIN.plus_s(1) || config.takes.as_ms() == 1000 {
                    state::delete("nothing")?;
                    out.note("kitchen", Severity::Notice, "open");
                    let opens = config.opens.as_ref();
                    opens.into_iter().for_each(|kind| out.emit(NewEvent::new(kind).dedupe_key("open")));
                }
                for egg in timers::take_due(now)? {
                    let data = [("takes_s".to_owned(), json!(config.takes.as_s()))].into_iter().collect();
                    let (title, severity) = (format!("{egg} is done"), Severity::Notice);
                    let finding =
                        Finding { key: egg, turn: Turn::Once, severity, title, data, event: None, by: None };
                    config.telling().tell(finding, out);
                }
            }
            Trigger::Cleared(_) => {}
        }
        timers::arm(out)
    }
}
