//! The mapping as people write it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::Value;
use tellify_plugin::serde_json::Number;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The path of a list: each element of it becomes an event. Absent: the payload is one.
    pub(crate) each: Option<String>,
    /// What is dropped: whatever fits one of these.
    #[serde(default)]
    pub(crate) drop: Vec<When>,
    /// What kind of thing happened, such as `github.{header:x-github-event}`.
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    /// Who says so; absent: the door's name.
    pub(crate) source: Option<Text>,
    /// What it is about.
    pub(crate) subject: Option<Text>,
    /// When it happened: RFC 3339, or seconds or milliseconds since 1970; absent: now.
    pub(crate) time: Option<Text>,
    /// debug, info, notice, warning, error or critical.
    pub(crate) severity: Option<Text>,
    /// positive or negative.
    pub(crate) effect: Option<Text>,
    /// internal or external.
    pub(crate) origin: Option<Text>,
    /// Words to find it by.
    #[serde(default)]
    pub(crate) tags: Vec<Text>,
    /// For people; may have many lines.
    pub(crate) text: Option<Text>,
    /// Two events with the same are one: the second is not stored.
    pub(crate) id: Option<Text>,
    /// Each field of the event's data; absent: the payload or the element as it is.
    pub(crate) data: Option<BTreeMap<String, Data>>,
}

/// A text with {paths} into the payload, or one that is looked up.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Text {
    Template(String),
    Mapped(Mapped),
}

/// A text that stands for another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapped {
    /// A text with {paths} into the payload.
    pub(crate) from: String,
    /// What it stands for.
    pub(crate) map: BTreeMap<String, String>,
    /// For a text that is not in the map; absent: the text itself.
    pub(crate) default: Option<String>,
}

/// A field of data: a {path} alone keeps its kind.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Data {
    Text(Text),
    Number(Number),
    Truth(bool),
}

/// A condition, of which one of `is`, `is_not` and `present` is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    pub(crate) path: String,
    /// It is one of these.
    pub(crate) is: Option<Vec<Value>>,
    /// It is none of these, or missing.
    pub(crate) is_not: Option<Vec<Value>>,
    /// Whether there is anything.
    pub(crate) present: Option<bool>,
}

impl Text {
    /// As it was written, for people.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Text::Template(template) | Text::Mapped(Mapped { from: template, .. }) => template,
        }
    }
}
