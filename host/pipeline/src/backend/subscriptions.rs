//! Subscriptions: checked by their handler before they are saved.

use api::{Caller, List, NewSubscription, Page, Problem, Subscription, SubscriptionEdit, Which};
use event::{
    Expect, Name, Outcome, PluginKind, Record, Scope, SubscriptionId, SubscriptionStatus, Timestamp,
    WakeChange,
};
use serde_json::json;

use super::events::parse_filter;
use super::plugins::{check_config, config_failed};
use super::{Answer, Backend, answer, authority};
use crate::blocking;
use crate::run::config_of;

/// A handler that asks for it is woken so long after its subscription was saved.
const FIRST_WAKE_S: i64 = 1;
/// And so long after it was switched on again.
const SETTLE_S: i64 = 60;

impl Backend {
    pub(super) async fn new_subscription(
        &self,
        caller: &Caller,
        user: Option<Name>,
        new: NewSubscription,
    ) -> Answer<Subscription> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        let owner = self.person(caller, user.as_ref())?;
        let now = self.clock.now();
        let subscription = self
            .checked(event::Subscription {
                id: SubscriptionId(self.ids.mint(now)),
                owner: owner.name,
                name: new.name,
                handler: new.handler,
                handler_sha256: None,
                filter: new.filter,
                config: new.config,
                requirements: Vec::new(),
                style: new.style,
                publish: new.publish,
                status: SubscriptionStatus::Active,
                revision: 1,
                created: now,
            })
            .await?;
        self.save_subscription(Expect::New, subscription.clone(), FIRST_WAKE_S).await?;
        Ok(subscription.into())
    }

    pub(super) fn subscriptions(
        &self,
        caller: &Caller,
        user: Option<Name>,
        page: Page,
    ) -> Answer<List<Subscription>> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let view = self.view()?;
        let all = if user.is_none() && authority.is_admin() {
            view.subscriptions()
        } else {
            view.subscriptions_of(&self.person(caller, user.as_ref())?.name)
        };
        let all = all.map_err(answer::internal)?.into_iter().map(Subscription::from).collect();
        let mut list = answer::page(all, &page, |subscription: &Subscription| subscription.id.as_str());
        for subscription in &mut list.items {
            subscription.lag = view.lag(&subscription.id).map_err(answer::internal)?.map(api::Lag::from);
        }
        Ok(list)
    }

    pub(super) async fn subscription(&self, caller: &Caller, which: Which) -> Answer<Subscription> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let found = self.find_subscription(caller, &which)?;
        let lag = self.view()?.lag(&found.id).map_err(answer::internal)?;
        let words = self.words(&found).await;
        let (title, summary) = words.map_or((None, None), |(title, summary)| (Some(title), Some(summary)));
        Ok(Subscription { lag: lag.map(api::Lag::from), title, summary, ..found.into() })
    }

    pub(super) async fn change_subscription(
        &self,
        caller: &Caller,
        which: Which,
        edit: SubscriptionEdit,
    ) -> Answer<Subscription> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        let old = self.find_subscription(caller, &which)?;
        if edit.revision.is_some_and(|revision| revision != old.revision) {
            return Err(Problem::conflict("Somebody else has changed it meanwhile: look again."));
        }
        let is_untouched = edit.handler.is_none() && edit.config.is_none();
        let was_off = matches!(old.status, SubscriptionStatus::Disabled(_));
        let status = match edit.enabled {
            Some(true) => SubscriptionStatus::Active,
            Some(false) => SubscriptionStatus::Disabled("switched off".into()),
            // A new configuration is a new chance; what is quarantined needs to be resumed.
            None if edit.config.is_some() && matches!(old.status, SubscriptionStatus::Disabled(_)) => {
                SubscriptionStatus::Active
            }
            None => old.status,
        };
        let changed = event::Subscription {
            name: edit.name.unwrap_or(old.name),
            handler: edit.handler.unwrap_or(old.handler),
            filter: edit.filter.unwrap_or(old.filter),
            config: edit.config.unwrap_or(old.config),
            style: edit.style.unwrap_or(old.style),
            publish: edit.publish.unwrap_or(old.publish),
            status,
            revision: old.revision + 1,
            ..old
        };
        let changed = match self.checked(changed.clone()).await {
            // What its owner did not touch stays with the version that took it.
            Err(problem) if is_untouched => self.still_taken(changed).await.ok_or(problem)?,
            checked => checked?,
        };
        // As after a start, what waited outside comes in before anything is missed.
        let wakes_after_s = if was_off { SETTLE_S } else { FIRST_WAKE_S };
        self.save_subscription(Expect::Present, changed.clone(), wakes_after_s).await?;
        Ok(changed.into())
    }

    pub(super) async fn end_subscription(&self, caller: &Caller, which: Which) -> Answer<()> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        let found = self.find_subscription(caller, &which)?;
        self.write(Record::SubscriptionRemoved { id: found.id }).await?;
        Ok(())
    }

    pub(super) async fn resume(&self, caller: &Caller, which: Which) -> Answer<Subscription> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        let found = self.find_subscription(caller, &which)?;
        if !matches!(found.status, SubscriptionStatus::Quarantined(_)) {
            return Err(Problem::conflict(format!(
                "Subscription `{}` was not stopped by failures, so there is nothing to resume.{}",
                found.name,
                match found.status {
                    SubscriptionStatus::Disabled(_) => " It is switched off: set `enabled` to switch it on.",
                    _ => "",
                }
            )));
        }
        let status = SubscriptionStatus::Active;
        self.write(Record::SubscriptionStatus { id: found.id.clone(), status: status.clone() }).await?;
        Ok(event::Subscription { status, ..found }.into())
    }

    /// Writes a subscription down, with its first wake-up if its handler asks for one.
    async fn save_subscription(
        &self,
        expect: Expect,
        value: event::Subscription,
        wakes_after_s: i64,
    ) -> Answer<()> {
        let plugin = self.view()?.plugin(&value.handler).map_err(answer::internal)?;
        let wakes_first = value.status == SubscriptionStatus::Active
            && plugin.is_some_and(|plugin| plugin.config_schema["x-wakes-first"] == true);
        let first_wake = wakes_first.then(|| {
            Record::Outcome(Outcome {
                subscription: value.id.clone(),
                after: None,
                upto: None,
                spent: None,
                alerts: Vec::new(),
                writes: Vec::new(),
                wake: WakeChange::At(self.clock.now().plus_s(wakes_after_s)),
                wake_hops: 0,
                replayed: Vec::new(),
            })
        });
        let subscription = Record::Subscription { expect, value };
        self.write_group(std::iter::once(subscription).chain(first_wake).collect()).await?;
        Ok(())
    }

    /// By its id, or by its name among those of a person. What is somebody else's is
    /// answered like what does not exist.
    fn find_subscription(&self, caller: &Caller, which: &Which) -> Answer<event::Subscription> {
        let missing = || Problem::not_found(format!("there is no subscription `{}`", which.id_or_name));
        let authority = authority(caller);
        let view = self.view()?;
        let by_id = view.subscription(&SubscriptionId(which.id_or_name.clone())).map_err(answer::internal)?;
        if let Some(found) = by_id {
            let theirs = authority.on_behalf(Some(&found.owner)).is_ok();
            return if theirs { Ok(found) } else { Err(missing()) };
        }
        let owner = self.person(caller, which.user.as_ref())?.name;
        let name = Name::new(&which.id_or_name).map_err(|_| missing())?;
        view.subscription_named(&owner, &name).map_err(answer::internal)?.ok_or_else(missing)
    }

    /// Parses the filter, and lets the handler check its configuration.
    async fn checked(&self, subscription: event::Subscription) -> Answer<event::Subscription> {
        parse_filter(Some(&subscription.filter)).map_err(|problem| problem.at_pointer("/filter"))?;
        let plugin = self.handler(&subscription.handler, &subscription.owner).await?;
        accepted(plugin, subscription).await
    }

    /// The same, by the version of the handler that it was saved with; none when that does
    /// not take it either.
    async fn still_taken(&self, subscription: event::Subscription) -> Option<event::Subscription> {
        let version = subscription.handler_sha256.as_deref()?;
        let plugin = self.registry.ready(&subscription.handler, Some(version)).await.ok()?;
        accepted(plugin, subscription).await.ok()
    }

    /// A subscription that the daemon itself makes, with what its handler demands of an event
    /// where nothing is configured. Its names are known to be names.
    pub(super) async fn made(
        &self,
        owner: &Name,
        name: &str,
        handler: &str,
        filter: &str,
        now: Timestamp,
    ) -> Answer<event::Subscription> {
        let subscription = event::Subscription {
            id: SubscriptionId(self.ids.mint(now)),
            owner: owner.clone(),
            name: Name::new(name).map_err(answer::internal)?,
            handler: Name::new(handler).map_err(answer::internal)?,
            handler_sha256: None,
            filter: filter.to_owned(),
            config: json!({}),
            requirements: Vec::new(),
            style: None,
            publish: false,
            status: SubscriptionStatus::Active,
            revision: 1,
            created: now,
        };
        let plugin = self.handler(&subscription.handler, &subscription.owner).await?;
        asked(plugin, subscription).await
    }

    /// A handler that somebody installed is theirs until it is shared; to others it does not exist.
    async fn handler(&self, name: &Name, owner: &Name) -> Answer<plugins::Plugin> {
        let known = self.view()?.plugin(name).map_err(answer::internal)?;
        match known.filter(|plugin| plugin.is_open_to(Some(owner))) {
            Some(plugin) if plugin.kind == PluginKind::Handler => {}
            Some(plugin) => {
                return Err(Problem::bad_request(format!(
                    "the plugin `{name}` is no handler, but of the kind {}",
                    plugin.kind
                ))
                .at_pointer("/handler"));
            }
            None => {
                return Err(
                    Problem::bad_request(format!("there is no handler `{name}`")).at_pointer("/handler")
                );
            }
        }
        self.registry.ready(name, None).await.map_err(|e| Problem::unavailable(e.to_string(), 1))
    }

    /// The handler's own words on a configuration; none when it does not find any,
    /// which is no reason to hide the subscription.
    async fn words(&self, subscription: &event::Subscription) -> Option<(String, String)> {
        let version = subscription.handler_sha256.as_deref();
        let plugin = self.registry.ready(&subscription.handler, version).await.ok()?;
        let config = config_of(subscription);
        blocking::call(move || Ok((plugin.title(&config)?, plugin.summary(&config)?))).await.ok()
    }
}

/// The subscription as its handler accepts it, with what that demands of an event.
///
/// # Errors
/// When the handler does not take its configuration.
pub(super) async fn accepted(
    plugin: plugins::Plugin,
    subscription: event::Subscription,
) -> Answer<event::Subscription> {
    check_config(plugin.clone(), subscription.owner.clone(), subscription.config.clone()).await?;
    asked(plugin, subscription).await
}

async fn asked(plugin: plugins::Plugin, subscription: event::Subscription) -> Answer<event::Subscription> {
    let (config, handler_sha256) = (config_of(&subscription), Some(plugin.sha256().to_owned()));
    let requirements =
        blocking::call(move || plugin.required_fields(&config)).await.map_err(config_failed)?;
    Ok(event::Subscription { requirements, handler_sha256, ..subscription })
}
