//! One version of a plugin takes the place of another.
//!
//! What is saved moves to the new version where that takes it, and otherwise stays with the
//! one that it was saved with, until its owner has saved it anew: both serve side by side.
//! All of it is one group of the journal, unless that is too small ([`steps`]).

mod steps;

use api::{Caller, Consent, Plugin, Problem};
use event::{Draft, Expect, Granted, Name, Record, Refusal, Scope, Wanted};
use journal::Journal;

use super::moves::Moves;
use super::{Answer, Backend, answer, authority};
use crate::notice;
use crate::registry::Candidate;

/// A version that may serve under its name.
pub(super) struct Upgrade {
    pub(super) version: event::Plugin,
    /// The one that serves now.
    pub(super) old: Option<event::Plugin>,
    pub(super) moves: Moves,
    /// What it asks for beyond the one that serves.
    pub(super) more: Wanted,
    /// It needs an administrator's consent.
    pub(super) waits: bool,
}

impl Backend {
    /// From a component that was admitted to a version that may serve.
    pub(super) async fn upgrade(
        &self,
        candidate: &Candidate,
        old: Option<event::Plugin>,
        by: Option<&Name>,
    ) -> Answer<Upgrade> {
        self.registry.enter(candidate);
        let version = candidate.record(self.moment_after(old.as_ref()), by.cloned(), false);
        let version = match &old {
            Some(old) => version.in_place_of(old),
            None => version,
        };
        let (mut moves, mut more, mut waits) = (Moves::default(), Wanted::default(), false);
        if let Some(old) = old.as_ref().filter(|old| old.sha256 != version.sha256) {
            moves = self.moves(old, &candidate.plugin).await?;
            more = version.wants.beyond(&old.wants);
            // What others use already is no longer a member's alone to change.
            waits = !more.is_empty() || (by.is_some() && old.shared);
        }
        Ok(Upgrade { version, old, moves, more, waits })
    }

    pub(super) async fn install_now(
        &self,
        upgrade: Upgrade,
        side_by_side: bool,
        grant_all: bool,
    ) -> Answer<()> {
        let Upgrade { mut version, old, moves, .. } = upgrade;
        moves.refused_by(&version, side_by_side)?;
        if grant_all {
            version.granted.add(&self.all_of(&version.wants)?);
        }
        let expect = if old.is_some() { Expect::Present } else { Expect::New };
        let before = old.map(|old| old.granted).unwrap_or_default();
        let records = [moves.records, self.grants_told(&before, &version)?].concat();
        self.serve_version(expect, version, records).await
    }

    /// Keeps a version that needs consent, while the old one goes on serving.
    pub(super) async fn put_off(&self, upgrade: Upgrade) -> Answer<()> {
        let Upgrade { version, more, .. } = upgrade;
        let mut group = self.admins_told(|admin| notice::plugin_waits(&version, &more, admin))?;
        group.insert(0, Record::PluginWaiting { name: version.name.clone(), value: Some(version) });
        self.write_group(group).await.map(drop)
    }

    /// Lets the version serve that waits; what it asks for beyond the old one is granted
    /// with it, unless that is not wanted.
    pub(super) async fn consent(&self, caller: &Caller, name: Name, consent: Consent) -> Answer<Plugin> {
        self.need_admin(caller)?;
        let _turn = self.installing.lock().await;
        let old = self.known_plugin(&name)?;
        let waiting = self.view()?.plugin_waiting(&name).map_err(answer::internal)?;
        let waiting = waiting.ok_or_else(|| nothing_waits(&name))?;
        let moves = self.moves(&old, &self.callable(&waiting).await?).await?;
        moves.refused_by(&waiting, consent.side_by_side)?;
        let more = waiting.wants.beyond(&old.wants);
        let installed = self.moment_after(Some(&old));
        let mut version = event::Plugin { installed, ..waiting.in_place_of(&old) };
        if !consent.without_grants {
            version.granted.add(&self.all_of(&more)?);
        }
        let records = [moves.records, self.grants_told(&old.granted, &version)?].concat();
        self.serve_version(Expect::Present, version.clone(), records).await?;
        self.shown_plugin(&self.view()?, version)
    }

    pub(super) async fn decline(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        let _turn = self.installing.lock().await;
        let plugin = self.own_plugin(caller, &name)?;
        if self.view()?.plugin_waiting(&name).map_err(answer::internal)?.is_none() {
            return Err(nothing_waits(&name));
        }
        self.write(Record::PluginWaiting { name: name.clone(), value: None }).await?;
        self.keep_callable(&name)?;
        self.shown_plugin(&self.view()?, plugin)
    }

    pub(super) async fn roll_back(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        let _turn = self.installing.lock().await;
        let serving = self.own_plugin(caller, &name)?;
        self.serve_before(serving, "somebody asked for it").await?;
        self.shown_plugin(&self.view()?, self.known_plugin(&name)?)
    }

    /// Lets the version before serve, if the one that serves is still this one; answers
    /// whether it was.
    pub(crate) async fn roll_back_faulty(&self, name: &Name, sha256: &str, why: &str) -> Answer<bool> {
        let _turn = self.installing.lock().await;
        let serving = self.known_plugin(name)?;
        if serving.sha256 != sha256 {
            return Ok(false);
        }
        self.serve_before(serving, why).await.map(|()| true)
    }

    /// What a new release of the daemon brings takes the place of what the old one brought,
    /// and what its new version does not take stays with the old one.
    pub(crate) async fn upgrade_bundled(&self, candidate: &Candidate, old: event::Plugin) -> Answer<()> {
        let moves = self.moves(&old, &candidate.plugin).await?;
        for unfit in &moves.unfit {
            tracing::warn!(plugin = %old.name, what = unfit.what, name = %unfit.name, problem = unfit.problem, "what the new version does not take stays with the old one");
        }
        let version = candidate.record(self.moment_after(Some(&old)), None, true).in_place_of(&old);
        self.serve_version(Expect::Present, version, moves.records).await
    }

    /// The way back is open whatever stays behind: that goes on with the version that it
    /// was saved with.
    async fn serve_before(&self, serving: event::Plugin, why: &str) -> Answer<()> {
        let versions = self.view()?.plugin_versions(&serving.name).map_err(answer::internal)?;
        let Some(before) = event::Plugin::way_back(&serving, &versions) else {
            return Err(Problem::conflict(format!(
                "there is no version of `{}` before {} to go back to",
                serving.name, serving.version
            )));
        };
        let moves = self.moves(&serving, &self.callable(before).await?).await?;
        let now = self.clock.now();
        let mut records = moves.records;
        records.extend(self.rolled_back_told(&serving, before, why, now)?);
        let version = before.clone().in_place_of(&serving);
        tracing::warn!(plugin = %serving.name, from = serving.version, to = version.version, why, "a plugin went back to the version before");
        self.serve_version(Expect::Present, version, records).await
    }

    /// Whoever installed it and whoever has subscriptions to it, or is told by it, hears of it,
    /// each once.
    fn rolled_back_told(
        &self,
        serving: &event::Plugin,
        before: &event::Plugin,
        why: &str,
        now: event::Timestamp,
    ) -> Answer<Vec<Record>> {
        let mut theirs = self.view()?.subscriptions().map_err(answer::internal)?;
        theirs.retain(|subscription| subscription.handler == serving.name);
        let addresses = self.view()?.addresses_by(&serving.name).map_err(answer::internal)?;
        let told = |person: Option<&Name>| {
            let own = theirs.iter().filter(|s| Some(&s.owner) == person).map(|s| s.id.clone());
            notice::rolled_back(serving, before, why, person, own.collect(), now)
        };
        let owners = theirs.iter().map(|subscription| &subscription.owner);
        let told_there = addresses.iter().map(|address| &address.person);
        let mut people: Vec<&Name> = owners.chain(told_there).chain(&serving.installed_by).collect();
        people.sort();
        people.dedup();
        let mut records: Vec<Record> = people.into_iter().map(|person| told(Some(person))).collect();
        if serving.installed_by.is_none() {
            records.extend(self.admins_told(told)?);
        }
        Ok(records)
    }

    /// Now, and in any case after the version before: that is how it is known which it was.
    fn moment_after(&self, old: Option<&event::Plugin>) -> event::Timestamp {
        let now = self.clock.now();
        old.map_or(now, |old| now.max(old.installed.plus_ms(1)))
    }

    /// A version that the journal speaks of, loaded.
    async fn callable(&self, version: &event::Plugin) -> Answer<plugins::Plugin> {
        self.registry.load(version);
        let ready = self.registry.ready(&version.name, Some(&version.sha256)).await;
        ready.map_err(|error| Problem::unavailable(error.to_string(), 1))
    }

    /// Writes a version down together with what moves to it, and lets it be called. That
    /// goes on when whoever asked has gone away.
    async fn serve_version(
        &self,
        expect: Expect,
        version: event::Plugin,
        records: Vec<Record>,
    ) -> Answer<()> {
        let (name, sha256) = (version.name.clone(), version.sha256.clone());
        let version = Record::Plugin { expect, value: version };
        // What stands around the records takes its part.
        let most = self.journal.group_bytes() / 4 * 3;
        let mut groups = steps::groups(version, &sha256, records, most).into_iter();
        let (journal, registry) = (self.journal.clone(), self.registry.clone());
        let written = tokio::spawn(async move {
            for records in groups.by_ref() {
                let serves = records.iter().any(|record| matches!(record, Record::Plugin { .. }));
                journal.offer(Draft { records }).await?;
                if serves {
                    registry.serve(&name, &sha256);
                    break;
                }
            }
            follow(&journal, groups).await?;
            Ok(name)
        });
        let name = written.await.map_err(answer::internal)?.map_err(answer::refusal)?;
        self.keep_callable(&name)
    }

    /// What the version that serves takes now moves to it: it stayed behind, by its owner's will
    /// or because the daemon was stopped while it moved.
    pub(super) async fn gather(&self, serving: &event::Plugin) -> Answer<()> {
        let moves = self.moves(serving, &self.callable(serving).await?).await?;
        let groups = steps::filled(moves.records, self.journal.group_bytes() / 4 * 3);
        follow(&self.journal, groups.into_iter()).await.map_err(answer::refusal)?;
        self.keep_callable(&serving.name)
    }

    /// Lets go of the versions of a plugin that nothing needs any more.
    fn keep_callable(&self, name: &Name) -> Answer<()> {
        let mut versions = self.view()?.all_plugin_versions().map_err(answer::internal)?;
        versions.retain(|version| version.name == *name);
        self.registry.retain(name, &versions);
        Ok(())
    }

    /// All that can be granted of what is asked for.
    pub(super) fn all_of(&self, wants: &Wanted) -> Answer<Granted> {
        let sources = self.sources_of(&self.view()?, &wants.sources)?;
        Ok(Granted { http: wants.http.clone(), secrets: wants.secrets.clone(), sources })
    }
}

/// Writes what moves to a version that serves. What somebody has changed or removed meanwhile
/// is with that version already, or gone.
async fn follow(journal: &Journal, groups: impl Iterator<Item = Vec<Record>>) -> Result<(), Refusal> {
    for records in groups {
        let Err(refusal) = journal.submit(Draft { records: records.clone() }).await else { continue };
        if !concerns_a_record(&refusal) {
            return Err(refusal);
        }
        for record in records {
            match journal.submit(Draft::from(record)).await {
                Err(refusal) if !concerns_a_record(&refusal) => return Err(refusal),
                _ => {}
            }
        }
    }
    Ok(())
}

fn concerns_a_record(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Conflict { .. } | Refusal::Missing { .. } | Refusal::Stale { .. })
}

fn nothing_waits(name: &Name) -> Problem {
    Problem::conflict(format!("no version of `{name}` waits for consent"))
}
