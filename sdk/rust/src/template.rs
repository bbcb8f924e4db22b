//! Titles with placeholders.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::Event;

/// A line of text with `{field}` placeholders, such as `{block} failed at {step}`;
/// `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
}

/// What is wrong with the text of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// Where, in bytes.
    pub at: usize,
    what: &'static str,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(c);
                at += 2;
            } else if let Some(inside) = rest.strip_prefix('{') {
                let name = inside.split(['{', '}']).next().unwrap_or_default();
                if !inside[name.len()..].starts_with('}') {
                    return Err(TemplateError { at, what: "this `{` has no `}` (write `{{` for a brace)" });
                }
                if name.trim().is_empty() {
                    return Err(TemplateError { at, what: "no field is named between these braces" });
                }
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Field(name.trim().to_owned()));
                at += name.len() + 2;
            } else if c == '}' {
                return Err(TemplateError { at, what: "this `}` has no `{` (write `}}` for a brace)" });
            } else {
                literal.push(c);
                at += c.len_utf8();
            }
        }
        parts.push(Part::Text(literal));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Template(parts))
    }

    /// The line for this event. `own` is asked first for each name; a field that is
    /// nowhere reads `?`.
    pub fn render(&self, event: &Event, own: impl Fn(&str) -> Option<String>) -> String {
        self.line(|name| own(name).or_else(|| event.string(name)))
    }

    /// The line in which each placeholder is what `word` says of its name, or `?`.
    pub fn line(&self, word: impl Fn(&str) -> Option<String>) -> String {
        let Ok(filled) = self.fill(|name| Ok::<_, Infallible>(word(name).unwrap_or_else(|| "?".to_owned())));
        one_line(&filled)
    }

    /// The text, with what `value` makes of the name of each placeholder.
    ///
    /// # Errors
    /// The first one of `value`.
    pub fn fill<E>(&self, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Field(name) => filled.push_str(&value(name)?),
            }
        }
        Ok(filled)
    }

    /// The names of the placeholders, in order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The name of the placeholder that is all of the template.
    pub fn only_field(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Field(name)] => Some(name),
            _ => None,
        }
    }
}

/// The text on one line: each run of blanks and control characters becomes one blank.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Template, TemplateError> {
        Template::parse(&text)
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of the template: {}", self.at, self.what)
    }
}

impl std::error::Error for TemplateError {}

impl JsonSchema for Template {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A line with {field} placeholders.", "type": "string" })
    }
}
