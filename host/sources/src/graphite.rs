//! The kind `graphite`: the render API of graphite-web and what imitates it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{arguments, unknown_method};
use crate::error::{BadConfig, SourceError};
use crate::kind::{Description, Method};
use crate::sources::Reachable;
use crate::web::{self, Web};

#[derive(Clone)]
pub(crate) struct Graphite(Web);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Render {
    targets: Vec<String>,
    #[serde(default = "lately")]
    from: String,
    until: Option<String>,
    max_points: Option<u32>,
}

/// A series as Graphite sends it.
#[derive(Deserialize)]
struct Series {
    target: String,
    #[serde(default)]
    tags: Value,
    datapoints: Vec<(Option<f64>, i64)>,
}

const WHAT: &str = "Graphite";
/// So many targets are asked for at once, or the URL grows too long for proxies.
const TARGETS_MAX: usize = 64;

fn lately() -> String {
    "-10min".to_owned()
}

impl Graphite {
    pub(crate) fn read(config: &Value) -> Result<Graphite, BadConfig> {
        Web::read(config).map(Graphite)
    }

    pub(crate) async fn call(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        given: Value,
    ) -> Result<Value, SourceError> {
        match method {
            "render" => {
                let series = self.render(reachable, arguments(method, given)?).await?;
                Ok(json!({"series": series.into_iter().map(whole).collect::<Vec<_>>()}))
            }
            "latest" => {
                let series = self.render(reachable, arguments(method, given)?).await?;
                Ok(json!({"values": series.into_iter().map(latest).collect::<Vec<_>>()}))
            }
            other => Err(unknown_method("graphite", other, &["render", "latest"])),
        }
    }

    /// Renders a line that every Graphite can draw.
    pub(crate) async fn probe(&self, reachable: &Reachable<'_>) -> Result<String, SourceError> {
        let render = Render {
            targets: vec!["constantLine(1)".to_owned()],
            from: "-1min".to_owned(),
            until: None,
            max_points: None,
        };
        let series = self.render(reachable, render).await?;
        Ok(format!("Graphite draws {}", if series.is_empty() { "nothing" } else { "a line" }))
    }

    async fn render(&self, reachable: &Reachable<'_>, render: Render) -> Result<Vec<Series>, SourceError> {
        if render.targets.is_empty() || render.targets.len() > TARGETS_MAX {
            let message = format!("`targets` names from one to {TARGETS_MAX} targets");
            return Err(SourceError::BadArguments(message));
        }
        let mut query: Vec<(String, String)> =
            render.targets.into_iter().map(|target| ("target".to_owned(), target)).collect();
        query.push(("from".to_owned(), render.from));
        query.extend(render.until.map(|until| ("until".to_owned(), until)));
        query.extend(render.max_points.map(|most| ("maxDataPoints".to_owned(), most.to_string())));
        query.push(("format".to_owned(), "json".to_owned()));
        let answer = self.0.get(reachable, "render", &query).await?;
        if answer.response.status == 400 {
            let said = web::beginning(&answer.response.body);
            return Err(SourceError::BadArguments(format!("Graphite does not take this: {said}")));
        }
        let json = answer.good(WHAT)?;
        serde_json::from_value(json)
            .map_err(|e| SourceError::Failed(format!("what answers at this URL is no {WHAT}: {e}")))
    }
}

fn whole(series: Series) -> Value {
    let points: Vec<(i64, Option<f64>)> =
        series.datapoints.into_iter().map(|(value, time)| (ms(time), value)).collect();
    json!({"target": series.target, "tags": tags(series.tags), "points": points})
}

/// The last point that has a value.
fn latest(series: Series) -> Value {
    let last = series.datapoints.iter().rev().find_map(|(value, time)| Some(((*value)?, *time)));
    let (value, time) = last.map(|(value, time)| (value, ms(time))).unzip();
    json!({"target": series.target, "tags": tags(series.tags), "time": time, "value": value})
}

fn ms(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}

fn tags(tags: Value) -> Value {
    if tags.is_object() { tags } else { json!({}) }
}

pub(crate) fn description() -> Description {
    let arguments = json!({
        "type": "object",
        "required": ["targets"],
        "additionalProperties": false,
        "properties": {
            "targets": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": TARGETS_MAX, "description": "Graphite's own expressions, such as sumSeries(web.*.errors)."},
            "from": {"type": "string", "default": lately(), "description": "In Graphite's own words, such as -10min or 20:00_20261121."},
            "until": {"type": "string", "description": "The same; absent: now."},
            "max_points": {"type": "integer", "minimum": 1, "description": "Graphite draws longer series together to so many points."},
        },
    });
    let named = json!({"target": {"type": "string"}, "tags": {"type": "object"}});
    let mut series = named.clone();
    series["points"] = json!({"type": "array", "items": {"prefixItems": [{"type": "integer", "description": "Milliseconds since 1970."}, {"type": ["number", "null"]}]}});
    let mut values = named;
    values["time"] = json!({"type": ["integer", "null"], "description": "Milliseconds since 1970."});
    values["value"] = json!({"type": ["number", "null"]});
    let list = |name: &str, item: &Value| json!({"type": "object", "properties": {name: {"type": "array", "items": {"type": "object", "properties": item}}}});
    Description {
        kind: "graphite",
        title: "Graphite",
        description: "Series of a graphite-web, or of something with the same render API.",
        config_schema: web::schema(
            "Graphite",
            web::properties(
                "Where graphite-web is, such as https://graphite.example.org; `render` is asked below it.",
            ),
        ),
        methods: vec![
            Method {
                name: "render",
                summary: "The points of some series.",
                arguments_schema: arguments.clone(),
                result_schema: list("series", &series),
            },
            Method {
                name: "latest",
                summary: "Of each series the last point that has a value.",
                arguments_schema: arguments,
                result_schema: list("values", &values),
            },
        ],
    }
}
