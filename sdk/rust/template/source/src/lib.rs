//! A service's counters, for monitors that need not know its token.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::*;

/// What a source configures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Where the service is, without a slash at the end.
    url: String,
}

/// What a monitor asks with.
#[derive(Deserialize, JsonSchema)]
struct Which {
    /// Of the counter.
    name: String,
}

struct Plugin;

impl Source for Plugin {
    type Config = Config;
    const NAME: &'static str = "{{name}}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Counters of a service";
    const DESCRIPTION: &'static str = "Asks a service for its counters.";

    fn methods() -> Vec<Method> {
        vec![Method::new::<Which, f64>("latest", "The latest value of a counter.")]
    }

    fn call(config: &Config, _now: Timestamp, method: &str, arguments: &Value) -> Result<Value, QueryError> {
        if method != "latest" {
            return Err(QueryError::UnknownMethod);
        }
        let Which { name } = serde_json::from_value(arguments.clone())?;
        let token = secrets::get("{{name}}-token")?;
        let request = Request::get(format!("{}/counters/{name}", config.url));
        let answer = request.header("authorization", format!("Bearer {token}")).send()?;
        match answer.status {
            200 => Ok(serde_json::from_slice(&answer.body)?),
            404 => Err(QueryError::BadArguments(format!("there is no counter `{name}`"))),
            status => Err(QueryError::Failed(format!("the service answered with {status}"))),
        }
    }
}

source!(Plugin);
