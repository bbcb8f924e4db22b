//! The messages as Chef writes them: of their fields those that we use.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tellify_plugin::{Rejection, Request, Value};

pub(crate) enum Message {
    Start(Start),
    Run(Box<Run>),
    Action(Box<Action>),
    Compliance(Report),
    Ping(Ping),
}

/// Each kind of message names itself in a way of its own.
#[derive(Deserialize)]
struct Naming {
    /// Of runs, and of what happens on the server.
    message_type: Option<String>,
    /// Of InSpec's reports.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Of signs of life.
    event_type: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Start {
    pub(crate) node_name: String,
    pub(crate) run_id: Option<String>,
    pub(crate) chef_server_fqdn: Option<String>,
    pub(crate) organization_name: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) start_time: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Run {
    pub(crate) node_name: String,
    pub(crate) status: Status,
    pub(crate) run_id: Option<String>,
    pub(crate) chef_server_fqdn: Option<String>,
    pub(crate) organization_name: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) start_time: Option<String>,
    pub(crate) end_time: Option<String>,
    pub(crate) total_resource_count: Option<u64>,
    pub(crate) updated_resource_count: Option<u64>,
    pub(crate) run_list: Option<Vec<String>>,
    pub(crate) policy_name: Option<String>,
    pub(crate) policy_group: Option<String>,
    pub(crate) resources: Option<Vec<Resource>>,
    pub(crate) deprecations: Option<Vec<Deprecation>>,
    pub(crate) error: Option<Failure>,
    pub(crate) node: Option<Node>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Success,
    Failure,
}

#[derive(Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) status: String,
    /// The action, such as `create`.
    pub(crate) result: Option<String>,
    /// Milliseconds, as text.
    pub(crate) duration: Option<String>,
    pub(crate) delta: Option<String>,
    /// A truth, or `quiet`.
    pub(crate) ignore_failure: Option<Value>,
    pub(crate) cookbook_name: Option<String>,
    pub(crate) cookbook_version: Option<String>,
    pub(crate) recipe_name: Option<String>,
    pub(crate) error_message: Option<String>,
    pub(crate) error: Option<Failure>,
}

/// What Chef knows of an exception.
#[derive(Deserialize)]
pub(crate) struct Failure {
    pub(crate) class: Option<String>,
    pub(crate) message: Option<String>,
}

/// Since version 15 an object, before that a text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Deprecation {
    Object { message: String },
    Text(String),
}

/// Of the node's attributes, which are most of the message.
#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) chef_environment: Option<String>,
}

/// Something that was done on the Chef server.
#[derive(Deserialize)]
pub(crate) struct Action {
    pub(crate) id: Option<String>,
    /// `create`, `update`, `delete`, …
    pub(crate) task: String,
    pub(crate) entity_type: String,
    pub(crate) entity_name: String,
    pub(crate) parent_type: Option<String>,
    pub(crate) parent_name: Option<String>,
    pub(crate) organization_name: Option<String>,
    pub(crate) recorded_at: Option<String>,
    pub(crate) requestor_name: Option<String>,
    pub(crate) requestor_type: Option<String>,
    pub(crate) service_hostname: Option<String>,
    pub(crate) remote_hostname: Option<String>,
    pub(crate) revision_id: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// A report of InSpec.
#[derive(Deserialize)]
pub(crate) struct Report {
    pub(crate) node_name: String,
    pub(crate) report_uuid: Option<String>,
    pub(crate) end_time: Option<String>,
    pub(crate) environment: Option<String>,
    /// Of InSpec.
    pub(crate) version: Option<String>,
    pub(crate) platform: Option<Platform>,
    pub(crate) statistics: Option<Statistics>,
    pub(crate) profiles: Vec<Profile>,
}

#[derive(Deserialize)]
pub(crate) struct Platform {
    pub(crate) name: Option<String>,
    pub(crate) release: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Statistics {
    /// Seconds.
    pub(crate) duration: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// `loaded`, `skipped` or `failed`; older versions say nothing.
    pub(crate) status: Option<String>,
    pub(crate) status_message: Option<String>,
    #[serde(default)]
    pub(crate) controls: Vec<Control>,
}

#[derive(Deserialize)]
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) title: Option<String>,
    /// From 0 to 1.
    pub(crate) impact: Option<f64>,
    pub(crate) results: Option<Vec<Outcome>>,
    #[serde(default)]
    pub(crate) waiver_data: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
pub(crate) struct Outcome {
    /// `passed`, `failed` or `skipped`.
    pub(crate) status: String,
    pub(crate) code_desc: Option<String>,
    pub(crate) message: Option<String>,
}

/// A sign of life.
#[derive(Deserialize)]
pub(crate) struct Ping {
    pub(crate) node_name: String,
    pub(crate) organization_name: Option<String>,
    pub(crate) chef_server_fqdn: Option<String>,
    #[serde(rename = "@timestamp")]
    pub(crate) timestamp: Option<String>,
}

impl Message {
    pub(crate) fn read(request: &Request) -> Result<Message, Rejection> {
        // A list of its fields would read as well.
        if !request.body.trim_ascii_start().starts_with(b"{") {
            return Err(Rejection::Malformed("no message of Chef: the body is no JSON object".to_owned()));
        }
        let naming: Naming = part(request, "message")?;
        let named = [naming.message_type, naming.kind, naming.event_type];
        let name = named.into_iter().flatten().next();
        match name.as_deref() {
            Some(name @ "run_start") => part(request, name).map(Message::Start),
            Some(name @ "run_converge") => part(request, name).map(|run| Message::Run(Box::new(run))),
            Some(name @ "action") => part(request, name).map(|action| Message::Action(Box::new(action))),
            Some(name @ "inspec_report") => part(request, name).map(Message::Compliance),
            Some(name @ "node_ping") => part(request, name).map(Message::Ping),
            Some(other) => Err(Rejection::Malformed(format!(
                "`{other}` is no message of Chef's data collector that is known here: \
                 run_start, run_converge, action, inspec_report and node_ping are"
            ))),
            None => Err(Rejection::Malformed(
                "this is no message of Chef's data collector: it has no `message_type`, `type` or `event_type`"
                    .to_owned(),
            )),
        }
    }
}

fn part<T: DeserializeOwned>(request: &Request, what: &str) -> Result<T, Rejection> {
    request.json().map_err(|rejection| match rejection {
        Rejection::Malformed(why) => Rejection::Malformed(format!("no {what} of Chef: {why}")),
        other => other,
    })
}
