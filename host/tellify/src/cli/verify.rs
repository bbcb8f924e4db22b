//! `tellify verify`.

use std::io;
use std::path::{Path, PathBuf};

use egress::Method;
use journal::{ReadError, Report};
use serde_json::{Value, json};

use super::client::Client;
use super::failure::Failure;
use super::output::{Column, Output};
use super::progress::Bar;

/// Check everything that is stored, beside a running daemon too
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The data folder [default: $TELLIFY_DATA, else the daemon's usual one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

const FIELDS: &[Column] = &[
    ("first record", "first"),
    ("last record", "last"),
    ("segments", "segments"),
    ("snapshots", "snapshots"),
    ("state rows", "state_rows"),
    ("daemon", "process"),
];
const PROBLEMS: &[Column] = &[("file", "file"), ("first", "first"), ("last", "last"), ("problem", "problem")];

pub(super) async fn run(args: Verify, client: &Client, output: &Output) -> Result<(), Failure> {
    let named = args.data.or_else(|| std::env::var_os("TELLIFY_DATA").map(PathBuf::from));
    let data = named.unwrap_or_else(|| settings::default_data_folder(std::env::vars()));
    let folder = data.join("journal");
    std::fs::metadata(folder.join("log")).map_err(|error| unreadable(&data, &error))?;
    let snapshot = match journal::served_by(&folder).map_err(|error| unreadable(&data, &error))? {
        Some(_) => Some(client.json(Method::POST, "/api/v1/snapshots", &[], "", Vec::new()).await),
        None => None,
    };
    let bar = Bar::new("verify");
    let verified =
        journal::verify(&folder, &mut |progress| bar.at(progress.done, progress.total, &progress.at));
    drop(bar);
    let mut report = verified.map_err(|error| match error {
        ReadError::Io(error) => unreadable(&data, &error),
        other => Failure::failed(other),
    })?;
    note_snapshot(&mut report, snapshot);
    print(&report, output)
}

fn unreadable(data: &Path, error: &io::Error) -> Failure {
    let data = data.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::not_found(format!("there is no journal in {data}: name it with --data"))
        }
        io::ErrorKind::PermissionDenied => Failure::not_allowed(format!(
            "{data} cannot be read: {error}\n  Run this as the user who runs the daemon."
        )),
        _ => Failure::failed(format!("{data} cannot be read: {error}")),
    }
}

/// Beside a daemon, the snapshot that it was asked for says whether the state is good.
fn note_snapshot(report: &mut Report, snapshot: Option<Result<Value, Failure>>) {
    match snapshot {
        None => {}
        Some(Ok(taken)) => {
            let name = taken["name"].as_str().unwrap_or_default();
            report.notes.push(format!("the daemon verified the state's values when it took {name} just now"));
        }
        Some(Err(failure)) => {
            report.notes.push(format!("the daemon took no snapshot of the state for this: {failure}"));
        }
    }
}

fn print(report: &Report, output: &Output) -> Result<(), Failure> {
    let good = report.problems.is_empty();
    if output.is_table() {
        output.one(&json!(report), FIELDS)?;
        for note in &report.notes {
            eprintln!("note: {note}");
        }
        if !good {
            let problems: Vec<Value> = report.problems.iter().map(|problem| json!(problem)).collect();
            output.list(&problems, PROBLEMS, "problems")?;
        }
    } else {
        let mut value = json!(report);
        value["ok"] = good.into();
        output.one(&value, FIELDS)?;
    }
    if good {
        output.done("all is as it was written");
        return Ok(());
    }
    let count = report.problems.len();
    Err(Failure::failed(format!(
        "{count} {} found; what is damaged is not served. A backup may still have it.",
        if count == 1 { "problem was" } else { "problems were" }
    )))
}
