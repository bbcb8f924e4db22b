//! A channel made for 0.1 of the interface: it tells in its receipt what it was handed.

wit_bindgen::generate!({ path: "../../../wit/0.1.0", world: "channel" });

use exports::tellify::plugin::delivering::{Guest as Delivering, Message, Receipt};
use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use tellify::plugin::types::{Config, Error, Problem};

struct Elder;
export!(Elder);

impl Descriptor for Elder {
    fn describe() -> Description {
        Description {
            name: "elder-channel".into(),
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

impl Delivering for Elder {
    fn deliver(_: Config, m: Message) -> Result<Receipt, Error> {
        match m.subject.as_str() {
            "endless" => Ok(Receipt { reference: Some("x".repeat(1_001)) }),
            "lines" => Ok(Receipt { reference: Some("a\r\nb".into()) }),
            "nothing" => Ok(Receipt { reference: Some(String::new()) }),
            _ => {
                let (links, previous) = (m.links.len(), m.previous.unwrap_or_default());
                let item = &m.items[0];
                let reference =
                    format!("{} {} {previous} {links} {} {}", m.id, m.attempt, item.key, item.data);
                Ok(Receipt { reference: Some(reference) })
            }
        }
    }
}
