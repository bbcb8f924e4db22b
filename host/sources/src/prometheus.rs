//! The kind `prometheus`: the HTTP API of Prometheus, Thanos, Mimir or VictoriaMetrics.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::arguments::{arguments, unknown_method};
use crate::error::{BadConfig, SourceError};
use crate::kind::{Description, Method};
use crate::sources::Reachable;
use crate::web::{self, Web};

#[derive(Clone)]
pub(crate) struct Prometheus(Web);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    query: String,
    time: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryRange {
    query: String,
    start: Moment,
    end: Moment,
    step: Step,
}

/// Milliseconds since 1970, or RFC 3339.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a time is milliseconds since 1970, or text such as 2026-11-21T20:00:00Z")]
enum Moment {
    Ms(i64),
    Text(String),
}

/// Seconds, or a duration in Prometheus's own words.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a step is a number of seconds, or text such as 1m")]
enum Step {
    Seconds(f64),
    Text(String),
}

/// What Prometheus wraps its answers in.
#[derive(Deserialize)]
struct Envelope {
    status: String,
    #[serde(default)]
    data: Data,
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default, rename = "resultType")]
    result_type: String,
    #[serde(default)]
    result: Value,
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    metric: Map<String, Value>,
    value: (f64, String),
}

#[derive(Deserialize)]
struct Matrix {
    #[serde(default)]
    metric: Map<String, Value>,
    values: Vec<(f64, String)>,
}

const WHAT: &str = "Prometheus";

impl Prometheus {
    pub(crate) fn read(config: &Value) -> Result<Prometheus, BadConfig> {
        Web::read(config).map(Prometheus)
    }

    pub(crate) async fn call(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        given: Value,
    ) -> Result<Value, SourceError> {
        match method {
            "query" => {
                let Query { query, time } = arguments(method, given)?;
                let mut asked = vec![("query", query)];
                asked.extend(time.map(|time| ("time", time.text())));
                self.ask(reachable, "api/v1/query", asked).await.and_then(values)
            }
            "query_range" => {
                let QueryRange { query, start, end, step } = arguments(method, given)?;
                let asked = vec![
                    ("query", query),
                    ("start", start.text()),
                    ("end", end.text()),
                    ("step", step.text()),
                ];
                self.ask(reachable, "api/v1/query_range", asked).await.and_then(series)
            }
            other => Err(unknown_method("prometheus", other, &["query", "query_range"])),
        }
    }

    pub(crate) async fn probe(&self, reachable: &Reachable<'_>) -> Result<String, SourceError> {
        self.ask(reachable, "api/v1/query", vec![("query", "1".to_owned())]).await?;
        // Not everything that answers queries tells what it is.
        let info = self.0.get(reachable, "api/v1/status/buildinfo", &[]).await?;
        let version = info.json.as_ref().and_then(|json| json["data"]["version"].as_str());
        Ok(version.map_or_else(|| "it answers queries".to_owned(), |version| format!("Prometheus {version}")))
    }

    async fn ask(
        &self,
        reachable: &Reachable<'_>,
        path: &str,
        query: Vec<(&str, String)>,
    ) -> Result<Envelope, SourceError> {
        let timeout = ("timeout".to_owned(), format!("{}ms", reachable.limits.time.as_millis().max(1)));
        let query = query.into_iter().map(|(name, value)| (name.to_owned(), value));
        let query: Vec<(String, String)> = query.chain([timeout]).collect();
        let answer = self.0.get(reachable, path, &query).await?;
        // Its own words come with any status.
        let said = answer.json.as_ref().and_then(|json| Envelope::deserialize(json).ok());
        match said {
            Some(envelope) if envelope.status == "success" => Ok(envelope),
            Some(envelope) if envelope.status == "error" => Err(refused(envelope)),
            _ => Err(match answer.good(WHAT) {
                Ok(_) => SourceError::Failed(format!("what answers at this URL is no {WHAT}")),
                Err(error) => error,
            }),
        }
    }
}

fn refused(envelope: Envelope) -> SourceError {
    let Envelope { error_type, error, .. } = envelope;
    match error_type.as_str() {
        "bad_data" => SourceError::BadArguments(format!("Prometheus does not take this: {error}")),
        "timeout" | "canceled" => SourceError::Timeout,
        _ => SourceError::Failed(format!("Prometheus: {error_type}: {error}")),
    }
}

impl Moment {
    fn text(self) -> String {
        match self {
            Moment::Ms(ms) => format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000)),
            Moment::Text(text) => text,
        }
    }
}

impl Step {
    fn text(self) -> String {
        match self {
            Step::Seconds(seconds) => seconds.to_string(),
            Step::Text(text) => text,
        }
    }
}

/// Of each series its value at one moment.
fn values(envelope: Envelope) -> Result<Value, SourceError> {
    let Data { result_type, result } = envelope.data;
    let samples: Vec<Sample> = match result_type.as_str() {
        "vector" => read(result)?,
        "scalar" | "string" => vec![Sample { metric: Map::new(), value: read(result)? }],
        "matrix" => {
            let message = "the query gives series over time, such as `up[5m]`: wrap it in a function such as \
                           `rate(…)`, or use `query_range`";
            return Err(SourceError::BadArguments(message.to_owned()));
        }
        other => return Err(SourceError::Failed(format!("Prometheus answers with an unknown `{other}`"))),
    };
    let values: Vec<Value> = samples
        .into_iter()
        .map(|Sample { metric, value: (time, value) }| {
            json!({"labels": metric, "time": ms(time), "value": number(value)})
        })
        .collect();
    Ok(with_warnings(json!({"values": values}), envelope.warnings))
}

/// Series over time.
fn series(envelope: Envelope) -> Result<Value, SourceError> {
    let matrices: Vec<Matrix> = read(envelope.data.result)?;
    let series: Vec<Value> = matrices
        .into_iter()
        .map(|Matrix { metric, values }| {
            let points: Vec<(i64, Value)> =
                values.into_iter().map(|(time, value)| (ms(time), number(value))).collect();
            json!({"labels": metric, "points": points})
        })
        .collect();
    Ok(with_warnings(json!({"series": series}), envelope.warnings))
}

fn with_warnings(mut result: Value, warnings: Vec<String>) -> Value {
    if !warnings.is_empty() {
        result["warnings"] = warnings.into();
    }
    result
}

fn read<T: serde::de::DeserializeOwned>(result: Value) -> Result<T, SourceError> {
    serde_json::from_value(result)
        .map_err(|e| SourceError::Failed(format!("what answers at this URL is no {WHAT}: {e}")))
}

fn ms(seconds: f64) -> i64 {
    // Out of range stays at the end of the range.
    (seconds * 1000.0).round() as i64
}

/// A number, or `NaN`, `+Inf`, `-Inf` as text, which JSON has no numbers for.
fn number(text: String) -> Value {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => number.into(),
        _ => text.into(),
    }
}

pub(crate) fn description() -> Description {
    let time = |says: &str| json!({"type": ["integer", "string"], "description": format!("{says}, in milliseconds since 1970 or as RFC 3339")});
    let value =
        json!({"type": ["number", "string"], "description": "Text for NaN, +Inf and -Inf, and for strings."});
    let object = |required: Value, properties: Value| json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties});
    let warnings = json!({"type": "array", "items": {"type": "string"}});
    Description {
        kind: "prometheus",
        title: "Prometheus",
        description: "Series of a Prometheus, or of something with the same API, such as Thanos or VictoriaMetrics.",
        config_schema: web::schema(
            "Prometheus",
            web::properties(
                "Where Prometheus is, such as http://prometheus.example.org:9090; `api/v1` is asked below it.",
            ),
        ),
        methods: vec![
            Method {
                name: "query",
                summary: "The values of an expression at one moment.",
                arguments_schema: object(
                    json!(["query"]),
                    json!({
                        "query": {"type": "string", "description": "PromQL, such as sum by (job) (rate(errors_total[5m]))."},
                        "time": time("The moment; absent: now"),
                    }),
                ),
                result_schema: json!({"type": "object", "properties": {
                    "values": {"type": "array", "items": {"type": "object", "properties": {"labels": {"type": "object"}, "time": {"type": "integer"}, "value": value}}},
                    "warnings": warnings,
                }}),
            },
            Method {
                name: "query_range",
                summary: "The values of an expression over a span of time.",
                arguments_schema: object(
                    json!(["query", "start", "end", "step"]),
                    json!({
                        "query": {"type": "string", "description": "PromQL."},
                        "start": time("The first moment"),
                        "end": time("The last moment"),
                        "step": {"type": ["number", "string"], "description": "Seconds between two points, or text such as 1m."},
                    }),
                ),
                result_schema: json!({"type": "object", "properties": {
                    "series": {"type": "array", "items": {"type": "object", "properties": {"labels": {"type": "object"}, "points": {"type": "array", "items": {"prefixItems": [{"type": "integer"}, value]}}}}},
                    "warnings": warnings,
                }}),
            },
        ],
    }
}
