//! Random plugins, and random uses of the interface by plugins: whatever they do, a call
//! ends in a result or an error, never in a panic of the host.
//!
//! `TELLIFY_FUZZ` says how many of each kind, `TELLIFY_SEED` where to begin.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::sync::Arc;

use event::{Alert, AlertId, AlertState, Event, Name, Seq, Severity, SubscriptionId, Timestamp};
use plugins::{
    AlertItem, CallError, Config, EventRef, Host, HostOptions, Limits, Pace, Plugin, StateRead,
    StateUnreadable, Trigger,
};
use serde_json::{Value, json};
use testkit::{Dice, TextGuest};
use wit_component::StringEncoding;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// What became of the runs of one kind.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    /// # Panics
    /// When the host did: that is what this is about.
    fn count(&mut self, ended: &Result<(), CallError>, seed: u64) {
        let name = match ended {
            Ok(()) => "in order",
            Err(CallError::BadConfig(_)) => "bad configuration",
            Err(CallError::Retry { .. } | CallError::Failed { .. }) => "its own error",
            Err(CallError::Trap { .. }) => "broke off",
            Err(CallError::Timeout { .. }) => "out of fuel",
            Err(CallError::Limit { .. }) => "past a limit",
            Err(CallError::BadOutput { .. }) => "answer not taken",
            Err(CallError::Host { message }) => {
                panic!("{message}: TELLIFY_SEED={seed} TELLIFY_FUZZ=1 make fuzz")
            }
        };
        *self.0.entry(name).or_default() += 1;
    }

    fn print(&self, what: &str, runs: u64, seed: u64) {
        println!("{what}: TELLIFY_FUZZ={runs} TELLIFY_SEED={seed}");
        for (name, count) in &self.0 {
            println!("  {name:<24} {count:>10}");
        }
    }
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs each seed, and prints what became of them.
fn runs(what: &str, default: u64, component: impl Fn(&mut Dice) -> Option<Vec<u8>>) {
    let (runs, first) = (number("TELLIFY_FUZZ", default), number("TELLIFY_SEED", 1));
    let limits = Limits { memory_bytes: 8 << 20, ..Limits::default() };
    let host =
        Host::new(HostOptions { limits, pace: Pace::Fuel(200_000), ..HostOptions::default() }).unwrap();
    let (mut tally, mut refused) = (Tally::default(), 0);
    for seed in first..first + runs {
        let mut dice = Dice::new(seed);
        let loaded = component(&mut dice).map(|bytes| host.load(bytes.into()));
        match loaded {
            Some(Ok(plugin)) => converse(&plugin, &mut dice, |ended| tally.count(&ended, seed)),
            Some(Err(_)) | None => refused += 1,
        }
    }
    tally.0.insert("refused", refused);
    tally.print(what, runs, first);
    assert!(runs < 100 || refused < runs as usize, "nothing ever ran");
}

/// Asks all that a handler can be asked.
fn converse(plugin: &Plugin, dice: &mut Dice, mut tell: impl FnMut(Result<(), CallError>)) {
    let owner = Name::new("alice").unwrap();
    let config =
        Config { id: "s1".into(), revision: dice.below(3) as u32, owner: owner.clone(), data: data(dice, 0) };
    tell(plugin.describe().map(drop));
    tell(plugin.validate(&owner, &config.data).map(drop));
    tell(plugin.title(&config).map(drop));
    tell(plugin.summary(&config).map(drop));
    tell(plugin.required_fields(&config).map(drop));
    let event = event(dice);
    let mut instance = plugin.handler(owner.clone());
    for _ in 0..2 {
        let key = text(dice);
        let trigger = match dice.below(3) {
            0 => Trigger::Wake(NOW),
            1 => Trigger::Cleared(&key),
            _ => Trigger::Event(EventRef { seq: Seq(1), received: NOW, event: &event }),
        };
        tell(instance.handle(&config, NOW, trigger, Arc::new(Kept)).map(drop));
        if instance.is_spent() {
            break;
        }
    }
    let alert = alert(owner, dice);
    let item = AlertItem { config: &config, alert: &alert, event: None };
    tell(plugin.gang(&[item, item]).map(drop));
}

fn event(dice: &mut Dice) -> Event {
    Event {
        id: text(dice),
        source: text(dice),
        kind: text(dice),
        subject: Some(text(dice)),
        time: NOW,
        severity: Some(Severity::Error),
        effect: None,
        origin: None,
        tags: (0..dice.below(4)).map(|_| text(dice)).collect(),
        text: text(dice),
        data: data(dice, 0),
    }
}

fn alert(owner: Name, dice: &mut Dice) -> Alert {
    Alert {
        id: AlertId("a1-0".into()),
        subscription: SubscriptionId("s1".into()),
        owner: owner.clone(),
        handler: owner,
        key: text(dice),
        state: AlertState::Firing,
        severity: Severity::Warning,
        title: text(dice),
        data: data(dice, 0),
        count: 4,
        since: NOW,
        latest: NOW,
        ended: None,
        event: Some(Seq(1)),
    }
}

fn text(dice: &mut Dice) -> String {
    const PIECES: [&str; 12] =
        ["", "a", "/sarc/cad", "\0", "\r\n", "\u{202e}", "ü", "\u{10ffff}", "\u{fffd}", "{}", "../", "k"];
    (0..dice.below(5)).map(|_| PIECES[dice.below(PIECES.len() as u64) as usize]).collect()
}

fn data(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth < 3 { 7 } else { 5 }) {
        0 => Value::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!(f64::from_bits(dice.below(u64::MAX))),
        3 => json!(dice.below(u64::MAX) as i64),
        4 => json!(text(dice)),
        5 => (0..dice.below(4)).map(|_| data(dice, depth + 1)).collect(),
        _ => Value::Object((0..dice.below(4)).map(|_| (text(dice), data(dice, depth + 1))).collect()),
    }
}

/// Something is kept under every key.
struct Kept;

impl StateRead for Kept {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(key.len().is_multiple_of(2).then(|| b"1.5".to_vec()))
    }

    fn keys(&self, _: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable> {
        let all = ["a", "b", "\u{10ffff}"].into_iter().filter(|key| after.is_none_or(|after| *key > after));
        Ok(all.take(limit).map(str::to_owned).collect())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(16)
    }
}

/// Code that does whatever chance would have it do, with all that it may call at hand.
#[test]
fn no_random_code_brings_the_host_down() {
    runs("random code", 200, |dice| {
        let mut fields =
            format!("{IMPORTS}(table 4 funcref)\n(elem (i32.const 0) $handle $title $summary)\n");
        for (name, parameters) in [("$title", 7), ("$summary", 7), ("$required-fields", 7), ("$handle", 1)] {
            let body = Code { dice: &mut *dice, parameters, loops: 0 }.number(5);
            let kinds = "i32 ".repeat(parameters as usize);
            writeln!(fields, "(func {name} (param {kinds}) (result i32) (local i32 i32)\n{body})").unwrap();
        }
        if dice.below(8) == 0 {
            let body = Code { dice: &mut *dice, parameters: 0, loops: 0 }.number(4);
            writeln!(fields, "(func $begin (local i32 i32)\n(drop {body}))\n(start $begin)").unwrap();
        }
        Some(TextGuest::new("random", &fields).component())
    });
}

/// Writes expressions of random code.
struct Code<'a> {
    dice: &'a mut Dice,
    /// Two locals follow them.
    parameters: u64,
    loops: usize,
}

impl Code<'_> {
    /// An expression whose value is an `i32`, nested so deep at most.
    fn number(&mut self, depth: usize) -> String {
        const UNARY: [&str; 6] =
            ["i32.clz", "i32.eqz", "i32.load", "i32.load8_u", "i32.load16_s offset=60000", "memory.grow"];
        const BINARY: [&str; 10] = [
            "i32.add",
            "i32.sub",
            "i32.mul",
            "i32.div_s",
            "i32.rem_u",
            "i32.shl",
            "i32.lt_u",
            "i32.and",
            "i32.xor",
            "i32.rotl",
        ];
        if depth == 0 {
            return match self.dice.below(3) {
                0 => format!("(local.get {})", self.dice.below(self.parameters + 2)),
                1 => format!("(i32.const {})", self.dice.below(1 << 32)),
                _ => format!("(i32.const {})", address(self.dice)),
            };
        }
        match self.dice.below(10) {
            0 | 1 => {
                let operation = UNARY[self.dice.below(6) as usize];
                format!("({operation} {})", self.number(depth - 1))
            }
            2..=4 => {
                let operation = BINARY[self.dice.below(10) as usize];
                format!("({operation} {} {})", self.number(depth - 1), self.number(depth - 1))
            }
            5 => format!(
                "(if (result i32) {} (then {}) (else {}))",
                self.number(depth - 1),
                self.number(depth - 1),
                self.number(depth - 1)
            ),
            6 => self.repeated(depth),
            7 => format!("(local.tee {} {})", self.parameters + self.dice.below(2), self.number(depth - 1)),
            8 => format!(
                "(call_indirect (param i32) (result i32) {} {})",
                self.number(depth - 1),
                self.dice_index()
            ),
            _ => format!("(block (result i32) {} {})", self.deed(depth - 1), self.number(depth - 1)),
        }
    }

    /// A loop that may or may not end.
    fn repeated(&mut self, depth: usize) -> String {
        self.loops += 1;
        let label = format!("$loop{}", self.loops);
        let (deed, condition, value) = (self.deed(depth - 1), self.number(depth - 1), self.number(depth - 1));
        format!("(loop {label} (result i32) {deed} (br_if {label} {condition}) {value})")
    }

    /// An instruction without a value.
    fn deed(&mut self, depth: usize) -> String {
        match self.dice.below(5) {
            0 => format!("(i32.store {} {})", self.number(depth), self.number(depth)),
            1 => {
                format!("(memory.fill {} {} {})", self.number(depth), self.number(depth), self.number(depth))
            }
            2 => {
                format!("(memory.copy {} {} {})", self.number(depth), self.number(depth), self.number(depth))
            }
            _ => host_call(self.dice),
        }
    }

    /// Within the table, mostly.
    fn dice_index(&mut self) -> String {
        format!("(i32.const {})", self.dice.below(5))
    }
}

/// Code that calls the host with arguments that are nearly right, and answers with places
/// where nearly the right thing stands.
#[test]
fn no_use_of_the_interface_brings_the_host_down() {
    runs("random use", 300, |dice| {
        let mut fields = IMPORTS.to_owned();
        for function in
            ["$handle (param $in i32)", "$alert-text (param i32 i32)", "$alert-html (param i32 i32)"]
        {
            writeln!(fields, "(func {function} (result i32)").unwrap();
            (0..dice.below(6)).for_each(|_| fields += &host_call(dice));
            writeln!(fields, "(i32.const {}))", address(dice)).unwrap();
        }
        // Where the answers are looked for, and where arguments point to.
        for at in [57_344, 60_000, 61_000] {
            let bytes: String = (0..128).map(|_| format!("\\{:02x}", likely(dice))).collect();
            writeln!(fields, "(data (i32.const {at}) \"{bytes}\")").unwrap();
        }
        let encoding = [StringEncoding::UTF8, StringEncoding::UTF16, StringEncoding::CompactUTF16];
        let encoding = encoding[dice.below(3) as usize];
        Some(TextGuest { encoding, ..TextGuest::new("random", &fields) }.component())
    });
}

const IMPORTS: &str = r#"
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(import "tellify:plugin/state@{version}" "get" (func $get (param i32 i32 i32)))
(import "tellify:plugin/state@{version}" "set" (func $set (param i32 i32 i32 i32 i32 i32 i32)))
(import "tellify:plugin/state@{version}" "delete" (func $delete (param i32 i32 i32)))
(import "tellify:plugin/state@{version}" "increment" (func $increment (param i32 i32 f64 i32 i32 i32)))
(import "tellify:plugin/state@{version}" "keys" (func $keys (param i32 i32 i32 i32 i32 i32 i32)))
"#;

fn host_call(dice: &mut Dice) -> String {
    let (at, length) = (address(dice), size(dice));
    let (more, most) = (address(dice), size(dice));
    let some = dice.below(3);
    let answer = address(dice);
    let number = ["0", "1.5", "nan", "inf", "-0x1p+1023"][dice.below(5) as usize];
    match dice.below(6) {
        0 => format!("(call $log (i32.const {some}) (i32.const {at}) (i32.const {length}))\n"),
        1 => format!("(call $get (i32.const {at}) (i32.const {length}) (i32.const {answer}))\n"),
        2 => format!(
            "(call $set (i32.const {at}) (i32.const {length}) (i32.const {more}) (i32.const {most}) \
             (i32.const {some}) (i32.const {length}) (i32.const {answer}))\n"
        ),
        3 => format!("(call $delete (i32.const {at}) (i32.const {length}) (i32.const {answer}))\n"),
        4 => format!(
            "(call $increment (i32.const {at}) (i32.const {length}) (f64.const {number}) (i32.const {some}) \
             (i32.const {length}) (i32.const {answer}))\n"
        ),
        _ => format!(
            "(call $keys (i32.const {at}) (i32.const {length}) (i32.const {some}) (i32.const {more}) \
             (i32.const {most}) (i32.const {length}) (i32.const {answer}))\n"
        ),
    }
}

/// Mostly within memory, and mostly where something of that kind may stand.
fn address(dice: &mut Dice) -> u32 {
    match dice.below(10) {
        0 => dice.below(1 << 32) as u32,
        1 => 262_144 - dice.below(16) as u32,
        2 => dice.below(262_144) as u32,
        3 => 61_000 + dice.below(64) as u32,
        4 | 5 => 61_000,
        _ => 60_000,
    }
}

fn size(dice: &mut Dice) -> u32 {
    match dice.below(10) {
        0 => dice.below(1 << 32) as u32,
        1 => dice.below(1 << 17) as u32,
        _ => dice.below(12) as u32,
    }
}

/// Bytes of small numbers, which are lengths, places and variants more often than others.
fn likely(dice: &mut Dice) -> u8 {
    match dice.below(8) {
        0 => dice.below(256) as u8,
        1 => 0xee,
        2 | 3 => dice.below(4) as u8,
        _ => 0,
    }
}
