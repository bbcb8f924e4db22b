//! `tellify plugin install`.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use egress::Method;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::cli::workshop::chosen::Chosen;

/// How a component is installed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(in crate::cli) struct How {
    /// A plugin of the same name gives way
    #[arg(long)]
    replace: bool,
    /// What the new version does not take stays with the one that it was saved with
    #[arg(long, requires = "replace", visible_alias = "force")]
    side_by_side: bool,
    /// Grant all that it asks for
    #[arg(long)]
    grant_all: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

const PATH: &str = "/api/v1/plugins";
const PLAN: &[Column] = &[
    ("name", "name"),
    ("kind", "kind"),
    ("version", "version"),
    ("replaces", "replaces"),
    ("asks for http", "wants.http"),
    ("asks for secrets", "wants.secrets"),
    ("asks for sources", "wants.sources"),
    ("more http", "more.http"),
    ("more secrets", "more.secrets"),
    ("more sources", "more.sources"),
    ("waits", "waits"),
    ("sha256", "sha256"),
];
const UNFIT: &[Column] = &[("what", "what"), ("owner", "owner"), ("name", "name"), ("problem", "problem")];

pub(super) async fn run(file: &Path, how: How, client: &Client, output: &Output) -> Result<(), Failure> {
    let Chosen { path, component, .. } = Chosen::read(file)?;
    let progress = progress(&format!("installing {} ({} bytes)", path.display(), component.len()));
    if how.dry_run || (how.replace && !how.side_by_side) {
        let plan = send(client, &[("dry_run", Some("true"))], component.clone()).await?;
        if how.dry_run {
            progress.finish_and_clear();
            return tell(&plan, output);
        }
        fits(&plan, output)?;
    }
    let flag = |on: bool| on.then_some("true");
    let query = [
        ("replace", flag(how.replace)),
        ("side_by_side", flag(how.side_by_side)),
        ("grant_all", flag(how.grant_all)),
    ];
    let installed = send(client, &query, component).await;
    progress.finish_and_clear();
    super::show(installed?, output)
}

async fn send(client: &Client, query: &[(&str, Option<&str>)], component: Vec<u8>) -> Result<Value, Failure> {
    client.json(Method::POST, PATH, query, "application/wasm", component).await
}

/// Shows a plan, with all that would stay behind.
fn tell(plan: &Value, output: &Output) -> Result<(), Failure> {
    output.one(plan, PLAN)?;
    match unfit(plan) {
        [] => Ok(()),
        unfit if output.is_table() => output.list(unfit, UNFIT, ""),
        _ => Ok(()),
    }
}

/// # Errors
/// When something that is saved would stay behind, which nobody has said that it may. All
/// of it is listed first.
fn fits(plan: &Value, output: &Output) -> Result<(), Failure> {
    let unfit = unfit(plan);
    if unfit.is_empty() {
        return Ok(());
    }
    output.list(unfit, UNFIT, "")?;
    let things = if unfit.len() == 1 { "configuration" } else { "configurations" };
    Err(Failure::failed(format!(
        "version {} of {} does not take {} {things}, so nothing was installed. Change them first, or leave them \
         with the version that they were saved with: --side-by-side.",
        plan["version"].as_str().unwrap_or_default(),
        plan["name"].as_str().unwrap_or_default(),
        unfit.len()
    )))
}

fn unfit(plan: &Value) -> &[Value] {
    plan["unfit"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A large component takes seconds to compile: somebody at a terminal sees that it goes on.
fn progress(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
