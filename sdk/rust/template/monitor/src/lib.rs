//! Raises an alarm while a page does not answer as it should.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::*;

/// What a monitor's file configures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The page.
    url: String,
    /// A word that it must hold.
    #[serde(default)]
    word: String,
}

struct Plugin;

impl Monitor for Plugin {
    type Config = Config;
    const NAME: &'static str = "{{name}}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "A page answers";
    const DESCRIPTION: &'static str = "Raises an alarm while a page does not answer as it should.";

    fn check(config: &Config, _now: Timestamp) -> Result<Report, Error> {
        let answer = match Request::get(&config.url).send() {
            // That nobody answers is what this looks for; that it may not look is its own trouble.
            Err(error) if error.is_passing() => return Ok(Report::alarm("it does not answer")),
            answer => answer?,
        };
        let report = match answer.status {
            200..300 if answer.text().contains(&config.word) => Report::ok("it answers"),
            200..300 => Report::alarm(format!("it answers without `{}`", config.word)),
            status => Report::alarm(format!("it answers with {status}")),
        };
        Ok(report.value(f64::from(answer.status)))
    }
}

monitor!(Plugin);
