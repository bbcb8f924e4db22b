//! A daemon without its listener, on one thread, in a world that is not there.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use accounts::{AdminToken, Keyring};
use deliver::Deliverer;
use egress::{Bounds, Client, Gate, Reach};
use event::{Clock, Draft, EventLimits, Receipt, Refusal, Seq, Timestamp};
use journal::{Journal, OpenError, Options, Stepped, Stepper, Stores};
use pipeline::{Backend, BackendOptions, Parts, Pipeline, PluginPolicy};
use plugins::{Host, HostOptions, Instances, Pace};
use schedule::Zone;
use sources::{Limits, Sources};
use tempfile::TempDir;
use testkit::{ManualClock, SimStore};

use crate::dice::SimRandom;
use crate::machine::Machine;
use crate::network::SimNetwork;
use crate::planted::Planted;

/// What a daemon stands on, and what outlives it.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) store: SimStore,
    pub(crate) network: SimNetwork,
    random: SimRandom,
    instances: Instances,
    pub(crate) planted: Option<Planted>,
    /// Of the keys and the administrator's token.
    pub(crate) folder: TempDir,
}

/// What a life is lived on.
pub(crate) struct Ground {
    pub(crate) store: SimStore,
    pub(crate) instances: Instances,
    /// What is wrong with the world.
    pub(crate) planted: Option<Planted>,
}

impl Ground {
    /// A disk that keeps its promises, and plugins as they are in life.
    pub(crate) fn sound() -> Ground {
        Ground { store: SimStore::new(), instances: Instances::OneForABatch, planted: None }
    }
}

impl World {
    pub(crate) fn new(seed: u64, now: Timestamp, ground: Ground) -> World {
        let Ground { store, instances, planted } = ground;
        let clock = ManualClock::at(now);
        World {
            network: SimNetwork::new(seed, clock.clone(), planted),
            clock,
            store,
            random: SimRandom::new(seed),
            instances,
            planted,
            folder: folder(),
        }
    }

    /// Puts the keys of another world into this one.
    pub(crate) fn take_keys(&self, from: &World) {
        let (from, to) = (from.folder.path().join("keys"), self.folder.path().join("keys"));
        std::fs::create_dir_all(&to).expect("a folder can be made");
        for key in std::fs::read_dir(&from).expect("there are keys") {
            let key = key.expect("the folder can be read");
            std::fs::copy(key.path(), to.join(key.file_name())).expect("a key can be copied");
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// In memory where the system offers that, since nothing in it is to last.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder can be made")
}

pub(crate) struct Daemon {
    machine: Machine,
    pub(crate) pipeline: Pipeline,
    pub(crate) journal: Journal,
    pub(crate) stepper: Stepper,
    /// Where the journal stood before this daemon wrote anything.
    pub(crate) began_at: Seq,
}

/// So much is taken at once, unless chance says otherwise.
pub(crate) const ALL: usize = usize::MAX;

/// Small, so that an hour fills some.
const SEGMENT_BYTES: u64 = 128 << 10;

impl Daemon {
    /// Opens what there is, and starts every stage.
    pub(crate) fn start(world: &World) -> Result<Daemon, OpenError> {
        // Before it starts: what waits to be carried may go out while others still start.
        world.network.begin_life();
        Daemon::brought_up(world).inspect_err(|_| world.network.not_begun())
    }

    fn brought_up(world: &World) -> Result<Daemon, OpenError> {
        let machine = Machine::new();
        let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::default() };
        let (clock, disk) = (Arc::new(world.clock.clone()), Arc::new(world.store.clone()));
        // Log and state on one disk, so that a power cut leaves of both what it may leave of one.
        let stores = Stores::new(disk.clone(), disk);
        let space = world.store.clone();
        // On one thread nobody else could make room while the writer waits for it.
        let make_room = move |_| space.set_capacity(None);
        let (journal, mut stepper) = Journal::open_stepped(options, clock, stores, make_room)?;
        let began_at = journal.head();
        let starting = machine.spawn(Pipeline::start(parts(world, journal.clone())));
        loop {
            machine.rest();
            if starting.is_finished() {
                break;
            }
            // With a full disk nothing can be admitted, and there is no daemon yet.
            if stepper.step(ALL) == Stepped::Ended {
                return Err(OpenError::Io(std::io::Error::other("the journal ended at the start")));
            }
        }
        let pipeline =
            machine.result(starting).map_err(|error| OpenError::Io(std::io::Error::other(error)))?;
        Ok(Daemon { machine, pipeline, journal, stepper, began_at })
    }

    pub(crate) fn service(&self) -> Arc<Backend> {
        self.pipeline.service()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.machine.spawn(task));
    }

    /// Lets every stage go on until all of them wait, if not for so many turns only.
    pub(crate) fn go_on(&self, turns: usize) {
        self.machine.go_on(turns);
    }

    /// Lets everything come to rest, with nothing left for the journal to store.
    pub(crate) fn settle(&mut self) -> Stepped {
        loop {
            self.machine.rest();
            if self.stepper.waiting() == 0 {
                return Stepped::Idle;
            }
            if self.stepper.step(ALL) == Stepped::Ended {
                return Stepped::Ended;
            }
        }
    }

    /// Stores a group at this very moment, before any stage does anything.
    pub(crate) fn store_now(&mut self, draft: Draft) -> Result<Receipt, Refusal> {
        let mut answer = Box::pin(self.journal.submit(draft));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(answer.as_mut().poll(&mut cx).is_pending(), "nothing is stored without a step");
        self.stepper.step(ALL);
        match answer.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(receipt) => receipt,
            std::task::Poll::Pending => panic!("a step answers"),
        }
    }

    /// Stops in order: what is under way ends, and the tail is sealed.
    pub(crate) fn close(self, clock: &ManualClock) {
        let Daemon { machine, pipeline, journal, mut stepper, .. } = self;
        let stopping = machine.spawn(pipeline.stop(std::future::pending()));
        loop {
            machine.rest();
            if stopping.is_finished() {
                break;
            }
            // What is under way outside needs its time.
            if stepper.step(ALL) == Stepped::Idle
                && let Some(next) = clock.sleepers().first()
            {
                clock.advance_to((*next).max(clock.now()));
            }
        }
        let closing = machine.spawn(journal.close());
        while !closing.is_finished() {
            machine.rest();
            stepper.step(ALL);
        }
        machine.rest();
        machine.result(closing).expect("it closes in order");
    }

    /// Breaks off in the middle of whatever is going on.
    pub(crate) fn crash(self) {
        let Daemon { machine, pipeline, journal, stepper, .. } = self;
        // The tasks go first, so that nothing is left to be told.
        drop(machine);
        drop((stepper, pipeline, journal));
    }
}

fn parts(world: &World, journal: Journal) -> Parts {
    let folder = world.folder.path();
    let random = Arc::new(world.random.clone());
    Parts {
        journal,
        clock: Arc::new(world.clock.clone()),
        random: random.clone(),
        host: host(world.instances),
        plugin_folder: plugin_folder().to_owned(),
        plugin_threads: 2,
        bundled: bundled().to_vec(),
        deliverer: Deliverer::over(Arc::new(world.network.clone()), web()),
        sources: desk(),
        gate: gate(),
        admin: AdminToken::open(folder).expect("the folder can be written"),
        keyring: Keyring::open_with(folder, random).expect("the folder can be written"),
        backend: BackendOptions {
            limits: EventLimits::default(),
            zone: Zone::new("UTC").expect("it is a zone"),
            base_url: "http://localhost".to_owned(),
            doors: Vec::new(),
            keys_folder: folder.join("keys"),
            watch: None,
            plugins: PluginPolicy::default(),
        },
    }
}

/// Each call may compute so much: more than any handler of ours needs, and little enough
/// for one that never ends.
const FUEL: u64 = 3_000_000;

/// One host of each kind for all seeds, so that plugins are compiled once.
fn host(instances: Instances) -> Host {
    static WARM: OnceLock<Host> = OnceLock::new();
    static FRESH: OnceLock<Host> = OnceLock::new();
    let kept = match instances {
        Instances::OneForABatch => &WARM,
        Instances::OneForACall => &FRESH,
    };
    let make = || {
        let cache_dir = Some(plugin_folder().with_extension("compiled"));
        let options = HostOptions { pace: Pace::Fuel(FUEL), instances, cache_dir, ..HostOptions::default() };
        Host::new(options).expect("the engine starts")
    };
    kept.get_or_init(make).clone()
}

/// Of all seeds: what lies in it is the same for each, and goes by its content.
fn plugin_folder() -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("simulate-plugins"))
}

/// The handlers that a life subscribes to, and two that misbehave.
fn bundled() -> &'static [&'static [u8]] {
    static BUNDLED: OnceLock<Vec<&'static [u8]>> = OnceLock::new();
    BUNDLED.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
        let ours = ["absence", "change", "count", "match", "threshold"].map(|name| {
            let path = target.join("plugins").join(name).with_extension("wasm");
            let bytes = std::fs::read(&path);
            bytes.unwrap_or_else(|error| {
                panic!("{}: {error}: run `cargo xtask plugins` first", path.display())
            })
        });
        let guests = ["wayward", "hostile"].map(|name| testkit::guest(name).to_vec());
        ours.into_iter().chain(guests).map(|bytes| &*Vec::leak(bytes)).collect()
    })
}

/// Judges addresses; nothing is ever sent by it.
fn web() -> Client {
    static WEB: OnceLock<Client> = OnceLock::new();
    WEB.get_or_init(|| Client::new(&outside()).expect("the options can work")).clone()
}

/// Asked by nobody.
fn desk() -> Sources {
    static DESK: OnceLock<Sources> = OnceLock::new();
    let limits = Limits { time: Duration::from_secs(1), rows: 1, bytes: 1 };
    let options = || sources::Options { egress: outside(), limits, sqlite_folders: Vec::new() };
    DESK.get_or_init(|| Sources::new(options()).expect("the options can work")).clone()
}

/// For plugins that are granted something, which none of these is.
fn gate() -> Gate {
    static GATE: OnceLock<Gate> = OnceLock::new();
    GATE.get_or_init(|| Gate::new(&outside(), Bounds::default()).expect("the options can work")).clone()
}

fn outside() -> egress::Options {
    egress::Options {
        timeout: Duration::from_secs(1),
        user_agent: "simulation".to_owned(),
        reach: Reach::Anywhere,
        ca_file: None,
    }
}
