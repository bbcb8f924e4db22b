//! What an administrator grants to plugins, takes back, and shares.

use api::{Caller, GrantChange, Plugin, Problem};
use event::{Expect, Granted, Name, Record, SourceKind, UrlPattern, Wanted};
use journal::View;

use super::{Answer, Backend, answer};
use crate::notice;

impl Backend {
    /// Only what is asked for can be granted, by the version that serves or the one that
    /// waits.
    pub(super) async fn regrant(&self, caller: &Caller, name: Name, change: GrantChange) -> Answer<Plugin> {
        self.need_admin(caller)?;
        let _turn = self.installing.lock().await;
        let old = self.known_plugin(&name)?;
        let wants = self.all_wants(&old)?;
        self.asked_for(&name, &wants, &change.grant)?;
        let mut granted = old.granted.clone();
        if let Some(nothing) = first_of(&granted.revoke(&change.revoke)) {
            return Err(Problem::bad_request(format!("nothing of `{nothing}` is granted to `{name}`"))
                .at_pointer("/revoke"));
        }
        granted.add(&change.grant);
        if change.grant_all {
            granted.add(&self.all_of(&wants)?);
        }
        let plugin = self.write_grants(old, granted).await?;
        self.shown_plugin(&self.view()?, plugin)
    }

    /// Grants all that a plugin asks for.
    pub(super) async fn grant_all(&self, old: event::Plugin) -> Answer<()> {
        let mut granted = old.granted.clone();
        granted.add(&self.all_of(&old.wants)?);
        self.write_grants(old, granted).await.map(drop)
    }

    pub(super) async fn share(&self, caller: &Caller, name: Name, shared: bool) -> Answer<Plugin> {
        self.need_admin(caller)?;
        let _turn = self.installing.lock().await;
        let old = self.known_plugin(&name)?;
        let Some(owner) = &old.installed_by else {
            return Err(Problem::conflict(format!("`{name}` is everybody's already")));
        };
        if !shared {
            let subscriptions = self.view()?.subscriptions().map_err(answer::internal)?;
            let other = subscriptions.iter().find(|s| s.handler == name && s.owner != *owner);
            if let Some(other) = other {
                return Err(Problem::conflict(format!(
                    "`{name}` is used by subscription `{}` of `{}`: end that first",
                    other.name, other.owner
                )));
            }
        }
        let plugin = event::Plugin { shared, ..old };
        self.write(Record::Plugin { expect: Expect::Present, value: plugin.clone() }).await?;
        self.shown_plugin(&self.view()?, plugin)
    }

    async fn write_grants(&self, old: event::Plugin, granted: Granted) -> Answer<event::Plugin> {
        if old.granted == granted {
            return Ok(old);
        }
        let plugin = event::Plugin { granted, ..old.clone() };
        let mut group = self.grants_told(&old.granted, &plugin)?;
        group.insert(0, Record::Plugin { expect: Expect::Present, value: plugin.clone() });
        self.write_group(group).await?;
        Ok(plugin)
    }

    /// The administrators hear of each change of what is granted.
    pub(super) fn grants_told(&self, before: &Granted, plugin: &event::Plugin) -> Answer<Vec<Record>> {
        if *before == plugin.granted {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        self.admins_told(|admin| notice::grants_changed(plugin, before, admin, now))
    }

    /// What the version that serves asks for, with what the one that waits does.
    fn all_wants(&self, plugin: &event::Plugin) -> Answer<Wanted> {
        let mut wants = plugin.wants.clone();
        if let Some(waiting) = self.view()?.plugin_waiting(&plugin.name).map_err(answer::internal)? {
            let more = waiting.wants.beyond(&wants);
            wants.http.extend(more.http);
            wants.secrets.extend(more.secrets);
            wants.sources.extend(more.sources);
        }
        Ok(wants)
    }

    fn asked_for(&self, name: &Name, wants: &Wanted, grant: &Granted) -> Answer<()> {
        let wrong = |pointer: String, what: &str, asked: String| {
            let asked = if asked.is_empty() { "nothing of the kind".to_owned() } else { asked };
            let detail = format!("`{name}` does not ask for `{what}`: it asks for {asked}");
            Err(Problem::bad_request(detail).at_pointer(pointer))
        };
        let unasked = |pattern: &&UrlPattern| !wants.http.iter().any(|asked| asked.covers(pattern));
        if let Some(pattern) = grant.http.iter().find(unasked) {
            return wrong("/grant/http".into(), &pattern.to_string(), listed(&wants.http));
        }
        if let Some(secret) = grant.secrets.iter().find(|secret| !wants.secrets.contains(secret)) {
            return wrong("/grant/secrets".into(), secret.as_str(), listed(&wants.secrets));
        }
        let view = self.view()?;
        for source in &grant.sources {
            let Some(kind) = self.kind_of_source(&view, source)? else {
                let detail = format!("there is no source `{source}`: see `tellify source list`");
                return Err(Problem::bad_request(detail).at_pointer("/grant/sources"));
            };
            if !wants.sources.iter().any(|asked| asked.covers(&kind)) {
                let what = format!("{source}, a source of the kind {kind}");
                return wrong("/grant/sources".into(), &what, listed(&wants.sources));
            }
        }
        Ok(())
    }

    /// The kind of a configured source; none: there is none of that name.
    pub(super) fn kind_of_source(&self, view: &View, name: &Name) -> Answer<Option<String>> {
        let source = view.source(name).map_err(answer::internal)?;
        Ok(source.map(|source| source.kind.into()))
    }

    /// The configured sources of these kinds.
    pub(super) fn sources_of(&self, view: &View, kinds: &[SourceKind]) -> Answer<Vec<Name>> {
        let mut sources = view.sources().map_err(answer::internal)?;
        sources.retain(|source| kinds.iter().any(|kind| kind.covers(source.kind.as_str())));
        Ok(sources.into_iter().map(|source| source.name).collect())
    }
}

fn listed<T: ToString>(asked: &[T]) -> String {
    asked.iter().map(|one| format!("`{}`", one.to_string())).collect::<Vec<_>>().join(", ")
}

fn first_of(granted: &Granted) -> Option<String> {
    let Granted { http, secrets, sources } = granted;
    let http = http.iter().map(ToString::to_string);
    http.chain(secrets.iter().chain(sources).map(ToString::to_string)).next()
}
