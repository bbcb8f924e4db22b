//! A well-behaved handler: fires at every `every`-th event of a key, and remembers.

mod logic;

wit_bindgen::generate!({ path: "../../../wit", world: "handler" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::handling::{
    Alert, AlertItem, Condition, Guest as Handling, Outcome, Requirement, Trigger, Wake,
};
use serde_json::{Value, json};
use tellify::plugin::log::{Level, log};
use tellify::plugin::state;
use tellify::plugin::types::{AlertState, Config, Error, NewEvent, Problem, Severity};

struct Counter;
export!(Counter);

impl Descriptor for Counter {
    fn describe() -> Description {
        Description {
            name: "counter".into(),
            version: "1.2.3".into(),
            title: "Counts\nevents".into(),
            description: "Fires at every n-th event.".into(),
            config_schema: json!({
                "type": "object",
                "properties": { "every": { "$ref": "#/$defs/positive" }, "key": { "type": "string" } },
                "required": ["every"],
                "additionalProperties": false,
                "$defs": { "positive": { "type": "integer", "minimum": 1 } },
            })
            .to_string(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(username: String, parameters: String) -> Vec<Problem> {
        let config: Value = serde_json::from_str(&parameters).unwrap();
        if config["key"] == "forbidden" {
            return vec![Problem { pointer: "/key".into(), message: format!("not for {username}") }];
        }
        Vec::new()
    }

    fn title(c: Config) -> String {
        let config: Value = serde_json::from_str(&c.data).unwrap();
        format!("every {} of {}", config["every"], c.owner)
    }

    fn summary(c: Config) -> String {
        format!("revision {}", c.revision)
    }
}

impl Handling for Counter {
    fn required_fields(c: Config) -> Result<Vec<Requirement>, Error> {
        logic::fires(&c.data, 1.0).map_err(Error::BadConfig)?;
        Ok(vec![
            Requirement { field: "project".into(), condition: Condition::Present },
            Requirement { field: "type".into(), condition: Condition::Equals(vec!["\"build\"".into()]) },
            Requirement { field: "data.percent".into(), condition: Condition::AtLeast(0.5) },
        ])
    }

    fn handle(c: Config, now: f64, t: Trigger) -> Result<Outcome, Error> {
        let key = match &t {
            Trigger::Event(event) => event.subject.clone().unwrap_or_default(),
            Trigger::Wake(_) => return Ok(outcome("wake", 0.0, "{}".into(), now)),
            Trigger::Cleared(key) => {
                state::delete(key).unwrap();
                return Ok(Outcome { alerts: vec![], events: vec![], wake: Wake::Clear });
            }
        };
        let count = state::increment(&key, 1.0, Some(60)).unwrap();
        log(Level::Info, &format!("{key} stands at {count}"));
        if key == "refused" {
            return Err(Error::Failed("this one is refused".into()));
        }
        match logic::fires(&c.data, count).map_err(Error::BadConfig)? {
            Some(data) => Ok(outcome(&key, count, data, now)),
            None => Ok(Outcome { alerts: vec![], events: vec![], wake: Wake::Keep }),
        }
    }

    fn alert_text(items: Vec<AlertItem>) -> Option<String> {
        Some(format!("{} at\n{}", items.len(), items[0].alert.key))
    }

    fn alert_ascii(_: Vec<AlertItem>) -> Option<String> {
        None
    }

    fn alert_html(items: Vec<AlertItem>) -> Option<String> {
        Some(format!("<b>{}</b>", items[0].count))
    }
}

fn outcome(key: &str, count: f64, data: String, now: f64) -> Outcome {
    Outcome {
        alerts: vec![Alert {
            key: key.into(),
            state: AlertState::Firing,
            severity: Severity::Warning,
            title: format!("{key}\r\nBcc: everybody"),
            data,
        }],
        events: vec![NewEvent {
            kind: "counted".into(),
            source: None,
            subject: Some(key.into()),
            time: None,
            severity: None,
            effect: None,
            origin: None,
            tags: vec!["count".into()],
            text: String::new(),
            data: "{}".into(),
            dedupe_key: Some(format!("{key}-{count}")),
        }],
        wake: Wake::At(now - 5.0),
    }
}
