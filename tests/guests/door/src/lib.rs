//! An ingest plugin: one event for each line of the body; its path names misdeeds.

wit_bindgen::generate!({ path: "../../../wit", world: "ingest" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::intake::{Accepted, Guest as Intake, Rejection, Reply, Request};
use tellify::plugin::types::{Attribute, Config, NewEvent, Problem};
use tellify::plugin::{http, secrets};

struct Door;
export!(Door);

impl Descriptor for Door {
    fn describe() -> Description {
        Description {
            name: "door".into(),
            version: "1".into(),
            title: "Door".into(),
            description: String::new(),
            // Refers to itself: validating with it would never end.
            config_schema: r##"{"$ref":"#"}"##.into(),
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

impl Intake for Door {
    fn accept(_: Config, now: f64, r: Request) -> Result<Accepted, Rejection> {
        match r.path.as_str() {
            "/malformed" => return Err(Rejection::Malformed("line 3\nis bad".into())),
            "/unauthorized" => return Err(Rejection::Unauthorized("no signature".into())),
            "/failed" => return Err(Rejection::Failed("the key is missing".into())),
            "/ignored" => return Err(Rejection::Ignored("a ping".into())),
            "/http" => {
                let request = http::Request {
                    method: "GET".into(),
                    url: "http://127.0.0.1/".into(),
                    headers: vec![],
                    body: vec![],
                    timeout_ms: None,
                };
                return Err(Rejection::Malformed(format!("{:?}", http::send(&request).unwrap_err())));
            }
            "/secret" => return Err(Rejection::Malformed(format!("{:?}", secrets::get("s").unwrap_err()))),
            _ => {}
        }
        let body = String::from_utf8_lossy(&r.body);
        let mut events: Vec<NewEvent> = body.lines().map(|line| event(line, now)).collect();
        match r.path.as_str() {
            "/late" => events.iter_mut().for_each(|e| e.time = Some(now + 86_401_000.0)),
            "/reserved" => events.iter_mut().for_each(|e| e.kind = "tellify.x".into()),
            "/data" => events.iter_mut().for_each(|e| e.data = std::mem::take(&mut e.text)),
            _ => {}
        }
        let reply = match r.path.as_str() {
            "/cookie" => Some(reply(200, "Set-Cookie")),
            "/redirect" => Some(reply(302, "x-a")),
            "/reply" => Some(reply(201, "X-Taken")),
            _ => None,
        };
        Ok(Accepted { events, reply })
    }
}

fn reply(status: u16, header: &str) -> Reply {
    let headers = vec![Attribute { key: header.into(), value: "v".into() }];
    Reply { status, headers, body: b"thanks".to_vec() }
}

fn event(line: &str, now: f64) -> NewEvent {
    NewEvent {
        kind: "line".into(),
        source: None,
        subject: None,
        time: Some(now),
        severity: None,
        effect: None,
        origin: None,
        tags: vec![],
        text: line.into(),
        data: "{}".into(),
        dedupe_key: None,
    }
}
