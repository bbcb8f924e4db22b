//! What calls leave behind: no memory of the host's, and nothing for the next owner to read.

use std::fs;
use std::sync::Arc;

use event::{Name, Timestamp};
use plugins::{CallError, Config, Host, HostOptions, Plugin, Trigger};
use serde_json::{Value, json};

use crate::hostile::attack::{Nothing, text_guest};
use crate::kill::size;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// So much may the process grow, whatever the number of calls.
const GROWTH_MAX: u64 = 10 << 20;

/// Before growth is looked at, allocators and caches take what they keep.
const WARM_UP: usize = 500;

#[test]
fn calls_that_leak_what_they_can_leave_nothing() {
    let calls: usize = size("TELLIFY_CALLS", 4_000);
    let host = Host::new(HostOptions::default()).unwrap();
    let leaky = host.load(text_guest("leaky", LEAKY).component().into()).unwrap();
    let mut before = 0;
    for n in 0..WARM_UP + calls {
        if n == WARM_UP {
            before = resident();
        }
        handle(&leaky, "alice", json!(n)).unwrap();
    }
    let grown = resident().saturating_sub(before);
    println!("leaks: TELLIFY_CALLS={calls}\n  resident memory has grown by {:>27} KiB", grown >> 10);
    assert!(grown < GROWTH_MAX, "{grown} bytes in {calls} calls");
}

/// Takes two hundred handles, a megabyte of memory, and what it may log; gives nothing back.
const LEAKY: &str = r#"
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (local $n i32)
  (loop $again
    (drop (call $stderr))
    (call $log (i32.const 2) (i32.const 128) (i32.const 100))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 200))))
  (memory.fill (i32.mul (i32.const 65536) (memory.grow (i32.const 16))) (i32.const 1) (i32.const 1048576))
  (global.get $zeros))"#;

#[test]
fn no_owner_reads_what_another_left_in_memory() {
    let calls: usize = size("TELLIFY_CANARIES", 1_000);
    let host = Host::new(HostOptions::default()).unwrap();
    let canary = host.load(text_guest("canary", CANARY).component().into()).unwrap();
    let found = (0..calls).filter(|_| {
        handle(&canary, "alice", json!(HIDE)).unwrap();
        handle(&canary, "mallory", json!(SEEK)).is_err()
    });
    assert_eq!(found.count(), 0, "of {calls}");
    println!("canaries: TELLIFY_CANARIES={calls}, found: 0");
    // The control: in one instance, which is one owner's, it would be found.
    let mut instance = canary.handler(Name::new("alice").unwrap());
    let mut call =
        |what| instance.handle(&config("alice", json!(what)), NOW, Trigger::Wake(NOW), Arc::new(Nothing));
    call(HIDE).unwrap();
    assert!(matches!(call(SEEK), Err(CallError::Trap { .. })));
}

const HIDE: u8 = 1;
const SEEK: u8 = 2;

/// Its configuration's one digit says what it does: it fills four megabytes, or breaks
/// off if it has as much memory and something is in there.
const CANARY: &str = r#"
(func $handle (param $in i32) (result i32)
  (local $at i32)
  (if (i32.lt_u (memory.size) (i32.const 68)) (then (drop (memory.grow (i32.const 64)))))
  (if (i32.eq (i32.load8_u (i32.load offset=20 (local.get $in))) (i32.const 0x31))
    (then (memory.fill (i32.const 262144) (i32.const 0xc5) (i32.const 4194304)))
    (else
      (local.set $at (i32.const 262144))
      (loop $again
        (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $again (i32.lt_u (local.get $at) (i32.const 4456448))))))
  (global.get $zeros))"#;

fn handle(plugin: &Plugin, owner: &str, data: Value) -> Result<(), CallError> {
    let mut instance = plugin.handler(Name::new(owner).unwrap());
    instance.handle(&config(owner, data), NOW, Trigger::Wake(NOW), Arc::new(Nothing)).map(drop)
}

fn config(owner: &str, data: Value) -> Config {
    Config { id: "s1".into(), revision: 1, owner: Name::new(owner).unwrap(), data }
}

/// Of this process, which is this test's alone, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
