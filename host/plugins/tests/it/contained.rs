//! Hostile guests: each misdeed ends in its own error, and nothing of it remains.

use event::{StateWrite, Timestamp, WakeChange};
use plugins::{
    CallError, Config, Handled, HandlerInstance, Host, HostOptions, Instances, Limits, Pace, TimeLimit,
    Trigger,
};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use testkit::{guest, guest_without_manifest};

use crate::support::{Committed, NOW, alice, config, host, plugin};

fn instance() -> HandlerInstance {
    plugin("hostile").handler(alice())
}

fn call(instance: &mut HandlerInstance, misdeed: &str) -> Result<Handled, CallError> {
    instance.handle(&config(json!(misdeed)), NOW, Trigger::Wake(NOW), Committed::of(&[]))
}

fn error(misdeed: &str) -> CallError {
    call(&mut instance(), misdeed).expect_err(misdeed)
}

#[test]
fn what_breaks_a_limit_names_it() {
    let cases = [
        ("hog", "67108864 bytes of memory"),
        ("call-flood", "10000 host calls"),
        ("huge-string", "bytes handed to the host at once"),
        ("flood-output", "bytes handed to the host at once"),
        ("many-alerts", "1000 alerts and events"),
        ("large-output", "1048576 bytes of output"),
        ("many-tags", "64 tags for one event"),
        ("large-event", "262144 bytes for one event"),
    ];
    for (misdeed, limit) in cases {
        match error(misdeed) {
            CallError::Limit { what, .. } => assert_eq!(what, limit, "{misdeed}"),
            other => panic!("{misdeed}: {other:?}"),
        }
    }
}

#[test]
fn a_guest_that_does_not_end_is_ended() {
    let (short, endless) = (Duration::from_millis(20), Duration::from_secs(3600));
    // With the other limit out of the way, so that a busy machine changes nothing.
    let cases = [(short, endless, TimeLimit::Cpu(short)), (endless, short, TimeLimit::Wall(short))];
    for (cpu, wall, expected) in cases {
        let limits = Limits { cpu, wall, ..Limits::default() };
        let host = Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap();
        let mut instance = host.load(guest("hostile")).unwrap().handler(alice());
        match call(&mut instance, "spin") {
            Err(CallError::Timeout { which, .. }) => assert_eq!(which, expected),
            other => panic!("{other:?}"),
        }
        assert!(instance.is_spent());
    }
}

#[test]
fn waiting_for_a_processor_is_no_time_of_the_guests() {
    // It gets a ninth of the processor at most, so its wall time passes long before its own does.
    let (cpu, wall) = (Duration::from_millis(50), Duration::from_millis(150));
    let limits = Limits { cpu, wall, ..Limits::default() };
    let host = Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap();
    let mut instance = host.load(guest("hostile")).unwrap().handler(alice());
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let core = sched_getaffinity(None).unwrap();
        let mut one = CpuSet::new();
        one.set((0..CpuSet::MAX_CPU).find(|n| core.is_set(*n)).unwrap());
        sched_setaffinity(None, &one).unwrap();
        // They inherit the one processor that this thread has taken.
        (0..8).for_each(|_| {
            drop(scope.spawn(|| {
                while !over.load(Relaxed) {
                    std::hint::spin_loop()
                }
            }))
        });
        let ended = call(&mut instance, "spin");
        over.store(true, Relaxed);
        match ended {
            Err(CallError::Timeout { which, .. }) => assert_eq!(which, TimeLimit::Cpu(cpu)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn with_fuel_a_guest_is_ended_at_the_same_place_each_time() {
    let spent: Vec<_> = (0..2)
        .map(|_| {
            let pace = Pace::Fuel(10_000_000);
            let host = Host::new(HostOptions { pace, ..HostOptions::default() }).unwrap();
            let hostile = host.load(guest("hostile")).unwrap();
            assert_eq!(call(&mut hostile.handler(alice()), "none").unwrap().wake, WakeChange::Keep);
            let mut instance = hostile.handler(alice());
            let ended = call(&mut instance, "spin");
            assert!(instance.is_spent());
            ended
        })
        .collect();
    match &spent[0] {
        Err(CallError::Timeout { which, .. }) => assert_eq!(*which, TimeLimit::Fuel(10_000_000)),
        other => panic!("{other:?}"),
    }
    assert_eq!(spent[0], spent[1]);
}

#[test]
fn memory_lasts_for_a_batch_or_for_a_call() {
    let cases =
        [(Instances::OneForABatch, ["call 0", "call 1"]), (Instances::OneForACall, ["call 0", "call 0"])];
    for (instances, said) in cases {
        let host = Host::new(HostOptions { instances, ..HostOptions::default() }).unwrap();
        let mut instance = host.load(guest("hostile")).unwrap().handler(alice());
        for said in said {
            let own = CallError::Failed { message: said.into() };
            assert_eq!(call(&mut instance, "remember"), Err(own), "{instances:?}");
        }
    }
}

/// What a script engine's users wrote must not find what another one's text left.
#[test]
fn a_plugin_may_ask_for_an_instance_for_each_configuration() {
    let manifest = |isolation: &str| {
        let mut component = guest_without_manifest("hostile");
        let text = format!(
            "[plugin]\nname = \"hostile\"\nversion = \"1\"\nworld = \"handler\"\nisolation = \"{isolation}\"\n"
        );
        event::append_manifest(&mut component, &text);
        host().load(component.into()).unwrap().handler(alice())
    };
    let cases = [
        ("batch", ["call 0", "call 1", "call 2", "call 3"]),
        ("configuration", ["call 0", "call 1", "call 0", "call 0"]),
    ];
    for (isolation, said) in cases {
        let mut instance = manifest(isolation);
        for (id, said) in ["a", "a", "b", "a"].into_iter().zip(said) {
            let config = Config { id: id.into(), ..config(json!("remember")) };
            let handled = instance.handle(&config, NOW, Trigger::Wake(NOW), Committed::of(&[]));
            assert_eq!(handled, Err(CallError::Failed { message: said.into() }), "{isolation}");
        }
    }
}

#[test]
fn a_manifest_lowers_limits_and_raises_none() {
    let limits = |world: &str, wanted: &str| {
        let mut component = guest_without_manifest("hostile");
        let text = format!(
            "[plugin]\nname = \"hostile\"\nversion = \"1\"\nworld = \"{world}\"\n[limits]\n{wanted}\n"
        );
        event::append_manifest(&mut component, &text);
        let plugin = host().load(component.into()).unwrap();
        (plugin.limits().cpu, plugin.limits().wall, plugin.limits().memory_bytes >> 20)
    };
    let ms = Duration::from_millis;
    assert_eq!(limits("handler", ""), (ms(500), ms(1_000), 64));
    assert_eq!(limits("handler", "cpu-ms = 20\nmemory-mb = 8"), (ms(20), ms(1_000), 8));
    assert_eq!(limits("handler", "cpu-ms = 9000\nwall-ms = 9000\nmemory-mb = 900"), (ms(500), ms(1_000), 64));
}

#[test]
fn a_trap_brings_the_guests_own_words() {
    let cases = [
        ("trap", "unreachable", "handle"),
        ("panic", "the guest's last words", "src/lib.rs"),
        ("recurse", "call stack exhausted", "recurse"),
    ];
    for (misdeed, said, shown) in cases {
        match error(misdeed) {
            CallError::Trap { message, stack } => {
                assert!(message.contains(said), "{misdeed}: {message}");
                assert!(stack.contains(shown), "{misdeed}: {stack}");
            }
            other => panic!("{misdeed}: {other:?}"),
        }
    }
}

#[test]
fn an_answer_that_cannot_be_taken_is_told_precisely() {
    let cases = [
        ("deep-json", "alert 0: `data` is nested deeper than 32"),
        ("deeper-json", "alert 0: `data` is no JSON: recursion limit exceeded"),
        ("no-json", "alert 0: `data` is no JSON: EOF"),
        ("endless-number", "alert 0: `data` is no JSON: number out of range"),
        ("forge", "event 0: `tellify.check.missed`: types that begin with `tellify.`"),
        ("no-type", "event 0: `` is no type"),
        ("broken-type", "event 0: `a  b` is no type"),
        ("far-time", "event 0: its time 2255-03-14T16:00:00.000Z is too far ahead"),
        ("nan-time", "event 0: its time NaN is no time"),
        ("nan-wake", "the wake-up's time NaN is no time"),
        ("late-wake", "is no time"),
    ];
    for (misdeed, expected) in cases {
        match error(misdeed) {
            CallError::BadOutput { message } => assert!(message.contains(expected), "{misdeed}: {message}"),
            other => panic!("{misdeed}: {other:?}"),
        }
    }
}

#[test]
fn requirements_that_no_event_can_meet_are_refused() {
    let hostile = plugin("hostile");
    let cases = [
        ("nan", "the requirement on `percent` compares with no number"),
        ("no-json", "the requirement on `percent` wants a value that is no JSON"),
        ("no-scalar", "the requirement on `percent` wants no scalar"),
    ];
    for (name, expected) in cases {
        match hostile.required_fields(&config(json!(name))) {
            Err(CallError::BadOutput { message }) => assert!(message.starts_with(expected), "{message}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn the_guests_own_errors_pass_through() {
    assert_eq!(error("bad-config"), CallError::BadConfig("never".into()));
    assert_eq!(error("retry"), CallError::Retry { after_ms: Some(5), reason: "not now".into() });
    assert_eq!(error("x"), CallError::Failed { message: "no such misdeed: x".into() });
}

#[test]
fn state_keeps_its_bounds_and_the_guest_hears_of_it() {
    let cases = [
        ("huge-value", "Err(StateError::TooBig)"),
        ("huge-key", "Err(StateError::TooBig)"),
        ("fill-state", "Err(StateError::Quota)"),
        ("count-text", "Err(StateError::NotANumber)"),
        ("count-infinity", "Err(StateError::NotANumber)"),
    ];
    for (misdeed, expected) in cases {
        assert_eq!(error(misdeed), CallError::Failed { message: expected.into() }, "{misdeed}");
    }
}

#[test]
fn a_flood_of_logs_keeps_its_end_and_harms_nothing() {
    let handled = call(&mut instance(), "log-flood").unwrap();
    let kept: usize = handled.logs.lines.iter().map(|l| l.message.len()).sum();
    assert!(kept <= host().limits().log_bytes);
    assert!(handled.logs.lines.last().unwrap().message.starts_with("4999 "));
    assert_eq!(handled.logs.dropped as usize + handled.logs.lines.len(), 5_000);
}

#[test]
fn a_failed_calls_writes_are_gone_and_earlier_ones_stay() {
    let mut instance = instance();
    let own = CallError::Failed { message: r#"the misdeed ["before"]"#.into() };
    assert_eq!(call(&mut instance, "peek"), Err(own), "a call sees its own writes");
    // A bad answer discards the writes, and leaves the instance usable.
    call(&mut instance, "forge").unwrap_err();
    assert!(!instance.is_spent());
    let write = StateWrite { key: "before".into(), value: Some(b"the misdeed".to_vec()), expires: None };
    assert_eq!(call(&mut instance, "none").unwrap().writes, [write]);
}

#[test]
fn an_instance_that_broke_off_takes_no_more_calls() {
    for misdeed in ["trap", "call-flood"] {
        let mut instance = instance();
        call(&mut instance, misdeed).unwrap_err();
        assert!(instance.is_spent(), "{misdeed}");
        let refused = call(&mut instance, "none");
        assert!(matches!(refused, Err(CallError::Host { .. })), "{refused:?}");
    }
    // A fresh one is as good as new.
    assert_eq!(call(&mut instance(), "none").unwrap().wake, WakeChange::Keep);
}

#[test]
fn a_key_that_is_too_long_is_shortened_the_same_way_each_time() {
    let key = || call(&mut instance(), "long-key").unwrap().alerts[0].key.clone();
    assert_eq!(key(), key());
    assert!(key().len() <= 512 && key().starts_with("k\u{fffd}k"), "{}", key());
}

#[test]
fn texts_for_people_are_one_line_and_end() {
    let hostile = plugin("hostile");
    assert_eq!(hostile.title(&config(json!(null))).unwrap(), "a  b c");
    assert!(hostile.summary(&config(json!(null))).unwrap().len() <= 4_000);
}

#[test]
fn state_is_for_handling_alone() {
    match plugin("hostile").validate(&alice(), &json!(1)) {
        Err(CallError::Limit { what, .. }) => {
            assert_eq!(what, "state can only be used while handling or checking")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn state_that_cannot_be_read_is_not_the_plugins_fault() {
    let broken = Arc::new(Committed { broken: true, ..Committed::default() });
    let failed = instance().handle(&config(json!("none")), Timestamp(0), Trigger::Wake(NOW), broken);
    let message = "the state could not be read: a checksum fails".to_owned();
    assert_eq!(failed, Err(CallError::Host { message }));
}
