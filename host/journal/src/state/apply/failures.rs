//! Calls that were given up, and those of them that are made again.

use event::{Failure, FailureOf, ReplayState, Seq, SubscriptionId};

use super::{Deny, Turn, Verdict, missing};
use crate::state::key::Key;
use crate::state::rows::Span;
use crate::state::tables::{FAILURE_LISTS, FAILURES, FailureRow};

impl Turn<'_> {
    pub(super) fn set_aside(&mut self, failure: &Failure, upto: Option<Seq>) -> Verdict {
        if let (FailureOf::Subscription(id), Some(_)) = (&failure.of, upto) {
            self.need_subscription(id)?;
            self.advance(id, upto)?;
        }
        let seq = self.seq;
        if let Some(before) = failure.replay_of {
            if let FailureOf::Door(_) = failure.of {
                self.need_open(before)?;
            }
            self.end_replay(before, ReplayState::Failed(seq))?;
        }
        let row = FailureRow { seq, received: self.received, failure: failure.clone(), replay: None };
        self.rows().put(FAILURES, &Key::new().seq(seq), &row);
        for (kind, of) in row.lists() {
            self.rows().put(FAILURE_LISTS, &Key::new().text(kind).text(of).seq(seq), &seq);
        }
        Ok(())
    }

    /// A call is made again once at most, unless its subscription passed by without making it.
    pub(super) fn replay(&mut self, failure: Seq, id: &SubscriptionId) -> Verdict {
        self.need_subscription(id)?;
        let mut row = self.need_open(failure)?;
        if row.failure.of != FailureOf::Subscription(id.clone()) {
            return Err(Deny::Conflict(format!("failure {failure} is not of subscription `{id}`")));
        }
        if self.view.waits(&row)? {
            return Err(Deny::Conflict(format!("failure {failure} waits for its replay already")));
        }
        row.replay = Some(ReplayState::Waiting(self.seq));
        self.rows().put(FAILURES, &Key::new().seq(failure), &row);
        Ok(())
    }

    /// A door reads what it is given at once, so nothing waits for it.
    pub(super) fn replayed(&mut self, failure: Seq) -> Verdict {
        let row = self.need_open(failure)?;
        if let FailureOf::Subscription(_) = row.failure.of {
            return Err(Deny::Conflict(format!("failure {failure} is of no door")));
        }
        self.end_replay(failure, ReplayState::Done(self.seq))
    }

    /// Notes how a replay went. Whether it counts is decided elsewhere: of a subscription
    /// by where that stands.
    pub(super) fn end_replay(&mut self, failure: Seq, how: ReplayState) -> Verdict {
        if let Some(mut row) = self.view.failure(failure)? {
            row.replay = Some(how);
            self.rows().put(FAILURES, &Key::new().seq(failure), &row);
        }
        Ok(())
    }

    /// Failures hold what the handler was called with.
    pub(super) fn forget_failures(&mut self, id: &SubscriptionId) -> Verdict {
        let list = Key::new().text("subscription").text(id.as_str());
        for seq in self.rows().take(FAILURE_LISTS, Span::of(&list))? {
            let row = self.rows().expect(FAILURES, &Key::new().seq(seq))?;
            self.rows()
                .remove(FAILURE_LISTS, &Key::new().text("plugin").text(row.failure.plugin.as_str()).seq(seq));
            self.rows().remove(FAILURES, &Key::new().seq(seq));
        }
        Ok(())
    }

    /// A failure that no replay has ended yet.
    fn need_open(&mut self, failure: Seq) -> Result<FailureRow, Deny> {
        let row = self.view.failure(failure)?.ok_or_else(|| missing(format!("failure {failure}")))?;
        match row.replay {
            Some(ReplayState::Done(_)) => {
                Err(Deny::Conflict(format!("failure {failure} was replayed already")))
            }
            Some(ReplayState::Failed(again)) => Err(Deny::Conflict(format!(
                "failure {failure} was replayed already, and failed again as {again}: replay that one"
            ))),
            Some(ReplayState::Waiting(_)) | None => Ok(row),
        }
    }
}
