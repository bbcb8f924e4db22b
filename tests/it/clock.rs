//! A clock that is set while the daemon runs: forwards and backwards, by a second and by a year.

use event::{Clock, Timestamp};
use mail_parser::MessageParser;

use crate::world::World;

const START: Timestamp = Timestamp(1_795_000_000_000);
const S: i64 = 1000;
const DAY: i64 = 24 * 3600 * S;
const JUMPS: [i64; 7] = [S, 60 * S, 3600 * S, 3 * 3600 * S, DAY, 30 * DAY, 365 * DAY];
/// Records that a scenario takes at most.
const RECORDS_MAX: u64 = 100;

/// Somebody is told five seconds after something fails.
async fn world() -> World {
    let world = World::start(START).await;
    for line in [
        "tellify user add alice --email alice@example.org",
        "tellify style add --user alice --name soon --default --channel mail --wait 5s",
        "tellify subscription add --user alice --name fails --handler match --filter status:fail",
    ] {
        world.ok(line).await;
    }
    world
}

/// How many letters tell of this word.
fn told(world: &World, word: &str) -> usize {
    let letters = world.letters();
    let text = |data: &[u8]| {
        let mail = MessageParser::default().parse(data).unwrap();
        format!("{} {}", mail.subject().unwrap(), mail.body_text(0).unwrap())
    };
    letters.iter().filter(|letter| text(&letter.data).contains(word)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_way_the_clock_is_set_each_is_told_once_and_there_is_no_storm() {
    for jump in JUMPS.into_iter().flat_map(|jump| [jump, -jump]) {
        let world = world().await;
        world.ok("tellify event send --type build status=fail 'alpha broke'").await;
        world.daemon.pipeline.settled().await;
        let (head, jumped) = (world.daemon.journal.head(), START.plus_ms(jump));
        world.clock.advance_to(jumped);
        world.daemon.pipeline.settled().await;
        world.ok("tellify event send --type build status=fail 'beta broke'").await;
        world.until(jumped.plus_ms(20 * S)).await;
        assert_eq!(told(&world, "beta broke"), 1, "{jump} ms: what comes after it is told without delay");
        // Once the clock is where it was, whatever fell due before it was set is told as well.
        let end = jumped.max(START).plus_ms(60 * S);
        world.until(end).await;
        let records = world.daemon.journal.head().0 - head.0;
        println!("{jump} ms: {records} records, {} letters", world.letters().len());
        assert_eq!((told(&world, "alpha broke"), told(&world, "beta broke")), (1, 1), "{jump} ms");
        assert!(records <= RECORDS_MAX, "{jump} ms: a storm of {records} records");
        assert_eq!(world.daemon.pipeline.trouble(), None, "{jump} ms");
        assert_eq!(world.clock.now(), end);
        world.stop().await;
    }
}
