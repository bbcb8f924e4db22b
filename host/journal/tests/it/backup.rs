//! Backups: made of a running journal and of a stopped one, restored, cut and changed.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use event::{Record, Recorded};
use journal::{Backup, BackupError, Journal, Options, Stores, backup_folder, check_backup, restore};
use testkit::ManualClock;

use crate::fixture::{Fixture, NOW, contents, event, group, person, store};

async fn live(journal: &Journal, from: usize) -> Vec<Recorded> {
    let mut all = Vec::new();
    for n in from..from + 60 {
        all.extend(store(journal, group([person(&format!("p{n}")), event(&n.to_string(), 0)])).await);
    }
    all
}

fn written(backup: Backup) -> Vec<u8> {
    let mut out = Vec::new();
    backup.write(&mut out).unwrap();
    out
}

fn open(data: &Path) -> Journal {
    let stores = Stores::on_disk(&data.join("journal")).unwrap();
    Journal::open(Options::default(), Arc::new(ManualClock::at(NOW)), stores).unwrap()
}

fn restored(bytes: &[u8], data: &Path) -> Result<journal::BackupInfo, BackupError> {
    restore(Cursor::new(bytes), data, &mut |done, total| assert!(done <= total))
}

/// A backup with a plugin and a key, and what it is of.
async fn sample() -> (Vec<u8>, Vec<Recorded>) {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut all = live(&journal, 0).await;
    journal.keeper().take_snapshot(NOW).unwrap();
    all.extend(live(&journal, 100).await);
    let mut backup = journal.backup(NOW).await.unwrap();
    let extra = tempfile::tempdir().unwrap();
    std::fs::write(extra.path().join("abc.wasm"), b"component").unwrap();
    std::fs::write(extra.path().join("half.tmp"), b"not whole").unwrap();
    backup.add_folder("plugins", extra.path()).unwrap();
    backup.add_folder("plugins", &extra.path().join("not there")).unwrap();
    (written(backup), all)
}

#[tokio::test]
async fn a_running_journal_is_backed_up_and_goes_on() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let before = live(&journal, 0).await;
    let backup = journal.backup(NOW).await.unwrap();
    // What comes in while it is sent is in the next one.
    let after = live(&journal, 100).await;
    for _ in 0..3 {
        journal.seal().await.unwrap();
        journal.keeper().take_snapshot(NOW).unwrap();
        live(&journal, 200 + journal.head().0 as usize).await;
    }
    let info = backup.info.clone();
    let bytes = written(backup);
    let data = tempfile::tempdir().unwrap();
    assert_eq!(restored(&bytes, data.path()).unwrap(), info);
    let restored = open(data.path());
    assert_eq!(contents(&restored), before);
    assert_eq!(restored.view().unwrap().persons().unwrap().len(), 60);
    assert!(!after.is_empty() && restored.head() == info.last.next(), "and the start");
}

#[tokio::test]
async fn what_is_restored_goes_on_under_a_name_of_its_own() {
    let (bytes, all) = sample().await;
    let data = tempfile::tempdir().unwrap();
    let target = data.path().join("new");
    let info = restored(&bytes, &target).unwrap();
    assert_eq!(std::fs::read(target.join("plugins/abc.wasm")).unwrap(), b"component");
    assert!(!target.join("plugins/half.tmp").exists());
    let about = std::fs::read_to_string(target.join("journal/log/about.json")).unwrap();
    assert!(!about.contains(&info.journal), "{about}");
    let mut expected = all;
    for _ in 0..3 {
        let journal = open(&target);
        assert_eq!(contents(&journal), expected);
        expected.extend(store(&journal, event(&format!("on {}", expected.len()), 0).into()).await);
        drop(journal);
        let journal = open(&target);
        expected.extend(store(&journal, event(&format!("on {}", expected.len()), 0).into()).await);
        journal.close().await.unwrap();
    }
    let report = journal::verify(&target.join("journal"), &mut |_| {}).unwrap();
    assert_eq!(report.problems, []);
}

#[tokio::test]
async fn a_stopped_folder_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let all = live(&journal, 0).await;
    drop(journal);
    let (options, stores) = (Options::default(), Stores::on_disk(&folder.path().join("journal")).unwrap());
    let clock = ManualClock::at(NOW);
    let backup = backup_folder(&options, &stores, &clock).unwrap();
    assert!(matches!(
        Journal::open(options, Arc::new(clock.clone()), stores),
        Err(journal::OpenError::Locked { .. })
    ));
    let data = tempfile::tempdir().unwrap();
    restored(&written(backup), data.path()).unwrap();
    assert_eq!(contents(&open(data.path())), all);
    assert_eq!(contents(&open(folder.path())), all, "and the folder is what it was");
    let starts = open(folder.path()).read(event::Seq(0), usize::MAX).unwrap();
    let starts = starts.iter().filter(|r| matches!(r.record, Record::Started { .. })).count();
    assert_eq!(starts, 3, "a backup is no start");
}

#[tokio::test]
async fn a_backup_that_was_cut_short_or_changed_leaves_nothing() {
    let (bytes, _) = sample().await;
    check_backup(Cursor::new(&bytes), &mut |_, _| {}).unwrap();
    let data = tempfile::tempdir().unwrap();
    // Segments are mostly zeros, so the places are spread over what tar itself wrote too.
    for at in (0..bytes.len() - 1024).step_by(bytes.len() / 40).chain([0, 1, 600, 1024]) {
        let cut = &bytes[..at];
        let refused = restored(cut, data.path()).expect_err("it is cut short");
        let checked = check_backup(Cursor::new(cut), &mut |_, _| {}).expect_err("it is cut short");
        assert_eq!(refused.to_string(), checked.to_string(), "cut at {at}");
        assert!(std::fs::read_dir(data.path()).unwrap().next().is_none(), "cut at {at}");
    }
    for at in (0..bytes.len() - 1024).step_by(bytes.len() / 97) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let target = data.path().join("new");
        // What tar does not look at, such as padding and owners' names, changes nothing.
        if let Err(error) = restored(&changed, &target) {
            assert!(!target.exists(), "byte {at}: {error}");
        } else {
            assert_eq!(contents(&open(&target)).len(), 240, "byte {at}");
            std::fs::remove_dir_all(&target).unwrap();
        }
    }
}

#[tokio::test]
async fn each_mistake_has_its_sentence() {
    let (bytes, _) = sample().await;
    let data = tempfile::tempdir().unwrap();
    let said =
        |bytes: &[u8]| restored(bytes, &data.path().join("new")).expect_err("it is refused").to_string();
    assert!(said(b"").contains("it is empty, or no tar file"), "{}", said(b""));
    assert!(said(&vec![b'x'; 2000]).contains("no backup of Tellify"), "{}", said(&vec![b'x'; 2000]));
    let half = &bytes[..bytes.len() / 2 / 512 * 512];
    assert!(said(half).contains("cut short"), "{}", said(half));
    let place = bytes.windows(9).position(|w| w == b"component").unwrap();
    let mut changed = bytes.clone();
    changed[place] = b'C';
    assert!(
        said(&changed).contains("`plugins/abc.wasm` is not what the manifest says"),
        "{}",
        said(&changed)
    );
    std::fs::write(data.path().join("something"), "").unwrap();
    match restored(&bytes, data.path()) {
        Err(BackupError::NotEmpty(folder)) => assert_eq!(folder, data.path()),
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn nothing_leads_out_of_the_folder() {
    let (bytes, _) = sample().await;
    for name in ["plugins/../../evil", "/evil", "evil", "journal"] {
        let mut archive = tar::Builder::new(Vec::new());
        let mut original = tar::Archive::new(Cursor::new(&bytes));
        let head = original.entries().unwrap().next().unwrap().unwrap();
        let (mut header, mut head) = (head.header().clone(), head);
        archive.append(&header.clone(), &mut head).unwrap();
        header.set_size(4);
        header.as_mut_bytes()[..100].fill(0);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, &b"evil"[..]).unwrap();
        let bytes = archive.into_inner().unwrap();
        let data = tempfile::tempdir().unwrap();
        let refused = restored(&bytes, &data.path().join("new"));
        assert!(matches!(refused, Err(BackupError::NoBackup(_))), "{name}: {refused:?}");
        assert!(std::fs::read_dir(data.path()).unwrap().next().is_none(), "{name}");
    }
}
