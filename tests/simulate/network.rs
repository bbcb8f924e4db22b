//! The network of a simulation: mail servers and receivers of webhooks that fail as they
//! are told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deliver::{Carrying, Network};
use event::{Address, AttemptResult, Clock, Digest, DigestId, Name, Timestamp};
use testkit::{Dice, ManualClock};

use crate::dice::dice;
use crate::planted::Planted;

/// How long whoever gets no answer waits for one, in seconds.
const TIMEOUT_S: i64 = 20;

/// How things go outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weather {
    #[default]
    Fair,
    /// Some attempts are refused, get no answer or a late one, or their answer is lost.
    Foul,
    /// Every attempt is refused.
    Down,
}

/// One try, as the receiver's side knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) digest: DigestId,
    pub(crate) person: Name,
    pub(crate) address: Name,
    pub(crate) at: Timestamp,
    /// In which life of the daemon, counted from 0.
    pub(crate) life: usize,
    /// Of all that was sent.
    pub(crate) hash: u64,
    pub(crate) fate: Fate,
    /// It has arrived.
    pub(crate) accepted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    Refused,
    /// It never arrives, and nobody says so.
    Vanished,
    /// It arrives after a while.
    Slow {
        seconds: i64,
    },
    /// It arrives, and nobody says so.
    AnswerLost,
}

/// Clones are one network. It outlives every crash.
#[derive(Clone)]
pub(crate) struct SimNetwork {
    clock: ManualClock,
    state: Arc<Mutex<State>>,
}

struct State {
    dice: Dice,
    weather: Weather,
    calls: Vec<Call>,
    /// How often the daemon was started.
    lives: usize,
    planted: Option<Planted>,
}

impl SimNetwork {
    pub(crate) fn new(seed: u64, clock: ManualClock, planted: Option<Planted>) -> SimNetwork {
        let (dice, weather) = (dice(seed, "network"), Weather::Fair);
        let state = State { dice, weather, calls: Vec::new(), lives: 0, planted };
        SimNetwork { clock, state: Arc::new(Mutex::new(state)) }
    }

    /// The daemon is being started.
    pub(crate) fn begin_life(&self) {
        self.state().lives += 1;
    }

    /// It did not start.
    pub(crate) fn not_begun(&self) {
        self.state().lives -= 1;
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Decides what becomes of a try that begins now; answers its number too.
    fn begin(&self, digest: &Digest, address: &Address, at: Timestamp) -> (usize, Fate) {
        let mut state = self.state();
        let fate = match (state.weather, state.dice.below(10)) {
            (Weather::Fair, _) | (Weather::Foul, 0..3) => Fate::Answered,
            (Weather::Down, _) | (Weather::Foul, 3..5) => Fate::Refused,
            (Weather::Foul, 5..6) => Fate::Vanished,
            (Weather::Foul, 6..8) => Fate::Slow { seconds: state.dice.within(1..=15) },
            (Weather::Foul, _) => Fate::AnswerLost,
        };
        let sent = serde_json::to_vec(&digest.forms).expect("forms are JSON");
        let call = Call {
            digest: digest.id.clone(),
            person: address.person.clone(),
            address: address.name.clone(),
            at,
            life: state.lives.saturating_sub(1),
            hash: xxhash_rust::xxh3::xxh3_64(&sent),
            fate,
            accepted: matches!(fate, Fate::Answered | Fate::AnswerLost),
        };
        let planted = state.planted;
        state.calls.extend(planted.and_then(|planted| planted.beside(&call)));
        state.calls.push(Call { accepted: call.accepted && planted != Some(Planted::Swallows), ..call });
        (state.calls.len() - 1, fate)
    }

    async fn sleep(&self, seconds: i64) {
        self.clock.sleep_until(self.clock.now().plus_s(seconds)).await;
    }

    async fn end(&self, number: usize, fate: Fate) -> AttemptResult {
        match fate {
            Fate::Answered => AttemptResult::Delivered { reference: None },
            Fate::Refused => AttemptResult::transient("not now"),
            Fate::Vanished | Fate::AnswerLost => {
                self.sleep(TIMEOUT_S).await;
                AttemptResult::transient("no answer")
            }
            Fate::Slow { seconds } => {
                self.sleep(seconds).await;
                self.state().calls[number].accepted = true;
                AttemptResult::Delivered { reference: None }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network for SimNetwork {
    fn carry<'a>(&'a self, digest: &'a Digest, address: &'a Address, now: Timestamp) -> Carrying<'a> {
        Box::pin(async move {
            let (number, fate) = self.begin(digest, address, now);
            self.end(number, fate).await
        })
    }
}
