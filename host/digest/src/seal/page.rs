//! What the long forms show, in which order: the same for text and HTML.

use std::cmp::Reverse;

use event::{AlertState, ChangeKind, Timestamp};

use super::clean::one_line;
use super::{Gang, SealItem, Sealing, subject};
use crate::rules::Release;
use crate::time::moment;

/// Alerts that are shown one by one: a message should be read, and mail clients cut at about 100 KB.
const ITEMS_SHOWN: usize = 50;
/// What came and went takes one line each.
const LINES_SHOWN: usize = 100;

pub(super) struct Page<'a> {
    sealing: &'a Sealing<'a>,
    /// By severity, then by recency: positions in the sealing's items.
    ordered: Vec<usize>,
}

/// A part of the page under one heading.
pub(super) struct Section<'a> {
    /// Subscription and handler, such as `disks (Threshold)`.
    pub(super) heading: String,
    pub(super) items: Vec<&'a SealItem<'a>>,
    /// What the handler wrote in place of the items.
    pub(super) gang: Option<&'a str>,
}

/// The whole of one long form.
pub(super) struct Layout<'a> {
    pub(super) sections: Vec<Section<'a>>,
    /// Came and went while it was kept: one line each.
    pub(super) over: Vec<&'a SealItem<'a>>,
    /// Neither here nor there.
    pub(super) hidden: usize,
}

impl<'a> Page<'a> {
    pub(super) fn of(sealing: &'a Sealing<'a>) -> Page<'a> {
        let mut ordered: Vec<usize> = (0..sealing.items.len()).collect();
        ordered.sort_by_key(|&i| {
            let alert = sealing.items[i].alert;
            (Reverse(alert.severity), Reverse(alert.latest), i)
        });
        Page { sealing, ordered }
    }

    /// Lays out the form that `pick` takes from a handler's answer.
    pub(super) fn layout(&self, pick: impl Fn(&'a Gang) -> Option<&'a str>) -> Layout<'a> {
        let items = self.sealing.items;
        let mut layout = Layout { sections: Vec::new(), over: Vec::new(), hidden: 0 };
        let mut ganged = vec![false; items.len()];
        for (gang, part) in self.sealing.gangs.iter().filter_map(|gang| Some((gang, pick(gang)?))) {
            let is_member = gang.covers(items.len());
            let members: Vec<&SealItem<'_>> = self
                .ordered
                .iter()
                .filter(|i| is_member[**i] && !std::mem::replace(&mut ganged[**i], true))
                .map(|&i| &items[i])
                .collect();
            if !members.is_empty() {
                layout.sections.push(Section {
                    heading: heading(&members),
                    items: members,
                    gang: Some(part),
                });
            }
        }
        let rest = self.ordered.iter().filter(|i| !ganged[**i]).map(|&i| &items[i]);
        let (over, full): (Vec<_>, Vec<_>) = rest.partition(|item| came_and_went(item));
        layout.hidden = full.len().saturating_sub(ITEMS_SHOWN) + over.len().saturating_sub(LINES_SHOWN);
        for item in full.into_iter().take(ITEMS_SHOWN) {
            let same = |section: &&mut Section<'_>| {
                section.gang.is_none() && section.items[0].subscription == item.subscription
            };
            match layout.sections.iter_mut().find(same) {
                Some(section) => section.items.push(item),
                None => {
                    layout.sections.push(Section { heading: heading(&[item]), items: vec![item], gang: None })
                }
            }
        }
        layout.over = over.into_iter().take(LINES_SHOWN).collect();
        layout
    }

    /// `3 alerts, the worst critical`; of one alert, its severity, state and title.
    pub(super) fn title(&self) -> String {
        let items = self.sealing.items;
        match (items, self.ordered.first()) {
            ([item], _) => subject::single(item),
            (_, Some(&worst)) => {
                format!("{}, the worst {}", subject::count(items), items[worst].alert.severity)
            }
            (_, None) => subject::count(items),
        }
    }

    /// What a person should know of those that are not listed; none: nothing.
    pub(super) fn brief(&self) -> Option<String> {
        match self.sealing.brief {
            0 => None,
            n => Some(format!("{n} brief: came and went before anybody was told")),
        }
    }

    /// Where the digest is shown whole; only under an address that a browser follows.
    pub(super) fn link(&self) -> Option<String> {
        let base = self.sealing.base_url?.trim_end_matches('/');
        let is_web = base.starts_with("https://") || base.starts_with("http://");
        is_web.then(|| format!("{base}/inbox/{}", self.sealing.id))
    }

    pub(super) fn footer(&self) -> String {
        let Sealing { person, address, zone, now, .. } = self.sealing;
        format!("For {person} at {address}, sealed {}.", zone.show(moment(*now)))
    }

    /// `firing since …, last raised …, 3 times`.
    pub(super) fn history(&self, item: &SealItem<'_>) -> String {
        let alert = item.alert;
        let times = if alert.count == 1 { "once".to_owned() } else { format!("{} times", alert.count) };
        let show = |t: Timestamp| self.sealing.zone.show(moment(t));
        match alert.state {
            AlertState::Firing if alert.count > 1 => {
                format!("firing since {}, {times}, last at {}", show(alert.since), show(alert.latest))
            }
            AlertState::Firing => format!("firing since {}", show(alert.since)),
            AlertState::Resolved => {
                let ended = alert.ended.unwrap_or(alert.latest);
                format!("fired {}, resolved {}, raised {times}", show(alert.since), show(ended))
            }
            AlertState::Note => format!("noted {}", show(alert.latest)),
        }
    }
}

/// Nobody heard of it while it fired, and its band wants one line of such.
fn came_and_went(item: &SealItem<'_>) -> bool {
    item.alert.state == AlertState::Resolved
        && item.placed.kind != ChangeKind::Resolved
        && item.release != Release::All
}

fn heading(items: &[&SealItem<'_>]) -> String {
    let mut names: Vec<&str> = items.iter().map(|item| item.subscription.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let handler = items.first().map_or(String::new(), |item| one_line(item.handler_title, 100));
    if handler.is_empty() { names.join(", ") } else { format!("{} ({handler})", names.join(", ")) }
}
