//! A channel: hands each message to a service that sends it on, as one line.
//!
//! Its `plugin.toml` asks for `http = ["https://sms.example.org/send"]`, and says
//! `one-line = true` under `[channel]`.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::*;

#[derive(Deserialize, JsonSchema)]
pub struct Config {
    /// The telephone's number.
    number: String,
}

pub struct Sms;

impl Channel for Sms {
    type Config = Config;
    const NAME: &'static str = "sms";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Short messages";
    const DESCRIPTION: &'static str = "Sends one line to a telephone.";

    fn deliver(config: &Config, _: Timestamp, message: &Message) -> Result<Receipt, Error> {
        let body = json!({ "to": config.number, "text": message.text });
        let request = Request::post("https://sms.example.org/send").header("idempotency-key", &message.id);
        let answer = request.json(&body)?.send()?;
        match answer.status {
            200..300 => Ok(Receipt::of(answer.header("x-message-id").unwrap_or_default())),
            429 | 500.. => {
                let after_ms =
                    answer.header("retry-after").and_then(|s| s.parse().ok()).map(|s: u32| s * 1_000);
                Err(Error::Retry { after_ms, reason: format!("the service answered with {}", answer.status) })
            }
            400 => Err(Error::BadConfig(format!("{} is no number that it sends to", config.number))),
            status => Err(Error::failed(format!("the service answered with {status}"))),
        }
    }
}

channel!(Sms);
