//! A source that is what a test writes over it, as `changeling` is a handler; its methods do
//! what they are called.

wit_bindgen::generate!({ path: "../../../wit", world: "source" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::querying::{Guest as Querying, Method, QueryError};
use serde_json::{Value, json};
use tellify::plugin::http::{self, Request};
use tellify::plugin::secrets;
use tellify::plugin::types::{Config, Problem};

struct Gauge;
export!(Gauge);

const BYTES: usize = 512;
const MARK: &[u8] = b"@changeling@";

/// JSON with `version`, and `wants`, a field that configurations must have.
static OWN: [u8; BYTES] = {
    let mut bytes = [b' '; BYTES];
    let mut i = 0;
    while i < MARK.len() {
        bytes[i] = MARK[i];
        i += 1;
    }
    bytes
};

const METHODS: [&str; 10] =
    ["test", "read", "query", "fetch", "break", "spin", "fail", "refuse", "nonsense", "flood"];

fn text(key: &str) -> String {
    // Or the compiler would know what stands there.
    let own: Value = serde_json::from_slice(std::hint::black_box(&OWN)).expect("a test has written it over");
    own[key].as_str().unwrap_or_default().to_owned()
}

impl Descriptor for Gauge {
    fn describe() -> Description {
        let schema = json!({
            "type": "object",
            "required": [text("wants")],
            "properties": {
                "room": {"type": "string"},
                "floor": {"type": "integer"},
                "password": {"type": "string", "x-secret": true},
            },
            "additionalProperties": false,
        });
        Description {
            name: "gauge".into(),
            version: text("version"),
            title: "Gauge".into(),
            description: "Does what it is asked.".into(),
            config_schema: schema.to_string(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(_: String, parameters: String) -> Vec<Problem> {
        let parameters: Value = serde_json::from_str(&parameters).expect("the host hands in JSON");
        match parameters["room"].as_str() {
            Some("attic") => vec![Problem { pointer: "/room".into(), message: "there is no attic".into() }],
            _ => Vec::new(),
        }
    }

    fn title(_: Config) -> String {
        String::new()
    }

    fn summary(_: Config) -> String {
        String::new()
    }
}

impl Querying for Gauge {
    fn methods() -> Vec<Method> {
        let method = |name: &str| Method {
            name: name.into(),
            summary: format!("It {name}s."),
            arguments_schema: r#"{"type": "object"}"#.into(),
            result_schema: "true".into(),
        };
        METHODS.map(method).into()
    }

    fn call(c: Config, _: f64, method: String, arguments: String) -> Result<String, QueryError> {
        let config: Value = serde_json::from_str(&c.data).expect("the host hands in JSON");
        let arguments: Value = serde_json::from_str(&arguments).expect("the host hands in JSON");
        let password = config["password"].as_str().unwrap_or_default();
        let answer = match method.as_str() {
            "test" => json!(format!("a gauge {}", text("version"))),
            "read" => json!({
                "version": text("version"), "room": config["room"], "password": password.len(),
                "argument": arguments["x"], "id": c.id,
            }),
            "query" => json!({"asked": arguments["q"]}),
            "fetch" => return fetch(arguments["url"].as_str().unwrap_or_default()),
            "break" => panic!("a gauge breaks at {password}"),
            "spin" => loop {
                std::hint::black_box(0);
            },
            "fail" => return Err(QueryError::Failed(format!("{password} is not let in"))),
            "refuse" => return Err(QueryError::BadConfig("there is no such room".into())),
            "nonsense" => return Ok("{".into()),
            "flood" => json!("x".repeat(2 << 20)),
            _ => return Err(QueryError::UnknownMethod),
        };
        Ok(answer.to_string())
    }
}

/// What lies there, asked with a secret in a header.
fn fetch(url: &str) -> Result<String, QueryError> {
    let key = secrets::get("gauge-key").map_err(|error| QueryError::Failed(format!("{error:?}")))?;
    let header = tellify::plugin::types::Attribute { key: "x-key".into(), value: key };
    let request =
        Request { method: "GET".into(), url: url.into(), headers: vec![header], body: vec![], timeout_ms: None };
    let answer = http::send(&request).map_err(|error| QueryError::Failed(format!("{error:?}")))?;
    Ok(json!({"status": answer.status}).to_string())
}
