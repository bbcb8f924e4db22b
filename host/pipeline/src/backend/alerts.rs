//! Alerts, as they are looked up.

use api::{Alert, AlertsOf, Caller, List, Problem};
use event::{AlertId, Scope};
use journal::AlertQuery;

use super::{Answer, Backend, answer, authority};

impl Backend {
    pub(super) fn alerts(&self, caller: &Caller, of: AlertsOf) -> Answer<List<Alert>> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let owner = match &of.user {
            None if authority.is_admin() => None,
            named => Some(self.person(caller, named.as_ref())?.name),
        };
        let query = AlertQuery {
            owner,
            state: of.states.only(),
            before: of.page.cursor.map(AlertId),
            // One more than asked for tells whether there are more.
            limit: of.page.limit + 1,
        };
        let found = self.view()?.alerts(&query).map_err(answer::internal)?;
        let more = found.len() > of.page.limit;
        let items: Vec<Alert> = found.into_iter().take(of.page.limit).map(Alert::from).collect();
        let next = items.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(List::page(items, next))
    }

    pub(super) fn alert(&self, caller: &Caller, id: String) -> Answer<Alert> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let found = self.view()?.alert(&AlertId(id.clone())).map_err(answer::internal)?;
        found
            .filter(|alert| authority.on_behalf(Some(&alert.owner)).is_ok())
            .map(Alert::from)
            .ok_or_else(|| Problem::not_found(format!("there is no alert `{id}`")))
    }
}
