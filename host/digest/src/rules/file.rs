//! Styles in a file: `[style.NAME]` with `[[style.NAME.band]]`, in TOML.

use std::collections::BTreeMap;

use event::{Band, Name, Style};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::StyleProblem;

/// A style as a file holds it: everything but whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleParts {
    pub name: Name,
    pub default: bool,
    pub zone: Option<String>,
    pub windows: BTreeMap<String, String>,
    pub bands: Vec<Band>,
}

impl StyleParts {
    pub fn for_person(self, person: Name) -> Style {
        let StyleParts { name, default, zone, windows, bands } = self;
        Style { person, name, default, zone, windows, bands }
    }
}

/// Reads a file of styles; [`crate::Rules::compile`] then checks what they say.
///
/// # Errors
/// With line and column: what is no TOML, keys that are unknown or not supported yet,
/// values of a wrong type, and a file without a style.
pub fn styles_from_toml(text: &str) -> Result<Vec<StyleParts>, StyleProblem> {
    let syntax =
        |e: toml::de::Error| StyleProblem::in_text(text, e.span().map_or(0, |span| span.start), e.message());
    check_keys(text, DeTable::parse(text).map_err(syntax)?.get_ref())?;
    let file: File = toml::from_str(text).map_err(syntax)?;
    if file.style.is_empty() {
        return Err(StyleProblem::in_text(text, 0, "the file holds no style: begin it with [style.NAME]"));
    }
    let parts = file.style.into_iter().map(|(name, body)| StyleParts {
        name,
        default: body.default,
        zone: body.zone,
        windows: body.windows,
        bands: body.band,
    });
    Ok(parts.collect())
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    style: BTreeMap<Name, Body>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    default: bool,
    zone: Option<String>,
    windows: BTreeMap<String, String>,
    band: Vec<Band>,
}

const FILE_KEYS: &[&str] = &["style"];
const STYLE_KEYS: &[&str] = &["default", "zone", "windows", "band"];
const BAND_KEYS: &[&str] = &[
    "severity",
    "state",
    "when",
    "channels",
    "mode",
    "wait",
    "extend",
    "max_wait",
    "first",
    "lookback",
    "digest",
    "on_release",
    "group_by",
    "max_items",
];
/// Specified, and to come: their writer should read so, and not that they are unknown.
const LATER_KEYS: &[&str] = &["calendars", "repeat", "escalate", "pierce", "send_empty"];

/// Before types are looked at, so that a key of a later version is named as such.
fn check_keys(text: &str, file: &DeTable<'_>) -> Result<(), StyleProblem> {
    known_keys(text, file, FILE_KEYS)?;
    let Some(DeValue::Table(styles)) = file.get("style").map(Spanned::get_ref) else {
        return Ok(());
    };
    for style in styles.values().filter_map(|style| style.get_ref().as_table()) {
        known_keys(text, style, STYLE_KEYS)?;
        let bands = style.get("band").and_then(|bands| bands.get_ref().as_array());
        for band in bands.into_iter().flatten().filter_map(|band| band.get_ref().as_table()) {
            known_keys(text, band, BAND_KEYS)?;
        }
    }
    Ok(())
}

fn known_keys(text: &str, table: &DeTable<'_>, known: &[&str]) -> Result<(), StyleProblem> {
    // The first in the file, whatever order the table keeps.
    let wrong = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
    let Some(key) = wrong.min_by_key(|key| key.span().start) else {
        return Ok(());
    };
    let word: String = key.get_ref().chars().filter(|c| !c.is_control()).take(40).collect();
    let sentence = if LATER_KEYS.contains(&word.as_str()) {
        format!("`{word}` is not supported yet")
    } else {
        format!("`{word}` is not known here: use {}", known.join(", "))
    };
    Err(StyleProblem::in_text(text, key.span().start, sentence))
}
