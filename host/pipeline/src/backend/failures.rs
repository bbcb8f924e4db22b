//! Calls that were given up: listed, and made again on somebody's request.

use accounts::Authority;
use api::{Caller, Failure, List, Page, Problem};
use event::{FailureOf, Name, Record, ReplayState, Scope, Seq, SubscriptionId, SubscriptionStatus};
use journal::{FailureQuery, FailureRow, FailuresOf, View};

use super::{Answer, Backend, answer, authority};
use crate::call::Replay;

impl Backend {
    /// The administrator sees all failures of a plugin, a person those of their own subscriptions.
    pub(super) fn failures(&self, caller: &Caller, plugin: Name, page: Page) -> Answer<List<Failure>> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        self.visible_plugin(caller, &plugin)?;
        let before = page.cursor.as_deref().map(str::parse).transpose();
        let before =
            before.map_err(|_| Problem::bad_request("This cursor is none that a list has given."))?;
        let of = FailuresOf::Plugin(plugin);
        let mut query = FailureQuery { of, before: before.map(Seq), limit: page.limit + 1 };
        let view = self.view()?;
        let mut items = Vec::new();
        // One more than asked for tells whether there are more.
        while items.len() <= page.limit {
            let some = view.failures(&query).map_err(answer::internal)?;
            let Some(last) = some.last() else { break };
            query.before = Some(last.seq);
            for row in some {
                if may_see(&view, &authority, &row)? {
                    items.push(shown(&view, row)?);
                }
            }
        }
        let more = items.len() > page.limit;
        items.truncate(page.limit);
        let next = items.last().filter(|_| more).map(|last| last.seq.to_string());
        Ok(List::page(items, next))
    }

    /// Lets a call be made again: that of a subscription in its turn, that of a door at once.
    pub(super) async fn replay(&self, caller: &Caller, plugin: Name, seq: Seq) -> Answer<Failure> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        self.visible_plugin(caller, &plugin)?;
        let row = self.failure_of(&authority, &plugin, seq)?;
        match &row.failure.of {
            FailureOf::Subscription(id) => self.call_again(id, &row).await?,
            FailureOf::Door(name) => self.enter_again(name, &row).await?,
        }
        let row = self.failure_of(&authority, &plugin, seq)?;
        shown(&self.view()?, row)
    }

    /// What is hidden is answered like what does not exist.
    fn failure_of(&self, authority: &Authority, plugin: &Name, seq: Seq) -> Answer<FailureRow> {
        let view = self.view()?;
        let missing = || {
            Problem::not_found(format!(
                "plugin `{plugin}` has no failure {seq}: see `tellify plugin failures {plugin}`"
            ))
        };
        let row = view.failure(seq).map_err(answer::internal)?;
        let row = row.filter(|row| row.failure.plugin == *plugin).ok_or_else(missing)?;
        if may_see(&view, authority, &row)? { Ok(row) } else { Err(missing()) }
    }

    async fn call_again(&self, id: &SubscriptionId, row: &FailureRow) -> Answer<()> {
        let subscription = self.view()?.subscription(id).map_err(answer::internal)?;
        let Some(subscription) = subscription else {
            return Err(Problem::conflict(
                "Its subscription was removed, so there is nobody to make this call for.",
            ));
        };
        if let SubscriptionStatus::Disabled(_) = subscription.status {
            return Err(Problem::conflict(format!(
                "Subscription `{0}` is switched off: `tellify subscription edit --user {1} {0} --enabled true` \
                 switches it on.",
                subscription.name, subscription.owner
            )));
        }
        if !Replay::is_possible(row) {
            return Err(Problem::conflict(
                "This failure was recorded without all that the plugin was called with, so the call cannot be \
                 made again.",
            ));
        }
        self.write(Record::Replay { failure: row.seq, subscription: id.clone() }).await?;
        Ok(())
    }
}

fn may_see(view: &View, authority: &Authority, row: &FailureRow) -> Answer<bool> {
    let FailureOf::Subscription(id) = &row.failure.of else { return Ok(authority.is_admin()) };
    if authority.is_admin() {
        return Ok(true);
    }
    let owner = view.subscription(id).map_err(answer::internal)?.map(|found| found.owner);
    Ok(owner.is_some_and(|owner| authority.on_behalf(Some(&owner)).is_ok()))
}

/// A replay that was passed by is as good as none.
fn shown(view: &View, row: FailureRow) -> Answer<Failure> {
    let waits = view.waits(&row).map_err(answer::internal)?;
    let FailureRow { seq, received, failure, replay } = row;
    let replay = replay.filter(|replay| waits || !matches!(replay, ReplayState::Waiting(_)));
    Ok(Failure::new(seq, received, failure, replay))
}
