//! Components that are small, and cost hours or all memory to compile.

use std::fmt::Write;
use std::fs;

use serde_json::Value;
use testkit::{TextGuest, guest};

use crate::process::Process;

/// Less than is allowed by default, so that the bombs need not be as large.
const LIMITS: &str = "[plugins]\ncompile_cpu_s = 3\ncompile_memory_bytes = 268435456\n";

/// What an explosion is answered with.
const COSTLY: &str = "compiling the component takes more than";

fn bombs() -> Vec<(&'static str, String)> {
    vec![
        ("a function of a million instructions", huge_function(1_000_000)),
        ("fifty thousand locals in two thousand loops", locals_in_loops(49_000, 2_000)),
        ("two hundred thousand functions", many_functions(200_000)),
        ("blocks that are nested a hundred thousand deep", nested_blocks(100_000)),
        ("a hundred tables of sixty thousand branches", branch_tables(100, 60_000)),
    ]
}

/// Each value is still needed in the end, so that none can be let go.
fn huge_function(instructions: usize) -> String {
    let mut text = "(func $huge (param $x i32) (result i32)\n".to_owned();
    for n in 0..instructions / 4 {
        writeln!(text, "(local.get $x) (i32.load offset={})", n % 4096).unwrap();
    }
    text += &"i32.xor ".repeat(instructions / 4 - 1);
    text + ")"
}

/// Each loop may find any local changed.
fn locals_in_loops(locals: usize, loops: usize) -> String {
    let mut text = format!("(func $locals (param $x i32)\n(local {})\n", "i32 ".repeat(locals));
    for n in 0..loops {
        writeln!(text, "(loop $l{n} (br_if $l{n} (local.get $x))").unwrap();
        for local in 0..50 {
            let at = (n * 50 + local) % locals + 1;
            write!(text, "(local.set {at} (i32.add (local.get {at}) (i32.const 1)))").unwrap();
        }
    }
    text += &")".repeat(loops);
    text + ")"
}

fn many_functions(count: usize) -> String {
    let body =
        "(param $x i32) (result i32) (i32.mul (i32.load (local.get $x)) (i32.load offset=4 (local.get $x)))";
    format!("(func {body})\n").repeat(count)
}

fn nested_blocks(depth: usize) -> String {
    let (begin, end) = ("block local.get $x br_if 0 ".repeat(depth), "end ".repeat(depth));
    format!("(func $nested (param $x i32) {begin} {end})")
}

fn branch_tables(tables: usize, branches: usize) -> String {
    let table = format!("(block (block (br_table {} (local.get $x))))\n", "0 1 ".repeat(branches / 2));
    format!("(func $tables (param $x i32)\n{})", table.repeat(tables))
}

#[test]
fn what_costs_too_much_to_compile_is_refused_and_the_daemon_serves_on() {
    let mut daemon = Process::start(LIMITS);
    let install = |name: &str, component: &[u8]| {
        let file = daemon.folder.path().join("component.wasm");
        fs::write(&file, component).unwrap();
        let ended = daemon.client(&["plugin", "install", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        println!("{name} ({} KiB): {}", component.len() >> 10, said.trim());
        (ended.status.success(), said)
    };
    let mut exploded = 0;
    for (name, fields) in bombs() {
        let (installed, said) = install(name, &TextGuest::new("bomb", &fields).component());
        // A better compiler may defuse one.
        assert!(installed || said.contains(COSTLY), "{name}: {said}");
        exploded += usize::from(!installed);
        assert_eq!(daemon.ask("GET", "/readyz", "").unwrap().0, 200, "{name}");
    }
    assert!(exploded >= 3, "only {exploded} exploded: these are no bombs any more");
    let (installed, said) = install("a good plugin", &guest("counter"));
    assert!(installed, "{said}");
    let listed = daemon.client(&["plugin", "show", "counter", "-o", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["kind"], "handler", "{listed}");
    assert!(daemon.lives());
}
