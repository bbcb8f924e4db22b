//! Somebody leaves: what was theirs goes, or changes hands, and their keys with them.

use event::{KeyId, Name, Realm, Subscription, SubscriptionId};

use super::{Deny, Turn, Verdict};
use crate::state::key::{of_person, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ADDRESS_HEALTH, ADDRESSES, DESTROYED_KEYS, PERSON_KEYS, PERSONS, STYLES, SUBSCRIPTION_NAMES,
    SUBSCRIPTIONS,
};

impl Turn<'_> {
    /// A person goes with all that was theirs; somebody of the same name who comes
    /// later finds nothing of it, and nothing of it is ever sent.
    pub(super) fn person_removed(&mut self, name: &Name) -> Verdict {
        self.need_person(name)?;
        let alerts = self.view.alerts_of(name)?;
        self.drop_pending(&alerts)?;
        for alert in &alerts {
            self.forget_alert(alert)?;
        }
        for subscription in self.view.subscriptions_of(name)? {
            self.forget_failures(&subscription.id)?;
            self.forget_subscription(&subscription)?;
        }
        self.forget_deliveries(name)?;
        self.rows().take(ADDRESSES, Span::of(&one(name.as_str())))?;
        self.rows().take(ADDRESS_HEALTH, Span::of(&one(name.as_str())))?;
        self.rows().take(STYLES, Span::of(&one(name.as_str())))?;
        let realm = Realm::person(name);
        for token in self.view.tokens()? {
            if token.user.as_ref() == Some(name) || token.realm == realm {
                self.forget_token(&token);
            }
        }
        self.forget_doors_into(&realm)?;
        for (_, key) in self.rows().take(PERSON_KEYS, Span::of(&one(name.as_str())))? {
            self.destroy_key(&key);
        }
        self.rows().remove(PERSONS, &one(name.as_str()));
        Ok(())
    }

    /// A subscription changes hands, with all that its handler is and keeps. Whoever had
    /// it is told nothing of it any more, and whoever has it now begins anew.
    pub(super) fn subscription_transferred(
        &mut self,
        id: &SubscriptionId,
        to: &Name,
        name: &Name,
    ) -> Verdict {
        self.need_person(to)?;
        let old = self.need_subscription(id)?;
        if old.owner == *to {
            return Err(Deny::Conflict(format!("subscription `{id}` belongs to `{to}` already")));
        }
        if self.rows().holds(SUBSCRIPTION_NAMES, &of_person(to, name))? {
            return Err(Deny::Conflict(format!("subscription `{name}` of `{to}` exists already")));
        }
        self.remember(id)?;
        self.hand_over_alerts(&old, to)?;
        self.rows().remove(SUBSCRIPTION_NAMES, &of_person(&old.owner, &old.name));
        let (owner, name, revision) = (to.clone(), name.clone(), old.revision.saturating_add(1));
        let new = Subscription { owner, name, style: None, revision, ..old };
        self.rows().put(SUBSCRIPTION_NAMES, &of_person(to, &new.name), id);
        self.rows().put(SUBSCRIPTIONS, &one(id.as_str()), &new);
        Ok(())
    }

    /// Remembers which keys open what is a person's, so that all of them go with the person.
    ///
    /// # Errors
    /// `Stale` when the key was destroyed: somebody encrypted something for a person who
    /// was removed meanwhile, and nobody could ever read it.
    pub(super) fn use_key(&mut self, person: &Name, key: &KeyId) -> Verdict {
        if self.rows().holds(DESTROYED_KEYS, &one(key.as_str()))? {
            return Err(Deny::Stale(format!("the key that this is encrypted with went with `{person}`")));
        }
        let row = one(person.as_str()).text(key.as_str());
        if !self.rows().holds(PERSON_KEYS, &row)? {
            let first = (self.seq, key.clone());
            self.rows().put(PERSON_KEYS, &row, &first);
        }
        Ok(())
    }
}
