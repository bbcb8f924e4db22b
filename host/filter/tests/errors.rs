//! What is refused: (filter, character, what was found, what was expected).
#![allow(clippy::unwrap_used)]

use filter::{DEPTH_MAX, Filter, LENGTH_MAX, TERMS_MAX};

#[test]
fn an_error_names_the_place_and_what_belongs_there() {
    let cases = [
        ("(", 2, "the end", "a term"),
        ("()", 2, "`)`", "a term"),
        ("(a:1", 5, "the end", "`)`"),
        ("a:1)", 4, "`)`", "no parenthesis is open"),
        ("a:1 OR", 7, "the end", "a term"),
        ("OR a:1", 1, "`OR`", "a term"),
        ("a:1 AND OR b:2", 9, "`OR`", "a term"),
        ("a:1 AND", 8, "the end", "a term"),
        ("NOT", 4, "the end", "a term"),
        ("a -", 4, "the end", "a term"),
        ("a - b", 4, "a space", "directly behind `-`"),
        ("größe> b", 7, "a space", "a number"),
        ("percent>abc", 9, "`abc`", "a number"),
        ("percent>NaN", 9, "`NaN`", "a number"),
        ("percent==5", 9, "`=5`", "a number"),
        ("project=vr0", 9, "`vr0`", "with `:`"),
        ("percent:>90", 9, "`>90`", "no `:`"),
        ("percent!=90", 1, "`percent!=90`", "a field name"),
        (":x", 1, "`:x`", "directly before"),
        ("percent > 90", 9, "`>`", "directly before"),
        ("\"\":x", 1, "`\"`", "directly before"),
        ("data.:x", 1, "`data.:x`", "directly before"),
        ("di*k:x", 1, "`di*k:x`", "a field name"),
        ("a:", 3, "the end", "a value"),
        ("a: b", 3, "a space", "a value"),
        ("severity:warn", 10, "`warn`", "one of debug, info, notice, warning, error, critical"),
        ("severity>=5", 11, "`5`", "one of debug"),
        ("effect:bad", 8, "`bad`", "one of positive, negative"),
        ("origin:\"\"", 8, "`\"`", "one of internal, external"),
        ("time>yesterday", 6, "`yesterday`", "RFC 3339"),
        ("time>2026-11-20T10:00:00", 6, "`2026-11-20T10:00:00`", "RFC 3339"),
        ("time:2026*", 6, "`2026*`", "RFC 3339"),
        ("foo*", 1, "`foo*`", "without `*`"),
        ("*", 1, "`*`", "without `*`"),
        ("a && b", 3, "`&&`", "a term"),
        ("\"...\"", 1, "`\"`", "words in the quotes"),
        ("x \"open", 3, "a text that stands open to the end", "a closing `\"`"),
        (r#""a\n""#, 3, r"`\n`", "the only uses"),
        ("a:f(x)", 4, "`(`", "a space"),
        ("a:\"x\"y", 6, "`y`", "a space"),
        ("a\u{7}b:\u{7}\" ", 6, "`\"`", "a space"),
    ];
    for (text, column, found, expected) in cases {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!((error.column, error.found.as_str()), (column, found), "{text}: {error}");
        assert!(error.expected.contains(expected), "{text}: {error}");
        assert_eq!(text[..error.offset].chars().count() + 1, column, "{text}");
    }
}

#[test]
fn the_sentence_and_the_caret_show_the_place() {
    let text = "größe>9 percent>abc OR x";
    let error = Filter::parse(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a number, an RFC 3339 time or a severity; a text is asked for with `:` at character 17, \
         but found `abc`"
    );
    let shown = error.pointed_at(text);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[0], text);
    assert_eq!(lines[1], "                ^");
}

#[test]
fn the_caret_stays_near_in_a_long_text_with_control_characters() {
    let text = format!("{}\n\u{1b}[31mx:) {}", "word ".repeat(100), "more ".repeat(100));
    let error = Filter::parse(&text).unwrap_err();
    let shown = error.pointed_at(&text);
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines[0].len() <= 80 && !lines[0].contains('\u{1b}'), "{shown}");
    assert_eq!(lines[0].chars().nth(lines[1].len() - 1), Some(')'), "{shown}");
}

#[test]
fn limits_are_told_at_the_place_where_they_are_passed() {
    let deep = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&deep(DEPTH_MAX)).is_ok());
    assert_eq!(Filter::parse(&deep(DEPTH_MAX + 1)).unwrap_err().column, DEPTH_MAX + 1);

    assert!(Filter::parse(&"a ".repeat(TERMS_MAX)).is_ok());
    assert_eq!(Filter::parse(&"a ".repeat(TERMS_MAX + 1)).unwrap_err().column, 2 * TERMS_MAX + 1);
    assert_eq!(Filter::parse(&format!("\"{}\"", "a ".repeat(TERMS_MAX + 1))).unwrap_err().column, 1);

    let long = |n: usize| format!("{}{}", "x".repeat(n - 2), "é");
    assert!(Filter::parse(&long(LENGTH_MAX)).is_ok());
    let error = Filter::parse(&long(LENGTH_MAX + 1)).unwrap_err();
    assert_eq!(error.offset, LENGTH_MAX - 1, "{error}");
}

#[test]
fn a_canonical_form_that_would_be_too_long_is_refused() {
    // Each of these seven bytes becomes nineteen.
    let text = "a>1e15 ".repeat(TERMS_MAX);
    assert!(text.len() < LENGTH_MAX);
    let error = Filter::parse(&text).unwrap_err();
    assert!(error.expected.contains("canonical"), "{error}");
}

#[test]
fn hostile_texts_end_in_an_error_and_not_in_a_crash() {
    let hostile = [
        "(".repeat(LENGTH_MAX),
        "-".repeat(LENGTH_MAX),
        "NOT ".repeat(LENGTH_MAX / 4),
        "(a OR ".repeat(LENGTH_MAX / 6),
        "\"".repeat(LENGTH_MAX - 1),
        "\\".repeat(LENGTH_MAX),
        ":".repeat(LENGTH_MAX),
        "a\u{0}".repeat(10_000_000),
        "(".repeat(10_000_000),
    ];
    for text in hostile {
        assert!(Filter::parse(&text).is_err());
    }
    let negations = format!("{}a", "-".repeat(LENGTH_MAX - 1));
    assert_eq!(Filter::parse(&negations).unwrap().to_string(), "-a");
}
