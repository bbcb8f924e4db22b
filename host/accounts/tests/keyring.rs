//! Keys on a disk, and what they open.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use accounts::{Belonging, Keyring, Unreadable};
use event::{Ciphertext, KeyId, Name};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The one key that lies in the folder.
fn file(data: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(data.join("keys")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// A mailbox under a new key of alice's.
fn sealed(keyring: &Keyring, alice: &Name) -> Ciphertext {
    let key = keyring.mint().unwrap();
    keyring.encrypt(&key, &Belonging { person: alice, kind: "email", name: "" }, &"a@example.org").unwrap()
}

fn open(keyring: &Keyring, alice: &Name, cipher: &Ciphertext) -> Result<String, Unreadable> {
    keyring.decrypt(&Belonging { person: alice, kind: "email", name: "" }, cipher)
}

#[test]
fn a_key_is_a_file_that_nobody_else_can_read() {
    let data = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(data.path()).unwrap();
    let id = keyring.mint().unwrap();
    let path = file(data.path());
    assert_eq!(path.file_name().unwrap(), id.as_str());
    assert_eq!((mode(&path), fs::read(&path).unwrap().len()), (0o600, 32));
    assert_eq!(mode(&data.path().join("keys")), 0o700);
    assert_ne!(keyring.mint().unwrap(), id);
}

#[test]
fn a_folder_that_others_can_read_is_closed_to_them() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir(data.path().join("keys")).unwrap();
    fs::set_permissions(data.path().join("keys"), Permissions::from_mode(0o755)).unwrap();
    Keyring::open(data.path()).unwrap();
    assert_eq!(mode(&data.path().join("keys")), 0o700);
}

#[test]
fn what_was_encrypted_opens_again_after_a_restart_and_never_looks_the_same() {
    let (data, alice) = (tempfile::tempdir().unwrap(), name("alice"));
    let first = Keyring::open(data.path()).unwrap();
    let key = first.mint().unwrap();
    let belonging = Belonging { person: &alice, kind: "email", name: "" };
    let twice = [(); 2].map(|()| first.encrypt(&key, &belonging, &"a@example.org").unwrap());
    assert_ne!(twice[0], twice[1]);
    assert!(!format!("{twice:?}").contains("example"));
    let second = Keyring::open(data.path()).unwrap();
    for cipher in &twice {
        assert_eq!(open(&second, &alice, cipher).unwrap(), "a@example.org");
    }
}

#[test]
fn it_opens_only_as_what_it_is() {
    let (data, alice, bob) = (tempfile::tempdir().unwrap(), name("alice"), name("bob"));
    let keyring = Keyring::open(data.path()).unwrap();
    let cipher = sealed(&keyring, &alice);
    let cases = [
        (Belonging { person: &bob, kind: "email", name: "" }, "another person"),
        (Belonging { person: &alice, kind: "address", name: "" }, "another kind"),
        (Belonging { person: &alice, kind: "email", name: "x" }, "another thing"),
    ];
    for (belonging, what) in cases {
        assert_eq!(keyring.decrypt::<String>(&belonging, &cipher), Err(Unreadable::Damaged), "{what}");
    }
    let other = Ciphertext { key: keyring.mint().unwrap(), ..cipher.clone() };
    assert_eq!(open(&keyring, &alice, &other), Err(Unreadable::Damaged), "another key");
    for text in [String::new(), "?".into(), cipher.cipher[..20].into(), swapped(&cipher.cipher)] {
        let changed = Ciphertext { key: cipher.key.clone(), cipher: text };
        assert_eq!(open(&keyring, &alice, &changed), Err(Unreadable::Damaged), "{changed:?}");
    }
}

/// The text with one of its characters changed.
fn swapped(text: &str) -> String {
    let (at, other) = (text.len() / 2, if text.as_bytes()[text.len() / 2] == b'A' { "B" } else { "A" });
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn a_destroyed_key_opens_nothing_any_more_and_leaves_no_file() {
    let (data, alice) = (tempfile::tempdir().unwrap(), name("alice"));
    let keyring = Keyring::open(data.path()).unwrap();
    let cipher = sealed(&keyring, &alice);
    // A second name of the file shows what is left of its bytes.
    let kept = data.path().join("kept");
    fs::hard_link(file(data.path()), &kept).unwrap();
    assert!(keyring.destroy(&cipher.key).unwrap());
    assert_eq!(open(&keyring, &alice, &cipher), Err(Unreadable::KeyMissing));
    assert!(!keyring.holds(&cipher.key));
    assert_eq!(fs::read_dir(data.path().join("keys")).unwrap().count(), 0);
    assert_eq!(fs::read(kept).unwrap(), [0; 32]);
    assert!(!keyring.destroy(&cipher.key).unwrap(), "it was gone already");
}

/// The file is a pipe while it is read, so that the reader stands still in the middle.
#[test]
fn a_key_that_is_destroyed_while_somebody_reads_it_is_not_kept_in_memory() {
    let (data, alice) = (tempfile::tempdir().unwrap(), name("alice"));
    let cipher = sealed(&Keyring::open(data.path()).unwrap(), &alice);
    let (path, aside) = (file(data.path()), data.path().join("aside"));
    fs::rename(&path, &aside).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let keyring = Keyring::open(data.path()).unwrap();
    let read = thread::scope(|scope| {
        let reader = scope.spawn(|| open(&keyring, &alice, &cipher));
        // Opens once the reader has opened it; and until this end is closed, the reader reads on.
        let mut pipe = File::options().write(true).open(&path).unwrap();
        pipe.write_all(&fs::read(&aside).unwrap()).unwrap();
        fs::rename(&aside, &path).unwrap();
        assert!(keyring.destroy(&cipher.key).unwrap());
        drop(pipe);
        reader.join().unwrap()
    });
    assert_eq!(read.unwrap(), "a@example.org", "it was begun before");
    assert_eq!(open(&keyring, &alice, &cipher), Err(Unreadable::KeyMissing), "it is not remembered");
}

#[test]
fn a_key_that_is_missing_or_cut_is_an_answer_and_no_failure() {
    let (data, alice) = (tempfile::tempdir().unwrap(), name("alice"));
    let cipher = sealed(&Keyring::open(data.path()).unwrap(), &alice);
    let path = file(data.path());
    for bytes in [Some(vec![0; 31]), Some(vec![0; 33]), Some(Vec::new()), None] {
        match &bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let keyring = Keyring::open(data.path()).unwrap();
        assert_eq!(open(&keyring, &alice, &cipher), Err(Unreadable::KeyMissing), "{bytes:?}");
        assert!(!keyring.holds(&cipher.key));
    }
    let unknown = KeyId::from_bits(7);
    let keyring = Keyring::open(data.path()).unwrap();
    let refused = keyring.encrypt(&unknown, &Belonging { person: &alice, kind: "email", name: "" }, &"x");
    assert_eq!(refused.unwrap_err().to_string(), format!("there is no key {unknown}"));
}
