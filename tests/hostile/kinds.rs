//! The same attacks by plugins of the other kinds, which reach more than a handler does: each
//! is contained, and nobody else notices.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use event::{PluginKind, Severity};
use plugins::{CallError, IngestRequest, LoadError, Message, Nothing as NothingOutside, Plugin};
use serde_json::json;
use testkit::{TextGuest, guest};

use crate::hostile::alone::{NOW, answer, config, host};
use crate::hostile::attack::{Nothing, texts};

const WORLDS: [&str; 4] = ["monitor", "source", "channel", "ingest"];

#[test]
fn each_attack_is_contained_whatever_the_kind_of_plugin() {
    let host = host();
    let good = host.load(guest("counter")).unwrap();
    let expected = answer(&good, json!({"every": 1})).unwrap();
    let (mut table, mut tried, mut wrong) = (String::new(), 0, Vec::new());
    for world in WORLDS {
        for text in texts().into_iter().filter(|text| text.fits(world)) {
            let plugin = host.load(TextGuest { world, ..text.guest() }.component().into());
            tried += 1;
            match ended(plugin) {
                Ok(said) => writeln!(table, "{world} {}: {said}", text.name).unwrap(),
                Err(why) => wrong.push(format!("{world} {}: {why}", text.name)),
            }
            if answer(&good, json!({"every": 1})).as_ref() != Ok(&expected) {
                wrong.push(format!("{world} {}: the good plugin answers otherwise now", text.name));
            }
        }
    }
    println!("attacks by other kinds: {} of {tried} contained", tried - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("other_kinds", table);
}

/// How it ended; an error when that was not its own end.
fn ended(plugin: Result<Plugin, LoadError>) -> Result<String, String> {
    let plugin = match plugin {
        Ok(plugin) => plugin,
        Err(refused @ LoadError::DoesNotStart(_)) => return Ok(format!("refused: {refused}")),
        Err(other) => return Err(format!("it does not load: {other}")),
    };
    match plugin.describe().and_then(|_| called(&plugin)) {
        Ok(()) => Ok("nothing".to_owned()),
        Err(error @ CallError::Host { .. }) => Err(error.to_string()),
        Err(error) => Ok(error.to_string()),
    }
}

/// Calls it for what its kind is there for.
fn called(plugin: &Plugin) -> Result<(), CallError> {
    let (config, outside) = (config(json!({})), Arc::new(NothingOutside));
    match plugin.kind() {
        PluginKind::Monitor => plugin.check(&config, NOW, Arc::new(Nothing), outside).answer.map(drop),
        PluginKind::Source => {
            let method = plugin.methods()?.into_iter().next().map(|method| method.name);
            let method = method.unwrap_or_default();
            plugin.query(&config, NOW, &method, &json!({}), outside, Duration::MAX).answer.map(drop)
        }
        PluginKind::Channel => plugin.deliver(&config, NOW, &message(), outside).answer.map(drop),
        PluginKind::Ingest => plugin.accept(&config, NOW, request(), outside).answer.map(drop),
        PluginKind::Handler => unreachable!("there is another table of them"),
    }
}

fn message() -> Message {
    Message {
        id: "d1".into(),
        recipient: "alice".into(),
        severity: Severity::Error,
        subject: "a subject".into(),
        text: "a line".into(),
        ascii: "some lines".into(),
        html: None,
        items: Vec::new(),
        links: Vec::new(),
        previous: None,
        attempt: 1,
    }
}

fn request() -> IngestRequest {
    IngestRequest {
        method: "POST".into(),
        path: "/".into(),
        query: String::new(),
        headers: vec![("a".into(), "b".into())],
        body: b"a body".to_vec(),
        remote: "192.0.2.1".into(),
    }
}
