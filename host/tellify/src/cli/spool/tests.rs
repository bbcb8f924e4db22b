use super::*;

const URL: &str = "http://127.0.0.1:8355";
const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn entry(texts: &[&str]) -> Entry {
    Entry {
        events: texts.iter().map(|text| format!(r#"{{"text":"{text}"}}"#)).collect(),
        perhaps_taken: false,
        own_ids: true,
        since: NOW,
    }
}

fn spool(root: &Path, token: Option<&str>) -> Spool {
    Spool::of(root.join("tellify/spool"), URL, token)
}

fn read_all(spool: &Spool) -> Vec<Entry> {
    spool.files().iter().map(|file| spool.read(file).expect("it is whole")).collect()
}

#[test]
fn what_is_kept_comes_back_in_order_whatever_the_clock_says() {
    let home = tempfile::tempdir().expect("a folder");
    let spool = spool(home.path(), Some("t"));
    assert!(spool.files().is_empty() && spool.turn().expect("no folder is needed").is_none());
    for (text, moment) in [("a", NOW), ("b", NOW), ("c", NOW.plus_s(-60)), ("d", NOW.plus_s(60))] {
        spool.keep(&entry(&[text, "ä\\n"]), moment).expect("there is room");
    }
    let expected: Vec<Entry> = ["a", "b", "c", "d"].iter().map(|text| entry(&[text, "ä\\n"])).collect();
    assert_eq!(read_all(&spool), expected);
}

#[test]
fn nobody_else_may_look_and_no_token_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let spool = Spool::of(home.path().join("s"), "http://me:hunter2@127.0.0.1:1", Some("hunter3"));
    fs::create_dir(home.path().join("s")).expect("an older folder");
    fs::set_permissions(home.path().join("s"), fs::Permissions::from_mode(0o755)).expect("open to all");
    spool.keep(&entry(&["x"]), NOW).expect("there is room");
    for folder in [spool.root(), &spool.folder] {
        let mode = fs::metadata(folder).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
    let file = &spool.files()[0];
    assert_eq!(fs::metadata(file).expect("it is there").permissions().mode() & 0o777, 0o600);
    let content = fs::read_to_string(file).expect("it is text");
    assert!(!content.contains("hunter") && content.contains("127.0.0.1"), "{content}");
}

#[test]
fn each_daemon_and_token_has_a_queue_of_its_own_until_somebody_adopts_it() {
    let home = tempfile::tempdir().expect("a folder");
    let ours = spool(home.path(), Some("ours"));
    let old = spool(home.path(), Some("old"));
    let other = Spool::of(ours.root().to_owned(), "http://other.example.org", Some("ours"));
    for (spool, text) in [(&ours, "mine"), (&old, "older"), (&other, "other")] {
        spool.keep(&entry(&[text]), NOW).expect("there is room");
    }
    assert_eq!((read_all(&ours), ours.elsewhere()), (vec![entry(&["mine"])], 2));
    ours.adopt().expect("it can be moved");
    assert_eq!((read_all(&ours), ours.elsewhere()), (vec![entry(&["mine"]), entry(&["older"])], 1));
}

#[test]
fn a_file_that_was_damaged_says_how_and_the_others_are_as_they_were() {
    let home = tempfile::tempdir().expect("a folder");
    let spool = spool(home.path(), None);
    for text in ["a", "b", "c", "d", "e"] {
        spool.keep(&entry(&[text]), NOW).expect("there is room");
    }
    let files = spool.files();
    let whole = fs::read_to_string(&files[0]).expect("it is text");
    fs::write(&files[0], &whole[..whole.len() - 3]).expect("cut");
    fs::write(&files[1], whole.replace(r#""text":"a""#, r#""text":"z""#)).expect("changed");
    fs::write(&files[2], b"\0\0\0\0").expect("emptied");
    fs::write(&files[3], whole.replacen(":1,", ":2,", 1)).expect("of a later version");
    let said: Vec<String> =
        files[..4].iter().map(|file| spool.read(file).expect_err("it is damaged").to_string()).collect();
    let header = "its first line is not that of a spool file of a version that is known here";
    assert_eq!(
        said,
        [
            "it was cut short: 11 of 14 bytes are there",
            "its checksum does not fit its content",
            header,
            header
        ]
    );
    let aside = spool.set_aside(&files[0], "damaged").expect("it can be renamed");
    assert!(aside.exists() && aside != files[0]);
    assert_eq!(spool.files(), files[1..]);
    assert_eq!(spool.read(&files[4]).expect("it is whole"), entry(&["e"]));
}

#[test]
fn there_is_an_end_to_what_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let spool = Spool { bytes_max: 1000, ..spool(home.path(), None) };
    let mut kept = 0;
    let full = loop {
        match spool.keep(&entry(&["x"]), NOW) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, SpoolError::Full { most: 1000, .. }), "{full}");
    assert_eq!((kept, read_all(&spool).len()), (4, 4));
}

#[test]
fn one_at_a_time_has_the_turn() {
    let home = tempfile::tempdir().expect("a folder");
    let spool = spool(home.path(), None);
    spool.keep(&entry(&["x"]), NOW).expect("there is room");
    let turn = spool.turn().expect("it can be locked");
    assert!(turn.is_some() && spool.turn().expect("it is locked").is_none());
    drop(turn);
    assert!(spool.turn().expect("it can be locked").is_some());
}
