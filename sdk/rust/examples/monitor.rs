//! A monitor: raises an alarm while a page does not answer as it should.
//!
//! Its `plugin.toml` asks for the pages: `[capabilities]` with `http = ["https://*/*"]`,
//! and an administrator grants those that it may look at.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::*;

#[derive(Deserialize, JsonSchema)]
pub struct Config {
    /// The page.
    url: String,
    /// A word that it must hold.
    #[serde(default)]
    word: String,
}

pub struct Page;

impl Monitor for Page {
    type Config = Config;
    const NAME: &'static str = "page";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "A page answers";
    const DESCRIPTION: &'static str = "Raises an alarm while a page does not answer as it should.";

    fn check(config: &Config, _: Timestamp) -> Result<Report, Error> {
        let answer = match Request::get(&config.url).send() {
            // That nobody answers is what this looks for; that it may not look is its own trouble.
            Err(error) if error.is_passing() => return Ok(Report::alarm(error.to_string())),
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

monitor!(Page);
