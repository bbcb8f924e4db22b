//! An ingest plugin made for 0.1 of the interface: it answers what it finds outside.

wit_bindgen::generate!({ path: "../../../wit/0.1.0", world: "ingest" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::intake::{Accepted, Guest as Intake, Rejection, Reply, Request};
use tellify::plugin::types::{Attribute, Config, NewEvent, Problem};
use tellify::plugin::{http, log, secrets};

struct Elder;
export!(Elder);

impl Descriptor for Elder {
    fn describe() -> Description {
        Description {
            name: "elder".into(),
            version: "1".into(),
            title: "Elder".into(),
            description: String::new(),
            config_schema: "true".into(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(_: String, _: String) -> Vec<Problem> {
        Vec::new()
    }

    fn title(c: Config) -> String {
        c.owner
    }

    fn summary(_: Config) -> String {
        String::new()
    }
}

impl Intake for Elder {
    fn accept(_: Config, now: f64, r: Request) -> Result<Accepted, Rejection> {
        log::log(log::Level::Info, &r.path);
        let found = match r.path.as_str() {
            "/http" => format!("{:?}", http::send(&request(&r.query))),
            "/secret" => format!("{:?}", secrets::get(&r.query)),
            "/hmac" => format!("{:?}", secrets::verify_hmac("key", &r.query, b"data", &r.body)),
            "/equal" => format!("{:?}", secrets::verify_equal("key", &r.query)),
            "/malformed" => return Err(Rejection::Malformed("not this".into())),
            "/ignored" => return Err(Rejection::Ignored("a ping".into())),
            _ => return Err(Rejection::Unauthorized("who is it".into())),
        };
        let reply = Reply { status: 200, headers: Vec::new(), body: b"well".to_vec() };
        Ok(Accepted { events: vec![event(found, now)], reply: Some(reply) })
    }
}

fn request(url: &str) -> http::Request {
    let headers = vec![Attribute { key: "x-a".into(), value: "1".into() }];
    http::Request { method: "GET".into(), url: url.into(), headers, body: Vec::new(), timeout_ms: None }
}

fn event(text: String, now: f64) -> NewEvent {
    NewEvent {
        kind: "found".into(),
        source: None,
        subject: None,
        time: Some(now),
        severity: None,
        effect: None,
        origin: None,
        tags: Vec::new(),
        text,
        data: "{}".into(),
        dedupe_key: None,
    }
}
