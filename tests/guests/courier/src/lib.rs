//! A channel that posts what it is handed to the URL of its configuration, and ends as the
//! answer says. A test writes over it what it is called, so that it comes in several versions.

wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

use exports::tellify::plugin::delivering::{Guest as Delivering, Item, Message, Receipt};
use exports::tellify::plugin::descriptor::{Description, Guest as Descriptor};
use serde_json::{Value, json};
use tellify::plugin::http;
use tellify::plugin::types::{Config, Error, Problem, RetryLater};

struct Courier;
export!(Courier);

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

fn text(key: &str) -> String {
    // Or the compiler would know what stands there.
    let own: Value = serde_json::from_slice(std::hint::black_box(&OWN)).expect("a test has written it over");
    own[key].as_str().unwrap_or_default().to_owned()
}

impl Descriptor for Courier {
    fn describe() -> Description {
        let schema = json!({
            "type": "object",
            "required": [text("wants")],
            "properties": {"key": {"type": "string", "x-secret": true}},
        });
        Description {
            name: text("name"),
            version: text("version"),
            title: "Courier".into(),
            description: String::new(),
            config_schema: schema.to_string(),
            ui_hints: "{}".into(),
        }
    }

    fn validate(_: String, parameters: String) -> Vec<Problem> {
        let config: Value = serde_json::from_str(&parameters).unwrap_or_default();
        let odd = config["url"] == "nowhere";
        odd.then(|| Problem { pointer: "/url".into(), message: "nowhere is no place".into() }).into_iter().collect()
    }

    fn title(_: Config) -> String {
        String::new()
    }

    fn summary(_: Config) -> String {
        String::new()
    }
}

impl Delivering for Courier {
    fn deliver(c: Config, now: f64, m: Message) -> Result<Receipt, Error> {
        if text("does") == "break" {
            unreachable!("it breaks off before it says a word");
        }
        let config: Value = serde_json::from_str(&c.data).unwrap_or_default();
        let body = json!({
            "version": text("version"), "owner": c.owner, "now": now, "id": m.id, "recipient": m.recipient,
            "severity": format!("{:?}", m.severity), "subject": m.subject, "text": m.text, "ascii": m.ascii,
            "html": m.html, "items": m.items.iter().map(item).collect::<Vec<_>>(),
            "links": m.links.iter().map(|link| json!([link.key, link.value])).collect::<Vec<_>>(),
            "previous": m.previous, "attempt": m.attempt,
        });
        let request = http::Request {
            method: "POST".into(),
            url: config["url"].as_str().unwrap_or_default().into(),
            headers: vec![],
            body: body.to_string().into_bytes(),
            timeout_ms: None,
        };
        let later = |after_ms, reason| Error::Retry(RetryLater { after_ms, reason });
        let answer = http::send(&request).map_err(|error| later(None, format!("{error:?}")))?;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status {
            200..300 => Ok(Receipt { reference: Some(said).filter(|said| !said.is_empty()) }),
            400 => Err(Error::Failed(said)),
            410 => Err(Error::BadConfig(said)),
            418 => unreachable!("it breaks off after all was said"),
            _ => {
                let after = answer.headers.iter().find(|header| header.key == "retry-after");
                let after = after.and_then(|header| header.value.parse::<u32>().ok());
                Err(later(after.map(|s| s * 1000), said))
            }
        }
    }
}

fn item(item: &Item) -> Value {
    json!({
        "id": item.id, "key": item.key, "state": format!("{:?}", item.state),
        "severity": format!("{:?}", item.severity), "title": item.title, "data": item.data, "count": item.count,
        "first": item.first, "last": item.last, "link": item.link,
    })
}
