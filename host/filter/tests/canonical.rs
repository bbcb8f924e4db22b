//! The canonical form parses back to the same filter, whatever was written.
#![allow(clippy::unwrap_used)]

use filter::Filter;
use proptest::prelude::*;

#[test]
fn the_canonical_form_is_the_shortest_way_to_say_it() {
    let cases = [
        ("", ""),
        ("  a:1   AND  b:2 ", "a:1 b:2"),
        ("(a:1 (b:2 c:3)) OR (d:4 OR e:5)", "a:1 b:2 c:3 OR d:4 OR e:5"),
        ("a:1 (b:2 OR c:3)", "a:1 (b:2 OR c:3)"),
        ("NOT NOT NOT (a:1 b:2)", "-(a:1 b:2)"),
        ("NOT (-a:1)", "a:1"),
        ("data.percent>90.00", "percent>90"),
        ("percent<=1e300", "percent<=1e300"),
        ("data.type:\"x\"", "data.type:x"),
        ("a:\"x*\" b:\"<1\" c:\"\" d:\"x)\"", "a:\"x*\" b:\"<1\" c:\"\" d:\"x)\""),
        ("\"odd key\":\"say \\\"hi\\\"\" \"plain\":C:\\dir", "\"odd key\":\"say \\\"hi\\\"\" plain:C:\\dir"),
        ("time:2026-11-20T11:00:00+01:00", "time=2026-11-20T10:00:00.000Z"),
        ("Out-of MEMORY", "\"out of\" memory"),
        ("a:*** b:*x*", "a:* b:*x*"),
    ];
    for (text, canonical) in cases {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.to_string(), canonical, "{text}");
        assert_eq!(Filter::parse(canonical).unwrap(), filter, "{text}");
    }
}

#[test]
fn a_filter_is_saved_as_its_text() {
    assert!(serde_json::from_str::<Filter>("\"percent > 1\"").is_err());
    let filter: Filter = serde_json::from_str("\"NOT a:1\"").unwrap();
    assert_eq!(serde_json::to_string(&filter).unwrap(), "\"-a:1\"");
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c*<>=:!/\\\\.-]{1,6}",
        "\"([a-cÉß *()<>:=-]|\\\\\\\\|\\\\\"){0,8}\"",
        any::<f64>().prop_map(|n| n.to_string()),
        any::<i32>().prop_map(|n| n.to_string()),
        Just("warning".to_owned()),
        (0i64..4_000_000_000_000).prop_map(|ms| event::Timestamp(ms).to_string()),
    ]
}

fn term() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        "(data\\.){0,2}[a-cA-Z@_-]{1,3}(\\.[a-c]){0,2}",
        "\"[a-c .:*-]{0,4}\"",
        prop::sample::select(vec!["type", "severity", "time", "tag", "OR", "NOT", "data"])
            .prop_map(String::from),
    ];
    let operator = prop::sample::select(vec![":", ":", ":", ">", ">=", "<", "<=", "="]);
    prop_oneof![
        3 => (field, operator, value()).prop_map(|(f, o, v)| format!("{f}{o}{v}")),
        1 => "[a-cÉßΐİ0-9._/-]{1,6}",
        1 => "\"[a-cÉßΐİ _-]{0,8}\"",
    ]
}

fn filter() -> impl Strategy<Value = String> {
    term().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" AND  ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("( {})", parts.join(" OR "))),
            inner.clone().prop_map(|part| format!("-({part} )")),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

fn round_trips(text: &str) -> Result<(), TestCaseError> {
    if let Ok(filter) = Filter::parse(text) {
        let canonical = filter.to_string();
        prop_assert_eq!(Filter::parse(&canonical), Ok(filter), "{}", canonical);
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_was_understood_displays_as_a_text_that_says_the_same(text in filter()) {
        round_trips(&text)?;
    }

    #[test]
    fn any_soup_of_signs_is_understood_or_refused_with_a_place_in_it(
        text in "([-()\":*<>=\\\\ !.a1é\n\t]|OR|AND|NOT|severity|time|data\\.){0,24}"
    ) {
        round_trips(&text)?;
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(text.is_char_boundary(error.offset));
            error.pointed_at(&text);
        }
    }
}
