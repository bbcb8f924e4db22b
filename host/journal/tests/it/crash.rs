//! Power cuts: whatever the disk lost, nothing acknowledged is gone and nothing is half there.

use event::{Draft, Recorded, Seq};
use testkit::SimStore;

use crate::fixture::{Fixture, STATE, bytes_of, contents, event, group, person, recorded, store};

/// What a client was told, and how much had been done to the disk by then.
struct Acknowledged {
    operations: usize,
    records: Vec<Recorded>,
}

/// A life with groups of one to four records, some long, over several tails.
async fn live(fixture: &Fixture, groups: usize) -> Vec<Acknowledged> {
    let journal = fixture.open();
    let mut acknowledged = Vec::new();
    for n in 0..groups {
        let draft = draft(n);
        let receipt = journal.submit(draft.clone()).await.unwrap();
        let operations = fixture.store.operations();
        acknowledged.push(Acknowledged { operations, records: recorded(&draft, &receipt) });
    }
    if groups.is_multiple_of(2) {
        journal.close().await.unwrap();
    }
    acknowledged
}

fn draft(n: usize) -> Draft {
    let size = [1, 1, 2, 4][n % 4];
    let mut draft = group((0..size).map(|i| event(&format!("{n}.{i}"), i)));
    draft.records.push(person(&format!("p{n}")));
    draft
}

/// Why the disk does not hold what it must, if so.
async fn check(disk: SimStore, before: &[Recorded], life: &[Acknowledged], cut: usize) -> Result<(), String> {
    let after = Fixture::on(disk);
    let journal = after.try_open().map_err(|e| e.to_string())?;
    let found = contents(&journal);
    let promised: Vec<_> = life.iter().take_while(|a| a.operations <= cut).flat_map(|a| &a.records).collect();
    let expected: Vec<_> = before.iter().chain(promised).collect();
    if !found.iter().zip(&expected).all(|(a, b)| a == *b) || found.len() < expected.len() {
        return Err(format!("{} records of {} promised ones", found.len(), expected.len()));
    }
    // What was not promised may be there, but only whole groups, in order.
    let whole: Vec<usize> = std::iter::once(0)
        .chain(life.iter().scan(0, |sum, a| {
            *sum += a.records.len();
            Some(*sum)
        }))
        .map(|records| before.len() + records)
        .collect();
    if !whole.contains(&found.len()) {
        return Err(format!("half a group: {} records", found.len()));
    }
    let persons = journal.view().unwrap().persons().unwrap().len();
    let expected = found.iter().filter(|r| matches!(r.record, event::Record::Person { .. })).count();
    if persons != expected || journal.state().applied() != journal.head() {
        return Err(format!("the state has {persons} of {expected} people"));
    }
    let mut all = found;
    all.extend(store(&journal, event("after the cut", 0).into()).await);
    journal.close().await.map_err(|e| e.to_string())?;
    if contents(&after.open()) != all {
        return Err("it does not go on".to_owned());
    }
    Ok(())
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_at_any_moment_of_a_life() {
    let fixture = Fixture::new();
    let life = live(&fixture, 60).await;
    let moments = fixture.store.operations();
    for cut in 0..=moments {
        let disk = fixture.store.crash(cut, cut as u64);
        if let Err(problem) = check(disk, &[], &life, cut).await {
            panic!("after operation {cut} of {moments}: {problem}");
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_power_goes_again_during_recovery() {
    let fixture = Fixture::new();
    let life = live(&fixture, 41).await;
    let moments = fixture.store.operations();
    for cut in (0..=moments).step_by(7) {
        let first = Fixture::on(fixture.store.crash(cut, cut as u64 * 31));
        drop(first.try_open().unwrap_or_else(|e| panic!("after operation {cut}: {e}")));
        let recovery = first.store.operations();
        for again in (0..=recovery).step_by(3) {
            let disk = first.store.crash(again, (cut * 1000 + again) as u64);
            if let Err(problem) = check(disk, &[], &life, cut).await {
                panic!("after operation {cut}, then {again} of {recovery}: {problem}");
            }
        }
    }
}

#[tokio::test]
async fn a_state_that_lags_behind_the_log_catches_up() {
    let fixture = Fixture::new();
    let before: Vec<_> = live(&fixture, 30).await.into_iter().flat_map(|a| a.records).collect();
    let lagging = bytes_of(&fixture.state, STATE);
    let journal = fixture.open();
    let mut all = before;
    for n in 1000..1040 {
        all.extend(store(&journal, draft(n)).await);
    }
    let applied = journal.head();
    drop(journal);
    fixture.state.tamper(STATE, |bytes| *bytes = lagging);
    let journal = fixture.open();
    assert_eq!(journal.state().applied(), Seq(applied.0 + 1), "all, and the start");
    assert_eq!(contents(&journal), all);
    assert_eq!(journal.view().unwrap().persons().unwrap().len(), 70);
}

/// The control: the same checks must see what a disk loses that ignores syncs.
#[tokio::test]
async fn a_disk_that_ignores_syncs_loses_what_was_acknowledged() {
    let fixture = Fixture::on(SimStore::ignoring_sync());
    let life = live(&fixture, 41).await;
    let moments = fixture.store.operations();
    let mut lost = 0;
    for cut in 0..=moments {
        let disk = fixture.store.crash(cut, cut as u64);
        lost += usize::from(check(disk, &[], &life, cut).await.is_err());
    }
    assert!(lost > moments / 4, "{lost} of {moments} were seen");
}
