//! Strings that a JSON parser must take or refuse, each as the value of a key.

use serde_json::{Value, json};

use crate::{one, read, refusal};

#[test]
fn valid_json_is_taken_as_it_stands() {
    let cases: &[(&str, Value)] = &[
        ("[]", json!([])),
        ("[ ]", json!([])),
        ("[[]]", json!([[]])),
        ("[null, 1, \"1\", {}]", json!([null, 1, "1", {}])),
        ("123e65", json!(123e65)),
        ("0e+1", json!(0.0)),
        ("-0", json!(-0.0)),
        ("-0.1", json!(-0.1)),
        ("1E-2", json!(0.01)),
        ("1e-400", json!(0.0)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("123.456789012345678901234567890", json!(123.456_789_012_345_68)),
        (r#""\u0060\u012a\u12AB""#, json!("\u{60}\u{12a}\u{12ab}")),
        (r#""\uD801\udc37""#, json!("\u{10437}")),
        (r#""\"\\\/\b\f\n\r\t""#, json!("\"\\/\u{8}\u{c}\n\r\t")),
        (r#""\u0000""#, json!("\0")),
        ("\"\u{7f}\u{2028}\u{fffe}\u{10ffff}\"", json!("\u{7f}\u{2028}\u{fffe}\u{10ffff}")),
        (r#"{"":0}"#, json!({"": 0})),
        (r#"{"a\u0000b":{"c":[true,false]}}"#, json!({"a\0b": {"c": [true, false]}})),
    ];
    for (text, value) in cases {
        assert_eq!(&one(&format!("{{\"v\":{text}}}")).event.data["v"], value, "{text}");
    }
}

#[test]
fn invalid_json_is_refused_with_a_sentence() {
    let cases = [
        "",
        "1 true",
        "a",
        "[1,,2]",
        "[1 2]",
        "[1,]",
        "[,1]",
        "[1",
        "[",
        "]",
        "[\"x\"]]",
        "{]",
        "[}",
        "{,}",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{1:1}",
        "{null:1}",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        "-",
        "- 1",
        "01",
        "-01",
        "1.",
        ".1",
        "1.e1",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "1eE2",
        "\u{ff11}",
        "\"",
        "\"\\\"",
        "\"\\x00\"",
        "\"\\u00A\"",
        "\"\\uD834\"",
        "\"\\uDd1e\"",
        "\"\\uD800\\n\"",
        "\"\\uD800\\uD800\"",
        "\"\\a\"",
        "\"\\🌀\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"a\u{0}b\"",
        "'a'",
        "1e400",
        "-1e400",
        "[1]/**/",
        "/*a*/1",
        "1//a",
        "1#",
        "\u{a0}1",
        "\u{feff}1",
        "\u{c}1",
        "undefined",
        "<.>",
        "{\"a\":1}}",
        "[1]x",
        "**",
    ];
    for text in cases {
        let (status, _, _, detail) = refusal(&format!("{{\"v\":{text}}}"));
        assert_eq!(status, 400, "{text}");
        assert!(!detail.is_empty(), "{text}");
    }
}

#[test]
fn what_stands_behind_the_value_is_refused() {
    for body in [
        "{}}",
        "{}x",
        "{}{}",
        "{} {}",
        "{},{}",
        "[{}]]",
        "[{}] {}",
        "[{}]\n[{}]x",
        "{}#",
        "{}\n\"x\"",
        "{}\u{0}",
    ] {
        assert_eq!(refusal(body).0, 400, "{body}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_at_any_depth() {
    let cases = [
        (r#"{"a":1,"a":1}"#, "/a"),
        (r#"{"type":"x","type":"x"}"#, "/type"),
        (r#"{"a":1,"\u0061":2}"#, "/a"),
        (r#"{"data":{"b":[{},{"c":1,"c":2}]}}"#, "/data/b/1/c"),
    ];
    for (body, pointer) in cases {
        let (status, _, found, detail) = refusal(body);
        assert_eq!((status, found.as_str()), (400, pointer), "{body}");
        assert!(detail.contains("given twice"), "{detail}");
    }
}

#[test]
fn what_the_parser_stumbles_over_has_a_pointer_too() {
    for (body, pointer) in [(r#"{"a":{"b":[1,"\uD834"]}}"#, "/a/b/1"), (r#"{"a":[1e400]}"#, "/a/0")] {
        let (status, _, found, detail) = refusal(body);
        assert_eq!((status, found.as_str()), (400, pointer), "{body}: {detail}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for bytes in
        [&b"{\"a\":\"\xff\"}"[..], b"{\"\xc0\xa0\":1}", b"\xff\xfe{\0}\0", b"{\"a\":\"\xed\xa0\x80\"}"]
    {
        let request = crate::request("application/json", "", bytes);
        let rejection =
            ingest::read(&request, &event::EventLimits::default(), &crate::defaults()).unwrap_err();
        assert_eq!(rejection.status, 400);
        assert!(rejection.detail.contains("UTF-8"), "{}", rejection.detail);
    }
    let latin = read("application/json; charset=ISO-8859-1", "", "{}").unwrap_err();
    assert_eq!(latin.status, 415);
}
