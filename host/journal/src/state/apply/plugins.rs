//! Plugins in their versions, and the secrets that they may be granted.

use std::collections::BTreeSet;

use event::{Expect, KeyId, Name, Plugin, PluginFaults, SecretRecord};

use super::config::{called, some_names};
use super::{Deny, Turn, Verdict, meet, missing};
use crate::state::key::{Key, one};
use crate::state::rows::Span;
use crate::state::tables::{
    DESTROYED_KEYS, PLUGIN_FAULTS, PLUGIN_VERSIONS, PLUGINS, PLUGINS_WAITING, SECRETS,
};

impl Turn<'_> {
    /// A version serves from now on. The one before stays: what was saved with it may stay
    /// with it, and it is the way back.
    pub(super) fn plugin(&mut self, expect: Expect, plugin: &Plugin) -> Verdict {
        let key = one(plugin.name.as_str());
        let old = self.view.plugin(&plugin.name)?;
        meet(expect, old.is_some(), || format!("plugin `{}`", plugin.name))?;
        if let Some(old) = old.filter(|old| old.sha256 != plugin.sha256) {
            self.rows().put(PLUGIN_VERSIONS, &version(&old.name, &old.sha256), &old);
            self.rows().remove(PLUGIN_FAULTS, &key);
        }
        self.rows().remove(PLUGIN_VERSIONS, &version(&plugin.name, &plugin.sha256));
        let waiting = self.view.plugin_waiting(&plugin.name)?;
        if waiting.is_some_and(|waiting| waiting.sha256 == plugin.sha256) {
            self.rows().remove(PLUGINS_WAITING, &key);
        }
        self.rows().put(PLUGINS, &key, plugin);
        self.forget_versions(plugin)
    }

    pub(super) fn plugin_waiting(&mut self, name: &Name, waiting: Option<&Plugin>) -> Verdict {
        let key = one(name.as_str());
        let serving = self.view.plugin(name)?.ok_or_else(|| missing(format!("plugin `{name}`")))?;
        match waiting {
            Some(waiting) if waiting.sha256 == serving.sha256 || waiting.name != *name => {
                return Err(Deny::Conflict(format!("this version of `{name}` has nothing to wait for")));
            }
            Some(waiting) => self.rows().put(PLUGINS_WAITING, &key, waiting),
            None if self.rows().holds(PLUGINS_WAITING, &key)? => self.rows().remove(PLUGINS_WAITING, &key),
            None => return Err(missing(format!("version of `{name}` that waits"))),
        }
        Ok(())
    }

    /// Counts for the version that serves, in its first hour; it stands beside the failed
    /// call, which is never refused for it.
    pub(super) fn plugin_faulted(&mut self, name: &Name, sha256: &str) -> Verdict {
        let Some(serving) = self.view.plugin(name)? else { return Ok(()) };
        let is_on_trial = self.received.since(serving.installed) < PluginFaults::TRIAL_MS;
        if serving.sha256 != sha256 || !is_on_trial {
            return Ok(());
        }
        let key = one(name.as_str());
        let before = self.rows().get(PLUGIN_FAULTS, &key)?.map_or(0, |faults: PluginFaults| faults.count);
        let (name, sha256, count) = (name.clone(), sha256.to_owned(), before.saturating_add(1));
        self.rows().put(PLUGIN_FAULTS, &key, &PluginFaults { name, sha256, count });
        Ok(())
    }

    pub(super) fn plugin_removed(&mut self, name: &Name) -> Verdict {
        let key = one(name.as_str());
        meet(Expect::Present, self.rows().holds(PLUGINS, &key)?, || format!("plugin `{name}`"))?;
        let subscriptions = self.view.subscriptions()?;
        if let Some(names) = some_names(subscriptions.iter().filter(|s| s.handler == *name).map(called)) {
            return Err(Deny::Conflict(format!("plugin `{name}` is used by {names}")));
        }
        let addresses = self.view.addresses_by(name)?.into_iter();
        if let Some(names) = some_names(addresses.map(|a| format!("address `{}` of `{}`", a.name, a.person)))
        {
            return Err(Deny::Conflict(format!("plugin `{name}` is used by {names}")));
        }
        if let Some(door) = self.view.doors()?.iter().find(|door| door.plugin == *name) {
            return Err(Deny::Conflict(format!("plugin `{name}` is used by door `{}`", door.name)));
        }
        if let Some(source) = self.view.sources()?.iter().find(|source| source.plugin() == Some(name)) {
            return Err(Deny::Conflict(format!("plugin `{name}` is used by source `{}`", source.name)));
        }
        self.rows().take(PLUGIN_VERSIONS, Span::of(&key))?;
        self.rows().remove(PLUGINS_WAITING, &key);
        self.rows().remove(PLUGIN_FAULTS, &key);
        self.rows().remove(PLUGINS, &key);
        Ok(())
    }

    /// Versions that nothing stays with any more go, but for the way back.
    pub(super) fn forget_versions(&mut self, serving: &Plugin) -> Verdict {
        let versions = self.view.plugin_versions(&serving.name)?;
        let way_back = Plugin::way_back(serving, &versions).map(|plugin| plugin.sha256.clone());
        let subscriptions = self.view.subscriptions()?.into_iter();
        let handlers = subscriptions.filter(|s| s.handler == serving.name).filter_map(|s| s.handler_sha256);
        let doors = self.view.doors()?.into_iter().filter(|door| door.plugin == serving.name);
        let doors = doors.filter_map(|door| door.plugin_sha256);
        let sources =
            self.view.sources()?.into_iter().filter(|source| source.plugin() == Some(&serving.name));
        let sources = sources.filter_map(|source| source.plugin_sha256);
        let addresses = self.view.addresses_by(&serving.name)?.into_iter();
        let channels = addresses.filter_map(|address| address.plugin_sha256);
        let used: BTreeSet<String> =
            handlers.chain(doors).chain(sources).chain(channels).chain(way_back).collect();
        // A bundled one that went back must be known, or the next start would bring it again.
        let went_back = |old: &Plugin| old.bundled && old.installed > serving.installed;
        for old in versions.iter().filter(|old| !used.contains(&old.sha256) && !went_back(old)) {
            self.rows().remove(PLUGIN_VERSIONS, &version(&old.name, &old.sha256));
        }
        Ok(())
    }

    pub(super) fn secret(&mut self, secret: &SecretRecord) -> Verdict {
        if self.rows().holds(DESTROYED_KEYS, &one(secret.key().as_str()))? {
            return Err(Deny::Stale(format!("the key of secret `{}` is destroyed", secret.name)));
        }
        if let Some(old) = self.view.secret(&secret.name)?.filter(|old| old.key() != secret.key()) {
            self.destroy_key(old.key());
        }
        self.rows().put(SECRETS, &one(secret.name.as_str()), secret);
        Ok(())
    }

    pub(super) fn secret_removed(&mut self, name: &Name) -> Verdict {
        let secret = self.view.secret(name)?.ok_or_else(|| missing(format!("secret `{name}`")))?;
        self.destroy_key(secret.key());
        self.rows().remove(SECRETS, &one(name.as_str()));
        Ok(())
    }

    /// From now on the key must not exist any more.
    pub(super) fn destroy_key(&mut self, key: &KeyId) {
        self.rows().put(DESTROYED_KEYS, &one(key.as_str()), key);
    }
}

fn version(name: &Name, sha256: &str) -> Key {
    one(name.as_str()).text(sha256)
}
