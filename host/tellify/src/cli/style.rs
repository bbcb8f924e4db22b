//! `tellify style`.

use std::path::PathBuf;

use clap::Subcommand;
use egress::Method;
use serde_json::{Map, Value, json};

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::user;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add styles: one band from options, or whole styles from a file
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Whose
        #[arg(long)]
        user: String,
        /// The style's name
        #[arg(long, required_unless_present = "file")]
        name: Option<String>,
        /// Serves every subscription that names no style
        #[arg(long)]
        default: bool,
        #[command(flatten)]
        rules: Rules,
    },
    /// List somebody's styles
    List {
        /// Whose
        #[arg(long)]
        user: String,
    },
    /// Show one style
    Show {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
    },
    /// Replace the rules of a style
    Edit {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
        /// Serves every subscription that names no style
        #[arg(long)]
        default: bool,
        #[command(flatten)]
        rules: Rules,
    },
    /// Where would an alert go, and when?
    #[command(after_help = PREVIEW_EXAMPLES)]
    Preview {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
        /// debug, info, notice, warning, error or critical
        #[arg(long)]
        severity: Option<String>,
        /// firing, resolved or note
        #[arg(long)]
        state: Option<String>,
        /// When it is raised, as RFC 3339 [default: now]
        #[arg(long)]
        at: Option<String>,
    },
    /// Remove a style that no subscription names
    Remove {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
    },
}

/// One band from flags, or whole styles from a file.
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    /// TOML with tables [style.NAME] and [[style.NAME.band]]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["channels", "severity", "when", "wait", "digest", "mode"])]
    file: Option<PathBuf>,
    /// IANA time zone [default: the person's]
    #[arg(long)]
    zone: Option<String>,
    /// An address to use; may be repeated
    #[arg(long = "channel", value_name = "ADDRESS")]
    channels: Vec<String>,
    /// Only these alerts, such as '>=critical'
    #[arg(long)]
    severity: Option<String>,
    /// Only firing, resolved or note
    #[arg(long)]
    state: Option<String>,
    /// Only then, such as 'Mo-Fr 06:00-19:00'
    #[arg(long)]
    when: Option<String>,
    /// Collect for so long, such as 1m
    #[arg(long)]
    wait: Option<String>,
    /// Each further alert moves the end so far
    #[arg(long)]
    extend: Option<String>,
    /// But never further than this
    #[arg(long)]
    max_wait: Option<String>,
    /// now: the first at once; wait: collect first
    #[arg(long)]
    first: Option<String>,
    /// Collect until this local time, or cron expression; may be repeated
    #[arg(long)]
    digest: Vec<String>,
    /// send, hold or drop
    #[arg(long)]
    mode: Option<String>,
    /// Keep apart by handler, subscription, severity or a field; may be repeated
    #[arg(long)]
    group_by: Vec<String>,
}

const ADD_EXAMPLES: &str = "\
Examples:
  tellify style add --user alice --name soon --default --channel inbox --wait 1s
  tellify style add --user alice --name night --channel mail --severity '>=critical' --wait 0s
  tellify style add --user alice --name daily --channel mail --mode hold --digest 06:00
  tellify style add --user alice --file office.toml";

const PREVIEW_EXAMPLES: &str = "\
Examples:
  tellify style preview --user alice office --severity critical
  tellify style preview --user alice office --at 2026-11-21T03:00:00+01:00";

const COLUMNS: &[Column] = &[("name", "name"), ("default", "default"), ("zone", "zone"), ("bands", "bands")];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { user, name, default, rules } => {
            let saved = save(client, Method::POST, &all(&user), name, default, rules).await?;
            show_saved(saved, output)
        }
        Verb::Edit { user, name, default, rules } => {
            show_saved(save(client, Method::PUT, &one(&user, &name), None, default, rules).await?, output)
        }
        Verb::List { user } => {
            let styles = client.whole(&all(&user), &[]).await?;
            print(styles, output)
        }
        Verb::Show { user, name } => {
            let style = client.get(&one(&user, &name), &[]).await?;
            if !output.is_table() {
                return output.one(&style, &[]);
            }
            output.print(&(as_toml(&style)? + "\n"))
        }
        Verb::Preview { user, name, severity, state, at } => {
            let query =
                [("severity", severity.as_deref()), ("state", state.as_deref()), ("at", at.as_deref())];
            let lines = client.whole(&format!("{}/preview", one(&user, &name)), &query).await?;
            output.list(
                &lines,
                &[("address", "address"), ("due", "due"), ("why", "text")],
                "band takes such an alert: it would be told nowhere; `tellify style show` shows the bands",
            )
        }
        Verb::Remove { user, name } => {
            client.json(Method::DELETE, &one(&user, &name), &[], "", Vec::new()).await?;
            output.done(&format!("removed style {name} of {user}"));
            Ok(())
        }
    }
}

async fn save(
    client: &Client,
    method: Method,
    path: &str,
    name: Option<String>,
    default: bool,
    rules: Rules,
) -> Result<Value, Failure> {
    if let Some(file) = &rules.file {
        let text = std::fs::read(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        return client.json(method, path, &[], "application/toml", text).await;
    }
    let zone = rules.zone.clone();
    let mut body = json!({"name": name, "zone": zone, "band": [rules.band()]});
    if default {
        body["default"] = Value::Bool(true);
    }
    client.send(method, path, &[], &body).await
}

impl Rules {
    /// The band as the API takes it: only what was given.
    fn band(self) -> Value {
        let texts = [
            ("severity", self.severity),
            ("state", self.state),
            ("when", self.when),
            ("wait", self.wait),
            ("extend", self.extend),
            ("max_wait", self.max_wait),
            ("first", self.first),
            ("mode", self.mode),
        ];
        let lists = [("channels", self.channels), ("digest", self.digest), ("group_by", self.group_by)];
        let mut band = Map::new();
        band.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))));
        let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
        band.extend(given.map(|(key, list)| (key.to_owned(), Value::from(list))));
        Value::Object(band)
    }
}

fn show_saved(mut saved: Value, output: &Output) -> Result<(), Failure> {
    for warning in saved["warnings"].as_array().into_iter().flatten() {
        eprintln!("warning: {}", warning.as_str().unwrap_or_default());
    }
    let Value::Array(styles) = saved["items"].take() else { return Ok(()) };
    match styles.as_slice() {
        [style] if !output.is_table() => output.one(style, COLUMNS),
        _ => print(styles, output),
    }
}

/// Lists styles, with the number of their bands in the table.
fn print(mut styles: Vec<Value>, output: &Output) -> Result<(), Failure> {
    if output.is_table() {
        for style in &mut styles {
            style["bands"] = Value::from(style["band"].as_array().map_or(0, Vec::len));
        }
    }
    output.list(&styles, COLUMNS, "styles yet: `tellify style add --help` shows how to add one")
}

/// A style as a file would hold it, so that it can be edited and given back.
fn as_toml(style: &Value) -> Result<String, Failure> {
    let mut rules = style.clone();
    let name = style["name"].as_str().unwrap_or_default().to_owned();
    if let Value::Object(fields) = &mut rules {
        fields.retain(|key, value| !matches!(key.as_str(), "user" | "name") && !value.is_null());
    }
    toml::to_string_pretty(&json!({"style": {name: rules}})).map_err(Failure::failed)
}

fn all(user: &str) -> String {
    format!("{}/styles", user::path(user))
}

fn one(user: &str, name: &str) -> String {
    format!("{}/{}", all(user), step(name))
}
