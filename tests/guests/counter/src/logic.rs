//! What the counter decides, apart from any interface, so that a bench can call
//! the same code natively.

use serde_json::{Value, json};

/// The data of the alert that a count brings, if it brings one.
///
/// # Errors
/// With the reason when the configuration cannot work.
pub(crate) fn fires(config: &str, count: f64) -> Result<Option<String>, String> {
    let config: Value = serde_json::from_str(config).map_err(|e| e.to_string())?;
    let every = config["every"].as_f64().ok_or("`every` is missing")?;
    Ok((count % every == 0.0).then(|| json!({ "count": count }).to_string()))
}
