//! Where each subscription stands, and what its handler keeps.

use event::{Lag, Outcome, ReplayState, Seq, StateWrite, SubscriptionId, Timestamp, WakeChange};

use super::{Deny, Turn, Verdict};
use crate::state::key::{Key, one};
use crate::state::rows::Span;
use crate::state::silence::Silence;
use crate::state::tables::{
    Bytes, HANDLER_EXPIRY, HANDLER_SIZES, HANDLER_VALUES, HandlerValue, LAGS, META, META_CURSOR, POSITIONS,
    SILENCES, SUBSCRIPTION_UNDO, WAKES, WAKES_DUE, Wake,
};

impl Turn<'_> {
    /// Wake-ups that fell due while nobody listened move behind the start. Earlier ones
    /// belong between the events of a backlog, and stay there.
    pub(super) fn started(&mut self, silent_since: Option<Timestamp>) -> Verdict {
        let Some(silent_since) = silent_since else { return Ok(()) };
        let silence = Silence { since: silent_since, until: self.received };
        for (due, id) in self.view.due_wakes(self.received, usize::MAX)? {
            if silence.has(due) {
                let hops = self.view.wake_hops(&id)?;
                self.set_wake(&id, Some(Wake { due: silence.settled(), hops }))?;
            }
        }
        if silent_since < self.received {
            // Kept for what waits in the backlog, which may yet ask for a moment in it.
            self.rows().put(SILENCES, &Key::new().time(silence.until), &silence);
            for old in self.view.silences()?.too_many() {
                self.rows().remove(SILENCES, &Key::new().time(old));
            }
        }
        Ok(())
    }

    pub(super) fn dispatched(&mut self, upto: Seq) -> Verdict {
        let cursor = self.view.cursor()?;
        if upto <= cursor {
            return Err(Deny::Stale(format!("the dispatch cursor stands at {cursor}, past {upto}")));
        }
        self.rows().put(META, &one(META_CURSOR), &upto.0);
        let passed: Vec<Key> = self
            .rows()
            .scan(POSITIONS, Span::all())?
            .filter_map(|row| row.map(|(key, position)| (position <= upto).then_some(key)).transpose())
            .collect::<Result<_, _>>()?;
        for key in passed {
            self.rows().remove(POSITIONS, &key);
        }
        let undos = self.rows().list(SUBSCRIPTION_UNDO, Span::all(), usize::MAX)?;
        for undo in undos.into_iter().take_while(|undo| undo.seq <= upto) {
            self.rows().remove(SUBSCRIPTION_UNDO, &Key::new().seq(undo.seq).text(undo.id.as_str()));
        }
        Ok(())
    }

    pub(super) fn lagging(&mut self, lag: &Lag) -> Verdict {
        let id = &lag.subscription;
        self.need_subscription(id)?;
        // What it has handled, it never has before it again. What the cursor has passed it may
        // well have left: the first release wrote such records, and they are folded as it did.
        let handled = self.rows().get(POSITIONS, &one(id.as_str()))?.unwrap_or_default();
        let position = lag.position.max(handled);
        self.rows().put(LAGS, &one(id.as_str()), &Lag { position, ..lag.clone() });
        Ok(())
    }

    pub(super) fn caught_up(&mut self, id: &SubscriptionId) -> Verdict {
        self.need_subscription(id)?;
        if self.view.lag(id)?.is_some() {
            // Whatever it handled beyond the cursor must not be handled again with it, be it
            // from before it lagged or since.
            let position = self.view.position(id)?;
            if position > self.view.cursor()? {
                self.rows().put(POSITIONS, &one(id.as_str()), &position);
            }
            self.rows().remove(LAGS, &one(id.as_str()));
        }
        Ok(())
    }

    pub(super) fn outcome(&mut self, outcome: &Outcome) -> Verdict {
        let id = &outcome.subscription;
        let subscription = self.need_subscription(id)?;
        if let Some(after) = outcome.after {
            self.stand(id, after)?;
        }
        if outcome.after.is_none() || outcome.upto != outcome.after {
            self.advance(id, outcome.upto)?;
        }
        self.turn_wake(outcome)?;
        self.write_values(id, &outcome.writes)?;
        for (index, update) in (0..).zip(&outcome.alerts) {
            self.alert(&subscription, index, update)?;
        }
        for failure in &outcome.replayed {
            self.end_replay(*failure, ReplayState::Done(self.seq))?;
        }
        Ok(())
    }

    /// All that a subscription's handler was and kept.
    pub(super) fn forget_handling(&mut self, id: &SubscriptionId) -> Verdict {
        let key = one(id.as_str());
        self.set_wake(id, None)?;
        self.rows().remove(POSITIONS, &key);
        self.rows().remove(LAGS, &key);
        self.rows().take(HANDLER_VALUES, Span::of(&key))?;
        self.rows().take(HANDLER_EXPIRY, Span::of(&key))?;
        self.rows().remove(HANDLER_SIZES, &key);
        Ok(())
    }

    /// Refuses a run that began elsewhere than where the subscription stands.
    fn stand(&mut self, id: &SubscriptionId, after: Seq) -> Verdict {
        let position = self.view.position(id)?;
        if position != after {
            return Err(Deny::Stale(format!("subscription `{id}` stands at {position}, not at {after}")));
        }
        Ok(())
    }

    /// Moves the subscription behind `upto`. Each run is applied once: whoever is too
    /// late with the same one is refused.
    pub(super) fn advance(&mut self, id: &SubscriptionId, upto: Option<Seq>) -> Verdict {
        let position = self.view.position(id)?;
        if let Some(upto) = upto.filter(|upto| *upto <= position) {
            return Err(Deny::Stale(format!("subscription `{id}` stands at {position}, past {upto}")));
        }
        let key = one(id.as_str());
        if let Some(mut lag) = self.view.lag(id)? {
            lag.attempts = 0;
            lag.position = upto.unwrap_or(lag.position);
            self.rows().put(LAGS, &key, &lag);
        } else if let Some(upto) = upto {
            self.rows().put(POSITIONS, &key, &upto);
        }
        Ok(())
    }

    fn turn_wake(&mut self, outcome: &Outcome) -> Verdict {
        let id = &outcome.subscription;
        if let Some(spent) = outcome.spent {
            match self.view.wake(id)? {
                Some(due) if due == spent => self.set_wake(id, None)?,
                _ => return Err(Deny::Stale(format!("no wake-up of subscription `{id}` is due at {spent}"))),
            }
        }
        match outcome.wake {
            WakeChange::Keep => Ok(()),
            WakeChange::Clear => self.set_wake(id, None),
            WakeChange::At(due) => self.set_wake(id, Some(Wake { due, hops: outcome.wake_hops })),
        }
    }

    pub(super) fn set_wake(&mut self, id: &SubscriptionId, wake: Option<Wake>) -> Verdict {
        let key = one(id.as_str());
        if let Some(old) = self.view.wake(id)? {
            self.rows().remove(WAKES_DUE, &Key::new().time(old).text(id.as_str()));
            self.rows().remove(WAKES, &key);
        }
        if let Some(wake @ Wake { due, .. }) = wake {
            self.rows().put(WAKES, &key, &wake);
            self.rows().put(WAKES_DUE, &Key::new().time(due).text(id.as_str()), &(due, id.clone()));
        }
        Ok(())
    }

    fn write_values(&mut self, id: &SubscriptionId, writes: &[StateWrite]) -> Verdict {
        if writes.is_empty() {
            return Ok(());
        }
        let mut bytes = self.view.handler_bytes(id)?;
        for write in writes {
            bytes -= self.remove_value(id, &write.key)?;
            bytes += self.put_value(id, write);
        }
        self.rows().put(HANDLER_SIZES, &one(id.as_str()), &bytes);
        Ok(())
    }

    /// Returns the bytes that became free.
    fn remove_value(&mut self, id: &SubscriptionId, key: &str) -> Result<u64, Deny> {
        let row = one(id.as_str()).text(key);
        let Some(old) = self.rows().get(HANDLER_VALUES, &row)? else { return Ok(0) };
        self.rows().remove(HANDLER_VALUES, &row);
        if let Some(expires) = old.expires {
            self.rows().remove(HANDLER_EXPIRY, &one(id.as_str()).time(expires).text(key));
        }
        Ok((old.key.len() + old.value.len()) as u64)
    }

    /// Returns the bytes that it takes.
    fn put_value(&mut self, id: &SubscriptionId, write: &StateWrite) -> u64 {
        let Some(value) = &write.value else { return 0 };
        let StateWrite { key, expires, .. } = write;
        let row = HandlerValue { key: key.clone(), value: Bytes::from(value.as_slice()), expires: *expires };
        self.rows().put(HANDLER_VALUES, &one(id.as_str()).text(key), &row);
        if let Some(expires) = *expires {
            self.rows().put(HANDLER_EXPIRY, &one(id.as_str()).time(expires).text(key), key);
        }
        (key.len() + value.len()) as u64
    }
}
