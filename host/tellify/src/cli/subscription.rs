//! `tellify subscription`.

use clap::Subcommand;
use egress::Method;
use serde_json::{Map, Value, json};

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Subscribe somebody
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// For whom [default: the token's own person]
        #[arg(long)]
        user: Option<String>,
        /// Its name
        #[arg(long)]
        name: String,
        /// A plugin of the kind handler; see `tellify plugin list`
        #[arg(long)]
        handler: String,
        /// Which events, in the filter language [default: all]
        #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
        filter: String,
        /// The handler's configuration as JSON, or @FILE
        #[arg(long, default_value = "{}", hide_default_value = true)]
        config: String,
        /// One of the person's styles [default: their default style]
        #[arg(long)]
        style: Option<String>,
        /// What it emits is everyone's
        #[arg(long)]
        publish: bool,
    },
    /// List subscriptions
    List {
        /// Whose [default: the token's own person's; an administrator's: everybody's]
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        amount: Amount,
    },
    /// Show one subscription
    Show {
        /// Whose [default: the token's own person's]
        #[arg(long)]
        user: Option<String>,
        /// Its name or id
        name: String,
    },
    /// Change what is given
    Edit {
        /// Whose [default: the token's own person's]
        #[arg(long)]
        user: Option<String>,
        /// Its name or id
        name: String,
        /// Its new name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// The handler that looks at the events
        #[arg(long)]
        handler: Option<String>,
        /// Only events that match, such as 'type:deploy* severity>=warning'
        #[arg(long, allow_hyphen_values = true)]
        filter: Option<String>,
        /// The whole configuration as JSON, or @FILE
        #[arg(long)]
        config: Option<String>,
        /// One of the person's styles; an empty text for their default style
        #[arg(long)]
        style: Option<String>,
        /// Whether what it emits is everyone's to see
        #[arg(long)]
        publish: Option<bool>,
        /// false switches it off
        #[arg(long)]
        enabled: Option<bool>,
    },
    /// Let one that was stopped go on where it stopped
    Resume {
        /// Whose [default: the token's own person's]
        #[arg(long)]
        user: Option<String>,
        /// Its name
        name: String,
    },
    /// Remove a subscription, and end its alerts
    Remove {
        /// Whose [default: the token's own person's]
        #[arg(long)]
        user: Option<String>,
        /// Its name
        name: String,
    },
}

const ADD_EXAMPLES: &str = "\
Examples:
  tellify subscription add --user alice --name fails --handler match --filter 'status:fail'
  tellify subscription add --user alice --name disks --handler threshold --filter 'type:disk.usage' \\
      --config '{\"field\":\"percent\",\"key\":\"subject\",\"limits\":[{\"above\":90,\"severity\":\"warning\"}]}'
  tellify subscription add --user alice --name builds --handler match --config @builds.json --style office

`tellify plugin list` shows the handlers, `tellify plugin show NAME` what each takes.";

const NOTHING: &str = "subscriptions yet: `tellify subscription add --help` shows how to add one";

const PATH: &str = "/api/v1/subscriptions";
const COLUMNS: &[Column] = &[
    ("owner", "owner"),
    ("name", "name"),
    ("handler", "handler"),
    ("filter", "filter"),
    ("style", "style"),
    ("status", "status"),
];
const FIELDS: &[Column] = &[
    ("id", "id"),
    ("owner", "owner"),
    ("name", "name"),
    ("handler", "handler"),
    ("title", "title"),
    ("summary", "summary"),
    ("filter", "filter"),
    ("config", "config"),
    ("style", "style"),
    ("publish", "publish"),
    ("status", "status"),
    ("reason", "reason"),
    ("lagging since", "lag.position"),
    ("because", "lag.reason"),
    ("revision", "revision"),
    ("created", "created"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { user, name, handler, filter, config, style, publish } => {
            let body = json!({
                "name": name, "handler": handler, "filter": filter, "config": configuration(&config)?,
                "style": style, "publish": publish,
            });
            let added = client.send(Method::POST, PATH, &[("user", user.as_deref())], &body).await?;
            output.one(&added, FIELDS)
        }
        Verb::List { user, amount } => {
            let query = [("user", user.as_deref())];
            output.list(&client.list(PATH, &query, amount.most()).await?, COLUMNS, NOTHING)
        }
        Verb::Show { user, name } => {
            output.one(&client.get(&path(&name), &[("user", user.as_deref())]).await?, FIELDS)
        }
        Verb::Edit { user, name, rename, handler, filter, config, style, publish, enabled } => {
            let config = config.as_deref().map(configuration).transpose()?;
            // The API tells a style that is null, the default one, from one that stays.
            let style = style.map(|style| if style.is_empty() { Value::Null } else { Value::from(style) });
            let given = [
                ("name", rename.map(Value::from)),
                ("handler", handler.map(Value::from)),
                ("filter", filter.map(Value::from)),
                ("config", config),
                ("style", style),
                ("publish", publish.map(Value::from)),
                ("enabled", enabled.map(Value::from)),
            ];
            let body: Map<String, Value> =
                given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
            if body.is_empty() {
                return Err(Failure::usage("nothing to change: see `tellify subscription edit --help`"));
            }
            let edited =
                client.send(Method::PATCH, &path(&name), &[("user", user.as_deref())], &body).await?;
            output.one(&edited, FIELDS)
        }
        Verb::Resume { user, name } => {
            let path = format!("{}/resume", path(&name));
            let resumed =
                client.json(Method::POST, &path, &[("user", user.as_deref())], "", Vec::new()).await?;
            output.one(&resumed, FIELDS)
        }
        Verb::Remove { user, name } => {
            client.json(Method::DELETE, &path(&name), &[("user", user.as_deref())], "", Vec::new()).await?;
            output.done(&format!("removed subscription {name}"));
            Ok(())
        }
    }
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", step(name))
}

/// JSON from the command line, or from a file.
pub(super) fn configuration(text: &str) -> Result<Value, Failure> {
    let file = text.strip_prefix('@').map(std::fs::read_to_string).transpose();
    let file = file.map_err(|error| Failure::usage(format!("--config {text}: {error}")))?;
    serde_json::from_str(file.as_deref().unwrap_or(text))
        .map_err(|error| Failure::usage(format!("--config is no JSON: {error}")))
}
