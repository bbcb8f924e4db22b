//! The lives of alerts, and the changes that people may have to hear of.

use std::collections::HashSet;

use event::{Alert, AlertChange, AlertId, AlertState, AlertUpdate, ChangeKind, Name, Subscription};

use super::{Deny, Turn, Verdict};
use crate::state::key::{Key, alert_id, one};
use crate::state::rows::Span;
use crate::state::tables::{ALERT_BUCKETS, ALERT_LISTS, ALERTS, OPEN_ALERTS, PENDING, TOLD};

impl Turn<'_> {
    /// What a handler said of one of its keys; `index` is the update's place in the outcome.
    pub(super) fn alert(&mut self, subscription: &Subscription, index: u32, update: &AlertUpdate) -> Verdict {
        let open = self.view.open_alert(&subscription.id, &update.key)?;
        match (update.state, open) {
            (AlertState::Firing, Some(alert)) => self.raise_again(index, alert, update),
            (AlertState::Firing, None) => self.begin_alert(subscription, index, update, ChangeKind::Fired),
            (AlertState::Resolved, Some(mut alert)) => {
                alert.title.clone_from(&update.title);
                alert.data.clone_from(&update.data);
                self.resolve(&mut alert, update.at);
                self.change(index, &alert, ChangeKind::Resolved);
                Ok(())
            }
            (AlertState::Resolved, None) => Ok(()),
            (AlertState::Note, _) => self.begin_alert(subscription, index, update, ChangeKind::Noted),
        }
    }

    /// Resolves what a subscription that ends has left firing. Nobody hears of any of its
    /// alerts any more: they leave their buckets, and no change waits for the planner.
    pub(super) fn close_alerts(&mut self, subscription: &Subscription) -> Verdict {
        let mut alerts = self.view.alerts_of(&subscription.owner)?;
        alerts.retain(|alert| alert.subscription == subscription.id);
        self.drop_pending(&alerts)?;
        for mut alert in alerts {
            self.withdraw_everywhere(&alert.id)?;
            if alert.state == AlertState::Firing {
                self.resolve(&mut alert, self.received);
            }
        }
        Ok(())
    }

    /// The alerts of a subscription that gets another owner. What is firing fires anew for
    /// them, and a note that nobody was told is theirs to be told; what is over is history.
    pub(super) fn hand_over_alerts(&mut self, subscription: &Subscription, to: &Name) -> Verdict {
        let mut alerts = self.view.alerts_of(&subscription.owner)?;
        alerts.retain(|alert| alert.subscription == subscription.id);
        let untold = self.untold()?;
        self.drop_pending(&alerts)?;
        for (index, mut alert) in (0..).zip(alerts) {
            let placed = !self.view.placed(&alert.id)?.is_empty();
            self.withdraw_everywhere(&alert.id)?;
            self.rows().take(TOLD, Span::of(&Key::new().alert(&alert.id)))?;
            self.unlist(&alert);
            alert.owner = to.clone();
            self.put_alert(&alert);
            self.list(&alert);
            match alert.state {
                AlertState::Firing => self.change(index, &alert, ChangeKind::Fired),
                AlertState::Note if placed || untold.contains(&alert.id) => {
                    self.change(index, &alert, ChangeKind::Noted);
                }
                AlertState::Note | AlertState::Resolved => {}
            }
        }
        Ok(())
    }

    /// Removes an alert with all that is known of it.
    pub(super) fn forget_alert(&mut self, alert: &Alert) -> Verdict {
        self.withdraw_everywhere(&alert.id)?;
        self.rows().take(TOLD, Span::of(&Key::new().alert(&alert.id)))?;
        self.unlist(alert);
        if alert.state == AlertState::Firing {
            self.rows().remove(OPEN_ALERTS, &one(alert.subscription.as_str()).text(&alert.key));
        }
        self.rows().remove(ALERTS, &Key::new().alert(&alert.id));
        Ok(())
    }

    /// Drops what waits for the planner about these alerts.
    pub(super) fn drop_pending(&mut self, alerts: &[Alert]) -> Verdict {
        let ids: HashSet<&AlertId> = alerts.iter().map(|alert| &alert.id).collect();
        for ((seq, index), change) in self.view.pending(usize::MAX)? {
            if ids.contains(&change.alert) {
                self.rows().remove(PENDING, &Key::new().seq(seq).number(index.into()));
            }
        }
        Ok(())
    }

    /// The alerts with a change that waits for the planner.
    fn untold(&self) -> Result<HashSet<AlertId>, Deny> {
        Ok(self.view.pending(usize::MAX)?.into_iter().map(|(_, change)| change.alert).collect())
    }

    fn begin_alert(
        &mut self,
        subscription: &Subscription,
        index: u32,
        update: &AlertUpdate,
        kind: ChangeKind,
    ) -> Verdict {
        let alert = Alert {
            id: alert_id(self.seq, index),
            subscription: subscription.id.clone(),
            owner: subscription.owner.clone(),
            handler: subscription.handler.clone(),
            key: update.key.clone(),
            state: update.state,
            severity: update.severity,
            title: update.title.clone(),
            data: update.data.clone(),
            count: 1,
            since: update.at,
            latest: update.at,
            ended: (update.state == AlertState::Note).then_some(update.at),
            event: update.event,
        };
        if alert.state == AlertState::Firing {
            self.rows().put(OPEN_ALERTS, &one(subscription.id.as_str()).text(&alert.key), &alert.id);
        }
        self.put_alert(&alert);
        self.list(&alert);
        self.change(index, &alert, kind);
        Ok(())
    }

    fn raise_again(&mut self, index: u32, mut alert: Alert, update: &AlertUpdate) -> Verdict {
        let kind = match update.severity.cmp(&alert.severity) {
            std::cmp::Ordering::Greater => Some(ChangeKind::Worsened),
            std::cmp::Ordering::Less => Some(ChangeKind::Eased),
            std::cmp::Ordering::Equal => None,
        };
        alert.severity = update.severity;
        alert.title.clone_from(&update.title);
        alert.data.clone_from(&update.data);
        alert.event = update.event;
        alert.latest = update.at;
        alert.count = alert.count.saturating_add(1);
        self.put_alert(&alert);
        if let Some(kind) = kind {
            self.change(index, &alert, kind);
        }
        Ok(())
    }

    fn resolve(&mut self, alert: &mut Alert, ended: event::Timestamp) {
        self.unlist(alert);
        alert.state = AlertState::Resolved;
        alert.ended = Some(ended);
        self.rows().remove(OPEN_ALERTS, &one(alert.subscription.as_str()).text(&alert.key));
        self.put_alert(alert);
        self.list(alert);
    }

    fn withdraw_everywhere(&mut self, alert: &AlertId) -> Verdict {
        for bucket in self.rows().list(ALERT_BUCKETS, Span::of(&Key::new().alert(alert)), usize::MAX)? {
            self.withdraw(&bucket, alert, false)?;
        }
        Ok(())
    }

    fn change(&mut self, index: u32, alert: &Alert, kind: ChangeKind) {
        let (seq, at) = (self.seq, self.received);
        let change = AlertChange { alert: alert.id.clone(), kind, severity: alert.severity, at };
        self.rows().put(PENDING, &Key::new().seq(seq).number(index.into()), &((seq, index), change));
    }

    fn put_alert(&mut self, alert: &Alert) {
        self.rows().put(ALERTS, &Key::new().alert(&alert.id), alert);
    }

    fn list(&mut self, alert: &Alert) {
        for list in lists(alert) {
            self.rows().put(ALERT_LISTS, &list, &alert.id);
        }
    }

    fn unlist(&mut self, alert: &Alert) {
        for list in lists(alert) {
            self.rows().remove(ALERT_LISTS, &list);
        }
    }
}

/// An alert stands in the list of its owner, in that of its state, and in that of both.
fn lists(alert: &Alert) -> [Key; 3] {
    let (owner, state) = (alert.owner.as_str(), alert.state.as_str());
    [(owner, ""), ("", state), (owner, state)]
        .map(|(owner, state)| Key::new().text(owner).text(state).alert(&alert.id))
}
