//! A handler that imports WASI, as language runtimes do, and looks at what is there.

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "test:runtime/runtime",
    generate_all,
});

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::handling::{AlertItem, Guest as Handling, Outcome, Requirement, Trigger};
use tellify::plugin::types::{Config, Error, Problem};
use wasi::cli::{environment, stderr};
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::random::random;
use wasi::sockets::instance_network;

struct Runtime;
export!(Runtime);

impl Descriptor for Runtime {
    fn describe() -> Description {
        Description {
            name: "runtime".into(),
            version: "1".into(),
            title: String::new(),
            description: String::new(),
            config_schema: "true".into(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(_: String, _: String) -> Vec<Problem> {
        Vec::new()
    }

    fn title(_: Config) -> String {
        String::new()
    }

    fn summary(_: Config) -> String {
        String::new()
    }
}

impl Handling for Runtime {
    fn required_fields(_: Config) -> Result<Vec<Requirement>, Error> {
        Ok(Vec::new())
    }

    /// Answers what it found as its error, since that is a text.
    fn handle(c: Config, _: f64, _: Trigger) -> Result<Outcome, Error> {
        let found = match c.data.trim_matches('"') {
            "surroundings" => format!(
                "{:?} {:?} {}",
                environment::get_environment(),
                environment::get_arguments(),
                preopens::get_directories().len()
            ),
            "clock" => {
                let now = wall_clock::now();
                format!("{}.{:09}", now.seconds, now.nanoseconds)
            }
            "sleep" => {
                monotonic_clock::subscribe_duration(3_600_000_000_000).block();
                "woken".into()
            }
            "random" => format!("{:?}", random::get_random_bytes(40)),
            "much-random" => format!("{:?}", random::get_random_bytes(1 << 40)),
            "write" => {
                let stream = stderr::get_stderr();
                for i in 0..50 {
                    let line = format!("{i:03} {}\n", "x".repeat(4_000));
                    stream.blocking_write_and_flush(line.as_bytes()).unwrap();
                }
                stream.blocking_write_and_flush(b"the last words\n").unwrap();
                core::arch::wasm32::unreachable()
            }
            "socket" => {
                instance_network::instance_network();
                "a network".into()
            }
            other => other.to_owned(),
        };
        Err(Error::Failed(found))
    }

    fn alert_text(_: Vec<AlertItem>) -> Option<String> {
        None
    }

    fn alert_ascii(_: Vec<AlertItem>) -> Option<String> {
        None
    }

    fn alert_html(_: Vec<AlertItem>) -> Option<String> {
        None
    }
}
