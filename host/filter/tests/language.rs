//! What filters mean: (filter, event, verdict), one event shape after the other.
#![allow(clippy::unwrap_used)]

use event::{Effect, Event, Severity};
use filter::Filter;
use serde_json::{Value, json};

fn event(data: Value) -> Event {
    Event {
        id: "e1".into(),
        source: "web3".into(),
        kind: "deploy.finished".into(),
        subject: Some("/sarc/cad".into()),
        time: "2026-11-20T10:00:00Z".parse().unwrap(),
        severity: Some(Severity::Warning),
        effect: Some(Effect::Negative),
        origin: None,
        tags: vec!["vimeo".into(), "Prod".into()],
        text: "Process gc_t was killed: Out of MEMORY".into(),
        data,
    }
}

#[track_caller]
fn check(data: Value, cases: &[(&str, bool)]) {
    let event = event(data);
    for (text, verdict) in cases {
        let filter = Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(filter.matches(&event), *verdict, "{text}");
    }
}

#[test]
fn the_example_of_the_design_holds() {
    let text = "type:deploy* tag:vimeo severity>=warning percent>90 -source:web3 \
                (project:vr0 OR project:vr1) \"out of memory\"";
    let mut event = event(json!({"percent": 93.5, "project": "vr1"}));
    let filter = Filter::parse(text).unwrap();
    assert!(!filter.matches(&event));
    event.source = "web4".into();
    assert!(filter.matches(&event));
}

#[test]
fn terms_combine_by_and_or_not_and_parentheses() {
    check(
        json!({"a": 1, "b": 2}),
        &[
            ("", true),
            ("  \n\t ", true),
            ("a:1 b:2", true),
            ("a:1 AND b:2", true),
            ("a:1 b:3", false),
            ("a:9 OR b:2", true),
            // AND binds closer than OR.
            ("a:1 OR b:2 b:3", true),
            ("a:1 b:3 OR b:2", true),
            ("(a:1 OR b:2) b:3", false),
            ("-a:1", false),
            ("NOT a:1", false),
            ("NOT a:9 b:2", true),
            ("NOT (a:9 b:2)", true),
            ("-(a:1 OR a:9)", false),
            ("--a:1", true),
            ("NOT -NOT a:1", false),
            ("NOT(a:9)b:2", true),
            ("((((a:1))))", true),
        ],
    );
}

#[test]
fn operators_are_words_unless_in_capitals() {
    let mut event = event(json!({}));
    event.text = "this or that and not OR".into();
    for text in ["or", "not", "this and not", "\"OR\"", "\"that and not\""] {
        assert!(Filter::parse(text).unwrap().matches(&event), "{text}");
    }
}

#[test]
fn a_value_is_exact_and_case_sensitive() {
    check(
        json!({"project": "vr0", "note": "a b", "star": "a*b", "quote": "say \"hi\" \\o/", "url": "http://h:80/x=y", "empty": ""}),
        &[
            ("project:vr0", true),
            ("project:VR0", false),
            ("project:vr", false),
            ("Project:vr0", false),
            ("data.project:vr0", true),
            ("note:\"a b\"", true),
            ("note:\"a  b\"", false),
            ("url:http://h:80/x=y", true),
            ("star:\"a*b\"", true),
            ("note:\"a*b\"", false),
            (r#"quote:"say \"hi\" \\o/""#, true),
            ("empty:\"\"", true),
            ("project:\"\"", false),
            ("id:e1 source:web3 type:deploy.finished subject:/sarc/cad", true),
            ("severity:warning effect:negative", true),
            ("severity:error", false),
            ("time:2026-11-20T11:00:00+01:00", true),
            ("tag:Prod", true),
            ("tag:prod", false),
        ],
    );
}

#[test]
fn stars_stand_for_any_characters_of_a_text() {
    check(
        json!({"path": "/sarc/cad/sarc", "n": 1234, "a": "aa", "empty": ""}),
        &[
            ("path:/sarc*", true),
            ("path:*cad*", true),
            ("path:*/sarc", true),
            ("path:/*/cad/*", true),
            ("path:/sarc*/cad", false),
            ("path:*SARC", false),
            ("path:/sarc/cad/sarc*", true),
            ("path:/sarc*/sarc*/sarc", false),
            // The two ends may not share characters.
            ("a:a*a", true),
            ("a:aa*a", false),
            ("a:**a**", true),
            ("severity:w*", true),
            // A number is no text.
            ("n:12*", false),
            ("-n:12*", true),
            ("empty:*x", false),
        ],
    );
}

#[test]
fn a_star_alone_asks_for_presence() {
    check(
        json!({"null": null, "object": {"x": 1}, "empty": [], "false": false}),
        &[
            ("null:*", true),
            ("object:*", true),
            ("object.x:*", true),
            ("false:**", true),
            ("empty:*", false),
            ("gone:*", false),
            ("-gone:*", true),
            ("subject:*", true),
            ("origin:*", false),
            ("type:* time:* tag:*", true),
        ],
    );
}

#[test]
fn numbers_compare_numerically_where_both_sides_parse() {
    check(
        json!({"n": 90, "t": "90.0", "word": "ninety", "big": "9007199254740993", "bignum": 9007199254740993u64, "yes": true, "nothing": null}),
        &[
            ("n:90", true),
            ("n:90.0", true),
            ("n:\"9e1\"", true),
            ("n:91", false),
            ("t:90", true),
            ("t:9e1", true),
            ("n>89.9", true),
            ("n>90", false),
            ("n>=90", true),
            ("n<90", false),
            ("n<=90", true),
            ("n=90", true),
            ("n>-1e300", true),
            ("t>89", true),
            ("t=\"90\"", true),
            ("word>1", false),
            ("word<1", false),
            ("yes:true", true),
            ("yes:1", false),
            ("yes>0", false),
            ("nothing:null", true),
            ("nothing<1", false),
            // Long integers as texts are told apart by their digits.
            ("big:9007199254740993", true),
            ("big:9007199254740992", false),
            ("bignum:9007199254740993", true),
            // Such words are no numbers.
            ("n:NaN", false),
            ("n:infinity", false),
        ],
    );
}

#[test]
fn times_and_severities_have_an_order() {
    check(
        json!({"until": "2026-11-21T00:00:00+02:00", "level": "error", "n": 5}),
        &[
            ("severity>=warning", true),
            ("severity>warning", false),
            ("severity<critical", true),
            ("severity=warning", true),
            ("level>=error", true),
            ("level<error", false),
            ("n>=error", false),
            ("time>2026-11-20T09:59:59.999Z", true),
            ("time>=2026-11-20T11:00:00+01:00", true),
            ("time<2026-11-20T10:00:00Z", false),
            ("until>2026-11-20T21:59:59Z", true),
            ("until>2026-11-20T22:00:00Z", false),
            ("n>2026-11-20T22:00:00Z", false),
            ("level>2026-11-20T22:00:00Z", false),
        ],
    );
}

#[test]
fn what_is_missing_or_of_another_type_is_false_and_its_negation_true() {
    for term in
        ["gone:x", "gone:x*", "gone>1", "gone<1", "gone=1", "gone:\"\"", "object:x", "object>1", "object:{}"]
    {
        check(
            json!({"object": {"x": 1}}),
            &[(term, false), (&format!("-{term}"), true), (&format!("NOT {term}"), true)],
        );
    }
    check(json!("no object"), &[("a:x", false), ("-a:x", true)]);
    check(Value::Null, &[("origin:internal", false), ("-origin:internal", true)]);
}

#[test]
fn an_array_answers_yes_when_any_element_does() {
    check(
        json!({"list": [1, "two", [3]], "things": [{"k": "a"}, {"k": "b", "n": 7}], "p": [80, 99]}),
        &[
            ("list:1 list:two list:3", true),
            ("list:4", false),
            ("things.k:a things.k:b", true),
            ("things.n>6", true),
            // Each comparison may be met by another element.
            ("p>90 p<85", true),
            ("-p>90", false),
            ("tag:vimeo tag:Prod", true),
        ],
    );
}

#[test]
fn a_path_leads_through_objects_and_keys_with_dots() {
    check(
        json!({"disk": {"percent": 93}, "net.in": 5, "type": "inner", "odd key": 1, "a:b": 2, "-x": 3, "data": {"data": 4}}),
        &[
            ("disk.percent>90", true),
            ("data.disk.percent>90", true),
            ("net.in:5", true),
            ("type:inner", false),
            ("data.type:inner", true),
            ("\"odd key\":1", true),
            ("\"a:b\"=2", true),
            ("\"-x\":3", true),
            ("-x:3", true),
            ("data.data.data:4", true),
        ],
    );
}

#[test]
fn bare_words_and_phrases_search_all_texts() {
    check(
        json!({"message": "Disk FULL on", "deep": [{"s": "host17 Größe"}], "n": 42, "key": "value"}),
        &[
            ("memory", true),
            ("Memory", true),
            ("memor", false),
            ("memories", false),
            ("gc_t", true),
            ("\"out of memory\"", true),
            ("\"OUT of Memory\"", true),
            ("\"of out memory\"", false),
            ("\"out memory\"", false),
            ("\"killed out\"", true),
            // type, source, subject, tags, strings in data
            ("deploy", true),
            ("deploy.finished", true),
            ("web3", true),
            ("cad", true),
            ("prod", true),
            ("full", true),
            ("GRÖSSE", true),
            // A phrase does not reach from one text into the next.
            ("\"on host17\"", false),
            // Keys and numbers are no texts.
            ("message", false),
            ("42", false),
            ("-nowhere", true),
            ("-memory", false),
            ("-\"out of memory\"", false),
        ],
    );
}
