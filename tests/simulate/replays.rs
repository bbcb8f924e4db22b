//! The end of a life: what handlers stumbled over is mended, and the calls that were set
//! aside are made again, while the daemon breaks off.

use event::{FailureOf, ReplayState, Seq, SubscriptionStatus};
use journal::{FailureQuery, FailureRow, FailuresOf, StateError};
use serde_json::json;

use crate::daemon::Daemon;
use crate::life::Life;
use crate::script::{Ask, Crash, PEOPLE};

/// The handler that fails when it is told to, until it is mended.
const PLUGIN: &str = "wayward";
/// How often the daemon breaks off before all of it is left to go its way.
const CRASHES: u64 = 2;

impl Life {
    /// Answers what was not made again in the end.
    ///
    /// # Errors
    /// What went wrong that must not.
    pub(crate) fn replay_all(&mut self) -> Result<Vec<String>, String> {
        if self.open()?.is_empty() {
            return Ok(Vec::new());
        }
        self.mend()?;
        for crashes in 0..=CRASHES {
            let open = self.open()?;
            for failure in open {
                self.tally("replays asked for", 1);
                self.ask(Ask::Replay { plugin: PLUGIN, failure });
            }
            if crashes < CRASHES {
                self.break_off()?;
            }
        }
        self.come_to_rest()?;
        let left = self.rows()?.into_iter().filter(|row| !matches!(row.replay, Some(ReplayState::Done(_))));
        Ok(left.map(|row| format!("failure {} was not replayed: {:?}", row.seq, row.replay)).collect())
    }

    /// Lets everybody's handler do what it is told from now on.
    fn mend(&mut self) -> Result<(), String> {
        let Ok(daemon) = &self.daemon else { return Err("it is down".to_owned()) };
        let view = daemon.journal.view().map_err(|error| error.to_string())?;
        let all = view.subscriptions().map_err(|error| error.to_string())?;
        for subscription in all.iter().filter(|known| known.handler.as_str() == PLUGIN) {
            let Some(person) = PEOPLE.into_iter().find(|person| *person == subscription.owner.as_str())
            else {
                continue;
            };
            let (name, config) = (subscription.name.to_string(), json!({"mended": true}));
            self.ask(Ask::Edit { person, name, config });
        }
        self.settle()
    }

    fn break_off(&mut self) -> Result<(), String> {
        let crash = Crash {
            power_cut: self.dice.percent(50),
            turns: self.dice.below(60) as usize,
            in_step: self.dice.percent(50),
            away_s: 1,
        };
        self.crash(crash)?;
        match self.daemon {
            Err(up_at) => self.go_to(up_at),
            Ok(_) => Ok(()),
        }
    }

    fn ask(&self, ask: Ask) {
        if let Ok(daemon) = &self.daemon {
            self.clients.ask(daemon, ask);
        }
    }

    /// What nobody has asked for yet, the oldest first.
    fn open(&self) -> Result<Vec<Seq>, String> {
        let rows = self.rows()?;
        Ok(rows.iter().rev().filter(|row| row.replay.is_none()).map(|row| row.seq).collect())
    }

    /// Calls that were set aside and can be made again.
    fn rows(&self) -> Result<Vec<FailureRow>, String> {
        match &self.daemon {
            Ok(daemon) => rows(daemon).map_err(|error| error.to_string()),
            Err(_) => Err("it is down".to_owned()),
        }
    }
}

fn rows(daemon: &Daemon) -> Result<Vec<FailureRow>, StateError> {
    let view = daemon.journal.view()?;
    let of = FailuresOf::Anything;
    let mut rows = view.failures(&FailureQuery { of, before: None, limit: usize::MAX })?;
    let subscriptions = view.subscriptions()?;
    rows.retain(|row| {
        let FailureOf::Subscription(id) = &row.failure.of else { return false };
        let active = subscriptions.iter().filter(|known| known.status == SubscriptionStatus::Active);
        row.failure.plugin.as_str() == PLUGIN && active.into_iter().any(|known| known.id == *id)
    });
    Ok(rows)
}
