//! Which two events are one, and which two contradict each other.

use event::Identity;
use ingest::Defaults;

use crate::{NOW, defaults, one, read};

fn identity(body: &str) -> Option<Identity> {
    one(body).identity
}

#[test]
fn an_id_names_an_event_within_its_source() {
    let first = identity(r#"{"id":"1","source":"a","n":1}"#).unwrap();
    let same = identity(r#"{ "n":1, "source":"a", "id":"\u0031" }"#).unwrap();
    let other_source = identity(r#"{"id":"1","source":"b","n":1}"#).unwrap();
    let other_id = identity(r#"{"id":"2","source":"a","n":1}"#).unwrap();
    let other_content = identity(r#"{"id":"1","source":"a","n":2}"#).unwrap();
    assert_eq!(first, same);
    assert_ne!(first.key, other_source.key);
    assert_ne!(first.key, other_id.key);
    assert_eq!(first.key, other_content.key);
    assert_ne!(first.content, other_content.content);
}

#[test]
fn source_and_id_do_not_run_into_each_other() {
    let a = identity(r#"{"id":"bc","source":"a"}"#).unwrap();
    let b = identity(r#"{"id":"c","source":"ab"}"#).unwrap();
    assert_ne!(a.key, b.key);
}

#[test]
fn the_content_is_what_was_sent_before_defaults() {
    let body = r#"{"id":"1","n":1}"#;
    let later = Defaults { now: NOW.plus_s(60), ..defaults() };
    let elsewhere = Defaults { source: "bob".to_owned(), ..defaults() };
    let read = |defaults: &Defaults| {
        let request = crate::request("application/json", "", body.as_bytes());
        ingest::read(&request, &event::EventLimits::default(), defaults).unwrap().events[0].identity.unwrap()
    };
    assert_eq!(read(&defaults()), read(&later));
    // Two tokens that leave out their source speak for two sources.
    assert_ne!(read(&defaults()).key, read(&elsewhere).key);
    assert_eq!(read(&defaults()).content, read(&elsewhere).content);
    // Said outright, a default is another content.
    assert_ne!(identity(r#"{"id":"1","n":1,"type":"event"}"#).unwrap().content, read(&defaults()).content);
}

#[test]
fn without_an_id_an_explicit_time_and_equal_fields_make_the_same_event() {
    let time = r#""time":"2026-11-20T10:00:00Z""#;
    let first = identity(&format!(r#"{{{time},"n":1}}"#)).unwrap();
    assert_eq!(identity(&format!(r#"{{"n":1,{time}}}"#)), Some(first));
    assert_ne!(identity(&format!(r#"{{"n":2,{time}}}"#)).unwrap().key, first.key);
    assert_ne!(identity(&format!(r#"{{"n":1,"source":"b",{time}}}"#)).unwrap().key, first.key);
}

#[test]
fn without_id_and_time_nothing_is_a_duplicate() {
    assert_eq!(identity(r#"{"n":1}"#), None);
    assert_eq!(identity(r#"{"n":1,"id":null,"time":null}"#), None);
}

#[test]
fn texts_and_forms_have_identities_too() {
    let text = |query| read("text/plain", query, "a=1").unwrap().events[0].identity;
    assert_eq!(text(""), None);
    assert_eq!(text("id=7"), text("id=7"));
    assert_ne!(text("id=7").unwrap().content, text("id=7&host=a").unwrap().content);
    assert!(text("time=1795168800").is_some());
}

/// These values are stored: if this fails, a version would forget what its
/// predecessor knew.
#[test]
fn the_hashes_stay_what_they_are() {
    let body = r#"{"id":"1","source":"a","v":[null,true,-1,2.5,"x",{"k":{}}]}"#;
    let found = identity(body).unwrap();
    assert_eq!(
        format!("{:032x} {:032x}", found.key, found.content),
        "65e028ee6cbde4a2083b79d1b4fb137c 8e1ab6a8421766da881b05bc824866d2"
    );
}
