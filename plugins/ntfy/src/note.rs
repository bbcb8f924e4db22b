//! A message as ntfy takes it: JSON, posted to the root of the server.

use serde::Serialize;
use tellify_plugin::{AlertState, Message, Severity};

#[derive(Serialize)]
pub(crate) struct Note<'m> {
    topic: &'m str,
    title: &'m str,
    message: &'m str,
    /// From 1 to 5; 3 is how most things come.
    priority: u8,
    /// Names of emoji, shown in front of the title.
    tags: [&'static str; 1],
    /// What a tap on the message opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<&'m str>,
}

pub(crate) fn of<'m>(topic: &'m str, message: &'m Message) -> Note<'m> {
    let (priority, tag) = urgency(message);
    let only = match message.items.as_slice() {
        [item] => Some(item.link.as_str()),
        _ => None,
    };
    let click = only.or_else(|| message.links.first().map(|(_, url)| url.as_str()));
    Note { topic, title: &message.subject, message: message.ascii.trim_end(), priority, tags: [tag], click }
}

/// Good news never rings louder than usual.
fn urgency(message: &Message) -> (u8, &'static str) {
    let over = |item: &tellify_plugin::Item| item.state == AlertState::Resolved;
    if !message.items.is_empty() && message.items.iter().all(over) {
        return (3, "white_check_mark");
    }
    match message.severity {
        Severity::Debug => (1, "mag"),
        Severity::Info => (2, "information_source"),
        Severity::Notice => (3, "information_source"),
        Severity::Warning => (3, "warning"),
        Severity::Error => (4, "rotating_light"),
        Severity::Critical => (5, "rotating_light"),
    }
}
