//! Takes reports of finished jobs: `{"job": "backup", "status": "good"}`, and whatever else
//! there is to say.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::*;

/// What a door configures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The type of the events that are made.
    #[serde(rename = "type", default = "job_done")]
    kind: String,
}

fn job_done() -> String {
    "job.done".to_owned()
}

struct Plugin;

impl Ingest for Plugin {
    type Config = Config;
    const NAME: &'static str = "{{name}}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Reports of jobs";
    const DESCRIPTION: &'static str = "Takes a JSON object with `job` and `status`, and whatever else there is.";

    fn accept(config: &Config, _now: Timestamp, request: &Request) -> Result<Accepted, Rejection> {
        let token = request.header("x-token").unwrap_or_default();
        // The secret itself stays with the daemon, which compares.
        let is_known = secrets::verify_equal("{{name}}-token", token);
        if !is_known.map_err(|error| Rejection::Failed(error.to_string()))? {
            return Err(Rejection::Unauthorized("the header `x-token` is not the token".to_owned()));
        }
        let data: Value = serde_json::from_slice(&request.body)
            .map_err(|_| Rejection::Malformed("the body is no JSON".to_owned()))?;
        let Some(job) = data["job"].as_str() else {
            return Err(Rejection::Malformed("the body has no `job`".to_owned()));
        };
        let mut event = NewEvent::new(&config.kind);
        event.subject = Some(job.to_owned());
        event.data = data;
        Ok(Accepted::events(vec![event]))
    }
}

ingest!(Plugin);

#[cfg(test)]
mod tests {
    use super::*;
    use tellify_plugin::testing;

    #[test]
    fn a_report_becomes_an_event() {
        testing::set_secret("{{name}}-token", "open sesame");
        let request = Request {
            headers: vec![("x-token".into(), "open sesame".into())],
            body: br#"{"job": "backup"}"#.to_vec(),
            ..Request::default()
        };
        let accepted = testing::accept::<Plugin>(&json!({}), Timestamp(0), &request).unwrap();
        assert_eq!(accepted.events[0].subject.as_deref(), Some("backup"));
    }
}
