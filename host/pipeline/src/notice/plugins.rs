//! What becomes of plugins and secrets, for those who answer for them.

use event::{Granted, Name, Plugin, Realm, Record, Severity, SubscriptionId, Timestamp, Wanted};
use serde_json::json;

use super::{Cause, Notice};

/// An administrator's realm; everyone's, when nobody is one.
fn of_admin(admin: Option<&Name>) -> Realm {
    admin.map_or_else(Realm::everyone, Realm::person)
}

/// A plugin went back to the version before.
pub(crate) fn rolled_back(
    from: &Plugin,
    to: &Plugin,
    why: &str,
    person: Option<&Name>,
    about: Vec<SubscriptionId>,
    now: Timestamp,
) -> Record {
    let Plugin { name, version, .. } = from;
    Notice {
        kind: "tellify.plugin.rolled-back",
        severity: Severity::Warning,
        subject: name.to_string(),
        text: format!("Plugin {name} went back from version {version} to {}: {why}.", to.version),
        data: json!({
            "plugin": name, "from": version, "from_sha256": from.sha256, "to": to.version,
            "to_sha256": to.sha256, "reason": why,
        }),
        realm: of_admin(person),
    }
    .record(&mark(now, person), now, about, Cause::default())
}

/// A version asks for more than the one that serves.
pub(crate) fn plugin_waits(version: &Plugin, more: &Wanted, admin: Option<&Name>) -> Record {
    let Plugin { name, version: number, sha256, installed, installed_by, .. } = version;
    let asks = if more.is_empty() {
        "others use what its owner changes".to_owned()
    } else {
        format!("it asks for {}", listed(more))
    };
    Notice {
        kind: "tellify.plugin.waiting",
        severity: Severity::Notice,
        subject: name.to_string(),
        text: format!(
            "Version {number} of plugin {name} waits for an administrator: {asks}. \
             `tellify plugin consent {name}` lets it serve, `tellify plugin decline {name}` drops it."
        ),
        data: json!({
            "plugin": name, "version": number, "sha256": sha256, "more": more, "installed_by": installed_by,
        }),
        realm: of_admin(admin),
    }
    .record(&mark(*installed, admin), *installed, Vec::new(), Cause::default())
}

/// An administrator granted something, or took it back.
pub(crate) fn grants_changed(
    plugin: &Plugin,
    before: &Granted,
    admin: Option<&Name>,
    now: Timestamp,
) -> Record {
    let Plugin { name, granted, .. } = plugin;
    Notice {
        kind: "tellify.plugin.granted",
        severity: Severity::Notice,
        subject: name.to_string(),
        text: format!("What plugin {name} is granted was changed."),
        data: json!({"plugin": name, "granted": granted, "before": before}),
        realm: of_admin(admin),
    }
    .record(&mark(now, admin), now, Vec::new(), Cause::default())
}

pub(crate) fn secret_set(name: &Name, admin: Option<&Name>, now: Timestamp) -> Record {
    secret("tellify.secret.set", "was set", name, admin, now)
}

pub(crate) fn secret_removed(name: &Name, admin: Option<&Name>, now: Timestamp) -> Record {
    secret("tellify.secret.removed", "was removed, and its key destroyed", name, admin, now)
}

fn secret(kind: &'static str, what: &str, name: &Name, admin: Option<&Name>, now: Timestamp) -> Record {
    Notice {
        kind,
        severity: Severity::Notice,
        subject: name.to_string(),
        text: format!("Secret {name} {what}."),
        data: json!({"secret": name}),
        realm: of_admin(admin),
    }
    .record(&mark(now, admin), now, Vec::new(), Cause::default())
}

/// The same news is told to several people, in an event of each one's own.
fn mark(now: Timestamp, person: Option<&Name>) -> String {
    person.map_or_else(|| now.0.to_string(), |person| format!("{}-{person}", now.0))
}

fn listed(more: &Wanted) -> String {
    let http = more.http.iter().map(ToString::to_string);
    let secrets = more.secrets.iter().map(|name| format!("the secret {name}"));
    let sources = more.sources.iter().map(|kind| format!("sources of the kind {kind}"));
    http.chain(secrets).chain(sources).collect::<Vec<_>>().join(", ")
}
