//! What people and programs do on the Chef server.

use tellify_plugin::{NewEvent, Origin, Severity, Value, put, serde_json::Map};

use crate::message::Action;
use crate::run::short;

pub(crate) fn event(action: &Action) -> NewEvent {
    let severity = if action.task == "delete" { Severity::Notice } else { Severity::Info };
    let mut data = Map::new();
    put(&mut data, "task", Some(action.task.as_str()));
    put(&mut data, "entity_type", Some(action.entity_type.as_str()));
    put(&mut data, "entity_name", Some(short(&action.entity_name)));
    put(&mut data, "parent_type", said(&action.parent_type));
    put(&mut data, "parent_name", said(&action.parent_name));
    put(&mut data, "organization", said(&action.organization_name));
    put(&mut data, "requestor", said(&action.requestor_name));
    put(&mut data, "requestor_type", said(&action.requestor_type));
    put(&mut data, "remote_hostname", said(&action.remote_hostname));
    put(&mut data, "revision_id", said(&action.revision_id));
    put(&mut data, "user_agent", said(&action.user_agent));
    let mut event = NewEvent::new("chef.action")
        .subject(subject(action))
        .severity(severity)
        .origin(Origin::Internal)
        .text(text(action))
        .data(Value::Object(data));
    event.source = said(&action.service_hostname).map(str::to_owned);
    event.time = action.recorded_at.as_deref().and_then(|time| time.parse().ok());
    event.dedupe_key = action.id.as_ref().map(|id| format!("action {id}"));
    event
}

/// The thing itself; a version of a cookbook with the cookbook.
fn subject(action: &Action) -> String {
    match said(&action.parent_name) {
        Some(parent) => format!("{parent}/{}", action.entity_name),
        None => action.entity_name.clone(),
    }
}

/// `delivery updated version 3.1.0 of cookbook yum-epel`.
fn text(action: &Action) -> String {
    let who = said(&action.requestor_name).unwrap_or("somebody");
    let mut text = format!("{who} {} {} {}", past(&action.task), action.entity_type, action.entity_name);
    if let (Some(kind), Some(name)) = (said(&action.parent_type), said(&action.parent_name)) {
        text.push_str(&format!(" of {kind} {name}"));
    }
    short(&text).to_owned()
}

/// `update` as `updated`.
fn past(task: &str) -> String {
    match task {
        "" => "changed".to_owned(),
        task if task.ends_with('e') => format!("{task}d"),
        task => format!("{task}ed"),
    }
}

/// Chef writes an empty text for what there is not.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty()).map(short)
}
