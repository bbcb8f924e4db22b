//! `tellify config`: the daemon's configuration, without the daemon.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Map, Value};
use settings::{Loaded, Origin, Origins, Refused, Warning};

use super::failure::Failure;
use super::look::Look;
use super::output::Output;
use crate::convert::usual_file;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Check a configuration file, and the variables; all mistakes are told at once
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Chosen),
    /// Print the settings that `serve` would take and where each comes from, without secrets
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Chosen),
}

#[derive(Debug, clap::Args)]
pub(super) struct Chosen {
    /// The configuration file [default: the one that `serve` would take]
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
    /// The same
    file: Option<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
The exit code is 0 without mistakes, warnings or not, and 1 with any.

Examples:
  tellify config check
  tellify config check --config /etc/tellify/tellify.toml
  TELLIFY_MAIL_PORT=x tellify config check";

const SHOW_EXAMPLES: &str = "\
What is printed is itself a configuration file, but for the secrets.

Examples:
  tellify config show
  tellify config show | grep -v '# default'
  tellify config show -o json | jq .mail";

pub(super) fn run(verb: Verb, output: &Output) -> Result<(), Failure> {
    let (Verb::Check(chosen) | Verb::Show(chosen)) = &verb;
    let named = chosen.config.clone().or_else(|| chosen.file.clone());
    let file = named.or_else(usual_file);
    let place = file.as_ref().map_or_else(|| "the defaults".to_owned(), |file| file.display().to_string());
    let loaded = match Loaded::read(file.as_deref(), std::env::vars()) {
        Ok(loaded) => loaded,
        Err(refused) => return Err(refusal(&place, &refused)),
    };
    warn(&loaded.warnings);
    match verb {
        Verb::Check(_) => {
            output.done(&format!("{place}: no mistakes"));
            Ok(())
        }
        Verb::Show(_) => show(&loaded, output),
    }
}

fn refusal(place: &str, refused: &Refused) -> Failure {
    warn(&refused.warnings);
    match refused.errors.len() {
        1 => Failure::failed(refused),
        mistakes => Failure::failed(format!("{mistakes} mistakes in {place} and the variables\n{refused}")),
    }
}

fn warn(warnings: &[Warning]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
}

fn show(loaded: &Loaded, output: &Output) -> Result<(), Failure> {
    let mut settings = serde_json::to_value(&loaded.settings).map_err(Failure::failed)?;
    if output.is_table() {
        return output.print(&as_toml(&settings, &loaded.origins, &output.look())?);
    }
    let mut origins = Map::new();
    for (section, keys) in sections(&settings) {
        for (key, _) in keys {
            let full = format!("{section}.{key}");
            origins.insert(full.clone(), Value::from(loaded.origins.of(&full).to_string()));
        }
    }
    settings["origins"] = Value::Object(origins);
    output.one(&settings, &[])
}

/// The name of a section, and its keys.
type Section<'s> = (String, &'s Map<String, Value>);

/// The sections in their order; each door is one.
fn sections(settings: &Value) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    for (name, section) in settings.as_object().into_iter().flatten() {
        let Some(members) = section.as_object() else { continue };
        if name == "door" {
            let doors = members.iter().filter_map(|(door, keys)| Some((door, keys.as_object()?)));
            sections.extend(doors.map(|(door, keys)| (format!("door.{door}"), keys)));
        } else {
            sections.push((name.clone(), members));
        }
    }
    sections
}

/// A file that says the same, with the origin of each line behind it.
fn as_toml(settings: &Value, origins: &Origins, look: &Look) -> Result<String, Failure> {
    let mut text = String::new();
    for (section, keys) in sections(settings) {
        let line_break = if text.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{line_break}[{section}]\n"));
        for (key, value) in keys {
            let origin = origins.of(&format!("{section}.{key}"));
            // What is not there has no place in TOML; an empty text means the same.
            let value = if value.is_null() { Value::from("") } else { value.clone() };
            let value = toml::Value::try_from(&value).map_err(Failure::failed)?;
            let style = if *origin == Origin::Default { "2" } else { "36" };
            let origin = look.paint(style, &format!("# {origin}"));
            text.push_str(&format!("{:<40} {origin}\n", format!("{key} = {value}")));
        }
    }
    Ok(text)
}
