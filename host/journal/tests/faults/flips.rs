//! Flipped bits: whatever is served is what was written; the rest is refused or reported.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use event::{Name, Seq, SubscriptionId, Timestamp};
use journal::{AlertQuery, EventQuery, Journal, Order, View};
use testkit::records::{id, name};
use testkit::{Dice, SimStore};

use crate::life::Life;
use crate::oracle::whole;
use crate::sizes::{Panics, failed, on_all_cores, seed, size};

const SECTOR: usize = 512;

/// What a question was answered; none: it was refused.
type Answers = Vec<(String, Option<String>)>;

/// What became of the flips in files of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    flips: u64,
    /// The start was refused, with a reason.
    refused: u64,
    /// Something was not served.
    withheld: u64,
    /// All is served, and `verify` had something to say.
    reported: u64,
    /// All is served, and nothing is wrong: it lay outside of what is in use, or was made good.
    unharmed: u64,
}

type Fates = BTreeMap<&'static str, Fate>;

/// What a journal serves that was stopped without a close, so that it has a tail.
fn stopped(seed: u64) -> Life {
    let mut life = Life::new(SimStore::new(), seed);
    let mut driven = life.live(90);
    driven.journal.keeper().take_snapshot(life.now()).unwrap();
    driven.journal.keeper().scrub(life.now()).unwrap();
    for _ in 0..5 {
        life.group(&mut driven).unwrap();
    }
    driven.leave();
    let names = life.disk.names();
    for kind in KINDS {
        assert!(names.iter().any(|name| name.starts_with(kind)), "{kind} is missing: {names:?}");
    }
    life
}

const KINDS: [&str; 6] = ["tail", "segment", "state", "snapshot", "about", "scrub"];

/// The state gets more than its share, since much of it is not covered by a checksum of ours.
fn kind(dice: &mut Dice) -> &'static str {
    match dice.below(20) {
        0..=8 => "state",
        9..=12 => "segment",
        13..=15 => "tail",
        16 | 17 => "snapshot",
        18 => "about",
        _ => "scrub",
    }
}

/// Flips one bit, mostly where something stands; says which.
fn flip(disk: &SimStore, kind: &str, dice: &mut Dice) -> String {
    let files: Vec<String> = disk.names().into_iter().filter(|name| name.starts_with(kind)).collect();
    let file = &files[dice.below(files.len() as u64) as usize];
    let mut place = 0;
    disk.tamper(file, |bytes| {
        place = dice.below(bytes.len() as u64) as usize;
        for _ in 0..20 {
            let sector = &bytes[place / SECTOR * SECTOR..bytes.len().min((place / SECTOR + 1) * SECTOR)];
            if sector.iter().any(|byte| *byte != 0) {
                break;
            }
            place = dice.below(bytes.len() as u64) as usize;
        }
        bytes[place] ^= 1 << dice.below(8);
    });
    format!("a bit of byte {place} of {file}")
}

/// All that a reader can ask.
fn answers(journal: &Journal, life: &Life) -> Answers {
    let mut asked = Asked { journal, answers: Vec::new() };
    for seq in journal.first().0..=journal.head().0 {
        asked.answered(format!("record {seq}"), shown(journal.read(Seq(seq - 1), 1)));
    }
    let query = EventQuery {
        order: Order::NewestFirst,
        cursor: None,
        from: None,
        until: None,
        limit: 1000,
        keep: &|_| true,
    };
    // A page that says what it passes is no wrong answer, and no whole one.
    let events = journal.events(&query).ok().filter(|page| page.damaged.is_empty());
    asked.answered("all events", events.map(|page| format!("{:?}", page.events)));
    asked.of_all();
    for who in ["alice", "bob"].map(name) {
        asked.of_person(&who);
    }
    for of in ["s0", "s1", "s2"].map(id) {
        asked.of_subscription(&of, life.now());
    }
    asked.answers
}

struct Asked<'j> {
    journal: &'j Journal,
    answers: Answers,
}

impl Asked<'_> {
    fn answered(&mut self, question: impl Into<String>, answer: Option<String>) {
        self.answers.push((question.into(), answer));
    }

    fn ask(&mut self, question: impl Into<String>, look: impl Fn(&View) -> Option<String>) {
        let answer = self.journal.view().ok().and_then(|view| look(&view));
        self.answered(question, answer);
    }

    fn of_all(&mut self) {
        self.ask("persons", |view| shown(view.persons()));
        self.ask("subscriptions", |view| shown(view.subscriptions()));
        self.ask("tokens", |view| shown(view.tokens()));
        self.ask("doors", |view| shown(view.doors()));
        self.ask("plugins", |view| shown(view.plugins()));
        self.ask("cursor", |view| shown(view.cursor()));
        self.ask("destroyed keys", |view| shown(view.destroyed_keys()));
        let all = AlertQuery { limit: 1000, ..AlertQuery::default() };
        self.ask("alerts", |view| shown(view.alerts(&all)));
        self.ask("pending", |view| shown(view.pending(1000)));
        self.ask("lags", |view| shown(view.lags()));
        self.ask("next wake-up", |view| shown(view.next_wake()));
        self.ask("buckets", |view| shown(view.due_buckets(Timestamp::MAX, 1000)));
        self.ask("outbox", |view| shown(view.outbox_due(Timestamp::MAX, 1000)));
        self.ask("swept", |view| shown(view.swept()));
        self.ask("queues", |view| shown(view.queues()));
        self.ask("all rows", |view| shown(view.dump().collect::<Result<Vec<_>, _>>()));
    }

    fn of_person(&mut self, who: &Name) {
        self.ask(format!("person {who}"), |view| shown(view.person(who)));
        self.ask(format!("addresses of {who}"), |view| shown(view.addresses(who)));
        self.ask(format!("keys of {who}"), |view| shown(view.keys_of(who)));
        self.ask(format!("style of {who}"), |view| shown(view.default_style(who)));
        self.ask(format!("digests of {who}"), |view| shown(view.digests_len(who)));
    }

    fn of_subscription(&mut self, of: &SubscriptionId, now: Timestamp) {
        self.ask(format!("subscription {of}"), |view| shown(view.subscription(of)));
        self.ask(format!("wake-up of {of}"), |view| shown(view.wake(of)));
        self.ask(format!("position of {of}"), |view| shown(view.position(of)));
        for key in 0..4 {
            let key = format!("/{key}");
            self.ask(format!("{key} kept by {of}"), |view| shown(view.handler_value(of, &key, now)));
            self.ask(format!("{key} open of {of}"), |view| shown(view.open_alert(of, &key)));
        }
    }
}

fn shown<T: std::fmt::Debug, E>(answer: Result<T, E>) -> Option<String> {
    answer.ok().map(|answer| format!("{answer:?}"))
}

/// Flips one bit of a copy and asks everything. Answers what became of it.
fn flipped(life: &Life, sound: &Answers, number: u64, seed: u64) -> Result<(&'static str, Fate), String> {
    let (mut dice, disk) = (Dice::new(seed + number), life.disk.copy());
    let kind = kind(&mut dice);
    let place = flip(&disk, kind, &mut dice);
    let told = |what: &str| format!("{place}: {what}");
    let verified =
        catch_unwind(AssertUnwindSafe(|| whole(&disk.copy()))).map_err(|_| told("verify panics"))?;
    let opened = catch_unwind(AssertUnwindSafe(|| life.promised(usize::MAX).open(&disk)));
    let mut fate = Fate { flips: 1, ..Fate::default() };
    let Ok(driven) = opened.map_err(|_| told("the start panics"))? else {
        fate.refused = 1;
        return Ok((kind, fate));
    };
    let found = catch_unwind(AssertUnwindSafe(|| answers(&driven.journal, life)));
    let found = found.map_err(|_| told("a reader panics"))?;
    if found.len() != sound.len() {
        return Err(told("records are missing, and nothing is said of it"));
    }
    for ((question, answer), (_, right)) in found.iter().zip(sound) {
        if answer.is_some() && answer != right {
            return Err(told(&format!("{question} is answered {answer:?}, and right is {right:?}")));
        }
    }
    let closed = catch_unwind(AssertUnwindSafe(|| drop(driven)));
    closed.map_err(|_| told("the stop panics"))?;
    match (found.iter().any(|(_, answer)| answer.is_none()), verified) {
        (true, _) => fate.withheld = 1,
        (false, Err(_)) => fate.reported = 1,
        (false, Ok(())) => fate.unharmed = 1,
    }
    Ok((kind, fate))
}

fn add(sum: &mut Fates, (kind, fate): (&'static str, Fate)) {
    let of = sum.entry(kind).or_default();
    of.flips += fate.flips;
    of.refused += fate.refused;
    of.withheld += fate.withheld;
    of.reported += fate.reported;
    of.unharmed += fate.unharmed;
}

#[test]
fn no_flipped_bit_is_ever_served() {
    let (flips, seed, begun) = (size("TELLIFY_FLIPS", 2000), seed(), Instant::now());
    let _panics = Panics::counted(false);
    let life = stopped(seed);
    let promise = life.promised(usize::MAX);
    let driven = promise.open(&life.disk.copy()).unwrap();
    let sound = answers(&driven.journal, &life);
    assert!(sound.iter().all(|(_, answer)| answer.is_some()));
    drop(driven);
    let one = |number| {
        let fate = flipped(&life, &sound, number, seed);
        let (kind, fate) = fate.unwrap_or_else(|problem| {
            failed(&format!("flip {number}: {problem}"), seed, &format!("TELLIFY_FLIPS={}", number + 1))
        });
        Fates::from([(kind, fate)])
    };
    let join = |sum: &mut Fates, fates: Fates| fates.into_iter().for_each(|fate| add(sum, fate));
    let fates = on_all_cores(0..flips, one, join, Fates::new());
    println!("flipped bits, seed {seed}: 0 of {flips} served");
    println!(
        "  {:<10} {:>6} {:>8} {:>9} {:>9} {:>9}",
        "file", "flips", "refused", "withheld", "reported", "unharmed"
    );
    for (kind, Fate { flips, refused, withheld, reported, unharmed }) in &fates {
        println!("  {kind:<10} {flips:>6} {refused:>8} {withheld:>9} {reported:>9} {unharmed:>9}");
    }
    println!("  {:>8.1}  seconds", begun.elapsed().as_secs_f64());
    let noticed: u64 = fates.values().map(|fate| fate.refused + fate.withheld + fate.reported).sum();
    assert!(noticed > flips / 10, "the control: {noticed} of {flips} were noticed");
}
