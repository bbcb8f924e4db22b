//! Failing calls: whichever call to the disk fails, once or for good, nothing that was
//! acknowledged is gone, and nobody is told of what is not there.

use std::io::ErrorKind;
use std::time::Instant;

use event::{Record, Recorded, Refusal, Seq};
use journal::{Ended, OpenError};
use testkit::SimStore;

use crate::driven::Driven;
use crate::life::Life;
use crate::oracle::{Promise, go_on, whole};
use crate::sizes::{Panics, failed, on_all_cores, seed, size};

/// What fails.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Calls that still succeed.
    after: u64,
    kind: ErrorKind,
    lasting: bool,
    call: Call,
}

/// The calls that can fail.
#[derive(Clone, Copy, Debug)]
enum Call {
    Any,
    Sync,
    SyncOfNames,
}

#[derive(Clone, Copy, Default)]
struct Count {
    runs: u64,
    /// The journal did not open.
    unopened: u64,
    /// It ended with a reason.
    ended: u64,
    acknowledged: u64,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.runs += other.runs;
        self.unopened += other.unopened;
        self.ended += other.ended;
        self.acknowledged += other.acknowledged;
    }
}

/// A short life in which all has its turn, whatever fails on the way. Answers how the
/// first journal that did not go on ended.
fn live_on(life: &mut Life, count: &mut Count) -> Result<(), String> {
    for round in 0..2 {
        let mut driven = match life.open() {
            Ok(driven) => driven,
            Err(OpenError::Full(_) | OpenError::Io(_) | OpenError::State(_)) => {
                count.unopened += 1;
                return Ok(());
            }
            Err(other) => return Err(format!("an error of the disk looks like something else: {other}")),
        };
        if !use_it(life, &mut driven, round) {
            count.ended += 1;
            return ends_for_good(&mut driven);
        }
        match round {
            // Why a stop was no clean one is of no interest here: all is judged by what it left.
            0 => drop(driven.close()),
            _ => drop(driven),
        }
    }
    Ok(())
}

/// False when the journal has ended.
fn use_it(life: &mut Life, driven: &mut Driven, round: u64) -> bool {
    if round == 0 && is_closed(life.begin(driven)) {
        return false;
    }
    for step in 0..14 {
        match step {
            3 | 10 => is_closed(driven.seal()),
            4 | 11 => driven.journal.keeper().take_snapshot(life.now()).is_err(),
            5 => driven.journal.keeper().scrub(life.now()).is_err(),
            6 | 12 => life.age(driven).is_err(),
            _ => false,
        };
        life.clock.advance_ms(12 * 3600 * 1000);
        if is_closed(life.group(driven)) {
            return false;
        }
        if step == 8 {
            life.disk.make_room();
        }
    }
    true
}

fn is_closed(answer: Result<(), Refusal>) -> bool {
    matches!(answer, Err(Refusal::Closed { .. }))
}

/// After the first such answer there is no other one, and there is a reason.
fn ends_for_good(driven: &mut Driven) -> Result<(), String> {
    for _ in 0..3 {
        if let Ok(acknowledged) = go_on(driven) {
            return Err(format!("acknowledged after the journal had ended: {acknowledged:?}"));
        }
    }
    match driven.ended() {
        Ended::SyncFailed(_) | Ended::StateFailed(_) => Ok(()),
        Ended::StateDamaged(what) => Err(format!("an error of the disk looks like damage: {what}")),
        Ended::Panicked(message) => Err(format!("the writer panicked: {message}")),
    }
}

/// What the life has promised by its end.
fn promised(life: &Life) -> Promise<'_> {
    let mut promise = life.promised(usize::MAX);
    promise.may = without_duplicates(&life.unsure, &promise.must);
    if life.age_failed {
        promise.first.1 = Seq(u64::MAX);
    }
    promise
}

/// As they would be stored.
fn without_duplicates(records: &[Record], before: &[Recorded]) -> Vec<Record> {
    let mut new: Vec<Record> = Vec::new();
    for record in records {
        let is_event = matches!(record, Record::Event(_));
        let known = before.iter().map(|recorded| &recorded.record).chain(&new).any(|known| known == record);
        if !(is_event && known) {
            new.push(record.clone());
        }
    }
    new
}

/// One life with one fault, and the starts after it: on what a power cut at its end
/// leaves, and over the same disk, which still serves what it dropped.
fn run(plan: Plan, seed: u64) -> Result<Option<Count>, String> {
    let mut life = Life::new(SimStore::new(), seed);
    let Plan { after, kind, lasting, call } = plan;
    match call {
        Call::Any => life.disk.fail_call(after, kind, lasting),
        Call::Sync => life.disk.fail_sync(after, kind, lasting),
        Call::SyncOfNames => life.disk.fail_sync_of_names(after, kind, lasting),
    }
    let mut count = Count { runs: 1, ..Count::default() };
    live_on(&mut life, &mut count)?;
    count.acknowledged = life.done.records;
    if !life.disk.heal() {
        return Ok(None);
    }
    let promise = promised(&life);
    for cold in 0..2 {
        let disk = life.disk.crash(life.disk.operations(), seed + cold);
        promise.check(&disk).map_err(|problem| format!("a cold start: {problem}"))?;
    }
    over_stale_cache(&promise, &life.disk, seed).map_err(|problem| format!("a warm start: {problem}"))?;
    Ok(Some(count))
}

/// The same disk again, and a power cut after that: what was dropped is gone only then.
fn over_stale_cache(promise: &Promise<'_>, disk: &SimStore, seed: u64) -> Result<(), String> {
    let mut driven = promise.open(disk)?;
    let found = promise.hold(&driven.journal)?;
    let mut must = found.records;
    for _ in 0..3 {
        must.extend(go_on(&mut driven)?);
    }
    driven.leave();
    whole(disk)?;
    let later = Promise { must, may: Vec::new(), first: (found.first, found.first), ..promise.clone() };
    for cut in 0..3 {
        let checked = later.check(&disk.crash(disk.operations(), seed + cut));
        checked.map_err(|problem| format!("and a power cut after it: {problem}"))?;
    }
    Ok(())
}

fn judged(plan: Plan, seed: u64, panics: &Panics) -> Option<Count> {
    let ran = run(plan, seed).and_then(|count| match panics.count() {
        0 => Ok(count),
        _ => Err("something panicked".to_owned()),
    });
    ran.unwrap_or_else(|problem| failed(&format!("{plan:?}: {problem}"), seed, "TELLIFY_FAILURES=0"))
}

fn table(what: &str, begun: Instant, seed: u64, count: Count) {
    println!("{what}, seed {seed}");
    println!("  {:>8}  runs, {} records acknowledged: 0 lost, 0 panics", count.runs, count.acknowledged);
    println!("  {:>8}  did not open for it, {} ended with a reason", count.unopened, count.ended);
    println!("  {:>8.1}  seconds", begun.elapsed().as_secs_f64());
}

/// Every call of a life in turn, or as many of them as are asked for, evenly spread.
#[test]
fn whichever_call_fails_nothing_acknowledged_is_gone() {
    let panics = Panics::counted(true);
    let (most, seed) = (size("TELLIFY_FAILURES", 50), seed());
    for (kind, lasting) in [
        (ErrorKind::Other, false),
        (ErrorKind::Other, true),
        (ErrorKind::StorageFull, false),
        (ErrorKind::StorageFull, true),
    ] {
        let (begun, plan) = (Instant::now(), |after| Plan { after, kind, lasting, call: Call::Any });
        // How many calls there are: the first that does not come.
        let (mut calls, mut beyond) = (0, 1 << 16);
        while beyond - calls > 8 {
            let middle = (calls + beyond) / 2;
            match judged(plan(middle), seed, &panics) {
                Some(_) => calls = middle,
                None => beyond = middle,
            }
        }
        let step = if most == 0 { 1 } else { beyond.div_ceil(most) };
        let count = on_all_cores(
            0..beyond.div_ceil(step),
            |number| judged(plan(number * step), seed, &panics).unwrap_or_default(),
            Count::add,
            Count::default(),
        );
        let times = if lasting { "for good" } else { "once" };
        table(&format!("every {step}. of {beyond} calls fails {times} with {kind:?}"), begun, seed, count);
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_nothing_is_gone() {
    let panics = Panics::counted(true);
    let (runs, from, begun) = (size("TELLIFY_SYNCS", 500), seed(), Instant::now());
    let run = |number: u64| {
        let (after, lasting) = (number % 40, number.is_multiple_of(3));
        let plan = Plan { after, kind: ErrorKind::Other, lasting, call: Call::Sync };
        judged(plan, from + number, &panics).unwrap_or_default()
    };
    let count = on_all_cores(0..runs, run, Count::add, Count::default());
    assert!(count.ended > runs / 4, "most of them end the journal: {} of {runs}", count.ended);
    table("a sync fails", begun, from, count);
}

/// A file whose name is not synced is there until the power goes, and who finds it at a start
/// must not build on it before it is.
#[test]
fn whatever_name_is_not_synced_nothing_acknowledged_is_gone() {
    let panics = Panics::counted(true);
    let (seed, begun, mut count, mut after) = (seed(), Instant::now(), Count::default(), 0);
    let plan = |after| Plan { after, kind: ErrorKind::Other, lasting: false, call: Call::SyncOfNames };
    while let Some(ran) = judged(plan(after), seed, &panics) {
        count.add(ran);
        after += 1;
    }
    assert!(after > 5, "a life names files now and then");
    table("a sync of names fails", begun, seed, count);
}
