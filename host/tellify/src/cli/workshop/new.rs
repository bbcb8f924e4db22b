//! `tellify plugin new`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use event::PluginKind;
use serde_json::json;
use workshop::{LANGUAGES, Language, NewError};

use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct New {
    /// A new folder, whose last part names the plugin
    folder: PathBuf,
    /// Which kind of plugin: handler, monitor, source, channel or ingest
    #[arg(long, default_value = "handler")]
    world: PluginKind,
    /// What it is to be written in
    #[arg(long, value_parser = language())]
    lang: &'static Language,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tellify plugin new --lang rust failures
  tellify plugin new --lang rust --world monitor web-page

The project needs no network but that of its language's tools, and nothing else of Tellify:
it holds what plugins are written with, the interface, and cases to begin with.";

const FIELDS: &[Column] =
    &[("name", "name"), ("kind", "kind"), ("language", "language"), ("folder", "folder")];

/// One of the languages, by any of its names.
fn language() -> impl TypedValueParser<Value = &'static Language> {
    let value = |language: &&'static Language| {
        PossibleValue::new(language.name).aliases(language.aliases).help(language.title)
    };
    PossibleValuesParser::new(LANGUAGES.iter().map(value))
        .try_map(|name| Language::find(&name).ok_or_else(|| format!("there are {}", Language::names())))
}

pub(super) fn run(args: &New, output: &Output) -> Result<(), Failure> {
    let name = workshop::create(&args.folder, args.world, args.lang).map_err(|error| match error {
        NewError::Unwritable { .. } => Failure::failed(error),
        NewError::Name(_) | NewError::Occupied(_) | NewError::NoTemplate { .. } => Failure::usage(error),
    })?;
    let folder = args.folder.display().to_string();
    let made = json!({
        "name": name, "kind": args.world, "language": args.lang.name, "folder": folder,
    });
    output.one(&made, FIELDS)?;
    let missing = args.lang.tools.iter().filter(|tool| !(tool.is_here)());
    for tool in missing {
        output.done(&format!("{} is not here yet, {}: `{}` brings it.", tool.name, tool.purpose, tool.get));
    }
    output.done(&format!("Go on with `cd {folder}`, `tellify plugin build` and `tellify plugin test`."));
    Ok(())
}
