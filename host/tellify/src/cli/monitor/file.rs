//! What `monitor run` is to run.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::cli::subscription::configuration;

/// A component with its configuration.
pub(super) struct Chosen {
    pub(super) component: Vec<u8>,
    pub(super) config: Value,
    /// Of the component.
    pub(super) path: PathBuf,
}

/// The TOML form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    component: PathBuf,
    #[serde(default)]
    config: Map<String, Value>,
}

impl Chosen {
    /// Reads a component, or the TOML file that names one beside it. A configuration on the
    /// command line takes the place of the file's.
    pub(super) fn read(path: &Path, config: Option<&str>) -> Result<Chosen, Failure> {
        let config = config.map(configuration).transpose()?;
        let bytes = read(path)?;
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if !is_toml {
            let config = config.unwrap_or_else(|| Value::Object(Map::new()));
            return Ok(Chosen { component: bytes, config, path: path.to_owned() });
        }
        let unread = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        let text = String::from_utf8(bytes).map_err(|error| unread(error.to_string()))?;
        let file: File = toml::from_str(&text).map_err(|error| unread(error.to_string()))?;
        let component = path.parent().unwrap_or(Path::new("")).join(file.component);
        let config = config.unwrap_or(Value::Object(file.config));
        Ok(Chosen { component: read(&component)?, config, path: component })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
