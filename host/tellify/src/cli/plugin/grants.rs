//! What plugins ask for and are granted, on the command line.

use serde_json::{Value, json};

use crate::cli::failure::Failure;

/// What is granted, or taken back.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct What {
    /// URLs, such as 'https://api.example.com/repos/*'; may be repeated
    #[arg(long, value_name = "PATTERN")]
    http: Vec<String>,
    /// A secret; may be repeated
    #[arg(long, value_name = "NAME")]
    secret: Vec<String>,
    /// A source; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// All of it
    #[arg(long, conflicts_with_all = ["http", "secret", "source"])]
    pub(super) all: bool,
}

impl What {
    /// # Errors
    /// When nothing was named.
    pub(super) fn body(&self) -> Result<Value, Failure> {
        if self.http.is_empty() && self.secret.is_empty() && self.source.is_empty() {
            return Err(Failure::usage("say what: --http PATTERN, --secret NAME, --source NAME, or --all"));
        }
        Ok(json!({"http": self.http, "secrets": self.secret, "sources": self.source}))
    }
}

/// What there is to decide about a plugin, in sentences with the command that does it.
pub(super) fn advice(plugin: &Value) -> Vec<String> {
    let name = plugin["name"].as_str().unwrap_or_default();
    let mut lines = Vec::new();
    let missing = &plugin["missing"];
    let flags = [("http", "--http"), ("secrets", "--secret")];
    let granting: Vec<String> = flags
        .iter()
        .flat_map(|(kind, flag)| texts(&missing[kind]).map(move |text| format!("{flag} '{text}'")))
        .chain(texts(&missing["sources"]).map(|kind| match kind {
            "*" => "--source NAME".to_owned(),
            kind => format!("--source NAME-OF-A-{}-SOURCE", kind.to_uppercase()),
        }))
        .collect();
    if !granting.is_empty() {
        lines.push(format!(
            "It asks for what it is not granted: `tellify plugin grant {name} {}`.",
            granting.join(" ")
        ));
    }
    if let Some(version) = plugin["waiting"]["version"].as_str() {
        lines.push(format!(
            "Version {version} waits for consent, and {} goes on serving: `tellify plugin consent {name}` lets it \
             serve with what it asks for, `tellify plugin decline {name}` drops it.",
            plugin["version"].as_str().unwrap_or_default()
        ));
    }
    lines
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
