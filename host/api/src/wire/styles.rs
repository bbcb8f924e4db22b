//! Styles: a person's delivery rules.

use std::collections::BTreeMap;

use event::{AlertState, Band, Name, Severity, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Time, schema};

/// Rules as a client sends them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleRules {
    /// Needed for a new style; of one that is replaced it stands in the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Name>,
    /// Serves every subscription that names no style. Absent: a new style does not,
    /// a replaced one stays what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// IANA time zone; absent: the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Named time windows, such as `"work": "Mo-Fr 06:00-19:00"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, String>,
    /// In order: the first that fits an alert governs it.
    #[serde(default, rename = "band")]
    #[schema(value_type = Vec<schema::Band>)]
    pub bands: Vec<Band>,
}

/// The body of a request that saves styles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StyleBody {
    Rules(StyleRules),
    /// TOML with one or more tables `[style.NAME]`.
    Toml(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Style {
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub name: Name,
    pub default: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, String>,
    #[serde(default, rename = "band")]
    #[schema(value_type = Vec<schema::Band>)]
    pub bands: Vec<Band>,
}

impl From<event::Style> for Style {
    fn from(style: event::Style) -> Style {
        let event::Style { person, name, default, zone, windows, bands } = style;
        Style { user: person, name, default, zone, windows, bands }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedStyles {
    pub items: Vec<Style>,
    /// What was saved all the same, but is probably not what was meant.
    pub warnings: Vec<String>,
}

/// The alert that a preview is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewAt {
    pub severity: Severity,
    pub state: AlertState,
    /// None: now.
    pub at: Option<Timestamp>,
}

/// Where and when an alert would be told, for one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewLine {
    /// Absent when nobody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Name>,
    /// Absent when nobody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub due: Option<Time>,
    /// One sentence for people, with the rule.
    pub text: String,
}
