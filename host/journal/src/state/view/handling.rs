//! Where handlers stand, what they keep, and what they found.

use event::{
    Alert, AlertChange, AlertId, AlertState, FailureOf, Lag, Name, ReplayState, Seq, SubscriptionId,
    Timestamp,
};

use super::View;
use crate::state::checksum;
use crate::state::key::{Key, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ALERT_LISTS, ALERTS, FAILURE_LISTS, FAILURES, FailureRow, HANDLER_EXPIRY, HANDLER_SIZES, HANDLER_VALUES,
    LAGS, META, META_CURSOR, OPEN_ALERTS, PENDING, POSITIONS, SILENCES, SUBSCRIPTIONS, WAKES, WAKES_DUE,
};
use crate::state::{Silences, StateError};

/// Which alerts, newest first.
#[derive(Clone, Debug, Default)]
pub struct AlertQuery {
    pub owner: Option<Name>,
    pub state: Option<AlertState>,
    /// Only those that began before this one, which need not exist any more.
    pub before: Option<AlertId>,
    pub limit: usize,
}

/// Which calls that were given up, newest first.
#[derive(Clone, Debug)]
pub struct FailureQuery {
    pub of: FailuresOf,
    /// Only those in front of this one.
    pub before: Option<Seq>,
    pub limit: usize,
}

#[derive(Clone, Debug)]
pub enum FailuresOf {
    Anything,
    Plugin(Name),
    Subscription(SubscriptionId),
    Door(Name),
}

/// A change that waits for the planner: the outcome that made it, its place in that
/// outcome, and what it is.
pub type PendingChange = ((Seq, u32), AlertChange);

impl View {
    /// Every event up to here was matched, and handled or left to a lagging subscription.
    pub fn cursor(&self) -> Result<Seq, StateError> {
        Ok(Seq(self.rows.get(META, &one(META_CURSOR))?.unwrap_or_default()))
    }

    /// The last record that a subscription has behind it: the cursor, or what it
    /// handled beyond that; its own position while it lags.
    pub fn position(&self, subscription: &SubscriptionId) -> Result<Seq, StateError> {
        let own = self.rows.get(POSITIONS, &one(subscription.as_str()))?.unwrap_or_default();
        Ok(match self.lag(subscription)? {
            Some(lag) => own.max(lag.position),
            None => own.max(self.cursor()?),
        })
    }

    pub fn lag(&self, subscription: &SubscriptionId) -> Result<Option<Lag>, StateError> {
        self.rows.get(LAGS, &one(subscription.as_str()))
    }

    pub fn lags(&self) -> Result<Vec<Lag>, StateError> {
        self.rows.list(LAGS, Span::all(), usize::MAX)
    }

    /// When the pending wake-up of a subscription is due.
    pub fn wake(&self, subscription: &SubscriptionId) -> Result<Option<Timestamp>, StateError> {
        Ok(self.rows.get(WAKES, &one(subscription.as_str()))?.map(|wake| wake.due))
    }

    /// How many handlers stand between the first cause and whoever asked for the pending
    /// wake-up of a subscription; nought when there is none.
    pub fn wake_hops(&self, subscription: &SubscriptionId) -> Result<u8, StateError> {
        Ok(self.rows.get(WAKES, &one(subscription.as_str()))?.map_or(0, |wake| wake.hops))
    }

    pub fn next_wake(&self) -> Result<Option<Timestamp>, StateError> {
        Ok(self.rows.list(WAKES_DUE, Span::all(), 1)?.pop().map(|(due, _)| due))
    }

    /// When nobody listened.
    pub fn silences(&self) -> Result<Silences, StateError> {
        Ok(Silences::from(self.rows.list(SILENCES, Span::all(), usize::MAX)?))
    }

    /// In the order in which they are due.
    pub fn due_wakes(
        &self,
        upto: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, SubscriptionId)>, StateError> {
        self.rows.list(WAKES_DUE, Span::through(upto), limit)
    }

    /// What a handler keeps under a key, unless it has expired.
    pub fn handler_value(
        &self,
        subscription: &SubscriptionId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StateError> {
        let at = one(subscription.as_str()).text(key);
        let row = self.rows.get(HANDLER_VALUES, &at)?.filter(|row| lives(row.expires, now));
        row.map(|row| {
            let damaged = || checksum::damaged(HANDLER_VALUES.name(), at.bytes(), "it is no base64");
            row.value.into_vec().ok_or_else(damaged)
        })
        .transpose()
    }

    /// The keys that begin with `prefix`, behind `after`, without those that have expired.
    pub fn handler_keys(
        &self,
        subscription: &SubscriptionId,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<String>, StateError> {
        let all = one(subscription.as_str());
        let mut span = Span::of(&all.clone().start(prefix));
        if let Some(after) = after {
            span = span.after(&all.text(after));
        }
        let rows = self.rows.scan(HANDLER_VALUES, span)?;
        rows.filter_map(|row| match row {
            Ok((_, row)) => lives(row.expires, now).then_some(Ok(row.key)),
            Err(error) => Some(Err(error)),
        })
        .take(limit)
        .collect()
    }

    /// Keys whose values have expired, the oldest first. They take space until the
    /// handler's next outcome removes them: only its own time says when that is.
    pub fn handler_expired(
        &self,
        subscription: &SubscriptionId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, StateError> {
        let all = one(subscription.as_str());
        let span = Span::of(&all).before(&all.clone().time(now.plus_ms(1)));
        self.rows.list(HANDLER_EXPIRY, span, limit)
    }

    /// Bytes of all its keys and values, of those that have expired too.
    pub fn handler_bytes(&self, subscription: &SubscriptionId) -> Result<u64, StateError> {
        Ok(self.rows.get(HANDLER_SIZES, &one(subscription.as_str()))?.unwrap_or_default())
    }

    pub fn alert(&self, id: &AlertId) -> Result<Option<Alert>, StateError> {
        self.rows.get(ALERTS, &Key::new().alert(id))
    }

    /// The one that is firing.
    pub fn open_alert(&self, subscription: &SubscriptionId, key: &str) -> Result<Option<Alert>, StateError> {
        match self.rows.get(OPEN_ALERTS, &one(subscription.as_str()).text(key))? {
            Some(id) => self.rows.expect(ALERTS, &Key::new().alert(&id)).map(Some),
            None => Ok(None),
        }
    }

    /// Newest first.
    pub fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, StateError> {
        let within = |prefix: Key| {
            let span = Span::of(&prefix).backwards();
            match &query.before {
                Some(before) => span.before(&prefix.alert(before)),
                None => span,
            }
        };
        if query.owner.is_none() && query.state.is_none() {
            return self.rows.list(ALERTS, within(Key::new()), query.limit);
        }
        let owner = query.owner.as_ref().map_or("", Name::as_str);
        let state = query.state.map_or("", AlertState::as_str);
        let list = self.rows.list(ALERT_LISTS, within(Key::new().text(owner).text(state)), query.limit)?;
        list.iter().map(|id| self.rows.expect(ALERTS, &Key::new().alert(id))).collect()
    }

    /// Changes that wait for the planner, in the order in which they came.
    pub fn pending(&self, limit: usize) -> Result<Vec<PendingChange>, StateError> {
        self.rows.list(PENDING, Span::all(), limit)
    }

    /// Newest first.
    pub fn failures(&self, query: &FailureQuery) -> Result<Vec<FailureRow>, StateError> {
        let within = |prefix: Key| {
            let span = Span::of(&prefix).backwards();
            match query.before {
                Some(before) => span.before(&prefix.seq(before)),
                None => span,
            }
        };
        let (kind, of) = match &query.of {
            FailuresOf::Anything => {
                return self.rows.list(FAILURES, within(Key::new()), query.limit);
            }
            FailuresOf::Plugin(name) => ("plugin", name.as_str()),
            FailuresOf::Subscription(id) => ("subscription", id.as_str()),
            FailuresOf::Door(name) => ("door", name.as_str()),
        };
        let list = self.rows.list(FAILURE_LISTS, within(Key::new().text(kind).text(of)), query.limit)?;
        list.iter().map(|seq| self.rows.expect(FAILURES, &Key::new().seq(*seq))).collect()
    }

    pub fn failure(&self, seq: Seq) -> Result<Option<FailureRow>, StateError> {
        self.rows.get(FAILURES, &Key::new().seq(seq))
    }

    /// Whether the replay of a failure is still to come. A subscription that was switched
    /// off when it was its turn passed it by.
    pub fn waits(&self, row: &FailureRow) -> Result<bool, StateError> {
        match (&row.failure.of, row.replay) {
            (FailureOf::Subscription(id), Some(ReplayState::Waiting(asked))) => {
                let exists = self.rows.holds(SUBSCRIPTIONS, &one(id.as_str()))?;
                Ok(exists && self.position(id)? < asked)
            }
            _ => Ok(false),
        }
    }

    /// All of a person's, for the one who removes them.
    pub(in crate::state) fn alerts_of(&self, owner: &Name) -> Result<Vec<Alert>, StateError> {
        self.alerts(&AlertQuery { owner: Some(owner.clone()), limit: usize::MAX, ..AlertQuery::default() })
    }
}

fn lives(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_none_or(|expires| now < expires)
}
