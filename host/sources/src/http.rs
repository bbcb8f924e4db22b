//! The kind `http`: anything that answers below a URL.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use egress::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::arguments::{self, arguments, unknown_method};
use crate::error::{BadConfig, SourceError};
use crate::kind::{Description, Method};
use crate::sources::Reachable;
use crate::web::{self, Web};

#[derive(Clone)]
pub(crate) struct Http {
    web: Web,
    /// Those that may be used.
    methods: Vec<Verb>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    #[serde(default)]
    path: String,
    #[serde(default)]
    query: BTreeMap<String, QueryValue>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: Verb,
    #[serde(default)]
    path: String,
    #[serde(default)]
    query: BTreeMap<String, QueryValue>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// At most one of the two.
    body: Option<String>,
    json: Option<Value>,
}

/// What can stand in a query: it is text in the end.
#[derive(Deserialize)]
#[serde(untagged, expecting = "text, a number or true or false")]
enum QueryValue {
    Text(String),
    Number(serde_json::Number),
    Bool(bool),
}

const WHAT: &str = "server";

impl Http {
    pub(crate) fn read(config: &Value) -> Result<Http, BadConfig> {
        let mut rest = config.clone();
        let methods = rest.as_object_mut().and_then(|object| object.remove("methods"));
        let methods = match methods {
            None => vec![Verb::Get, Verb::Head],
            Some(methods) => arguments::config(&methods)
                .map_err(|bad| BadConfig { pointer: format!("/methods{}", bad.pointer), ..bad })?,
        };
        Ok(Http { web: Web::read(&rest)?, methods })
    }

    pub(crate) async fn call(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        given: Value,
    ) -> Result<Value, SourceError> {
        let request = match method {
            "get" => {
                let Get { path, query, headers } = arguments(method, given)?;
                Request { method: Verb::Get, path, query, headers, body: None, json: None }
            }
            "request" => arguments(method, given)?,
            other => return Err(unknown_method("http", other, &["get", "request"])),
        };
        self.send(reachable, request).await.and_then(answer)
    }

    pub(crate) async fn probe(&self, reachable: &Reachable<'_>) -> Result<String, SourceError> {
        let response = self.web.get(reachable, "", &[]).await?.response;
        match response.status {
            // That there is nothing at the base itself is usual.
            200..=299 | 404 | 405 => Ok(format!("a server answers {}", response.status)),
            _ => Err(web::refused(&response, WHAT)),
        }
    }

    async fn send(&self, reachable: &Reachable<'_>, request: Request) -> Result<HttpResponse, SourceError> {
        let Request { method, path, query, mut headers, body, json } = request;
        if !self.methods.contains(&method) {
            return Err(SourceError::Denied(format!(
                "this source is not asked by {}: an administrator can allow it in `methods` of its configuration",
                method.word()
            )));
        }
        let body = match (body, json) {
            (Some(_), Some(_)) => {
                return Err(SourceError::BadArguments("either `body` or `json` is sent".to_owned()));
            }
            (Some(body), None) => body.into_bytes(),
            (None, Some(json)) => {
                headers.entry("content-type".to_owned()).or_insert_with(|| "application/json".to_owned());
                json.to_string().into_bytes()
            }
            (None, None) => Vec::new(),
        };
        let query: Vec<(String, String)> =
            query.into_iter().map(|(name, value)| (name, value.text())).collect();
        let url = self.web.below(&path, &query)?;
        self.web.send(reachable, method.word(), url, &headers, body).await
    }
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Head => "HEAD",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }
}

impl QueryValue {
    fn text(self) -> String {
        match self {
            QueryValue::Text(text) => text,
            QueryValue::Number(number) => number.to_string(),
            QueryValue::Bool(yes) => yes.to_string(),
        }
    }
}

/// The answer, with its body as what it is.
fn answer(response: HttpResponse) -> Result<Value, SourceError> {
    let HttpResponse { status, headers, body } = response;
    let mut joined: Map<String, Value> = Map::new();
    for (name, value) in headers {
        match joined.get_mut(&name) {
            Some(Value::String(known)) => *known = format!("{known}, {value}"),
            _ => _ = joined.insert(name, value.into()),
        }
    }
    let json: Option<Value> = is_json(&joined).then(|| serde_json::from_slice(&body).ok()).flatten();
    let (field, body) = match (json, String::from_utf8(body)) {
        (Some(json), _) => ("json", json),
        (None, Ok(text)) => ("text", text.into()),
        (None, Err(bytes)) => ("base64", STANDARD.encode(bytes.as_bytes()).into()),
    };
    Ok(json!({"status": status, "headers": joined, field: body}))
}

fn is_json(headers: &Map<String, Value>) -> bool {
    let kind = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

pub(crate) fn description() -> Description {
    let verbs = json!(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
    let mut properties = web::properties("What every path stands below, such as https://api.example.org/v1.");
    properties.insert(
        "methods".to_owned(),
        json!({"type": "array", "title": "Methods", "description": "Whether it may be asked by more than GET and HEAD.", "items": {"enum": verbs}, "default": ["GET", "HEAD"]}),
    );
    let place = json!({
        "path": {"type": "string", "description": "Below the source's URL."},
        "query": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Those of the source's configuration cannot be replaced."},
    });
    let object = |required: Value, properties: Value| json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties});
    let mut request = place.clone();
    request["method"] = json!({"enum": verbs});
    request["body"] = json!({"type": "string"});
    request["json"] = json!({"description": "Sent as JSON."});
    let result = json!({"type": "object", "properties": {
        "status": {"type": "integer"},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Names in lower case."},
        "json": {"description": "The body, when it is JSON."},
        "text": {"type": "string", "description": "The body, when it is other text."},
        "base64": {"type": "string", "description": "The body, when it is no text."},
    }});
    Description {
        kind: "http",
        title: "HTTP",
        description: "Anything that answers below a URL.",
        config_schema: web::schema("HTTP", properties),
        methods: vec![
            Method {
                name: "get",
                summary: "What stands at a path.",
                arguments_schema: object(json!([]), place),
                result_schema: result.clone(),
            },
            Method {
                name: "request",
                summary: "The same by any method that the source's configuration allows.",
                arguments_schema: object(json!(["method"]), request),
                result_schema: result,
            },
        ],
    }
}
