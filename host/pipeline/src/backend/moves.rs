//! What becomes of what is saved when one version of a plugin takes the place of another.

use api::{Problem, Unfit};
use event::{AddressRecord, Door, Expect, Name, Record, Source, Subscription, SubscriptionStatus};
use serde_json::Value;

use super::plugins::check_config;
use super::{Answer, Backend, answer, subscriptions};
use crate::desk::whole;

/// Saved things named when a version does not take them; a dry run lists all.
const UNFIT_SHOWN: usize = 3;

/// What becomes of what is saved.
#[derive(Default)]
pub(super) struct Moves {
    pub(super) records: Vec<Record>,
    pub(super) unfit: Vec<Unfit>,
}

impl Backend {
    /// What becomes of what is saved when `to` takes the place of `old`. What is off is
    /// checked anew when it is switched on.
    pub(super) async fn moves(&self, old: &event::Plugin, to: &plugins::Plugin) -> Answer<Moves> {
        let (mut theirs, mut doors, addresses) = {
            let view = self.view()?;
            let doors = view.doors().map_err(answer::internal)?;
            let addresses = view.addresses_by(&old.name).map_err(answer::internal)?;
            (view.subscriptions().map_err(answer::internal)?, doors, addresses)
        };
        theirs.retain(|subscription| subscription.handler == old.name);
        doors.retain(|door| door.plugin == old.name);
        let mut moves = Moves::default();
        for source in self.sources_through(&old.name)? {
            moves.source(source, to).await;
        }
        for door in self.options().doors.iter().filter(|door| door.plugin == old.name) {
            if let Err(problem) = check_config(to.clone(), door.name.clone(), door.config.clone()).await {
                moves.unfit.push(Unfit { configured: true, ..unfit("door", &door.name, &problem) });
            }
        }
        for door in doors {
            moves.door(door, old, to).await;
        }
        for subscription in theirs {
            moves.subscription(subscription, old, to).await;
        }
        for address in addresses {
            let health = self.view()?.address_health(&address.person, &address.name);
            let is_off = health.map_err(answer::internal)?.is_some_and(|health| health.gone.is_some());
            // What nobody can read stays as it is: nothing is sent there.
            if let Ok(clear) = self.keys.read_address(&address) {
                moves.address(address, clear.config.unwrap_or_default(), is_off, old, to).await;
            }
        }
        Ok(moves)
    }

    /// The sources whose kind is this plugin, with their whole configurations. One whose secrets
    /// are lost cannot be asked in any version.
    fn sources_through(&self, plugin: &Name) -> Answer<Vec<(Source, Value)>> {
        let all = self.view()?.sources().map_err(answer::internal)?.into_iter();
        let known = all.filter(|source| source.plugin() == Some(plugin)).filter_map(|source| {
            let secrets = self.keys.read_source(&source).ok()?;
            let config = whole(&source.config, secrets);
            Some((source, config))
        });
        Ok(known.collect())
    }
}

impl Moves {
    /// # Errors
    /// 409 when something cannot stay behind, or was not said to.
    pub(super) fn refused_by(&self, version: &event::Plugin, side_by_side: bool) -> Answer<()> {
        let mut refused: Vec<&Unfit> =
            self.unfit.iter().filter(|unfit| unfit.configured || !side_by_side).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let more = refused.len().saturating_sub(UNFIT_SHOWN);
        refused.truncate(UNFIT_SHOWN);
        let named: Vec<String> = refused.into_iter().map(label).collect();
        let more = if more == 0 { String::new() } else { format!(", and of {more} more") };
        let advice = match self.unfit.iter().any(|unfit| unfit.configured) {
            true => "Change the daemon's configuration first.",
            false => "Change it first, or let it stay with the old version: ask for both side by side.",
        };
        Err(Problem::conflict(format!(
            "Version {} of `{}` does not take the configuration of {}{more}. {advice}",
            version.version,
            version.name,
            named.join(", ")
        )))
    }

    async fn subscription(&mut self, saved: Subscription, old: &event::Plugin, to: &plugins::Plugin) {
        if saved.handler_sha256.as_deref() == Some(to.sha256()) {
            return;
        }
        let next = Subscription { revision: saved.revision + 1, ..saved };
        let is_off = matches!(next.status, SubscriptionStatus::Disabled(_));
        let value = match subscriptions::accepted(to.clone(), next.clone()).await {
            Ok(value) => value,
            Err(problem) => {
                if !is_off {
                    self.unfit.push(Unfit {
                        what: "subscription".to_owned(),
                        owner: Some(next.owner.clone()),
                        name: next.name.clone(),
                        problem: problem.detail,
                        configured: false,
                    });
                }
                if next.handler_sha256.is_some() {
                    return;
                }
                // Until now it went with whatever served.
                Subscription { handler_sha256: Some(old.sha256.clone()), ..next }
            }
        };
        self.records.push(Record::Subscription { expect: Expect::Present, value });
    }

    async fn address(
        &mut self,
        saved: AddressRecord,
        config: Value,
        is_off: bool,
        old: &event::Plugin,
        to: &plugins::Plugin,
    ) {
        if saved.plugin_sha256.as_deref() == Some(to.sha256()) {
            return;
        }
        let version = match check_config(to.clone(), saved.person.clone(), config).await {
            Ok(()) => to.sha256().to_owned(),
            Err(problem) => {
                if !is_off {
                    self.unfit.push(Unfit {
                        what: "address".to_owned(),
                        owner: Some(saved.person.clone()),
                        name: saved.name.clone(),
                        problem: problem.detail,
                        configured: false,
                    });
                }
                if saved.plugin_sha256.is_some() {
                    return;
                }
                old.sha256.clone()
            }
        };
        let value = AddressRecord { plugin_sha256: Some(version), ..saved };
        self.records.push(Record::Address { expect: Expect::Present, value });
    }

    async fn source(&mut self, (saved, config): (Source, Value), to: &plugins::Plugin) {
        if saved.plugin_sha256.as_deref() == Some(to.sha256()) {
            return;
        }
        match check_config(to.clone(), saved.name.clone(), config).await {
            Ok(()) => {
                let value = Source { plugin_sha256: Some(to.sha256().to_owned()), ..saved };
                self.records.push(Record::Source { expect: Expect::Present, value });
            }
            Err(problem) => self.unfit.push(unfit("source", &saved.name, &problem)),
        }
    }

    async fn door(&mut self, saved: Door, old: &event::Plugin, to: &plugins::Plugin) {
        if saved.plugin_sha256.as_deref() == Some(to.sha256()) {
            return;
        }
        let version = match check_config(to.clone(), saved.name.clone(), saved.config.clone()).await {
            Ok(()) => to.sha256().to_owned(),
            Err(problem) => {
                self.unfit.push(unfit("door", &saved.name, &problem));
                if saved.plugin_sha256.is_some() {
                    return;
                }
                old.sha256.clone()
            }
        };
        let value = Door { plugin_sha256: Some(version), ..saved };
        self.records.push(Record::Door { expect: Expect::Present, value });
    }
}

/// Something that is nobody's but the administrators'.
fn unfit(what: &str, name: &Name, problem: &Problem) -> Unfit {
    let (what, name, problem) = (what.to_owned(), name.clone(), problem.detail.clone());
    Unfit { what, owner: None, name, problem, configured: false }
}

fn label(unfit: &Unfit) -> String {
    let Unfit { what, owner, name, problem, .. } = unfit;
    let of = owner.as_ref().map(|owner| format!(" of `{owner}`")).unwrap_or_default();
    format!("{what} `{name}`{of} ({problem})")
}
