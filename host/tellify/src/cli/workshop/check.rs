//! `tellify plugin check`.

use std::path::PathBuf;

use serde_json::{Value, json};
use workshop::Checked;

use super::chosen::Chosen;
use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::clock::SystemClock;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Check {
    /// A component, or the folder of a project that was built
    #[arg(default_value = ".")]
    path: PathBuf,
}

pub(super) const HELP: &str = "\
Exit code 0: it can be installed; 1: it cannot, or could not be used.";

const FIELDS: &[Column] = &[
    ("name", "name"),
    ("kind", "kind"),
    ("version", "version"),
    ("title", "title"),
    ("interface", "interface"),
    ("imports", "imports"),
    ("imports WASI", "imports_wasi"),
    ("asks for http", "wants.http"),
    ("asks for secrets", "wants.secrets"),
    ("asks for sources", "wants.sources"),
    ("bytes", "bytes"),
    ("bytes, compressed", "compressed_bytes"),
    ("ms to compile", "compile_ms"),
    ("could be better", "notes"),
    ("does not fit", "problems"),
];

pub(super) fn run(args: &Check, output: &Output) -> Result<(), Failure> {
    let Chosen { path, component, project } = Chosen::read(&args.path)?;
    let checked = workshop::check(&component, project.as_ref(), &SystemClock).map_err(Failure::failed)?;
    output.one(&shown(&checked), FIELDS)?;
    if checked.problems.is_empty() {
        return Ok(());
    }
    let problems: String = checked.problems.iter().map(|problem| format!("\n  {problem}")).collect();
    Err(Failure::failed(format!("{} does not fit:{problems}", path.display())))
}

fn shown(checked: &Checked) -> Value {
    let mut shown = json!({
        "imports": checked.imports,
        "imports_wasi": checked.imports_wasi,
        "wants": checked.wants,
        "bytes": checked.bytes,
        "compressed_bytes": checked.compressed_bytes,
        "compile_ms": checked.compile_ms,
        "notes": checked.notes,
        "problems": checked.problems,
    });
    if let Some(identity) = &checked.identity {
        shown["name"] = json!(identity.name);
        shown["kind"] = json!(identity.kind);
        shown["version"] = json!(identity.version);
        shown["interface"] = json!(identity.interface.as_str());
        shown["title"] = json!(identity.title);
    }
    shown
}
