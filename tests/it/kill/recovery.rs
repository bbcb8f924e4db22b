//! P-R2, D7: how long senders wait after a kill, beside the history's size. The times are
//! printed and not judged: they say more about the machine than about us.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use testkit::oracle::Verdict;

use crate::kill::crew::{Crew, Load};
use crate::kill::cycles::{over, prepare};
use crate::kill::home::Home;
use crate::kill::victim::Victim;
use crate::kill::{conclude, seed, size};

/// Of an event, with what is around it.
const EVENT_BYTES: u64 = 1024;
const KILLS: usize = 10;

#[test]
fn after_a_kill_it_acknowledges_again() {
    let (seed, megabytes) = (seed(), size("TELLIFY_STORE_MB", 4_u64));
    let home = Home::new();
    let mut crew = Crew::new(&home.path("arrivals"), seed, 0);
    home.configure(crew.mail);
    prepare(&home, "");
    let rate = 1_000_000;
    crew.load(
        &home,
        &Load { seed, batch: 400, posts: 0, repeats: 1, conflicts: 0, rate, pad: EVENT_BYTES - 128 },
    );
    let mut times = Vec::new();
    for n in 0..=KILLS {
        let begun = Instant::now();
        let victim = Victim::start(&home);
        crew.send_to(Some(victim.address(&home)));
        let before = crew.acked;
        crew.wait(|crew| crew.acked > before);
        if n > 0 {
            times.push(begun.elapsed());
        }
        // The first life fills the store, the others go on under load.
        let wanted = crew.acked.max((megabytes << 20) / EVENT_BYTES);
        crew.wait(|crew| crew.acked >= wanted);
        victim.end(Signal::KILL);
        over(&mut crew);
    }
    times.sort_unstable();
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    let stored = bytes_under(&home.data()) >> 20;
    let figures = [
        ("kills", KILLS.to_string()),
        ("data", format!("{stored} MiB")),
        ("start to first acknowledgement, median", ms(times[KILLS / 2])),
        ("start to first acknowledgement, worst", ms(times[KILLS - 1])),
    ];
    let sizes: [(&str, &dyn std::fmt::Display); 2] =
        [("TELLIFY_SEED", &seed), ("TELLIFY_STORE_MB", &megabytes)];
    conclude("recovery", &sizes, &Verdict::default(), &figures);
}

fn bytes_under(path: &Path) -> u64 {
    let about = fs::metadata(path).unwrap();
    if about.is_file() {
        return about.len();
    }
    fs::read_dir(path).unwrap().map(|entry| bytes_under(&entry.unwrap().path())).sum()
}
