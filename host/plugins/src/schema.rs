//! A plugin's schema for its configurations: compiled, and bounded in what it can
//! cost.
//!
//! A schema comes from a plugin and runs in the host, outside every limit of a
//! call. So nothing in it may reach out (no remote references), backtrack (patterns
//! run in linear time) or multiply: references are followed once beforehand, and
//! what would grow past a bound, or turns round on itself, is refused.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, JsonType, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::description::PROBLEMS_MAX;
use crate::known::Known;
use crate::{Problem, text};

pub(crate) struct Schema(Validator);

/// Nodes of a schema with all references written out: each is looked at once for
/// each part of a configuration.
const NODES_MAX: usize = 20_000;

/// Depth of a schema with all references written out.
const DEPTH_MAX: usize = 64;

/// One compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

impl Schema {
    /// # Errors
    /// With the end of a sentence.
    pub(crate) fn compile(schema: &Value) -> Result<Schema, String> {
        let mut nodes_left = NODES_MAX;
        measure(schema, schema, 0, &mut nodes_left)?;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns)
            .build(schema)
            .map(Schema)
            .map_err(|e| format!("is no JSON Schema 2020-12: {}", text::line(&e.to_string(), text::LINE_MAX)))
    }

    /// What is wrong, without the secrets of what is wrong.
    pub(crate) fn problems(&self, config: &Value, known: &Known) -> Vec<Problem> {
        let problem = |error: ValidationError<'_>| {
            let mut message = said(&error);
            known.text(&mut message);
            let message = text::line(&message, text::LINE_MAX);
            Problem { pointer: error.instance_path().to_string(), message }
        };
        self.0.iter_errors(config).take(PROBLEMS_MAX).map(problem).collect()
    }
}

/// What is wrong. Where there were several ways to be right, this is what each of them
/// wanted; that nothing at all would have done as well helps nobody.
fn said(error: &ValidationError<'_>) -> String {
    if let Some(choices) = choices(error) {
        let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
        return format!("{} is not {}", error.instance(), any_of(&choices));
    }
    match ways(error) {
        Some(ways) if !ways.is_empty() => {
            let ways: Vec<String> = ways.into_iter().map(said).collect();
            ways.join("; or ")
        }
        _ => error.to_string(),
    }
}

/// The values that would have done, where only these would.
fn choices(error: &ValidationError<'_>) -> Option<Vec<Value>> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.as_array().cloned(),
        ValidationErrorKind::Constant { expected_value } => Some(vec![Value::clone(expected_value)]),
        _ => ways(error)?.into_iter().map(choices).collect::<Option<Vec<_>>>().map(|ways| ways.concat()),
    }
    .filter(|choices| !choices.is_empty())
}

/// What is wrong for each of several ways, of which one would have done.
fn ways<'e>(error: &'e ValidationError<'_>) -> Option<Vec<&'e ValidationError<'static>>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) =
        error.kind()
    else {
        return None;
    };
    let wants_null = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) })
    };
    Some(context.iter().filter_map(|way| way.first()).filter(|first| !wants_null(first)).collect())
}

fn any_of(choices: &[String]) -> String {
    match choices {
        [only] => only.clone(),
        _ => format!("one of {}", choices.join(", ")),
    }
}

fn measure(root: &Value, part: &Value, depth: usize, nodes_left: &mut usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("refers to itself, or is nested deeper than {DEPTH_MAX}"));
    }
    *nodes_left = nodes_left.checked_sub(1).ok_or(format!("has more than {NODES_MAX} nodes"))?;
    match part {
        Value::Array(elements) => {
            elements.iter().try_for_each(|element| measure(root, element, depth + 1, nodes_left))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                measure(root, target(root, reference)?, depth + 1, nodes_left)
            }
            ("$dynamicRef" | "$recursiveRef" | "$anchor" | "$dynamicAnchor", Value::String(_)) => {
                Err(format!("uses `{key}`: only `$ref` into the schema itself is followed"))
            }
            // Inside, it would change what references mean.
            ("$id", Value::String(_)) if depth > 0 => Err("uses `$id` below its top".into()),
            _ => measure(root, value, depth + 1, nodes_left),
        }),
        _ => Ok(()),
    }
}

fn target<'a>(root: &'a Value, reference: &str) -> Result<&'a Value, String> {
    let found = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| {
        format!("refers to `{}`: only `#/…` into the schema itself is followed", text::line(reference, 100))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_could_harm_is_refused() {
        let doubling: serde_json::Map<String, Value> = (0..15)
            .map(|i| {
                let next = json!({ "$ref": format!("#/$defs/d{}", i + 1) });
                (format!("d{i}"), json!({ "allOf": [next, next] }))
            })
            .chain([("d15".to_owned(), json!(true))])
            .collect();
        let cases = [
            (json!({ "$ref": "#" }), "refers to itself"),
            (json!({ "properties": { "a": { "$ref": "#" } } }), "refers to itself"),
            (json!({ "$ref": "https://example.org/schema" }), "refers to `https://example.org/schema`"),
            (json!({ "$ref": "file:///etc/passwd" }), "refers to `file:///etc/passwd`"),
            (json!({ "$ref": "#/$defs/none" }), "refers to `#/$defs/none`"),
            (json!({ "items": { "$dynamicRef": "#a" } }), "uses `$dynamicRef`"),
            (json!({ "items": { "$id": "https://example.org/" } }), "uses `$id`"),
            (json!({ "$defs": doubling, "$ref": "#/$defs/d0" }), "has more than 20000 nodes"),
            (json!({ "pattern": "(?=a)a" }), "is no JSON Schema"),
            (json!({ "pattern": "(" }), "is no JSON Schema"),
            (json!({ "type": "circle" }), "is no JSON Schema"),
            (json!(1), "is no JSON Schema"),
        ];
        for (schema, expected) in cases {
            let said = Schema::compile(&schema).err().unwrap();
            assert!(said.starts_with(expected), "{expected}: {said}");
        }
    }

    #[test]
    fn problems_point_at_their_place() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.org/top",
            "properties": {
                "limits": { "type": "array", "items": { "$ref": "#/$defs/limit" } },
                // A property may have any name.
                "$ref": { "type": "string", "pattern": "^(a+)+$" },
            },
            "$defs": { "limit": { "type": "object", "required": ["above"] } },
        });
        let schema = Schema::compile(&schema).unwrap();
        assert_eq!(
            schema.problems(&json!({ "limits": [{ "above": 1 }], "$ref": "aaa" }), &Known::none()),
            []
        );
        let found = schema.problems(
            &json!({ "limits": [{ "above": 1 }, {}], "$ref": "a".repeat(10_000) + "b" }),
            &Known::none(),
        );
        let mut places: Vec<&str> = found.iter().map(|p| p.pointer.as_str()).collect();
        places.sort_unstable();
        assert_eq!(places, ["/$ref", "/limits/1"]);
    }
}
