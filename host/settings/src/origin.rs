//! Where each effective value comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::SettingsError;

/// Displayed as one would say it: `default`, `tellify.toml:12`, `TELLIFY_MAIL_HOST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// `line` counts from 1.
    File {
        path: PathBuf,
        line: usize,
    },
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
        }
    }
}

/// By key with its section, such as `mail.host` or `door.puppet.paths`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    pub fn of(&self, key: &str) -> &Origin {
        self.0.get(key).unwrap_or(&Origin::Default)
    }

    pub(crate) fn file(&mut self, key: String, path: &Path, line: usize) {
        self.0.insert(key, Origin::File { path: path.to_owned(), line });
    }

    pub(crate) fn variable(&mut self, key: String, name: &str) {
        self.0.insert(key, Origin::Variable(name.to_owned()));
    }

    /// Adds to a value that cannot be the place where somebody has to look.
    pub(crate) fn placed(&self, error: SettingsError) -> SettingsError {
        let SettingsError::Value { key, message } = error else { return error };
        match self.of(&key).clone() {
            Origin::Default => SettingsError::Value { key, message },
            Origin::File { path, line } => {
                SettingsError::Line { path, line, message: format!("{key}: {message}") }
            }
            Origin::Variable(variable) => SettingsError::Variable { variable, message },
        }
    }
}
