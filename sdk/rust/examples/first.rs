//! A first handler: tells of builds that failed on the blocks that you name.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::*;

#[derive(Deserialize, JsonSchema)]
pub struct Config {
    /// The blocks, as a comma list.
    blocks: AnyOf,
}

pub struct First;

impl Handler for First {
    type Config = Config;
    const NAME: &'static str = "first";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Builds on my blocks";
    const DESCRIPTION: &'static str = "Fires while a build fails on one of these blocks.";

    fn required_fields(config: &Config) -> Vec<Requirement> {
        vec![Requirement::any_of("block", &config.blocks), Requirement::present("status")]
    }

    fn handle(_: &Config, _: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        let Some(event) = trigger.event() else { return Ok(()) };
        let block = event.string("block").unwrap_or_default();
        match event.string("status").as_deref() {
            Some("fail") => out.firing(&block, Severity::Error, format!("{block} failed")),
            _ => out.resolved(&block, Severity::Error, format!("{block} builds again")),
        };
        Ok(())
    }
}

handler!(First);
