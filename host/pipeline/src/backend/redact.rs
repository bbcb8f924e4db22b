//! What is shown without its secrets: the body that a failed call was given, which is
//! recorded in the clear for the author of the plugin, and saved configurations.

use serde_json::Value;

/// Stands in place of a credential.
pub(super) const OMITTED: &str = "[omitted]";

/// What a recorded body may lack.
const CREDENTIAL: &str = "what looks like a credential in its body";
const END: &str = "the end of its body, which was too long";
const BYTES: &str = "the bytes of its body, which is no text";

/// Parts of the names of fields in a body; `author` and `design` are none.
const FIELD_PARTS: &[&str] = &[
    "token",
    "signature",
    "secret",
    "password",
    "passwd",
    "api_key",
    "api-key",
    "apikey",
    "private_key",
    "authorization",
    "credential",
];

/// A body as it may be recorded.
pub(super) struct Shown {
    pub(super) text: String,
    /// What is missing of it, in words; none: it is whole, byte by byte.
    pub(super) lacks: Option<&'static str>,
}

/// The first `most` bytes of a body. Of JSON and forms, the fields that hold credentials
/// are left out; in other bodies nothing can be told apart.
pub(super) fn body(body: &[u8], most: usize) -> Shown {
    let text = String::from_utf8_lossy(body);
    let clean = match serde_json::from_str::<Value>(&text) {
        Ok(mut value) => omit(&mut value).then(|| value.to_string()),
        Err(_) => form(&text),
    };
    let mut lacks = clean.as_ref().map(|_| CREDENTIAL);
    // Left as it came, byte by byte, unless something had to go.
    let mut text = clean.unwrap_or_else(|| text.into_owned());
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        lacks = lacks.or(Some(END));
    } else if lacks.is_none() && text.as_bytes() != body {
        lacks = Some(BYTES);
    }
    Shown { text, lacks }
}

/// A configuration as people may see it. Left out is what its schema marks as `x-secret`, and
/// what is called like a credential.
pub(super) fn config(config: &Value, schema: &Value) -> Value {
    let mut shown = config.clone();
    omit(&mut shown);
    omit_marked(&mut shown, &[schema], schema);
    shown
}

/// Whether this is a configuration from which something was left out.
pub(super) fn is_redacted(config: &Value) -> bool {
    match config {
        Value::String(text) => text == OMITTED,
        Value::Array(values) => values.iter().any(is_redacted),
        Value::Object(fields) => fields.values().any(is_redacted),
        _ => false,
    }
}

/// `schemas` are those that may hold for the value, parts of the whole one in `root`.
fn omit_marked(value: &mut Value, schemas: &[&Value], root: &Value) {
    let mut all = Vec::new();
    schemas.iter().for_each(|schema| alternatives(schema, root, SCHEMA_DEPTH_MAX, &mut all));
    if !value.is_null() && all.iter().any(|schema| schema["x-secret"] == true) {
        *value = Value::from(OMITTED);
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let known: Vec<&Value> = all.iter().filter_map(|s| s.get("properties")?.get(name)).collect();
                let others = all.iter().filter_map(|schema| schema.get("additionalProperties"));
                let of: Vec<&Value> = if known.is_empty() { others.collect() } else { known };
                omit_marked(value, &of, root);
            }
        }
        Value::Array(values) => {
            let items: Vec<&Value> = all.iter().filter_map(|schema| schema.get("items")).collect();
            values.iter_mut().for_each(|value| omit_marked(value, &items, root));
        }
        _ => {}
    }
}

/// References that lead on to references: a schema could go round.
const SCHEMA_DEPTH_MAX: usize = 16;

/// A schema with all those that it refers to for the same value.
fn alternatives<'s>(schema: &'s Value, root: &'s Value, depth: usize, found: &mut Vec<&'s Value>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    found.push(schema);
    let referred = schema["$ref"].as_str().and_then(|at| root.pointer(at.strip_prefix('#')?));
    let several = ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    several.chain(referred).for_each(|schema| alternatives(schema, root, depth, found));
}

fn is_secret(field: &str) -> bool {
    let low = field.to_ascii_lowercase();
    low == "auth" || FIELD_PARTS.iter().any(|part| low.contains(part))
}

/// Whether anything was left out.
fn omit(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter_mut().fold(false, |any, (name, value)| {
            if is_secret(name) && !value.is_null() {
                *value = Value::from(OMITTED);
                return true;
            }
            omit(value) | any
        }),
        Value::Array(values) => values.iter_mut().fold(false, |any, value| omit(value) | any),
        _ => false,
    }
}

/// None when the text is no form, or one that holds no secret.
fn form(text: &str) -> Option<String> {
    let pairs: Vec<(&str, &str)> = text.split('&').map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic());
    if !pairs.iter().all(|(name, _)| is_name(name)) || !pairs.iter().any(|(name, _)| is_secret(name)) {
        return None;
    }
    let shown = pairs.iter().map(|(name, value)| {
        let value = if is_secret(name) { OMITTED } else { value };
        format!("{name}={value}")
    });
    Some(shown.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_configuration_is_shown_without_what_its_schema_or_its_names_call_secret() {
        let schema = json!({
            "properties": {
                "topic": {"type": "string"},
                "key": {"type": "string", "x-secret": true},
                "login": {"anyOf": [{"$ref": "#/$defs/Login"}, {"type": "null"}]},
                "more": {"type": "array", "items": {"$ref": "#/$defs/Login"}}
            },
            "additionalProperties": {"x-secret": true},
            "$defs": {"Login": {"properties": {"word": {"x-secret": true}}}, "Round": {"$ref": "#/$defs/Round"}}
        });
        let given = json!({
            "topic": "t", "key": "k", "login": {"user": "u", "word": "w"}, "token": "x", "extra": 4,
            "more": [{"word": "v", "port": 1}]
        });
        let shown = json!({
            "topic": "t", "key": OMITTED, "login": {"user": "u", "word": OMITTED}, "token": OMITTED, "extra": OMITTED,
            "more": [{"word": OMITTED, "port": 1}]
        });
        assert_eq!(config(&given, &schema), shown);
        assert!(is_redacted(&shown) && !is_redacted(&given));
        let open = json!({"topic": "t", "key": null});
        assert_eq!((config(&open, &schema), config(&open, &json!(true))), (open.clone(), open.clone()));
        assert_eq!(config(&open, &json!({"$ref": "#/$defs/Round", "$defs": schema["$defs"]})), open);
    }

    #[test]
    fn fields_that_hold_credentials_are_left_out_of_a_body() {
        let cases = [
            (r#"{"a": 1, "author": "x"}"#, r#"{"a": 1, "author": "x"}"#),
            (
                r#"{"token":"s","a":[{"Api_Key":{"b":1},"c":2}]}"#,
                r#"{"token":"[omitted]","a":[{"Api_Key":"[omitted]","c":2}]}"#,
            ),
            (r#"{"password":null}"#, r#"{"password":null}"#),
            ("token=abc&text=hi", "token=[omitted]&text=hi"),
            ("text=hi&user=x", "text=hi&user=x"),
            ("token = abc", "token = abc"),
            ("plain words", "plain words"),
            ("{\"cut\": tru", "{\"cut\": tru"),
        ];
        for (given, expected) in cases {
            let Shown { text: shown, lacks } = body(given.as_bytes(), 1000);
            assert_eq!(lacks.is_some(), expected.contains(OMITTED), "{given}");
            match (serde_json::from_str::<Value>(&shown), serde_json::from_str::<Value>(expected)) {
                (Ok(shown), Ok(expected)) => assert_eq!(shown, expected, "{given}"),
                _ => assert_eq!(shown, expected, "{given}"),
            }
        }
        let cut = body("äöü".as_bytes(), 3);
        assert_eq!((cut.text.as_str(), cut.lacks), ("ä", Some(END)));
        let bytes = body(b"\xff{", 10);
        assert_eq!((bytes.text.as_str(), bytes.lacks), ("\u{fffd}{", Some(BYTES)));
    }
}
