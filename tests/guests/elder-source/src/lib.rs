//! A source made for 0.1 of the interface: its method is the error that it answers with.

wit_bindgen::generate!({ path: "../../../wit/0.1.0", world: "source" });

use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use exports::tellify::plugin::querying::{Guest as Querying, Method};
use tellify::plugin::types::{Config, Error, Problem, RetryLater};

struct Elder;
export!(Elder);

impl Descriptor for Elder {
    fn describe() -> Description {
        Description {
            name: "elder-source".into(),
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

impl Querying for Elder {
    fn methods() -> Vec<Method> {
        let method = |name: &str| Method {
            name: name.into(),
            summary: String::new(),
            arguments_schema: r#"{"type":"array"}"#.into(),
            result_schema: "true".into(),
        };
        ["echo", "fail", "later", "never"].map(method).into()
    }

    fn call(c: Config, method: String, arguments: String) -> Result<String, Error> {
        match method.as_str() {
            "echo" => Ok(format!("{{\"data\":{},\"arguments\":{arguments}}}", c.data)),
            "fail" => Err(Error::Failed("as it was told".into())),
            "later" => Err(Error::Retry(RetryLater { after_ms: Some(7), reason: "busy".into() })),
            _ => Err(Error::BadConfig("as it was told".into())),
        }
    }
}
