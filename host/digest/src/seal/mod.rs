//! A digest of what fell due for one person at one address: composed, and rendered once.

mod clean;
mod html;
mod page;
mod subject;
mod text;

use event::{Alert, Digest, DigestId, DigestItem, Forms, Name, PlacedItem, Severity, Timestamp};
use schedule::Zone;

use self::page::Page;
use crate::rules::Release;

/// What is sealed: all buckets of one person and one address that fell due together.
pub struct Sealing<'a> {
    pub id: DigestId,
    pub person: &'a Name,
    pub address: &'a Name,
    pub items: &'a [SealItem<'a>],
    /// Alerts that were withdrawn from these buckets because they came and went.
    pub brief: u32,
    pub gangs: &'a [Gang],
    /// Where people reach this daemon, such as `https://tellify.example.org`; none: no links.
    pub base_url: Option<&'a str>,
    /// The person's.
    pub zone: &'a Zone,
    pub now: Timestamp,
}

/// One alert in a bucket, with what its message names.
pub struct SealItem<'a> {
    pub placed: &'a PlacedItem,
    /// As it stands now.
    pub alert: &'a Alert,
    pub subscription: &'a Name,
    pub handler_title: &'a str,
    /// What its band releases: [`crate::Rules::release`].
    pub release: Release,
}

/// What a handler made of all its alerts in the digest. A form that is none is the host's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gang {
    /// Positions in [`Sealing::items`].
    pub items: Vec<usize>,
    pub line: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
}

impl Gang {
    /// For each of `items`, whether this covers it; positions beyond are nobody's.
    fn covers(&self, items: usize) -> Vec<bool> {
        let mut covers = vec![false; items];
        for &i in self.items.iter().filter(|i| **i < items) {
            covers[i] = true;
        }
        covers
    }
}

/// Composes and renders. Nothing of an alert or a plugin can bring a control character
/// into the subject or the line, nor anything but plain markup into the HTML.
pub fn seal(sealing: &Sealing<'_>) -> Digest {
    let page = Page::of(sealing);
    Digest {
        id: sealing.id.clone(),
        person: sealing.person.clone(),
        address: sealing.address.clone(),
        sealed: sealing.now,
        severity: sealing.items.iter().map(|item| item.alert.severity).max().unwrap_or(Severity::Info),
        items: sealing.items.iter().map(digest_item).collect(),
        forms: Forms {
            subject: subject::subject(sealing),
            line: subject::line(sealing),
            text: text::text(&page),
            html: html::html(&page),
            json: None,
        },
    }
}

fn digest_item(item: &SealItem<'_>) -> DigestItem {
    DigestItem {
        bucket: item.placed.bucket.clone(),
        alert: item.alert.id.clone(),
        kind: item.placed.kind,
        subscription: item.alert.subscription.clone(),
        subscription_name: item.subscription.clone(),
        key: item.alert.key.clone(),
        state: item.alert.state,
        severity: item.alert.severity,
        title: item.alert.title.clone(),
        count: item.alert.count,
        first: item.alert.since,
        last: item.alert.latest,
        reason: item.placed.reason.clone(),
    }
}
