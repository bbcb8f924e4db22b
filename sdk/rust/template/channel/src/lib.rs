//! Hands each message to a service that sends it on to a telephone, as one line.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::*;

/// What an address configures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The telephone's number.
    number: String,
}

struct Plugin;

impl Channel for Plugin {
    type Config = Config;
    const NAME: &'static str = "{{name}}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Short messages";
    const DESCRIPTION: &'static str = "Sends one line to a telephone.";

    fn deliver(config: &Config, _now: Timestamp, message: &Message) -> Result<Receipt, Error> {
        let body = json!({ "to": config.number, "text": message.text });
        let request = Request::post("https://sms.example.org/send");
        // A message may come twice, after a crash: by its id the service knows it again.
        let answer = request.header("idempotency-key", &message.id).json(&body)?.send()?;
        match answer.status {
            200..300 => Ok(Receipt::of(answer.header("x-message-id").unwrap_or_default())),
            429 | 500.. => {
                let pause = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
                let reason = format!("the service answered with {}", answer.status);
                Err(Error::Retry { after_ms: pause.map(|seconds: u32| seconds * 1000), reason })
            }
            400 => Err(Error::BadConfig(format!("{} is no number that it sends to", config.number))),
            status => Err(Error::failed(format!("the service answered with {status}"))),
        }
    }
}

channel!(Plugin);
