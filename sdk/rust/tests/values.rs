//! Fields, templates, comma lists, times and state, as tables.
#![allow(clippy::unwrap_used)]

use tellify_plugin::{AnyOf, Conditions, Error, Event, Severity, Template, Timestamp, Value, json, state};

fn event() -> Event {
    Event {
        id: "e1".into(),
        source: "host17".into(),
        kind: "disk.usage".into(),
        subject: Some("/sarc/cad".into()),
        time: Timestamp(1_795_173_242_455),
        severity: Some(Severity::Warning),
        tags: vec!["web".into(), "prod".into()],
        text: "Disk is full".into(),
        data: json!({
            "percent": 93.5, "spelled": " 7", "count": "12", "none": null, "yes": true,
            "disk": { "percent": 41, "subject": "inner" }, "disk.percent": 42,
            "list": [{ "n": 1 }, { "n": [2, 3] }], "empty": [], "subject": "of data", "data": { "x": 1 },
        }),
        ..Event::default()
    }
}

#[test]
fn a_path_leads_where_the_filter_says() {
    let all: [(&str, &[Value]); 16] = [
        ("type", &[json!("disk.usage")]),
        ("subject", &[json!("/sarc/cad")]),
        ("data.subject", &[json!("of data")]),
        ("tag", &[json!("web"), json!("prod")]),
        ("severity", &[json!("warning")]),
        ("effect", &[]),
        ("percent", &[json!(93.5)]),
        ("disk.percent", &[json!(42), json!(41)]),
        ("disk.subject", &[json!("inner")]),
        ("list.n", &[json!(1), json!(2), json!(3)]),
        ("empty", &[]),
        ("none", &[Value::Null]),
        ("data.data.x", &[json!(1)]),
        ("disk", &[json!({ "percent": 41, "subject": "inner" })]),
        ("percent.more", &[]),
        ("nowhere", &[]),
    ];
    let ours = event();
    let theirs = event::Event {
        id: ours.id.clone(),
        source: ours.source.clone(),
        kind: ours.kind.clone(),
        subject: ours.subject.clone(),
        time: event::Timestamp(ours.time.0),
        severity: Some(event::Severity::Warning),
        effect: None,
        origin: None,
        tags: ours.tags.clone(),
        text: ours.text.clone(),
        data: ours.data.clone(),
    };
    for (path, values) in all {
        assert_eq!(ours.fields(path), values, "{path}");
        assert_eq!(ours.has(path), !values.is_empty(), "{path}");
        let mut count = 0;
        event::FieldPath::parse(path).any(&theirs, |_| {
            count += 1;
            false
        });
        assert_eq!(count, values.len(), "the daemon finds another number of values at {path}");
    }
}

#[test]
fn a_number_is_a_number_or_a_text_that_spells_one() {
    let numbers =
        [("percent", Some(93.5)), ("count", Some(12.0)), ("spelled", None), ("yes", None), ("none", None)];
    for (path, number) in numbers {
        assert_eq!(event().number(path), number, "{path}");
    }
    assert_eq!(event().string("time").unwrap(), "2026-11-20T11:14:02.455Z");
}

#[test]
fn any_of_takes_a_comma_list_a_scalar_or_an_array() {
    let data = json!({ "step": "place", "code": 200, "ok": true, "runs": ["a", "b"] });
    let event = Event { data, ..Event::default() };
    let cases = [
        (json!("route, place"), "step", true),
        (json!("route"), "step", false),
        (json!("200,404"), "code", true),
        (json!(200), "code", true),
        (json!("true"), "ok", true),
        (json!(["x", "b"]), "runs", true),
        (json!("place"), "nowhere", false),
    ];
    for (written, path, holds) in cases {
        let any: AnyOf = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(any.holds(&event, path), holds, "{written} at {path}");
    }
    for wrong in [json!(""), json!([]), json!({}), json!([[1]])] {
        assert!(serde_json::from_value::<AnyOf>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn conditions_name_the_field_that_is_wrong() {
    let conditions: Conditions =
        serde_json::from_value(json!({ "type": "disk.usage", "tag": "web" })).unwrap();
    assert!(conditions.hold(&event()));
    assert_eq!(conditions.to_string(), "tag is web and type is disk.usage");
    let wrong = serde_json::from_value::<Conditions>(json!({ "tag": "" })).unwrap_err();
    assert!(wrong.to_string().contains("`tag`"), "{wrong}");
}

#[test]
fn a_template_fills_its_placeholders_on_one_line() {
    let render = |text: &str| {
        let own = |name: &str| (name == "limit").then(|| "90".to_owned());
        Template::parse(text).map(|template| template.render(&event(), own))
    };
    let lines = [
        ("{subject} at {percent} of {limit}", "/sarc/cad at 93.5 of 90"),
        ("{{{source}}}", "{host17}"),
        ("{nowhere} stays", "? stays"),
        ("a\r\nBcc: b\tc", "a Bcc: b c"),
    ];
    for (text, line) in lines {
        assert_eq!(render(text).unwrap(), line);
    }
    for (text, at) in [("a {b", 2), ("a }", 2), ("{}", 0), ("{a{b}}", 0)] {
        assert_eq!(render(text).unwrap_err().at, at, "{text}");
    }
}

#[test]
fn times_read_and_write_rfc_3339() {
    let times = [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
        ("2024-02-29T23:59:59.9999Z", 1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        ("2026-11-20T11:14:02.455521425+00:00", 1_795_173_242_455, "2026-11-20T11:14:02.455Z"),
        ("2026-11-20T12:14:02+01:00", 1_795_173_242_000, "2026-11-20T11:14:02.000Z"),
        ("1969-12-31T23:59:59.5-00:00", -500, "1969-12-31T23:59:59.500Z"),
    ];
    for (text, ms, written) in times {
        let time: Timestamp = text.parse().unwrap();
        assert_eq!((time.0, time.to_string().as_str()), (ms, written), "{text}");
        assert_eq!(time.to_string(), event::Timestamp(ms).to_string(), "the daemon writes {text} otherwise");
    }
    let wrong = ["", "2026-11-20", "2026-11-20T11:14:02", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z"];
    for text in
        wrong.into_iter().chain(["2026-11-20T24:00:00Z", "2026-11-20T11:14:02.Z", "2026-11-20T11:14:02+1"])
    {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn state_keeps_typed_values_within_its_limits() {
    tellify_plugin::testing::reset();
    assert_eq!(state::get::<Vec<u8>>("a").unwrap(), None);
    state::set("a", &[1, 2]).unwrap();
    assert_eq!(state::get::<Vec<u8>>("a").unwrap(), Some(vec![1, 2]));
    assert!(matches!(state::get::<String>("a"), Err(Error::Failed(why)) if why.contains("`a`")));
    assert_eq!(state::increment("n", 2.0).unwrap() + state::increment("n", 1.0).unwrap(), 5.0);
    assert!(state::increment("a", 1.0).is_err());
    assert!(state::set("big", &"x".repeat(65 << 10)).is_err());
    state::delete("a").unwrap();
    assert_eq!(state::keys("").unwrap(), ["n"]);
}
