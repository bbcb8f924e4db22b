//! A handler that is what a test writes over it, so that it comes in as many versions as a
//! test wants without being built for each.

wit_bindgen::generate!({ path: "../../../wit", world: "handler" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::handling::{Alert, AlertItem, Guest as Handling, Outcome, Requirement, Trigger, Wake};
use serde_json::{Value, json};
use tellify::plugin::state;
use tellify::plugin::types::{AlertState, Config, Error, Problem, Severity};

struct Changeling;
export!(Changeling);

const BYTES: usize = 512;
const MARK: &[u8] = b"@changeling@";

/// JSON with `name` and `version`; `wants`, a field that configurations must have; `does`.
static OWN: [u8; BYTES] = {
    let mut bytes = [b' '; BYTES];
    let mut i = 0;
    while i < MARK.len() {
        bytes[i] = MARK[i];
        i += 1;
    }
    bytes
};

fn own() -> Value {
    // Or the compiler would know what stands there.
    serde_json::from_slice(std::hint::black_box(&OWN)).expect("a test has written it over")
}

fn text(key: &str) -> String {
    own()[key].as_str().unwrap_or_default().to_owned()
}

impl Descriptor for Changeling {
    fn describe() -> Description {
        Description {
            name: text("name"),
            version: text("version"),
            title: "Changeling".into(),
            description: String::new(),
            config_schema: json!({"type": "object", "required": [text("wants")]}).to_string(),
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

impl Handling for Changeling {
    fn required_fields(_: Config) -> Result<Vec<Requirement>, Error> {
        Ok(Vec::new())
    }

    /// Tells which version it is, and how often any version was called before.
    fn handle(_: Config, _: f64, _: Trigger) -> Result<Outcome, Error> {
        match text("does").as_str() {
            "break" => panic!("a changeling breaks"),
            "fail" => return Err(Error::Failed("a changeling fails".into())),
            _ => {}
        }
        let count = state::increment("calls", 1.0, None).expect("a number fits");
        let note = Alert {
            key: format!("call-{count}"),
            state: AlertState::Note,
            severity: Severity::Notice,
            title: format!("version {} at call {count}", text("version")),
            data: "{}".into(),
        };
        Ok(Outcome { alerts: vec![note], events: vec![], wake: Wake::Keep })
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
