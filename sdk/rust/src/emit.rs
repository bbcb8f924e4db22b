//! Events that a subscription emits when its handler finds something.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Effect, Finding, NewEvent, Problem, Severity, Template};

/// The event to emit, written like an event in its native form: what is no envelope
/// key goes into `data`. Every text but the type is a template; one that is nothing but
/// a placeholder (`"{count}"`) becomes the value itself where a value may stand.
///
/// | key | | default |
/// | --- | --- | --- |
/// | `type` | the event's type, such as `blocks.failing` | required |
/// | `on` | `begin` (also when it gets worse), `end` or `both` | `begin` |
/// | `subject` | what it is about | the key |
/// | `severity` | how bad it is | the alert's; `notice` when it is over |
/// | `effect` | `positive` or `negative` | `negative`; `positive` when it is over |
/// | `tags` | words to find it by | none |
/// | `text` | the text for people | the alert's title |
/// | all others | its data | the alert's data, with `key` and `state` |
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Emit {
    kind: String,
    on: On,
    subject: Option<Template>,
    severity: Option<Severity>,
    effect: Option<Effect>,
    tags: Vec<Template>,
    text: Option<Template>,
    data: Vec<(String, Datum)>,
}

/// At which turns an event is emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum On {
    #[default]
    Begin,
    End,
    Both,
}

/// A value of the emitted event's data.
#[derive(Clone, Debug, PartialEq)]
enum Datum {
    Text(Template),
    Other(Value),
}

impl Emit {
    /// The event's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What is wrong with it, where it stands in the configuration at `/emit`.
    pub fn problems(&self) -> Vec<Problem> {
        let kind = &self.kind;
        let what = if kind.is_empty() || kind.contains(char::is_whitespace) {
            "the type of an event is a word without blanks"
        } else if kind.starts_with("tellify.") {
            "types that begin with `tellify.` are the daemon's own: choose another"
        } else {
            return Vec::new();
        };
        vec![Problem::at("/emit/type", what)]
    }

    /// The event for a finding, if one is due at its turn.
    pub fn event(&self, finding: &Finding<'_>) -> Option<NewEvent> {
        let is_over = finding.turn.is_over();
        let is_due = match self.on {
            On::Begin => finding.turn.is_news() && !is_over,
            On::End => is_over,
            On::Both => finding.turn.is_news(),
        };
        is_due.then(|| {
            let (severity, effect) = match is_over {
                true => (Severity::Notice, Effect::Positive),
                false => (finding.severity, Effect::Negative),
            };
            let line = |template: &Template| template.line(|name| finding.word(name));
            NewEvent {
                kind: self.kind.clone(),
                subject: Some(self.subject.as_ref().map_or_else(|| finding.key.clone(), line)),
                severity: Some(self.severity.unwrap_or(severity)),
                effect: Some(self.effect.unwrap_or(effect)),
                tags: self.tags.iter().map(line).collect(),
                text: self.text.as_ref().map_or_else(|| finding.title.clone(), line),
                data: self.data(finding).into(),
                ..NewEvent::default()
            }
        })
    }

    /// What the finding says, and over it what the owner wrote.
    fn data(&self, finding: &Finding<'_>) -> Map<String, Value> {
        let mut data = finding.data.clone();
        for (name, datum) in &self.data {
            let value = match datum {
                Datum::Other(value) => value.clone(),
                Datum::Text(template) => match template.only_field() {
                    Some(field) => finding.value(field).unwrap_or(Value::Null),
                    None => template.line(|name| finding.word(name)).into(),
                },
            };
            data.insert(name.clone(), value);
        }
        data
    }
}

// By hand, since the code that is derived for "all other keys" is as large as a handler.
impl TryFrom<Map<String, Value>> for Emit {
    type Error = String;

    fn try_from(mut map: Map<String, Value>) -> Result<Emit, String> {
        let kind = take(&mut map, "type")?.ok_or("`type`: what is emitted has a type")?;
        let on = take(&mut map, "on")?.unwrap_or_default();
        let (subject, text) = (take(&mut map, "subject")?, take(&mut map, "text")?);
        let (severity, effect) = (take(&mut map, "severity")?, take(&mut map, "effect")?);
        let tags = take(&mut map, "tags")?.unwrap_or_default();
        let mut fields: Map<String, Value> = take(&mut map, "data")?.unwrap_or_default();
        fields.append(&mut map);
        let data = fields.into_iter().map(datum).collect::<Result<_, _>>()?;
        Ok(Emit { kind, on, subject, severity, effect, tags, text, data })
    }
}

fn take<T: DeserializeOwned>(map: &mut Map<String, Value>, name: &str) -> Result<Option<T>, String> {
    let value = map.remove(name).filter(|value| !value.is_null());
    value.map(serde_json::from_value).transpose().map_err(|why| format!("`{name}`: {why}"))
}

fn datum((name, value): (String, Value)) -> Result<(String, Datum), String> {
    let datum = match value {
        Value::String(text) => Datum::Text(Template::parse(&text).map_err(|why| format!("`{name}`: {why}"))?),
        other => Datum::Other(other),
    };
    Ok((name, datum))
}

impl JsonSchema for Emit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Emit".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let line = Template::json_schema(generator);
        json_schema!({
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": { "description": "The event's type.", "type": "string", "minLength": 1 },
                "on": { "description": "When it is emitted.", "enum": ["begin", "end", "both"] },
                "subject": line,
                "severity": generator.subschema_for::<Severity>(),
                "effect": generator.subschema_for::<Effect>(),
                "tags": { "type": "array", "items": line },
                "text": line,
                "data": { "type": "object" }
            }
        })
    }
}
