//! One life: a script, played to a daemon in a world that fails it.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use event::{Draft, Recorded, Seq, Timestamp};
use journal::{OpenError, Stepped};
use testkit::Dice;
use testkit::oracle::{Acked, Owed, Rows};

use crate::clients::Clients;
use crate::daemon::{ALL, Daemon, Ground, World};
use crate::dice::dice;
use crate::effects::effects;
use crate::network::{Call, Weather};
use crate::oracle::owed;
use crate::script::{Action, BEGIN, Crash, script};

/// How long nothing may happen after the last fault before a life is looked back on, in
/// seconds: longer than any silence that is watched for, and than any wait of a style.
const QUIET_S: i64 = 15 * 60;
/// A state that was not made durable for so long is.
const CHECKPOINT_MS: i64 = 1000;
/// After a start that failed, in seconds.
const START_AGAIN_S: i64 = 10;
/// Moments until everything must have come to rest after the last fault.
const MOMENTS_MAX: usize = 20_000;

/// What is left of a life.
pub(crate) struct Past {
    pub(crate) records: Vec<Recorded>,
    pub(crate) calls: Vec<Call>,
    pub(crate) acknowledged: Vec<Acked>,
    pub(crate) effects: Rows,
    pub(crate) owed: Vec<Owed>,
    /// Where the journal stood at each start.
    pub(crate) starts: Vec<Seq>,
    /// Calls that were set aside, and should have been made again.
    pub(crate) unreplayed: Vec<String>,
    pub(crate) tallies: Tallies,
    pub(crate) end: Timestamp,
    pub(crate) world: World,
}

/// How often what happened.
pub(crate) type Tallies = BTreeMap<&'static str, u64>;

pub(crate) struct Life {
    pub(crate) world: World,
    /// None while it is down, which lasts until then.
    pub(crate) daemon: Result<Box<Daemon>, Timestamp>,
    pub(crate) clients: Clients,
    acknowledged: Vec<Acked>,
    starts: Vec<Seq>,
    pub(crate) dice: Dice,
    /// What is free on the disk while that is little.
    room: Option<u64>,
    /// A sync is going to fail.
    sync_fails: bool,
    checkpointed: Timestamp,
    tallies: Tallies,
}

/// Plays the life of a seed.
///
/// # Errors
/// What went wrong that must not.
pub(crate) fn live(seed: u64, ground: Ground) -> Result<Past, String> {
    let mut life = Life {
        world: World::new(seed, BEGIN, ground),
        daemon: Err(BEGIN),
        clients: Clients::default(),
        acknowledged: Vec::new(),
        starts: Vec::new(),
        dice: dice(seed, "life"),
        room: None,
        sync_fails: false,
        checkpointed: BEGIN,
        tallies: Tallies::new(),
    };
    for (at, action) in script(seed) {
        life.until(at)?;
        life.act(action)?;
    }
    life.end_faults()?;
    life.come_to_rest()?;
    let unreplayed = life.replay_all()?;
    life.look_back(unreplayed)
}

impl Life {
    fn act(&mut self, action: Action) -> Result<(), String> {
        let now = self.world.now();
        match action {
            Action::Send(events) => self.clients.want(events, now),
            Action::SendAgain(number) => self.clients.want_again(number, now),
            // Nobody answers while it is down, and nobody asks again.
            Action::Ask(ask) => {
                if let Ok(daemon) = &self.daemon {
                    self.clients.ask(daemon, ask);
                }
            }
            Action::Weather(weather) => self.world.network.set_weather(weather),
            Action::Room(room) => {
                self.tally("full disks", u64::from(room.is_some()));
                self.set_room(room);
            }
            Action::FailSync { after, lasting } => {
                self.sync_fails = true;
                self.world.store.fail_sync(after, ErrorKind::Other, lasting)
            }
            Action::Jump { seconds } => {
                self.tally("clock jumps", 1);
                self.world.clock.advance_to(now.plus_s(seconds));
            }
            Action::Crash(crash) => self.crash(crash)?,
            Action::Restart { away_s } => self.restart(away_s)?,
        }
        self.send();
        Ok(())
    }

    fn send(&mut self) {
        if let Ok(daemon) = &self.daemon {
            self.clients.send(daemon, self.world.now());
        }
    }

    /// Lets time pass up to `end`, with all that falls due on the way.
    fn until(&mut self, end: Timestamp) -> Result<(), String> {
        loop {
            self.settle()?;
            match self.next().filter(|next| *next <= end) {
                Some(next) => self.go_to(next)?,
                None => break,
            }
        }
        if end > self.world.now() {
            self.world.clock.advance_to(end);
        }
        Ok(())
    }

    pub(crate) fn go_to(&mut self, moment: Timestamp) -> Result<(), String> {
        let moment = moment.max(self.world.now());
        self.world.clock.advance_to(moment);
        if self.daemon.as_ref().is_err_and(|up_at| *up_at <= moment) {
            self.start()?;
        }
        self.send();
        Ok(())
    }

    /// The next moment at which anybody has something to do.
    fn next(&self) -> Option<Timestamp> {
        match &self.daemon {
            Ok(_) => {
                self.clients.next().into_iter().chain(self.world.clock.sleepers().first().copied()).min()
            }
            Err(up_at) => Some(*up_at),
        }
    }

    /// Lets everything come to rest at this moment, in batches as chance has it.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        loop {
            let Ok(daemon) = &mut self.daemon else { return Ok(()) };
            daemon.go_on(usize::MAX);
            self.hear()?;
            let Ok(daemon) = &mut self.daemon else { return Ok(()) };
            let waits = daemon.stepper.waiting() > 0;
            let now = self.world.now();
            if !waits && now.since(self.checkpointed).abs() < CHECKPOINT_MS {
                return Ok(());
            }
            let most = if self.dice.percent(20) { 1 + self.dice.below(3) as usize } else { ALL };
            let head = daemon.journal.head();
            let stepped = daemon.stepper.step(most);
            if let Some(planted) = self.world.planted {
                let stored = daemon.journal.read(head, ALL).map_err(|error| error.to_string())?;
                for record in planted.written_behind(daemon, &stored) {
                    // Refused when somebody was faster.
                    let _ = daemon.store_now(Draft::from(record));
                }
            }
            self.checkpointed = now;
            match stepped {
                Stepped::Ended => return self.die(),
                Stepped::Worked => {}
                Stepped::Idle => return Ok(()),
            }
        }
    }

    fn hear(&mut self) -> Result<(), String> {
        let heard = self.clients.hear(self.world.now())?;
        self.acknowledged.extend(heard);
        Ok(())
    }

    fn start(&mut self) -> Result<(), String> {
        match Daemon::start(&self.world) {
            Ok(daemon) => {
                self.starts.push(daemon.began_at);
                self.daemon = Ok(Box::new(daemon));
            }
            // What stands on the disk is never to blame for want of room, or for a sync.
            Err(error) if matches!(error, OpenError::Damaged(_)) || !self.is_faulty() => {
                return Err(format!("it does not start: {error}"));
            }
            Err(_) => {
                self.tally("failed starts", 1);
                self.mend_syncs();
                self.daemon = Err(self.world.now().plus_s(START_AGAIN_S));
            }
        }
        Ok(())
    }

    /// The journal has ended by itself, and the process with it.
    fn die(&mut self) -> Result<(), String> {
        self.tally("failed syncs", 1);
        let power_cut = self.dice.percent(50);
        self.mend_syncs();
        self.crash(Crash { power_cut, turns: usize::MAX, in_step: false, away_s: 1 })
    }

    pub(crate) fn crash(&mut self, crash: Crash) -> Result<(), String> {
        let Ok(daemon) = &mut self.daemon else { return Ok(()) };
        daemon.go_on(crash.turns);
        // What had left it by now, its senders know.
        self.hear()?;
        let Ok(daemon) = &mut self.daemon else { return Ok(()) };
        let before = self.world.store.operations();
        if crash.in_step {
            daemon.stepper.step(ALL);
        }
        let up_at = self.world.now().plus_s(crash.away_s);
        if let Ok(daemon) = std::mem::replace(&mut self.daemon, Err(up_at)) {
            daemon.crash();
        }
        if crash.power_cut {
            self.tally("power cuts", 1);
            let after = self.world.store.operations();
            let cut = before + self.dice.below((after - before + 1) as u64) as usize;
            self.world.store = self.world.store.crash(cut, self.dice.throw());
            self.set_room(self.room);
        } else {
            self.tally("kills", 1);
        }
        self.clients.broken_off(self.world.now());
        Ok(())
    }

    fn restart(&mut self, away_s: i64) -> Result<(), String> {
        let up_at = self.world.now().plus_s(away_s);
        if let Ok(daemon) = std::mem::replace(&mut self.daemon, Err(up_at)) {
            self.tally("restarts", 1);
            daemon.close(&self.world.clock);
        }
        self.hear()?;
        self.clients.broken_off(self.world.now());
        Ok(())
    }

    fn is_faulty(&self) -> bool {
        self.sync_fails || self.room.is_some()
    }

    fn mend_syncs(&mut self) {
        self.sync_fails = false;
        self.world.store.fail_sync(u64::MAX, ErrorKind::Other, false);
    }

    fn set_room(&mut self, room: Option<u64>) {
        self.room = room;
        self.world.store.set_capacity(room.map(|room| self.world.store.used_bytes() + room));
    }

    fn end_faults(&mut self) -> Result<(), String> {
        self.set_room(None);
        self.mend_syncs();
        self.world.network.set_weather(Weather::Fair);
        if let Err(up_at) = self.daemon {
            self.go_to(up_at)?;
        }
        // What is under way outside ends within this time.
        let now = self.world.now();
        self.until(now.plus_s(60))
    }

    /// Goes from moment to moment until nothing is left to be done.
    pub(crate) fn come_to_rest(&mut self) -> Result<(), String> {
        let quiet = self.world.now().plus_s(QUIET_S);
        for _ in 0..MOMENTS_MAX {
            self.settle()?;
            let Ok(daemon) = &self.daemon else {
                self.go_to(self.world.now())?;
                continue;
            };
            let now = self.world.now();
            if now >= quiet && self.clients.are_done() && is_at_rest(daemon)? {
                return Ok(());
            }
            let next = daemon.pipeline.next_due().into_iter().chain(self.clients.next());
            let next = next.min().map_or(quiet, |next| if now < quiet { next.min(quiet) } else { next });
            self.go_to(next.max(now.plus_ms(1)))?;
        }
        Err("it does not come to rest".to_owned())
    }

    fn look_back(mut self, unreplayed: Vec<String>) -> Result<Past, String> {
        self.hear()?;
        let daemon = self.daemon.map_err(|_| "it is down at the end".to_owned())?;
        let end = self.world.now();
        let records = daemon.journal.read(Seq(0), usize::MAX).map_err(|error| error.to_string())?;
        let effects = effects(&daemon.journal, &records, end)?;
        let owed = owed(&daemon.journal, &records).map_err(|error| error.to_string())?;
        daemon.crash();
        let (calls, mut tallies) = (self.world.network.calls(), self.tallies);
        tallies.insert("simulated minutes", (end.since(BEGIN) / 60_000).unsigned_abs());
        tallies.insert("records", records.len() as u64);
        tallies.insert("acknowledged events", self.acknowledged.len() as u64);
        tallies.insert("attempts outside", calls.len() as u64);
        Ok(Past {
            records,
            calls,
            acknowledged: self.acknowledged,
            effects,
            owed,
            starts: self.starts,
            unreplayed,
            tallies,
            end,
            world: self.world,
        })
    }

    pub(crate) fn tally(&mut self, what: &'static str, times: u64) {
        *self.tallies.entry(what).or_default() += times;
    }
}

/// Nothing waits to be planned, sealed or carried.
fn is_at_rest(daemon: &Daemon) -> Result<bool, String> {
    let view = daemon.journal.view().map_err(|error| error.to_string())?;
    let (pending, bucket, outbox) = (view.pending(1), view.next_bucket_due(), view.outbox_len());
    let failed = |error: journal::StateError| error.to_string();
    Ok(pending.map_err(failed)?.is_empty()
        && bucket.map_err(failed)?.is_none()
        && outbox.map_err(failed)? == 0)
}
