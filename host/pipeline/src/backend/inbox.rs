//! What people were told.

use api::{Caller, Digest, DigestSummary, List, Page, Problem};
use event::{Channel, DigestId, DigestRecord, Name, Scope};
use journal::View;

use super::{Answer, Backend, answer, authority};
use crate::keys::Keys;

impl Backend {
    pub(super) async fn inbox(
        &self,
        caller: &Caller,
        user: Option<Name>,
        address: Option<Name>,
        page: Page,
    ) -> Answer<List<DigestSummary>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, user.as_ref())?.name;
        let view = self.view()?;
        let address = address
            .unwrap_or_else(|| Name::new(Channel::Inbox.as_str()).expect("a channel's word is a name"));
        let keys = self.keys.clone();
        answer::blocking(move || listed(&view, &keys, &person, &address, page)).await
    }

    pub(super) async fn digest(&self, caller: &Caller, id: String) -> Answer<Digest> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let (view, keys) = (self.view()?, self.keys.clone());
        answer::blocking(move || {
            let found = view.digest(&DigestId(id.clone())).map_err(answer::internal)?;
            let digest = found
                .filter(|digest| authority.on_behalf(Some(&digest.person)).is_ok())
                .ok_or_else(|| Problem::not_found(format!("there is no digest `{id}`")))?;
            let attempts = view.attempts(&digest.id).map_err(answer::internal)?;
            Ok(match keys.read_digest(&digest) {
                Ok(clear) => Digest::new(clear, attempts),
                Err(why) => Digest::unreadable(digest, attempts, &why.to_string()),
            })
        })
        .await
    }
}

/// The digests of one address, newest first. They hold all that was told, so reading
/// many of them takes a while.
fn listed(
    view: &View,
    keys: &Keys,
    person: &Name,
    address: &Name,
    page: Page,
) -> Answer<List<DigestSummary>> {
    let mut before = page.cursor.map(DigestId);
    let mut items: Vec<DigestSummary> = Vec::new();
    // One more than asked for tells whether there are more.
    while items.len() <= page.limit {
        let some = view.digests(person, before.as_ref(), page.limit + 1).map_err(answer::internal)?;
        let Some(last) = some.last() else { break };
        before = Some(last.id.clone());
        let theirs = some.iter().filter(|digest| digest.address == *address);
        items.extend(theirs.map(|digest| summary(keys, digest)));
    }
    let more = items.len() > page.limit;
    items.truncate(page.limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(List::page(items, next))
}

fn summary(keys: &Keys, digest: &DigestRecord) -> DigestSummary {
    match keys.read_digest(digest) {
        Ok(clear) => DigestSummary::from(&clear),
        Err(why) => DigestSummary::unreadable(digest, &why.to_string()),
    }
}
