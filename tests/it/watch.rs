//! The daemon's watch over itself, seen from outside: by a dead man's switch that raises an
//! alarm when nothing comes, and by whoever asks for its health.

use std::sync::Arc;
use std::time::Duration;

use event::{Clock, Record, SubscriptionStatus, Timestamp, Watch};
use testkit::{Gate, Hang, HttpSink, Receive};
use tokio::time::timeout;

use crate::metrics::page;
use crate::world::World;

const START: Timestamp = Timestamp(1_795_000_000_000);
const MINUTE_MS: i64 = 60_000;
/// As `docs/operations.md` advises: a period of one minute, and two of grace.
const PATIENCE_MS: i64 = 3 * MINUTE_MS;
/// The health is looked at so often.
const LOOK_MS: i64 = 5_000;
const OTHERS_TAKE: Duration = Duration::from_millis(50);

/// A plugin that does not end is not ended in a test's time, and there is room for one call.
const PATIENT: [(&str, &str); 2] = [("TELLIFY_PLUGINS_CPU_MS", "60000"), ("TELLIFY_PLUGINS_THREADS", "1")];

/// The switch, and when it was reset last.
struct Outside {
    sink: HttpSink,
    heard: usize,
    last: Timestamp,
    /// What the daemon's disk does.
    hang: Arc<Hang>,
}

impl Outside {
    async fn watching() -> (World, Outside) {
        let sink = HttpSink::start(None).await.unwrap();
        let world = World::start_with(START, &[("TELLIFY_WATCH_URL", &sink.url())]).await;
        world.daemon.pipeline.settled().await;
        (world, Outside { sink, heard: 0, last: START, hang: Arc::default() })
    }

    /// The same, over a daemon in which things can be made to hang.
    async fn watching_closely() -> (World, Outside) {
        let sink = HttpSink::start(None).await.unwrap();
        let (url, hang) = (sink.url(), Arc::default());
        let variables = [&[("TELLIFY_WATCH_URL", url.as_str())], &PATIENT[..]].concat();
        let world = World::start_hanging(START, &variables, &hang).await;
        world.daemon.pipeline.settled().await;
        (world, Outside { sink, heard: 0, last: START, hang })
    }

    /// Takes what came, and says whether it is an alarm by now. What was refused was no sign.
    fn is_alarmed(&mut self, now: Timestamp, refused: usize) -> bool {
        let heard = self.sink.posts().len().saturating_sub(refused);
        if heard > self.heard {
            (self.heard, self.last) = (heard, now);
        }
        now.since(self.last) >= PATIENCE_MS
    }
}

/// How many hours the watch is watched, in virtual time.
fn hours() -> i64 {
    std::env::var("TELLIFY_WATCH_HOURS").ok().and_then(|hours| hours.parse().ok()).unwrap_or(24)
}

#[tokio::test(flavor = "multi_thread")]
async fn day_and_night_there_is_no_false_alarm_and_nobody_is_bothered() {
    let (world, mut outside) = Outside::watching().await;
    assert_eq!(outside.sink.posts().len(), 1, "the first comes at once");
    for minute in 1..=hours() * 60 {
        let now = START.plus_ms(minute * MINUTE_MS);
        world.until(now).await;
        assert!(!outside.is_alarmed(now, 0), "a false alarm after {minute} minutes");
        assert_eq!(outside.heard as i64, minute + 1);
    }
    println!("virtual hours {}, events {}, false alarms 0", hours(), outside.heard);

    for line in [
        "tellify event list",
        "tellify user list",
        // Nor is anything left of what is over.
        "tellify alert list --user tellify-watch --state all",
        "tellify inbox list --user tellify-watch",
    ] {
        assert_eq!(world.ok(&format!("{line} --all -o ndjson")).await, "", "{line}");
    }
    assert_eq!(world.run("tellify user add tellify-watch").await.status.code(), Some(1));
    let view = world.daemon.journal.view().unwrap();
    let queues = view.queues().unwrap();
    assert_eq!((queues.pending, queues.buckets, queues.outbox), (0, 0, 0));
    drop(view);
    let page = page(&world).await;
    for line in [
        format!(r#"tellify_events_total{{way="watch"}} {}"#, outside.heard),
        format!(r#"tellify_watch_pings_total{{outcome="delivered"}} {}"#, outside.heard),
        "tellify_watch_ping_age_seconds 0".to_owned(),
        "tellify_stuck 0".to_owned(),
    ] {
        assert!(page.lines().any(|found| found == line), "`{line}` is not in\n{page}");
    }
    assert!(!page.contains("tellify_attempts_total{"), "{page}");
    world.stop().await;
}

/// A way to make the daemon blind.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stall {
    /// This stage hangs.
    Stage(&'static str),
    /// A plugin does not end, and no other call finds room.
    Plugin,
    /// Its subscription was switched off, as happens when its plugin refuses its configuration.
    Disabled,
    /// The disk does not take what the journal writes.
    Writer,
    /// Nor what becomes of it when it is sealed.
    Sealer,
    /// New events find no room.
    Space,
    /// The journal takes nothing any more.
    Journal,
    /// Nobody listens where the ping goes to.
    Nowhere,
    /// Nobody knows where that is.
    NoName,
    /// Its receiver refuses it.
    Refused,
    /// Its receiver takes it, and says nothing.
    Silent,
    /// The clock is set back by an hour.
    Clock,
}

const STALLS: [Stall; 15] = [
    Stall::Stage("dispatch"),
    Stall::Stage("tell"),
    Stall::Stage("carry"),
    Stall::Stage("watch"),
    Stall::Plugin,
    Stall::Disabled,
    Stall::Writer,
    Stall::Sealer,
    Stall::Space,
    Stall::Journal,
    Stall::Nowhere,
    Stall::NoName,
    Stall::Refused,
    Stall::Silent,
    Stall::Clock,
];

impl Stall {
    /// While this lasts, not everything comes to rest; the others are given so long, of the
    /// machine's time, or virtual time would pass before they have done anything in it.
    fn others_take(self) -> Option<Duration> {
        matches!(self, Stall::Plugin | Stall::Writer | Stall::Silent).then_some(OTHERS_TAKE)
    }
}

async fn stall(world: &mut World, outside: &Outside, how: Stall) {
    let watch_at =
        |world: &mut World, url: &str| world.reload(&[&[("TELLIFY_WATCH_URL", url)], &PATIENT[..]].concat());
    match how {
        Stall::Stage(stage) => world.daemon.pipeline.hold(Some(stage)),
        Stall::Plugin => spin(world).await,
        Stall::Disabled => {
            let known = world.daemon.journal.view().unwrap().subscriptions_of(&Watch::person()).unwrap();
            let status = SubscriptionStatus::Disabled("its configuration cannot work".to_owned());
            let record = Record::SubscriptionStatus { id: known[0].id.clone(), status };
            world.daemon.journal.submit(record.into()).await.unwrap();
        }
        Stall::Writer => {
            outside.hang.hold(Some("tail"));
            // The next event of the daemon's own is written when time goes on.
            world.clock.advance_ms(MINUTE_MS);
            until_held(outside).await;
        }
        Stall::Sealer => {
            outside.hang.hold(Some("segment"));
            let journal = world.daemon.journal.clone();
            tokio::spawn(async move { journal.seal().await });
            until_held(outside).await;
        }
        Stall::Space => world.daemon.journal.set_keep_free(u64::MAX),
        Stall::Journal => world.daemon.journal.clone().close().await.unwrap(),
        Stall::Nowhere => {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            watch_at(world, &format!("http://127.0.0.1:{port}/"));
        }
        Stall::NoName => watch_at(world, "http://tellify-watch.invalid/"),
        Stall::Refused => {
            (0..10).for_each(|_| outside.sink.script(Receive::Reply(500, Vec::new(), String::new())));
        }
        Stall::Silent => {
            (0..10).for_each(|_| outside.sink.script(Receive::WaitAt(Gate::closed())));
            // The next one is on its way when time goes on.
            let heard = outside.sink.posts().len();
            world.clock.advance_ms(MINUTE_MS);
            outside.sink.received(heard + 1).await;
        }
        Stall::Clock => {
            let now = world.clock.now();
            world.clock.advance_to(now.plus_ms(-60 * MINUTE_MS));
        }
    }
}

/// Somebody's handler begins something that it never ends.
async fn spin(world: &World) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wayward.wasm");
    std::fs::write(&path, testkit::guest("wayward")).unwrap();
    world.ok(&format!("tellify plugin install {}", path.display())).await;
    world.ok("tellify user add alice").await;
    world.ok("tellify subscription add --user alice --name w --handler wayward --filter type:order").await;
    world.daemon.pipeline.settled().await;
    world.ok(r#"tellify event send --json '{"type":"order","do":"spin"}'"#).await;
    while !page(world).await.lines().any(|line| line == r#"tellify_pool_used{pool="calls"} 1"#) {}
}

async fn until_held(outside: &Outside) {
    let hang = outside.hang.clone();
    tokio::task::spawn_blocking(move || hang.until_held()).await.unwrap();
}

/// Lets virtual time go by in small steps until somebody notices, and says who, and after how long.
async fn noticed(world: &World, outside: &mut Outside, how: Stall) -> (String, i64) {
    let (begun, before) = (world.clock.now(), outside.heard);
    // Whoever watches outside has a clock of their own.
    let set_back = if how == Stall::Clock { 60 * MINUTE_MS } else { 0 };
    for step in 1.. {
        let now = begun.plus_ms(step * LOOK_MS);
        world.clock.advance_to(now);
        match how.others_take() {
            // Most often it ends when they have long done what there was to do.
            Some(others_take) => drop(timeout(others_take, world.daemon.pipeline.settled()).await),
            None => world.daemon.pipeline.settled().await,
        }
        if how.others_take().is_some() || matches!(how, Stall::Stage(_) | Stall::Sealer) {
            // The health has been looked at when the next look is waited for.
            world.clock.until_sleeping_at(now.plus_ms(LOOK_MS)).await;
        }
        if let Some(trouble) = world.daemon.pipeline.trouble() {
            return (trouble, now.since(begun));
        }
        let refused = match how {
            Stall::Refused | Stall::Silent => outside.sink.posts().len() - before,
            _ => 0,
        };
        if outside.is_alarmed(now.plus_ms(set_back), refused) {
            return ("no ping".to_owned(), now.since(begun));
        }
        assert!(now.since(begun) < 2 * PATIENCE_MS, "{how:?}: nobody notices");
    }
    unreachable!("it ends before numbers do")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_be_blind_is_noticed_within_three_minutes() {
    for how in STALLS {
        let (mut world, mut outside) = Outside::watching_closely().await;
        for minute in 1..=3 {
            world.until(START.plus_ms(minute * MINUTE_MS)).await;
            assert!(!outside.is_alarmed(world.clock.now(), 0), "{how:?}");
        }
        stall(&mut world, &outside, how).await;
        let (who, after_ms) = noticed(&world, &mut outside, how).await;
        println!("{how:?}: noticed after {} s: {who}", after_ms / 1000);
        assert!(after_ms <= PATIENCE_MS, "{how:?}: {who} after {after_ms} ms");
        if how == Stall::Sealer {
            assert!(who.contains("journal-sealer"), "nothing else stands still: {who}");
        }
        // What hangs would not end with the daemon either.
        outside.hang.hold(None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_what_stood_still_goes_on_the_ping_is_back_and_tells_nothing_old() {
    let (world, outside) = Outside::watching().await;
    world.daemon.pipeline.hold(Some("dispatch"));
    let released = START.plus_ms(10 * MINUTE_MS);
    // One event a minute waits.
    for minute in 1..=10 {
        let now = START.plus_ms(minute * MINUTE_MS);
        let head = world.daemon.journal.head();
        world.clock.advance_to(now);
        world.daemon.pipeline.settled().await;
        assert!(world.daemon.journal.head() > head, "its event was taken");
    }
    assert_eq!(outside.sink.posts().len(), 1);
    world.daemon.pipeline.hold(None);
    world.until(released.plus_ms(MINUTE_MS)).await;
    let heard = outside.sink.posts().len();
    assert!((2..=4).contains(&heard), "{heard}: what waited for long says nothing of now");
    world.stop().await;
}
