//! Tellify as a service: told to be ready, to reload and to stop by its manager.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{Process, ask};
use crate::world::binary;

#[test]
fn the_manager_hears_of_readiness_life_reload_and_stop() {
    let daemon = Process::start("");
    let heard =
        daemon.hears(&["STATUS=opening the journal", "READY=1", "STATUS=serving on http://", "WATCHDOG=1"]);
    assert!(!heard.iter().any(|line| line.starts_with("RELOADING")), "{heard:?}");
    assert_eq!(daemon.ask("GET", "/readyz", "").unwrap(), (200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(daemon.client(&["status"]).status.code(), Some(0));

    daemon.tell(Signal::HUP);
    daemon.hears(&["RELOADING=1", "MONOTONIC_USEC=", "READY=1", "WATCHDOG=1"]);
    daemon.tell(Signal::TERM);
    daemon.hears(&["STOPPING=1"]);
    let address = daemon.address;
    let (status, _folder) = daemon.ended();
    assert_eq!(status.code(), Some(0));
    let away =
        Command::new(binary()).args(["status", "--url", &format!("http://{address}")]).output().unwrap();
    assert_eq!(away.status.code(), Some(5), "{}", text(&away.stderr));
}

#[test]
fn a_stop_under_load_loses_nothing_that_was_acknowledged() {
    const SENDERS: usize = 8;
    let daemon = Process::start("");
    let (address, (acknowledged, receiver)) = (daemon.address, mpsc::channel());
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let acknowledged = acknowledged.clone();
            thread::spawn(move || {
                // Until nobody listens any more.
                for n in 0.. {
                    let event = format!(r#"{{"id":"{sender}-{n}","source":"load","type":"load"}}"#);
                    match ask(address, "POST", "/api/v1/events", &event) {
                        Ok((202, _)) => acknowledged.send(format!("{sender}-{n}")).unwrap(),
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
            })
        })
        .collect();
    drop(acknowledged);
    let mut ids: Vec<String> = receiver.iter().take(200).collect();
    daemon.tell(Signal::TERM);
    ids.extend(receiver.iter());
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let (status, folder) = daemon.ended();
    assert_eq!(status.code(), Some(0));
    let tails = files(&folder.path().join("data/journal/log"), "tail");
    assert!(tails.is_empty(), "the tail is not sealed: {tails:?}");

    let daemon = Process::on(folder);
    let listed = daemon.client(&["event", "list", "type:load", "--all", "-o", "json"]);
    let events: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let stored: std::collections::HashSet<&str> =
        events.iter().filter_map(|event| event["id"].as_str()).collect();
    let lost: Vec<&String> = ids.iter().filter(|id| !stored.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "of {} acknowledged: {lost:?}", ids.len());
    assert_eq!(stored.len(), events.len(), "nothing is there twice");
}

#[test]
fn whoever_says_stop_twice_waits_for_nobody() {
    let daemon = Process::start("");
    // A request whose body never comes: a stop would wait ten seconds for it.
    let mut slow = TcpStream::connect(daemon.address).unwrap();
    let head =
        format!("POST /api/v1/events HTTP/1.1\r\nHost: {}\r\nContent-Length: 10\r\n\r\n", daemon.address);
    slow.write_all(head.as_bytes()).unwrap();
    // An answered request behind it: the slow one has been taken up.
    daemon.ask("GET", "/healthz", "").unwrap();
    daemon.tell(Signal::TERM);
    daemon.hears(&["STOPPING=1"]);
    daemon.tell(Signal::TERM);
    let (status, folder) = daemon.ended();
    assert_eq!(status.code(), Some(0));
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("stopping without waiting for anybody"), "{log}");
}

#[test]
fn a_reload_takes_what_it_can_and_names_what_waits() {
    let daemon = Process::start("[log]\nlevel = \"info\"\n");
    daemon.hears(&["READY=1"]);
    let reload = |configuration: &str| {
        fs::write(daemon.folder.path().join("tellify.toml"), configuration).unwrap();
        daemon.tell(Signal::HUP);
        daemon.hears(&["RELOADING=1", "READY=1"]);
    };
    let many = || daemon.ask("POST", "/api/v1/events", "[{},{},{}]").unwrap().0;
    assert_eq!(many(), 202);

    reload("[events]\nbatch_events = 2\n[journal]\nseal_after_h = 5\n[door.site]\nplugin = \"puppet\"\n");
    assert_eq!(many(), 413, "{}", daemon.log());
    assert_eq!(daemon.ask("POST", "/in/site", "").unwrap().0, 400, "the new door is open");
    let log = daemon.log();
    assert!(log.contains("door.site, events.batch_events"), "{log}");
    assert!(
        log.contains("these keys change with the next start") && log.contains("journal.seal_after_h"),
        "{log}"
    );

    for (wrong, says) in [
        ("[events]\nbatch_event = 9\n", "batch_events"),
        ("[events]\nbatch_events = 9\n[log]\nlevel = \"info,[\"\n", "log.level"),
        ("[events]\nbatch_events = 9\n[mail]\nhost = \"localhost\"\nfrom = \"nobody\"\n", "mail"),
    ] {
        reload(wrong);
        let log = daemon.log();
        let last = log.lines().rev().find(|line| line.contains("not taken")).unwrap_or_default();
        assert!(last.contains("all stays as it was"), "{wrong}: {log}");
        assert!(log.contains(says), "{wrong}: {log}");
        assert_eq!(many(), 413, "{wrong}: {log}");
    }

    reload("[log]\nlevel = \"error\"\n");
    assert_eq!(many(), 202);
    let before = daemon.log();
    reload("[events]\nbatch_events = 2\n[log]\nlevel = \"error\"\n");
    assert_eq!(many(), 413);
    assert_eq!(daemon.log(), before, "the log is quieter now");
}

#[test]
fn what_cannot_be_used_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("file"));
    fs::write(&file, "").unwrap();
    let (data, below_file) = (data.to_str().unwrap(), file.join("data"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let free = "127.0.0.1:0";
    let cases = [
        ("/sys/tellify", free, &["the folder /sys/tellify cannot be used", "What to do"]),
        (below_file.to_str().unwrap(), free, &["cannot be used", "a file is in its way"]),
        (data, &taken, &["cannot listen on", "another program listens there already"]),
        (data, "192.0.2.1:8355", &["cannot listen on 192.0.2.1:8355", "no such address"]),
    ];
    for (data, listen, says) in cases {
        let ended = serve(&["--data", data, "--listen", listen]);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{data} {listen}: {said}");
        assert!(says.iter().all(|part| said.contains(part)), "{data} {listen}: {said}");
    }
}

#[test]
fn a_second_one_on_the_same_folder_and_port_names_the_first() {
    let daemon = Process::start("");
    let (data, first) = (daemon.data(), format!("process {}", daemon.pid()));
    for listen in [daemon.address.to_string(), "127.0.0.1:0".to_owned()] {
        let ended = serve(&["--data", data.to_str().unwrap(), "--listen", &listen]);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(&first) && said.contains("choose another --data"), "{said}");
    }
}

#[test]
fn a_configuration_that_cannot_work_has_an_exit_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tellify.toml");
    for (text_of_file, says) in
        [("[server]\nlistn = \"\"\n", "server.listen"), ("[log]\nlevel = \"a=b=c\"\n", "log.level")]
    {
        fs::write(&file, text_of_file).unwrap();
        let ended = serve(&["--config", file.to_str().unwrap(), "--data", folder.path().to_str().unwrap()]);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(78), "{said}");
        assert!(said.contains(says), "{said}");
    }
}

/// On a file system of its own of so few bytes, which a mount table of our own makes
/// possible; without one there is nothing to test on.
#[test]
fn a_folder_without_space_says_so_and_leaves_nothing_that_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=4k tmpfs \"$1\" || exit 99
        head -c 4096 /dev/zero >\"$1/ballast\"
        \"$2\" serve --listen 127.0.0.1:0 --data \"$1\" 2>&1; echo \"ended with $?\"; ls \"$1\"";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .args([folder.path(), &binary()])
        .output();
    let output = match output {
        Ok(output) if output.status.success() => text(&output.stdout),
        _ => return eprintln!("skipped: this machine lets nobody mount anything"),
    };
    assert!(output.contains("No space left") && output.contains("make room there"), "{output}");
    assert!(output.contains("ended with 1\nballast\n"), "{output}");
}

fn serve(arguments: &[&str]) -> Output {
    Command::new(binary()).arg("serve").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The names in a folder that begin so.
fn files(folder: &Path, beginning: &str) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(beginning)).collect()
}
