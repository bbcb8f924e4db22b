//! Plugins: installed, listed, removed. How one version takes the
//! place of another: [`super::upgrades`].

use api::{
    Caller, Capabilities, InstallPlugin, KeptVersion, List, Plugin, PluginPlan, Problem, WaitingVersion,
};
use event::{Channel, Manifest, Name, PluginKind, Record, Scope, Viewer};
use journal::View;
use plugins::{CallError, LoadError};
use serde_json::Value;

use super::upgrades::Upgrade;
use super::{Answer, Backend, answer, authority, viewer};
use crate::blocking;
use crate::registry::InstallError;

/// What members may do about plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginPolicy {
    /// Whether they may install handlers for themselves.
    pub members_may_install: bool,
    /// How many each of them may have.
    pub member_plugins: usize,
    /// The bytes of their components together, in all versions that are kept.
    pub member_bytes: u64,
}

impl Default for PluginPolicy {
    fn default() -> PluginPolicy {
        PluginPolicy { members_may_install: true, member_plugins: 10, member_bytes: 128 << 20 }
    }
}

impl Backend {
    /// A member may install a handler for themselves, which has no capability to grant;
    /// other kinds need an administrator. Nothing that it asks for is granted by this alone.
    pub(super) async fn install(&self, caller: &Caller, new: InstallPlugin) -> Answer<Plugin> {
        let by = self.installer(caller)?;
        if new.grant_all {
            self.need_admin(caller)?;
        }
        let (side_by_side, grant_all) = (new.side_by_side, new.grant_all);
        let _turn = self.installing.lock().await;
        let upgrade = self.prepared(by.as_ref(), new).await?;
        let name = upgrade.version.name.clone();
        match upgrade {
            // The same once more is welcome.
            Upgrade { old: Some(old), ref version, .. } if old.sha256 == version.sha256 => {
                self.gather(&old).await?;
                if grant_all {
                    self.grant_all(old).await?;
                }
            }
            upgrade if upgrade.waits && !grant_all => self.put_off(upgrade).await?,
            upgrade => self.install_now(upgrade, side_by_side, grant_all).await?,
        }
        self.shown_plugin(&self.view()?, self.known_plugin(&name)?)
    }

    /// What installing would do, of which nothing is done.
    pub(super) async fn plan(&self, caller: &Caller, new: InstallPlugin) -> Answer<PluginPlan> {
        let by = self.installer(caller)?;
        let _turn = self.installing.lock().await;
        let upgrade = self.prepared(by.as_ref(), InstallPlugin { replace: true, ..new }).await?;
        let Upgrade { version, old, moves, more, waits } = upgrade;
        Ok(PluginPlan {
            name: version.name,
            kind: version.kind,
            version: version.version,
            sha256: version.sha256,
            replaces: old.map(|old| old.version),
            wants: Capabilities::from(&version.wants),
            more: Capabilities::from(&more),
            waits,
            unfit: moves.unfit,
        })
    }

    /// For whom something is installed; none: for everybody, by an administrator.
    fn installer(&self, caller: &Caller) -> Answer<Option<Name>> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        if authority.is_admin() {
            return Ok(None);
        }
        let who = self.person(caller, None)?.name;
        if self.options().plugins.members_may_install {
            return Ok(Some(who));
        }
        Err(Problem::forbidden(
            "Plugins are for an administrator to install here: `plugins.members_may_install` is off.",
        ))
    }

    /// A component that may be installed, checked from the outside in: nothing is compiled
    /// for somebody who may not.
    async fn prepared(&self, by: Option<&Name>, new: InstallPlugin) -> Answer<Upgrade> {
        let manifest = manifest_of(&new.component).map_err(not_admitted)?;
        if let Some(manifest) = &manifest {
            self.may_install(by, manifest, &new)?;
        }
        let (registry, component) = (self.registry.clone(), new.component.clone());
        let admitted = blocking::aside(move || registry.admit(&component));
        let candidate = admitted.await.map_err(answer::internal)?.map_err(not_admitted)?;
        let old = self.may_install(by, &candidate.manifest, &new)?;
        self.upgrade(&candidate, old, by).await
    }

    /// The version that gives way, if somebody may install this one.
    fn may_install(
        &self,
        by: Option<&Name>,
        manifest: &Manifest,
        new: &InstallPlugin,
    ) -> Answer<Option<event::Plugin>> {
        not_built_in(manifest)?;
        let old = self.view()?.plugin(&manifest.name).map_err(answer::internal)?;
        if let Some(old) = &old {
            gives_way(old, manifest, &plugins::sha256(&new.component), by, new.replace)?;
        }
        if let Some(by) = by {
            self.within_quota(by, manifest, new.component.len() as u64)?;
        }
        Ok(old)
    }

    /// # Errors
    /// When a member has as much as one may have, or wants what no member may have.
    fn within_quota(&self, by: &Name, manifest: &Manifest, bytes: u64) -> Answer<()> {
        if manifest.world != PluginKind::Handler {
            return Err(Problem::forbidden(format!(
                "A plugin of the kind {} is for an administrator to install.",
                manifest.world
            )));
        }
        let policy = self.options().plugins;
        let view = self.view()?;
        let own = |plugin: &event::Plugin| plugin.installed_by.as_ref() == Some(by);
        let plugins = view.plugins().map_err(answer::internal)?;
        let others = plugins.iter().filter(|plugin| own(plugin) && plugin.name != manifest.name).count();
        if others >= policy.member_plugins {
            return Err(Problem::forbidden(format!(
                "You have {others} plugins, and may have {} (`plugins.member_plugins`): remove one first.",
                policy.member_plugins
            )));
        }
        let versions = view.all_plugin_versions().map_err(answer::internal)?;
        let used: u64 = versions.iter().filter(|version| own(version)).map(|version| version.bytes).sum();
        if used + bytes > policy.member_bytes {
            return Err(Problem::forbidden(format!(
                "Your plugins take {used} bytes, this one takes {bytes}, and {} are allowed \
                 (`plugins.member_bytes`).",
                policy.member_bytes
            )));
        }
        Ok(())
    }

    pub(super) fn plugins(&self, caller: &Caller) -> Answer<List<Plugin>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let view = self.view()?;
        let mut plugins = view.plugins().map_err(answer::internal)?;
        plugins.retain(|plugin| is_visible(plugin, caller));
        let shown: Answer<Vec<Plugin>> =
            plugins.into_iter().map(|plugin| self.shown_plugin(&view, plugin)).collect();
        Ok(List::whole(shown?))
    }

    pub(super) fn plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        self.shown_plugin(&self.view()?, self.visible_plugin(caller, &name)?)
    }

    pub(super) async fn end_plugin(&self, caller: &Caller, name: Name) -> Answer<()> {
        let _turn = self.installing.lock().await;
        let plugin = self.own_plugin(caller, &name)?;
        if plugin.bundled {
            return Err(Problem::conflict(format!("`{name}` is bundled with the daemon and stays")));
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
        found.ok_or_else(|| no_plugin(name))
    }

    /// What somebody else installed for themselves is answered like what does not exist.
    pub(super) fn visible_plugin(&self, caller: &Caller, name: &Name) -> Answer<event::Plugin> {
        let plugin = self.known_plugin(name)?;
        if is_visible(&plugin, caller) { Ok(plugin) } else { Err(no_plugin(name)) }
    }

    /// One that the caller may change: an administrator any, a person their own.
    pub(super) fn own_plugin(&self, caller: &Caller, name: &Name) -> Answer<event::Plugin> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        let plugin = self.visible_plugin(caller, name)?;
        let own = plugin.installed_by.as_ref().is_some_and(|by| authority.on_behalf(Some(by)).is_ok());
        if own || authority.is_admin() {
            return Ok(plugin);
        }
        Err(Problem::forbidden(format!("`{name}` was installed by somebody else")))
    }

    /// A plugin as its administrator and its users see it.
    pub(super) fn shown_plugin(&self, view: &View, plugin: event::Plugin) -> Answer<Plugin> {
        let waiting = view.plugin_waiting(&plugin.name).map_err(answer::internal)?;
        let waiting = waiting.map(|waiting| WaitingVersion {
            more: Capabilities::from(&waiting.wants.beyond(&plugin.wants)),
            version: waiting.version,
            sha256: waiting.sha256,
            installed_by: waiting.installed_by,
            since: waiting.installed.into(),
        });
        let kept = self.kept(view, &plugin.name)?;
        // A source that cannot be read counts as missing, which says what to look at.
        let kind_of = |name: &Name| self.kind_of_source(view, name).ok().flatten();
        let missing = plugin.wants.missing(&plugin.granted, kind_of);
        Ok(Plugin {
            kept,
            waiting,
            shared: plugin.shared || plugin.installed_by.is_none(),
            wants: Capabilities::from(&plugin.wants),
            granted: Capabilities::from(&plugin.granted),
            missing: Capabilities::from(&missing),
            name: plugin.name,
            kind: plugin.kind,
            version: plugin.version,
            title: plugin.title,
            description: plugin.description,
            sha256: plugin.sha256,
            bytes: plugin.bytes,
            config_schema: plugin.config_schema,
            ui_hints: plugin.ui_hints,
            bundled: plugin.bundled,
            installed_by: plugin.installed_by,
            installed: plugin.installed.into(),
        })
    }

    fn kept(&self, view: &View, name: &Name) -> Answer<Vec<KeptVersion>> {
        let versions = view.plugin_versions(name).map_err(answer::internal)?;
        if versions.is_empty() {
            return Ok(Vec::new());
        }
        let subscriptions = view.subscriptions().map_err(answer::internal)?.into_iter();
        let subscriptions = subscriptions.filter(|s| s.handler == *name).filter_map(|s| s.handler_sha256);
        let doors = view.doors().map_err(answer::internal)?.into_iter().filter(|door| door.plugin == *name);
        let sources = view.sources().map_err(answer::internal)?.into_iter();
        let sources = sources.filter(|source| source.plugin() == Some(name));
        let others =
            doors.filter_map(|door| door.plugin_sha256).chain(sources.filter_map(|s| s.plugin_sha256));
        let addresses = view.addresses_by(name).map_err(answer::internal)?.into_iter();
        let channels = addresses.filter_map(|address| address.plugin_sha256);
        let used: Vec<String> = subscriptions.chain(others).chain(channels).collect();
        let kept = |version: event::Plugin| KeptVersion {
            used_by: used.iter().filter(|sha256| **sha256 == version.sha256).count(),
            version: version.version,
            sha256: version.sha256,
            installed: version.installed.into(),
        };
        Ok(versions.into_iter().map(kept).collect())
    }
}

/// Two plugins of one name: the same once more is welcome, another version when that was
/// asked for, and a bundled one never gives way.
fn gives_way(
    old: &event::Plugin,
    manifest: &Manifest,
    sha256: &str,
    by: Option<&Name>,
    replace: bool,
) -> Answer<()> {
    let name = &manifest.name;
    // Of what is somebody else's, no more is told than that the name is taken.
    if by.is_some() && old.installed_by.as_ref() != by && !old.bundled {
        return Err(Problem::conflict(format!("the name `{name}` is taken: give the plugin another one")));
    }
    if old.bundled {
        return Err(Problem::conflict(format!(
            "`{name}` is bundled with the daemon: give the plugin another name"
        )));
    }
    if old.kind != manifest.world {
        return Err(Problem::conflict(format!(
            "`{name}` is installed, and of the kind {}: a {} needs another name",
            old.kind, manifest.world
        )));
    }
    if old.sha256 != sha256 && !replace {
        return Err(Problem::conflict(format!(
            "`{name}` is installed already, in version {}: ask to replace it",
            old.version
        )));
    }
    Ok(())
}

/// A kind of sources that is built in is never a plugin, nor is a channel that needs none.
fn not_built_in(manifest: &Manifest) -> Answer<()> {
    let is_taken = |kind: sources::Description| kind.kind == manifest.name.as_str();
    if manifest.world == PluginKind::Source && sources::kinds().into_iter().any(is_taken) {
        return Err(Problem::conflict(format!(
            "`{}` is a kind of sources that is built in: give the plugin another name",
            manifest.name
        )));
    }
    let is_taken = |channel: &Channel| channel.as_str() == manifest.name.as_str();
    if manifest.world == PluginKind::Channel && Channel::BUILT_IN.iter().any(is_taken) {
        return Err(Problem::conflict(format!(
            "`{}` is a channel that is built in: give the plugin another name",
            manifest.name
        )));
    }
    Ok(())
}

/// What a component says of itself before it runs; what is plainly no plugin is told first.
fn manifest_of(component: &[u8]) -> Result<Option<Manifest>, InstallError> {
    plugins::sniff(component)?;
    Ok(plugins::manifest::read(component)?)
}

fn is_visible(plugin: &event::Plugin, caller: &Caller) -> bool {
    match viewer(caller) {
        Viewer::All => true,
        Viewer::Person { name, .. } => plugin.is_open_to(Some(&name)),
        Viewer::Realm(_) => plugin.is_open_to(None),
    }
}

fn no_plugin(name: &Name) -> Problem {
    Problem::not_found(format!("there is no plugin `{name}`"))
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
        InstallError::Load(_) | InstallError::Manifest(_) | InstallError::Describe(_) => {
            let sentence = error.to_string();
            Problem::bad_request(format!("This plugin cannot be installed: {sentence}."))
        }
    }
}
