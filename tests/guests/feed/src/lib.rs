//! An ingest plugin that tries what it is told to, and says what came of it: a line of the
//! body is `http URL`, `secret NAME` or `verify NAME VALUE`, and becomes an event.

wit_bindgen::generate!({ path: "../../../wit", world: "ingest" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::intake::{Accepted, Guest as Intake, Rejection, Request};
use tellify::plugin::types::{Config, NewEvent, Problem};
use tellify::plugin::{http, secrets};

struct Feed;
export!(Feed);

impl Descriptor for Feed {
    fn describe() -> Description {
        Description {
            name: "feed".into(),
            version: "1".into(),
            title: "Feed".into(),
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

impl Intake for Feed {
    fn accept(_: Config, _: f64, r: Request) -> Result<Accepted, Rejection> {
        let body = String::from_utf8_lossy(&r.body);
        let events = body.lines().map(|line| event(tried(line))).collect();
        Ok(Accepted { events, reply: None })
    }
}

fn tried(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["http", url] => {
            let request = http::Request {
                method: "GET".into(),
                url: url.into(),
                headers: vec![],
                body: vec![],
                timeout_ms: None,
            };
            match http::send(&request) {
                Ok(response) => format!("status {}", response.status),
                Err(error) => format!("{error:?}"),
            }
        }
        ["secret", name] => match secrets::get(name) {
            Ok(value) => format!("{} bytes", value.len()),
            Err(error) => format!("{error:?}"),
        },
        ["verify", name, value] => format!("{:?}", secrets::verify_equal(name, value)),
        _ => "?".into(),
    }
}

fn event(text: String) -> NewEvent {
    NewEvent {
        kind: "tried".into(),
        source: None,
        subject: None,
        time: None,
        severity: None,
        effect: None,
        origin: None,
        tags: vec![],
        text,
        data: "{}".into(),
        dedupe_key: None,
    }
}
