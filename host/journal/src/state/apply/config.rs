//! People, subscriptions, plugins, tokens: what somebody sets up.

use event::{
    AddressRecord, Expect, Forgettable, Name, Person, Style, Subscription, SubscriptionId,
    SubscriptionStatus, Token,
};

use super::{Deny, Turn, Verdict, meet, missing};
use crate::state::key::{Key, of_person, one};
use crate::state::tables::{
    ADDRESS_HEALTH, ADDRESSES, PERSONS, PLUGINS, STYLES, SUBSCRIPTION_NAMES, SUBSCRIPTION_UNDO,
    SUBSCRIPTIONS, TOKEN_HASHES, TOKEN_NAMES, TOKENS, Undo,
};

/// Enough names to see what stands in the way.
const NAMED_MAX: usize = 3;

impl Turn<'_> {
    pub(super) fn person(&mut self, expect: Expect, person: &Person) -> Verdict {
        let key = one(person.name.as_str());
        meet(expect, self.rows().holds(PERSONS, &key)?, || format!("person `{}`", person.name))?;
        for used in person.forgettable().filter_map(Forgettable::key) {
            self.use_key(&person.name, used)?;
        }
        self.rows().put(PERSONS, &key, person);
        Ok(())
    }

    pub(super) fn address(&mut self, expect: Expect, address: &AddressRecord) -> Verdict {
        self.need_person(&address.person)?;
        let key = of_person(&address.person, &address.name);
        let exists = self.rows().holds(ADDRESSES, &key)?;
        meet(expect, exists, || format!("address `{}` of `{}`", address.name, address.person))?;
        if let Some(plugin) = address.channel.plugin() {
            let installed = self.rows().holds(PLUGINS, &one(plugin.as_str()))?;
            meet(Expect::Present, installed, || format!("plugin `{plugin}`"))?;
        }
        if let Some(used) = address.key() {
            self.use_key(&address.person, used)?;
        }
        self.rows().put(ADDRESSES, &key, address);
        Ok(())
    }

    pub(super) fn address_removed(&mut self, person: &Name, name: &Name) -> Verdict {
        let key = of_person(person, name);
        meet(Expect::Present, self.rows().holds(ADDRESSES, &key)?, || {
            format!("address `{name}` of `{person}`")
        })?;
        self.rows().remove(ADDRESSES, &key);
        self.rows().remove(ADDRESS_HEALTH, &key);
        self.forget_address(person, name)
    }

    pub(super) fn address_restored(&mut self, person: &Name, name: &Name) -> Verdict {
        self.need_person(person)?;
        self.rows().remove(ADDRESS_HEALTH, &of_person(person, name));
        Ok(())
    }

    pub(super) fn style(&mut self, expect: Expect, style: &Style) -> Verdict {
        self.need_person(&style.person)?;
        let key = of_person(&style.person, &style.name);
        let exists = self.rows().holds(STYLES, &key)?;
        meet(expect, exists, || format!("style `{}` of `{}`", style.name, style.person))?;
        if style.default {
            self.clear_default_style(&style.person)?;
        }
        self.rows().put(STYLES, &key, style);
        Ok(())
    }

    pub(super) fn style_removed(&mut self, person: &Name, name: &Name) -> Verdict {
        let key = of_person(person, name);
        meet(Expect::Present, self.rows().holds(STYLES, &key)?, || format!("style `{name}` of `{person}`"))?;
        let subscriptions = self.view.subscriptions_of(person)?;
        let users = subscriptions.iter().filter(|s| s.style.as_ref() == Some(name));
        if let Some(names) = some_names(users.map(called)) {
            return Err(Deny::Conflict(format!("style `{name}` is used by {names}")));
        }
        self.rows().remove(STYLES, &key);
        Ok(())
    }

    pub(super) fn subscription(&mut self, expect: Expect, subscription: &Subscription) -> Verdict {
        let Subscription { id, owner, name, .. } = subscription;
        self.need_person(owner)?;
        if let Some(style) = &subscription.style {
            let exists = self.rows().holds(STYLES, &of_person(owner, style))?;
            meet(Expect::Present, exists, || format!("style `{style}` of `{owner}`"))?;
        }
        let old = self.remember(id)?;
        meet(expect, old.is_some(), || format!("subscription `{id}`"))?;
        match self.view.rows.get(SUBSCRIPTION_NAMES, &of_person(owner, name))? {
            Some(other) if other != *id => {
                return Err(Deny::Conflict(format!("subscription `{name}` of `{owner}` exists already")));
            }
            _ => {}
        }
        if let Some(old) = old {
            succeeds(expect, &old, subscription)?;
            self.rows().remove(SUBSCRIPTION_NAMES, &of_person(owner, &old.name));
        }
        self.rows().put(SUBSCRIPTION_NAMES, &of_person(owner, name), id);
        self.rows().put(SUBSCRIPTIONS, &one(id.as_str()), subscription);
        Ok(())
    }

    /// What it found stays to be seen, closed; whoever was about to be told is not.
    pub(super) fn subscription_removed(&mut self, id: &SubscriptionId) -> Verdict {
        let subscription = self.need_subscription(id)?;
        self.close_alerts(&subscription)?;
        self.forget_subscription(&subscription)
    }

    pub(super) fn subscription_status(
        &mut self,
        id: &SubscriptionId,
        status: &SubscriptionStatus,
    ) -> Verdict {
        let mut subscription = self.need_subscription(id)?;
        self.remember(id)?;
        subscription.status = status.clone();
        self.rows().put(SUBSCRIPTIONS, &one(id.as_str()), &subscription);
        Ok(())
    }

    pub(super) fn token(&mut self, expect: Expect, token: &Token) -> Verdict {
        if let Some(user) = &token.user {
            self.need_person(user)?;
        }
        let old = self.view.rows.get(TOKENS, &one(&token.id))?;
        meet(expect, old.is_some(), || format!("token `{}`", token.id))?;
        for (table, text) in [(TOKEN_NAMES, token.name.as_str()), (TOKEN_HASHES, &token.hash)] {
            if self.view.rows.get(table, &one(text))?.is_some_and(|id| id != token.id) {
                // The hash is no secret, but no name either: it is not repeated.
                return Err(Deny::Conflict(format!("token `{}` exists already", token.name)));
            }
        }
        if let Some(old) = old {
            self.forget_token(&old);
        }
        self.rows().put(TOKEN_NAMES, &one(token.name.as_str()), &token.id);
        self.rows().put(TOKEN_HASHES, &one(&token.hash), &token.id);
        self.rows().put(TOKENS, &one(&token.id), token);
        Ok(())
    }

    pub(super) fn token_revoked(&mut self, id: &str) -> Verdict {
        let token = self.view.rows.get(TOKENS, &one(id))?.ok_or_else(|| missing(format!("token `{id}`")))?;
        self.forget_token(&token);
        Ok(())
    }

    pub(super) fn need_subscription(&mut self, id: &SubscriptionId) -> Result<Subscription, Deny> {
        self.view.subscription(id)?.ok_or_else(|| missing(format!("subscription `{id}`")))
    }

    /// The subscription itself, and all that its handler was and kept.
    pub(super) fn forget_subscription(&mut self, subscription: &Subscription) -> Verdict {
        self.remember(&subscription.id)?;
        self.forget_handling(&subscription.id)?;
        self.rows().remove(SUBSCRIPTION_NAMES, &of_person(&subscription.owner, &subscription.name));
        self.rows().remove(SUBSCRIPTIONS, &one(subscription.id.as_str()));
        Ok(())
    }

    /// Keeps what a subscription is, before it changes: events that the dispatch cursor
    /// has not passed yet are still matched against that.
    pub(super) fn remember(&mut self, id: &SubscriptionId) -> Result<Option<Subscription>, Deny> {
        let undo = Undo { seq: self.seq, id: id.clone(), before: self.view.subscription(id)? };
        self.rows().put(SUBSCRIPTION_UNDO, &Key::new().seq(undo.seq).text(id.as_str()), &undo);
        Ok(undo.before)
    }

    pub(super) fn forget_token(&mut self, token: &Token) {
        self.rows().remove(TOKEN_NAMES, &one(token.name.as_str()));
        self.rows().remove(TOKEN_HASHES, &one(&token.hash));
        self.rows().remove(TOKENS, &one(&token.id));
    }

    fn clear_default_style(&mut self, person: &Name) -> Verdict {
        for mut style in self.view.styles(person)? {
            if style.default {
                style.default = false;
                self.rows().put(STYLES, &of_person(person, &style.name), &style);
            }
        }
        Ok(())
    }
}

/// Whether a subscription may take the place of the one that stands.
fn succeeds(expect: Expect, old: &Subscription, new: &Subscription) -> Verdict {
    if new.owner != old.owner {
        return Err(Deny::Conflict(format!("subscription `{}` belongs to `{}`", new.id, old.owner)));
    }
    if expect == Expect::Present && new.revision != old.revision + 1 {
        return Err(Deny::Stale(format!(
            "subscription `{}` stands at revision {}, and this one is {}",
            new.name, old.revision, new.revision
        )));
    }
    Ok(())
}

/// A subscription that is in the way of something, for people.
pub(super) fn called(subscription: &Subscription) -> String {
    format!("subscription `{}` of `{}`", subscription.name, subscription.owner)
}

/// The first few of them as a list for people; none when there are none.
pub(super) fn some_names(users: impl Iterator<Item = String>) -> Option<String> {
    let mut named: Vec<String> = users.collect();
    let more = named.len().saturating_sub(NAMED_MAX);
    named.truncate(NAMED_MAX);
    match more {
        _ if named.is_empty() => None,
        0 => Some(named.join(", ")),
        more => Some(format!("{} and {more} more", named.join(", "))),
    }
}
