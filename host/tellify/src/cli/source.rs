//! `tellify source`.

use clap::Subcommand;
use egress::Method;
use serde_json::{Map, Value, json};

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::subscription::configuration;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a connection that monitors may query
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// What to call it
        name: String,
        /// graphite, prometheus, sql, http, or one that a plugin adds; see `tellify source kinds`
        #[arg(long)]
        kind: String,
        /// The kind's configuration as JSON, or @FILE
        #[arg(long, default_value = "{}", hide_default_value = true)]
        config: String,
        /// A part of the configuration that nobody is to see, such as password=@FILE; may be repeated
        #[arg(long = "secret", value_name = "PART=@FILE")]
        secrets: Vec<String>,
        /// A source of the same name gives way
        #[arg(long)]
        replace: bool,
    },
    /// List the sources, without their secrets
    List,
    /// Show one source, without its secrets
    Show {
        /// Its name
        name: String,
    },
    /// List the kinds of sources, and what each can be asked
    Kinds,
    /// Find out whether a source can be asked
    Test {
        /// Its name
        name: String,
    },
    /// Ask a source, as a monitor does
    #[command(after_help = CALL_EXAMPLES)]
    Call {
        /// Its name
        name: String,
        /// What to ask it; see `tellify source kinds`
        method: String,
        /// The method's arguments as JSON, or @FILE
        #[arg(default_value = "{}", hide_default_value = true)]
        arguments: String,
    },
    /// Remove a source; its secrets are destroyed
    Remove {
        /// Its name
        name: String,
    },
}

const ADD_EXAMPLES: &str = "\
Secrets are encrypted, and never shown again. A file keeps them out of the list of processes.

Examples:
  tellify source add metrics --kind prometheus --config '{\"url\":\"http://prometheus.example.org:9090\"}'
  tellify source add shop --kind sql --secret password=@password.txt --config \\
      '{\"driver\":\"postgresql\",\"host\":\"db.example.org\",\"database\":\"shop\",\"username\":\"reader\"}'";

const CALL_EXAMPLES: &str = "\
Examples:
  tellify source call metrics query '{\"query\":\"up\"}'
  tellify source call shop query '{\"sql\":\"SELECT count(*) FROM orders WHERE paid = $1\",\"parameters\":[false]}'";

const PATH: &str = "/api/v1/sources";
const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("kind", "kind"),
    ("config", "config"),
    ("secrets", "secrets"),
    ("unreadable", "unreadable"),
    ("created", "created"),
];
const TEST: &[Column] = &[("works", "works"), ("detail", "detail"), ("took ms", "took_ms")];
const METHODS: &[Column] = &[
    ("kind", "kind"),
    ("method", "method"),
    ("summary", "summary"),
    ("plugin", "plugin"),
    ("unusable", "unusable"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { name, kind, config, secrets, replace } => {
            let secrets: Map<String, Value> =
                secrets.iter().map(|given| secret(given)).collect::<Result<_, _>>()?;
            let body =
                json!({"name": name, "kind": kind, "config": configuration(&config)?, "secrets": secrets});
            let query = [("replace", replace.then_some("true"))];
            output.one(&client.send(Method::POST, PATH, &query, &body).await?, COLUMNS)?;
            output.done(&format!("`tellify source test {name}` finds out whether it can be asked."));
            Ok(())
        }
        Verb::List => output.list(
            &client.whole(PATH, &[]).await?,
            COLUMNS,
            "sources: `tellify source add --help` shows how to add one",
        ),
        Verb::Show { name } => output.one(&client.get(&path(&name), &[]).await?, COLUMNS),
        Verb::Kinds => {
            let kinds = client.whole("/api/v1/source-kinds", &[]).await?;
            output.list(&if output.is_table() { methods(&kinds) } else { kinds }, METHODS, "kinds of sources")
        }
        Verb::Test { name } => {
            let path = format!("{}/test", path(&name));
            let tested = client.json(Method::POST, &path, &[], "", Vec::new()).await?;
            output.one(&tested, TEST)?;
            match tested["works"] {
                Value::Bool(true) => Ok(()),
                _ => Err(Failure::failed(format!("the source {name} cannot be asked"))),
            }
        }
        Verb::Call { name, method, arguments } => {
            let body = json!({"method": method, "arguments": configuration(&arguments)?});
            let answer = client.send(Method::POST, &format!("{}/call", path(&name)), &[], &body).await?;
            // It is nested: JSON is what people read best, too.
            match output.is_table() {
                true => output.print(&format!("{:#}\n", answer["result"])),
                false => output.one(&answer["result"], &[]),
            }
        }
        Verb::Remove { name } => {
            client.json(Method::DELETE, &path(&name), &[], "", Vec::new()).await?;
            output.done(&format!("removed source {name}"));
            Ok(())
        }
    }
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", step(name))
}

/// A secret part of a configuration: text, or an object in JSON.
fn secret(given: &str) -> Result<(String, Value), Failure> {
    let Some((part, file)) =
        given.split_once('=').and_then(|(part, file)| Some((part, file.strip_prefix('@')?)))
    else {
        return Err(Failure::usage(
            "write --secret password=@FILE: a secret on the command line is seen by everybody on this machine",
        ));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("--secret {part}=@{file}: {error}")))?;
    let text = text.trim();
    let value = match serde_json::from_str::<Value>(text) {
        Ok(object @ Value::Object(_)) => object,
        _ => text.into(),
    };
    Ok((part.to_owned(), value))
}

/// A line for each method of each kind, and one for a kind without any.
fn methods(kinds: &[Value]) -> Vec<Value> {
    let of = |kind: &Value| {
        let line = |method: &Value| {
            json!({
                "kind": kind["kind"], "method": method["name"], "summary": method["summary"],
                "plugin": kind["plugin"], "unusable": kind["unusable"],
            })
        };
        let methods = kind["methods"].as_array().map(Vec::as_slice).unwrap_or_default();
        if methods.is_empty() { vec![line(&Value::Null)] } else { methods.iter().map(line).collect() }
    };
    kinds.iter().flat_map(of).collect()
}
