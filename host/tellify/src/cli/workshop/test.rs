//! `tellify plugin test`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use workshop::cases::{self, Ran, Verdict};

use super::chosen::{self, Chosen};
use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::cli::progress::Bar;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Test {
    /// The project's folder, which was built
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Only these cases, by their names; all when none is named
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// Write down what comes of the cases as what is expected from now on
    #[arg(long)]
    bless: bool,
    /// Run the cases on this component instead of the one that was built here
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

pub(super) const HELP: &str = "\
A case is a folder `cases/NAME` with `config.json`, `calls.jsonl` and `expected.json`, and where it
needs them `state.json` and `outside.json`: docs/plugins.md tells what is in them. Each case runs
in the daemon's own host, in one warm instance and with a fresh one for each call, and must come
to the same.

Examples:
  tellify plugin test
  tellify plugin test failures --case three-in-a-row
  tellify plugin test --bless && git diff cases

Exit code 0: all passed; 1: some did not; 2: a file of a case does not read.";

const COLUMNS: &[Column] = &[
    ("case", "case"),
    ("result", "result"),
    ("calls", "calls"),
    ("CPU ms", "cpu_ms"),
    ("memory KiB", "memory_kib"),
];

pub(super) fn run(args: &Test, output: &Output) -> Result<(), Failure> {
    let chosen = match &args.component {
        Some(component) => Chosen::read(component)?,
        None => Chosen::read(&args.folder)?,
    };
    let Chosen { path, component, .. } = chosen;
    let unusable = |why: String| Failure::failed(format!("{}: {why}", path.display()));
    let manifest = plugins::manifest::read(&component).map_err(|error| unusable(error.to_string()))?;
    let host = chosen::host()?;
    let plugin = host.load(Arc::from(component)).map_err(|error| unusable(error.to_string()))?;
    let folders = folders(args)?;
    let (mut shown, mut failures) = (Vec::new(), Vec::new());
    let bar = Bar::counting("cases");
    for (i, folder) in folders.iter().enumerate() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        bar.at(i as u64, folders.len() as u64, &name);
        let ran = cases::run(&plugin, manifest.as_ref(), folder, args.bless).map_err(Failure::usage)?;
        shown.push(line(&name, &ran));
        failures.extend(failure(&name, &ran));
    }
    drop(bar);
    output.list(&shown, COLUMNS, "cases")?;
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{} of {} cases failed. Where what came is right, `tellify plugin test --bless` writes it down.\n\n{}",
        failures.len(),
        folders.len(),
        failures.join("\n")
    )))
}

/// # Errors
/// When there is none, or none of a name.
fn folders(args: &Test) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = cases::folders(&args.folder).map_err(Failure::usage)?;
    if folders.is_empty() {
        let place = args.folder.join("cases").display().to_string();
        return Err(Failure::not_found(format!(
            "{place} holds no case: make a folder in it, with a config.json"
        )));
    }
    let is_called = |folder: &Path, name: &str| folder.file_name().is_some_and(|own| own == name);
    if let Some(name) = args.cases.iter().find(|name| !folders.iter().any(|folder| is_called(folder, name))) {
        return Err(Failure::not_found(format!(
            "there is no case `{name}` in {}",
            args.folder.join("cases").display()
        )));
    }
    if !args.cases.is_empty() {
        folders.retain(|folder| args.cases.iter().any(|name| is_called(folder, name)));
    }
    Ok(folders)
}

fn line(name: &str, ran: &Ran) -> Value {
    let result = match &ran.verdict {
        Verdict::Passed => "passed",
        Verdict::Blessed => "blessed",
        Verdict::Unexpected { .. } => "nothing expected",
        Verdict::Differs { .. } => "differs",
        Verdict::WarmDiffers { .. } => "warm and fresh differ",
    };
    json!({
        "case": name,
        "result": result,
        "calls": ran.calls,
        "cpu_ms": (ran.most.cpu.as_secs_f64() * 1e5).round() / 1e2,
        "memory_kib": ran.most.memory_bytes.div_ceil(1024),
        "difference": difference(&ran.verdict),
    })
}

fn difference(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Passed | Verdict::Blessed => None,
        Verdict::Unexpected { found } => Some(cases::difference(&Value::Null, found)),
        Verdict::Differs { expected, found } => Some(cases::difference(expected, found)),
        Verdict::WarmDiffers { warm, fresh } => Some(cases::difference(warm, fresh)),
    }
}

/// What an author reads of a case that failed.
fn failure(name: &str, ran: &Ran) -> Option<String> {
    let what = match &ran.verdict {
        Verdict::Passed | Verdict::Blessed => return None,
        Verdict::Unexpected { .. } => "there is no expected.json, and this came (+)",
        Verdict::Differs { .. } => "this was expected (-), and this came (+)",
        Verdict::WarmDiffers { .. } => {
            "this came of one warm instance (-), and this of a fresh one for each call (+): what it remembers \
             outside of its state must be a cache and nothing else"
        }
    };
    let difference = difference(&ran.verdict).unwrap_or_default();
    let broken = ran.broken.iter().map(|broken| {
        let stack: String = broken.stack.lines().map(|line| format!("    {line}\n")).collect();
        let place = broken
            .line
            .map_or_else(|| "outside of the calls".to_owned(), |line| format!("calls.jsonl:{line}"));
        format!("  {place}: {}\n{stack}", broken.message)
    });
    Some(format!("{name}: {what}\n{difference}{}", broken.collect::<String>()))
}
