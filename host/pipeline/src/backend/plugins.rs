//! Plugins: installed, listed, removed.

use api::{Caller, InstallPlugin, List, Plugin, Problem};
use event::{Door, Expect, Name, PluginKind, Record, Scope, Subscription, SubscriptionStatus};
use plugins::{CallError, LoadError};
use serde_json::Value;

use super::{Answer, Backend, answer, authority, subscriptions};
use crate::blocking;
use crate::registry::{Candidate, InstallError};

/// Subscriptions named when a new version does not take their configurations.
const REFUSED_SHOWN: usize = 3;

impl Backend {
    /// A member may install a handler, which has no capability to grant; other kinds
    /// need an administrator.
    pub(super) async fn install(&self, caller: &Caller, new: InstallPlugin) -> Answer<Plugin> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        let registry = self.registry.clone();
        let admitted = blocking::aside(move || registry.admit(&new.component));
        let candidate = admitted.await.map_err(answer::internal)?.map_err(not_admitted)?;
        if candidate.plugin.kind() != PluginKind::Handler && !authority.is_admin() {
            let kind = candidate.plugin.kind();
            return Err(Problem::forbidden(format!(
                "A plugin of the kind {kind} is for an administrator to install."
            )));
        }
        let by = if authority.is_admin() { None } else { Some(self.person(caller, None)?.name) };
        let expect = self.may_take_the_name(&candidate, by.as_ref(), new.replace)?;
        let record = candidate.record(self.clock.now(), by, false);
        let mut group = vec![Record::Plugin { expect, value: record.clone() }];
        group.extend(self.moved_over(&candidate).await?);
        self.write_group(group).await?;
        self.registry.enter(&candidate);
        Ok(record.into())
    }

    /// Two plugins of one name: the same once more is welcome, another version when
    /// that was asked for, and a bundled one never gives way.
    fn may_take_the_name(&self, candidate: &Candidate, by: Option<&Name>, replace: bool) -> Answer<Expect> {
        let name = &candidate.description.name;
        let Some(old) = self.view()?.plugin(name).map_err(answer::internal)? else { return Ok(Expect::New) };
        if old.bundled {
            return Err(Problem::conflict(format!(
                "`{name}` is bundled with the daemon: give the plugin another name"
            )));
        }
        if old.kind != candidate.plugin.kind() {
            return Err(Problem::conflict(format!(
                "`{name}` is installed, and of the kind {}: a {} needs another name",
                old.kind,
                candidate.plugin.kind()
            )));
        }
        if by.is_some() && old.installed_by.as_ref() != by {
            return Err(Problem::conflict(format!(
                "`{name}` was installed by somebody else: give the plugin another name"
            )));
        }
        if old.sha256 != candidate.plugin.sha256() && !replace {
            return Err(Problem::conflict(format!(
                "`{name}` is installed already, in version {}: ask to replace it",
                old.version
            )));
        }
        Ok(Expect::Present)
    }

    /// The subscriptions of the handler that gives way, as its successor reads their
    /// configurations: it may demand other things of an event. The doors of an ingest
    /// plugin only need to be taken as they are.
    async fn moved_over(&self, candidate: &Candidate) -> Answer<Vec<Record>> {
        let name = &candidate.description.name;
        let view = self.view()?;
        let old = view.plugin(name).map_err(answer::internal)?;
        if old.is_none_or(|old| old.sha256 == candidate.plugin.sha256()) {
            return Ok(Vec::new());
        }
        let mut theirs = view.subscriptions().map_err(answer::internal)?;
        let mut doors = self.all_doors(&view)?;
        drop(view);
        theirs.retain(|subscription| subscription.handler == *name);
        doors.retain(|door| door.plugin == *name);
        let (mut records, mut refused) = (Vec::new(), Vec::new());
        for Door { name, config, .. } in doors {
            if let Err(problem) = check_config(candidate.plugin.clone(), name.clone(), config).await {
                refused.push(format!("door `{name}` ({})", problem.detail));
            }
        }
        for old in theirs {
            let is_off = matches!(old.status, SubscriptionStatus::Disabled(_));
            let label = format!("subscription `{}` of `{}`", old.name, old.owner);
            let next = Subscription { revision: old.revision + 1, ..old };
            match subscriptions::accepted(candidate.plugin.clone(), next).await {
                Ok(value) => records.push(Record::Subscription { expect: Expect::Present, value }),
                // It is checked anew when it is switched on.
                Err(_) if is_off => {}
                Err(problem) => refused.push(format!("{label} ({})", problem.detail)),
            }
        }
        let more = refused.len().saturating_sub(REFUSED_SHOWN);
        refused.truncate(REFUSED_SHOWN);
        if refused.is_empty() {
            return Ok(records);
        }
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        Err(Problem::conflict(format!(
            "This version of `{name}` does not take the configuration of {}{more}. \
             Change it first, or give the plugin another name.",
            refused.join(", ")
        )))
    }

    pub(super) fn plugins(&self, caller: &Caller) -> Answer<List<Plugin>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let plugins = self.view()?.plugins().map_err(answer::internal)?;
        Ok(List::whole(plugins.into_iter().map(Plugin::from).collect()))
    }

    pub(super) fn plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        self.known_plugin(&name).map(Plugin::from)
    }

    pub(super) async fn end_plugin(&self, caller: &Caller, name: Name) -> Answer<()> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        let plugin = self.known_plugin(&name)?;
        if plugin.bundled {
            return Err(Problem::conflict(format!("`{name}` is bundled with the daemon and stays")));
        }
        let own = plugin.installed_by.is_some_and(|by| authority.on_behalf(Some(&by)).is_ok());
        if !own && !authority.is_admin() {
            return Err(Problem::forbidden(format!("`{name}` was installed by somebody else")));
        }
        if let Some(door) = self.options().doors.iter().find(|door| door.plugin == name) {
            return Err(Problem::conflict(format!(
                "plugin `{name}` is used by door `{}` of the daemon's configuration",
                door.name
            )));
        }
        self.write(Record::PluginRemoved { name: name.clone() }).await?;
        self.registry.forget(&name);
        Ok(())
    }

    pub(super) fn known_plugin(&self, name: &Name) -> Answer<event::Plugin> {
        let found = self.view()?.plugin(name).map_err(answer::internal)?;
        found.ok_or_else(|| Problem::not_found(format!("there is no plugin `{name}`")))
    }
}

/// Lets a plugin check a configuration of its own.
///
/// # Errors
/// With what it finds wrong, and a pointer into the request that brings it as `config`.
pub(super) async fn check_config(plugin: plugins::Plugin, user: Name, config: Value) -> Answer<()> {
    let problems = blocking::call(move || plugin.validate(&user, &config)).await.map_err(config_failed)?;
    let Some(first) = problems.first() else { return Ok(()) };
    let said = |p: &plugins::Problem| match p.pointer.as_str() {
        "" => p.message.clone(),
        at => format!("{at}: {}", p.message),
    };
    let all: Vec<String> = problems.iter().map(said).collect();
    let detail = format!("The plugin does not take this configuration. {}", all.join("; "));
    Err(Problem::bad_request(detail).at_pointer(format!("/config{}", first.pointer)))
}

/// A plugin that fails on a configuration does not take it.
pub(super) fn config_failed(error: CallError) -> Problem {
    match error {
        CallError::BadConfig(reason) => {
            Problem::bad_request(format!("The plugin does not take this configuration: {reason}"))
                .at_pointer("/config")
        }
        other => Problem::bad_request(format!("The plugin failed on this configuration: {other}")),
    }
}

fn not_admitted(error: InstallError) -> Problem {
    match error {
        InstallError::Keep(error) => Problem::internal(format!("a component cannot be kept: {error}")),
        InstallError::Load(LoadError::NoCompiler(reason)) => {
            Problem::internal(format!("a component cannot be compiled: {reason}"))
        }
        InstallError::Load(_) | InstallError::Describe(_) => {
            let sentence = error.to_string();
            Problem::bad_request(format!("This plugin cannot be installed: {sentence}."))
        }
    }
}
