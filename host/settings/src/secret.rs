//! Texts that must not be seen.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};

use crate::SettingsError;

/// A password or token. It shows itself to nobody who does not ask for it by name.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str("(hidden)")
    }
}

/// Takes a secret from the file that is named instead of it.
///
/// # Errors
/// When both are given, or the file cannot be read or is empty.
pub(crate) fn from_file(
    secret: &mut Option<Secret>,
    file: Option<&Path>,
    key: &str,
) -> Result<(), SettingsError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        let message = format!("`{key}` and `{key}_file` exclude each other");
        return Err(SettingsError::value(key, message));
    }
    let text = fs::read_to_string(path)
        .map_err(|error| SettingsError::Unreadable { path: path.to_owned(), error })?;
    // Editors end a file with a line break that is no part of the secret.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(SettingsError::value(format!("{key}_file"), format!("{} is empty", path.display())));
    }
    *secret = Some(Secret(text.to_owned()));
    Ok(())
}
