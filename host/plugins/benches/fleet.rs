//! What plugins cost a daemon that has many: compiling a large one, starting with two
//! hundred, keeping them idle, and stopping one that runs away.
//!
//! `cargo bench -p plugins --bench fleet`; `TELLIFY_FLEET` and `TELLIFY_LARGE_MB` make it
//! smaller. The large one is made up, unless `TELLIFY_LARGE` names the file of a real one. Figures stand beside their goals; only in an optimised build do they mean anything.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use event::{Name, Timestamp};
use plugins::{
    ChildCompiler, CompileLimits, Compiler, Config, Host, HostOptions, Limits, Plugin, StateRead,
    StateUnreadable, Trigger,
};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use testkit::{TextGuest, guest};

const LIMITS: CompileLimits = CompileLimits { cpu_s: 600, memory_bytes: 8 << 30, code_bytes: 1 << 30 };

fn main() {
    match std::env::args().nth(1).as_deref() {
        // What a host of ours starts to compile.
        Some("compile-plugin") => {
            plugins::compile_confined(&LIMITS, io::stdin().lock(), io::stdout().lock()).unwrap();
        }
        Some("--bench") => bench(),
        _ => println!("nothing is measured: use `make bench`"),
    }
}

fn bench() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fleet-{}", std::process::id()));
    large(&folder, size("TELLIFY_LARGE_MB", 20));
    fleet(&folder, size("TELLIFY_FLEET", 200));
    runaway();
    fs::remove_dir_all(&folder).unwrap();
}

fn size(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn host(folder: &Path) -> Host {
    let child = ChildCompiler {
        program: std::env::current_exe().unwrap(),
        arguments: vec!["compile-plugin".into()],
        limits: LIMITS,
        at_once: 2,
    };
    let limits = Limits { component_bytes: 1 << 30, ..Limits::default() };
    let options = HostOptions {
        limits,
        cache_dir: Some(folder.to_owned()),
        compiler: Compiler::Child(child),
        ..HostOptions::default()
    };
    Host::new(options).unwrap()
}

/// A component as large as a whole Python.
fn large(folder: &Path, megabytes: usize) {
    let (component, what): (Arc<[u8]>, _) = match std::env::var("TELLIFY_LARGE") {
        Ok(file) => (fs::read(&file).unwrap().into(), file),
        Err(_) => (made_up(megabytes).into(), "made up".to_owned()),
    };
    let host = host(folder);
    assert!(!host.is_cached(&component));
    let (_, compile) = timed(|| host.load(component.clone()).unwrap());
    let again = self::host(folder);
    assert!(again.is_cached(&component), "it would be compiled again");
    let (_, load) = timed(|| again.load(component.clone()).unwrap());
    let code: u64 = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    println!("a component of {} MB ({what}):", component.len() >> 20);
    row(
        "compiled once, in a process of its own",
        format!("{:.1} s", compile.as_secs_f64()),
        "not in an event's way",
    );
    row("its code", format!("{} MB", code >> 20), "");
    row("found compiled", format!("{:.1} ms", ms(load)), "");
}

/// Of plainer code than a Python has: many functions of some hundred instructions, as
/// interpreters have.
fn made_up(megabytes: usize) -> Vec<u8> {
    let mut text = String::new();
    for function in 0.. {
        if text.len() > megabytes * MODULE_TEXT_PER_MB {
            break;
        }
        writeln!(text, "(func (param $x i32) (result i32) (local $y i32) (local $z i32)").unwrap();
        for step in 0..40 {
            let offset = (function * 31 + step * 7) % 60_000;
            write!(
                text,
                "(local.set $y (i32.add (i32.load offset={offset} (local.get $x)) (i32.const {step})))\
                 (if (i32.lt_s (local.get $y) (local.get $z)) (then (i32.store offset={offset} (local.get $x) (local.get $z))))\
                 (local.set $z (i32.xor (local.get $y) (local.get $z)))"
            )
            .unwrap();
        }
        text += "(local.get $z))\n";
    }
    TextGuest::new("large", &text).component()
}

/// So much text makes a megabyte of code, about.
const MODULE_TEXT_PER_MB: usize = 8 << 20;

fn fleet(folder: &Path, count: usize) {
    let component = guest("counter");
    // Each of its own, by a section that nobody reads.
    let components: Vec<Arc<[u8]>> = (0..count).map(|n| padded(&component, n as u32)).collect();
    let first = host(folder);
    components.iter().for_each(|component| drop(first.load(component.clone()).unwrap()));
    drop(first);

    let again = host(folder);
    let (ready, start) = timed(|| all(&again, &components));
    drop(ready);
    // The first of a host brings what all others share.
    let again = host(folder);
    let (first, others) = components.split_first().unwrap();
    let first = again.load(first.clone()).unwrap();
    let before = anonymous();
    let ready = all(&again, others);
    let idle = anonymous().saturating_sub(before) / others.len();
    println!("{count} installed plugins:");
    row("ready from the cache", format!("{:.0} ms", ms(start)), "1000 ms");
    row("memory of an idle one, beyond its code", format!("{} KiB", idle >> 10), "64 KiB");
    drop((first, ready));
}

/// As a start loads them: each on a thread that may wait.
fn all(host: &Host, components: &[Arc<[u8]>]) -> Vec<Plugin> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let parts = components.chunks(components.len().div_ceil(threads));
        let load = |component: &Arc<[u8]>| host.load(component.clone()).unwrap();
        let running: Vec<_> =
            parts.map(|part| scope.spawn(move || part.iter().map(load).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn padded(component: &[u8], n: u32) -> Arc<[u8]> {
    let section = [&[0, 6, 1, b'n'][..], &n.to_le_bytes()].concat();
    [component, &section].concat().into()
}

/// By its processor's time, since others may have the processor as well.
fn runaway() {
    const TRIES: usize = 10;
    let plugin = Host::new(HostOptions::default()).unwrap().load(guest("hostile")).unwrap();
    let owner = Name::new("alice").unwrap();
    let config = Config { id: "s1".into(), revision: 1, owner: owner.clone(), data: json!("spin") };
    let worst = (0..TRIES).map(|_| {
        let mut instance = plugin.handler(owner.clone());
        let begin = cpu();
        let ended = instance.handle(&config, Timestamp(1), Trigger::Wake(Timestamp(1)), Arc::new(Nothing));
        let used = cpu() - begin;
        ended.unwrap_err();
        used.saturating_sub(Limits::default().cpu)
    });
    let worst = worst.max().unwrap();
    println!("a runaway, {TRIES} times:");
    row("stopped after its deadline, at the latest", format!("{:.1} ms", ms(worst)), "10 ms");
}

fn row(what: &str, figure: String, goal: &str) {
    println!("  {what:<44} {figure:>10}   {goal}");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let made = work();
    (made, begin.elapsed())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Memory of this process that no file backs, in bytes.
fn anonymous() -> usize {
    status("RssAnon:").trim_end_matches(" kB").trim().parse::<usize>().unwrap() << 10
}

fn status(what: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix(what)).unwrap().trim().to_owned()
}

/// Nothing is kept.
struct Nothing;

impl StateRead for Nothing {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(None)
    }

    fn keys(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, StateUnreadable> {
        Ok(Vec::new())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(0)
    }
}
