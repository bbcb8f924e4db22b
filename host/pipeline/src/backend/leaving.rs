//! Somebody is removed: what hangs on them is listed, then it ends or changes hands.

use std::collections::HashSet;

use api::{Caller, Decision, HeldSubscription, Holdings, Problem, Removed, Transferred};
use event::{AlertState, Expect, Name, Person, Plugin, Realm, Record, Subscription};
use journal::{AlertQuery, View};

use super::{Answer, Backend, answer};

impl Backend {
    pub(super) fn holdings(&self, caller: &Caller, name: Name) -> Answer<Holdings> {
        let user = self.leaver(caller, &name)?.name;
        let view = self.view()?;
        let realm = Realm::person(&user);
        let mut tokens = view.tokens().map_err(answer::internal)?;
        tokens.retain(|token| token.user.as_ref() == Some(&user) || token.realm == realm);
        let addresses = view.addresses(&user).map_err(answer::internal)?;
        let styles = view.styles(&user).map_err(answer::internal)?;
        Ok(Holdings {
            subscriptions: held(&view, &user)?,
            addresses: addresses.into_iter().map(|address| address.name).collect(),
            styles: styles.into_iter().map(|style| style.name).collect(),
            tokens: tokens.into_iter().map(|token| token.name).collect(),
            plugins: installed_by(&view, &user)?.into_iter().map(|plugin| plugin.name).collect(),
            unsealed: view.unsealed_len(&user).map_err(answer::internal)?,
            undelivered: view.undelivered_len(&user).map_err(answer::internal)?,
            digests: view.digests_len(&user).map_err(answer::internal)?,
            remains: format!("Events in the realm {realm} stay stored, and only an administrator sees them."),
            user,
        })
    }

    /// One group: all of it, or nothing. The stage `forget` then destroys the keys.
    pub(super) async fn end_person(
        &self,
        caller: &Caller,
        name: Name,
        decision: Option<Decision>,
    ) -> Answer<Removed> {
        let user = self.leaver(caller, &name)?.name;
        let Some(decision) = decision else {
            return Err(Problem::bad_request(format!(
                "Say what becomes of what hangs on `{user}`: `end=true` ends it, `transfer_to=NAME` hands it \
                 over. `/api/v1/users/{user}/holdings` lists it."
            )));
        };
        let _turn = self.installing.lock().await;
        let view = self.view()?;
        let subscriptions = view.subscriptions_of(&user).map_err(answer::internal)?;
        let plugins = installed_by(&view, &user)?;
        let (records, transferred) = match &decision {
            Decision::End => (ending(&user, &plugins), Vec::new()),
            Decision::TransferTo(to) => {
                let heir = self.heir(&view, &user, to)?;
                let theirs = view.subscriptions_of(&heir).map_err(answer::internal)?;
                let transferred = transfers(&subscriptions, &heir, &theirs);
                (handing_over(&user, &heir, &transferred, &plugins), transferred)
            }
        };
        drop(view);
        self.write_group(records).await?;
        if decision == Decision::End {
            let own = plugins.iter().filter(|plugin| !plugin.shared);
            own.for_each(|plugin| self.registry.forget(&plugin.name));
        }
        let moved: HashSet<_> = transferred.iter().map(|moved| moved.id.clone()).collect();
        let ended = subscriptions.into_iter().filter(|s| !moved.contains(&s.id)).map(|s| s.name).collect();
        Ok(Removed { user, ended, transferred })
    }

    fn leaver(&self, caller: &Caller, name: &Name) -> Answer<Person> {
        self.need_admin(caller)?;
        self.person(caller, Some(name))
    }

    fn heir(&self, view: &View, user: &Name, to: &Name) -> Answer<Name> {
        if user == to {
            return Err(Problem::bad_request(format!("`{to}` is who is removed: name somebody else.")));
        }
        let known = view.person(to).map_err(answer::internal)?;
        known
            .map(|heir| heir.name)
            .ok_or_else(|| Problem::bad_request(format!("there is no user `{to}` to transfer anything to")))
    }
}

fn held(view: &View, user: &Name) -> Answer<Vec<HeldSubscription>> {
    let query = AlertQuery {
        owner: Some(user.clone()),
        state: Some(AlertState::Firing),
        before: None,
        limit: usize::MAX,
    };
    let firing = view.alerts(&query).map_err(answer::internal)?;
    let all = view.subscriptions_of(user).map_err(answer::internal)?;
    let one = |Subscription { id, name, handler, .. }| {
        let firing = firing.iter().filter(|alert| alert.subscription == id).count();
        HeldSubscription { id, name, handler, firing }
    };
    Ok(all.into_iter().map(one).collect())
}

fn installed_by(view: &View, user: &Name) -> Answer<Vec<Plugin>> {
    let mut plugins = view.plugins().map_err(answer::internal)?;
    plugins.retain(|plugin| plugin.installed_by.as_ref() == Some(user));
    Ok(plugins)
}

/// Plugins go after the subscriptions that use them; what was shared is the administrator's
/// from now on.
fn ending(user: &Name, plugins: &[Plugin]) -> Vec<Record> {
    let end = |plugin: &Plugin| match plugin.shared {
        true => {
            let value = Plugin { installed_by: None, shared: false, ..plugin.clone() };
            Record::Plugin { expect: Expect::Present, value }
        }
        false => Record::PluginRemoved { name: plugin.name.clone() },
    };
    let gone = Record::PersonRemoved { name: user.clone() };
    std::iter::once(gone).chain(plugins.iter().map(end)).collect()
}

fn handing_over(user: &Name, heir: &Name, transferred: &[Transferred], plugins: &[Plugin]) -> Vec<Record> {
    let subscriptions = transferred.iter().map(|moved| Record::SubscriptionTransferred {
        id: moved.id.clone(),
        to: moved.to.clone(),
        name: moved.name.clone(),
    });
    let plugins = plugins.iter().map(|plugin| {
        let value = Plugin { installed_by: Some(heir.clone()), ..plugin.clone() };
        Record::Plugin { expect: Expect::Present, value }
    });
    let gone = Record::PersonRemoved { name: user.clone() };
    subscriptions.chain(plugins).chain([gone]).collect()
}

/// What changes hands, and what it is called then. What the heir has just the same is
/// left out: nobody wants to be told twice.
fn transfers(subscriptions: &[Subscription], heir: &Name, theirs: &[Subscription]) -> Vec<Transferred> {
    let mut taken: HashSet<Name> = theirs.iter().map(|s| s.name.clone()).collect();
    let mut transferred = Vec::new();
    for old in subscriptions.iter().filter(|old| !theirs.iter().any(|s| does_the_same(s, old))) {
        let name = free_name(&old.name, &old.owner, &taken);
        taken.insert(name.clone());
        let (id, to, was) = (old.id.clone(), heir.clone(), old.name.clone());
        transferred.push(Transferred { id, to, was, name });
    }
    transferred
}

fn does_the_same(a: &Subscription, b: &Subscription) -> bool {
    (&a.handler, &a.filter, &a.config, a.publish) == (&b.handler, &b.filter, &b.config, b.publish)
}

/// The name itself, else with whose it was, else with a number.
fn free_name(name: &Name, owner: &Name, taken: &HashSet<Name>) -> Name {
    let ends = std::iter::once(format!("-{owner}")).chain((2u64..).map(|n| format!("-{n}")));
    let longer = ends.filter_map(|end| {
        // Names are ASCII, so they can be cut anywhere.
        let stem = &name.as_str()[..name.as_str().len().min(Name::LENGTH_MAX.saturating_sub(end.len()))];
        Name::new(&format!("{stem}{end}")).ok()
    });
    let mut candidates = std::iter::once(name.clone()).chain(longer);
    candidates.find(|name| !taken.contains(name)).expect("there are more numbers than names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_the_owners_and_then_a_number() {
        let name = |text: &str| Name::new(text).expect("it is a name");
        let (long, alice) = ("d".repeat(64), "alice");
        let cut = format!("{}-alice", "d".repeat(58));
        let cases: [(&str, &str, &[&str], &str); 5] = [
            ("disks", alice, &[], "disks"),
            ("disks", alice, &["disks"], "disks-alice"),
            ("disks", alice, &["disks", "disks-alice", "disks-2"], "disks-3"),
            (&long, alice, &[&long], &cut),
            ("disks", &"a".repeat(64), &["disks"], "disks-2"),
        ];
        for (old, owner, taken, expected) in cases {
            let taken = taken.iter().map(|text| name(text)).collect();
            assert_eq!(free_name(&name(old), &name(owner), &taken), name(expected), "{old} of {owner}");
        }
    }
}
