//! Tells of what has failed several times in a row, and when it works again.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::*;

/// What a subscription configures: people fill it in as a form.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field whose values are counted apart, such as `job`.
    key: String,
    /// So many failures in a row are told of.
    #[serde(default = "three")]
    #[schemars(range(min = 1))]
    limit: u32,
}

fn three() -> u32 {
    3
}

struct Plugin;

impl Handler for Plugin {
    type Config = Config;
    const NAME: &'static str = "{{name}}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Failures in a row";
    const DESCRIPTION: &'static str = "Fires when something has failed several times in a row, and resolves when \
        it works again.";

    fn title(config: &Config) -> String {
        format!("{} failures of a {} in a row", config.limit, config.key)
    }

    /// It is called for no other events, which costs nothing.
    fn required_fields(config: &Config) -> Vec<Requirement> {
        vec![Requirement::present(&config.key), Requirement::present("status")]
    }

    fn handle(config: &Config, _now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        match trigger {
            Trigger::Event(event) => count(config, event, out),
            // Somebody has seen to it: count anew.
            Trigger::Cleared(key) => Ok(state::delete(&place(key))?),
            Trigger::Wake(_) => Ok(()),
        }
    }
}

handler!(Plugin);

fn count(config: &Config, event: &Event, out: &mut Outcome) -> Result<(), Error> {
    let key = event.string(&config.key).unwrap_or_default();
    let failed = event.string("status").as_deref() == Some("fail");
    let before: u32 = state::get(&place(&key))?.unwrap_or(0);
    if failed {
        let now = before + 1;
        state::set(&place(&key), &now)?;
        if now >= config.limit {
            let title = format!("{key} failed {now} times in a row");
            out.firing(&key, Severity::Error, title).data = json!({ "count": now });
        }
    } else if before > 0 {
        state::delete(&place(&key))?;
        if before >= config.limit {
            let title = format!("{key} works again after {before} failures");
            out.resolved(&key, Severity::Error, title).data = json!({ "count": before });
        }
    }
    Ok(())
}

/// Where a count is kept in this subscription's own store.
fn place(key: &str) -> String {
    format!("n:{key}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tellify_plugin::testing::Stage;

    #[test]
    fn the_second_failure_in_a_row_fires() {
        let mut stage = Stage::<Plugin>::new(json!({ "key": "job", "limit": 2 }));
        stage.event(json!({ "job": "backup", "status": "fail" }));
        assert_eq!(stage.told(), [] as [&str; 0]);
        stage.event(json!({ "job": "backup", "status": "fail" }));
        assert_eq!(stage.told(), ["error firing backup: backup failed 2 times in a row"]);
        stage.event(json!({ "job": "backup", "status": "good" }));
        assert_eq!(stage.firing(), [] as [&str; 0]);
    }
}
