//! Power cuts: what was not synced is dropped, torn or reordered; then all is well.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use testkit::{Dice, SimStore};

use crate::life::{Done, Life};
use crate::oracle::{Promise, go_on};
use crate::sizes::{Panics, failed, on_all_cores, seed, size};

/// Images of one life.
const IMAGES: u64 = 200;
const STEPS: u64 = 45;

#[derive(Clone, Copy, Default)]
struct Count {
    done: Done,
    operations: u64,
    images: u64,
    /// Of these, the power went again during the recovery.
    nested: u64,
    failed: u64,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.done.add(other.done);
        self.operations += other.operations;
        self.images += other.images;
        self.nested += other.nested;
        self.failed += other.failed;
    }
}

/// One life, and the power cut at `images` moments of it, every second time once more
/// while the journal recovers. `judge` hears of each image that fails.
fn lived(disk: SimStore, seed: u64, images: u64, judge: impl Fn(String)) -> Count {
    let (mut life, mut dice) = (Life::new(disk, seed), Dice::new(seed ^ 0xD15C));
    drop(life.live(STEPS));
    let operations = life.disk.operations();
    let mut moments: Vec<usize> = (0..images).map(|_| dice.below(operations as u64 + 1) as usize).collect();
    moments.sort_unstable();
    let mut crashes = life.disk.crashes();
    let mut count = Count { done: life.done, operations: operations as u64, images, ..Count::default() };
    for (number, cut) in moments.into_iter().enumerate() {
        let disk = crashes.at(cut, dice.throw());
        let promise = life.promised(cut);
        let checked = caught(|| match number % 2 {
            0 => promise.check(&disk),
            _ => cut_again(&promise, &disk, &mut dice),
        });
        count.nested += number as u64 % 2;
        if let Err(problem) = checked {
            count.failed += 1;
            judge(format!("after operation {cut} of {operations}, image {number}: {problem}"));
        }
    }
    count
}

/// Recovers, stores a group, and cuts the power at any moment of that.
fn cut_again(promise: &Promise<'_>, disk: &SimStore, dice: &mut Dice) -> Result<(), String> {
    let mut driven = promise.open(disk)?;
    let found = promise.hold(&driven.journal)?;
    let more = go_on(&mut driven)?;
    let told = disk.operations();
    driven.leave();
    let again = dice.below(disk.operations() as u64 + 1) as usize;
    let mut second = Promise {
        must: found.records,
        may: Vec::new(),
        first: (found.first, found.first),
        ..promise.clone()
    };
    if again >= told {
        second.must.extend(more);
    } else {
        second.may = more.into_iter().map(|recorded| recorded.record).collect();
    }
    let checked = second.check(&disk.crash(again, dice.throw()));
    checked.map_err(|problem| format!("and again after {again} of {}: {problem}", disk.operations()))
}

#[test]
fn after_any_power_cut_all_that_was_acknowledged_is_there() {
    let (images, from, begun) = (size("TELLIFY_IMAGES", 20_000), seed(), Instant::now());
    let lives = images.div_ceil(IMAGES);
    let live = |number: u64| {
        let seed = from + number;
        lived(SimStore::new(), seed, IMAGES.min(images), |problem| {
            failed(&problem, seed, &format!("TELLIFY_IMAGES={IMAGES}"))
        })
    };
    let count = on_all_cores(0..lives, live, Count::add, Count::default());
    let Done { groups, records, refused, sealed, snapshots, aged, starts } = count.done;
    println!("power cuts, seeds {from} to {}", from + lives - 1);
    println!("  {:>8}  images, {} with a second cut during recovery", count.images, count.nested);
    println!("  {:>8}  lost, half there, not opening, or not a fold of the log", count.failed);
    println!(
        "  {lives:>8}  lives: {groups} groups of {records} records, {refused} refused, {starts} starts,"
    );
    println!("            {sealed} seals, {snapshots} snapshots, {aged} times history aged out,");
    println!("            {} operations on the disk", count.operations);
    println!("  {:>8.1}  seconds", begun.elapsed().as_secs_f64());
    let all = [sealed, snapshots, aged, starts - lives];
    assert!(lives < 10 || all.iter().all(|times| *times > 0), "a life has everything in it: {all:?}");
}

/// Says it when a check panics, which is what redb does over some garbage.
fn caught(check: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err("a check panicked".to_owned()))
}

/// The control: the same checks must see what a disk loses that ignores syncs.
#[test]
fn on_a_disk_that_ignores_syncs_the_same_checks_fail() {
    let (from, _panics) = (seed(), Panics::counted(false));
    let live = |number: u64| lived(SimStore::ignoring_sync(), from + number, 50, drop);
    let count = on_all_cores(0..8, live, Count::add, Count::default());
    println!("control, seeds {from} to {}: {} of {} images failed", from + 7, count.failed, count.images);
    assert!(count.failed > count.images / 4, "{} of {} were seen", count.failed, count.images);
}
